"""Cisco IOS, IOS XE, IOS XR and NX-OS: messages ``%FACILITY-SEVERITY-MNEMONIC: text``.

Read with and without what a device may write before a message: a count, its own name, a sequence number, a time (also
with the year first, as NX-OS has it), a node and process (IOS XR). Logons, configuration, commands and access lists
have named fields; any other message is an event with its facility, mnemonic and text, and the addresses in it.

``message`` is the message with its name. ``source`` is where a user of the device came from. ``uptime`` is the time
since the device started, where a message has no other; if neither syslog nor its text states one, the event is kept at
the time of the line before, which a notice tells.

Source: Cisco, "System Message Guide" of IOS XE and "NX-OS System Messages Reference"; formats of times and sequence
numbers: "Cisco IOS Configuration Fundamentals", service timestamps and service sequence-numbers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.appliances.cisco_prefix import (
    CLOCK,
    LEAD,
    TIME,
    addresses_in,
    before_message,
    behind_time,
    host_of,
)
from yadorigi.sources.appliances.message_texts import messages_of
from yadorigi.sources.lines.clock import zone_named
from yadorigi.sources.lines.format import Line, LineFormat, Reading
from yadorigi.sources.lines.syslog import SEVERITIES

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock, Stamp

_NAME: Final = r"%[A-Z][A-Z0-9_]{0,39}(?:-[A-Z0-9_]{1,39}){0,4}-[0-7]-[A-Z0-9_]{1,63}"
_MARK: Final = rf"{_NAME}(?: ?:|[ %]|$)"
_WHEN: Final = rf"(?:[*.]?{TIME}|\d{{1,3}}[ywd]\d{{1,3}}[wdh]|\d\d:\d\d:\d\d) ?: {{0,2}}"
_OPENING: Final = (
    rf"(?:{LEAD}{_MARK}"
    # Behind a relay's header the count has the place of a tag, so that the device's own name is next.
    rf"|(?:\d{{1,10}}: )?[\w.\-]{{1,64}}(?:: (?:\d{{1,10}}: )?| (?:RP|LC|\d{{1,3}})/[\w/]{{1,20}}:){_WHEN}"
    rf"(?:[\w.\-]{{1,40}}\[\d{{1,7}}\] ?: ?)?{_MARK}"
    rf"|(?:[\w.:\-]{{1,64}}: ){{0,2}}{TIME}: last message repeated \d)"
)
_LOOSE: Final = rf"[^%\n]{{0,160}}+{_MARK}"
_TAG: Final = re.compile(
    r"%(?P<facility>[A-Z][A-Z0-9_]{0,39}(?:-[A-Z0-9_]{1,39}){0,4})-(?P<level>[0-7])-(?P<mnemonic>[A-Z0-9_]{1,63})"
    r" ?:? *+",
    re.ASCII,
)
_STATED: Final = re.compile(
    rf"({CLOCK}) (\S{{1,10}}) (?:[A-Z][a-z]{{2}} )?([A-Z][a-z]{{2}} {{1,2}}\d{{1,2}}) (\d{{4}})", re.ASCII
)
_UPTIME: Final = re.compile(r"(?:^|[ :>*.])(\d+y\d+w|\d+w\d+d|\d+d\d+h|\d\d:\d\d:\d\d): ?$", re.ASCII).search
_BEFORE: Final = 160
_SEARCHED: Final = 320
_SUPERVISOR: Final = re.compile(r"-(?:SW\d\w*|STBY|STANDBY|SP|DFC\d+|\d+)$", re.ASCII)


def _read(line: Line, clock: Clock) -> Reading:
    text = line.message
    tag = _TAG.search(text, 0, _SEARCHED)
    before = text[: tag.start()] if tag is not None else text[:_BEFORE]
    fields, host, time = before_message(before, clock, line.header.time)
    host = host or host_of(line.header)
    if host.isdigit():
        # A sequence number stands where syslog has the tag.
        fields.setdefault("sequence", host)
        host = ""
    if tag is None:
        return Reading("cisco_ios/other", fields | {"message": behind_time(text)}, time, host)
    facility, mnemonic = tag["facility"], tag["mnemonic"]
    fields |= {"facility": facility, "severity": tag["level"], "mnemonic": mnemonic, "message": text[tag.start() :]}
    name = f"{_SUPERVISOR.sub('', facility)}-{mnemonic}"
    kind, named = messages_of("cisco_ios_messages.toml").read(name, text, tag.end())
    fields |= named or addresses_in(text, tag.end())
    if time is None:
        time = _elsewhere(line, clock)
        uptime = _UPTIME(before)
        if uptime is not None:
            fields["uptime"] = uptime[1]
    return Reading(f"cisco_ios/{kind or 'other'}", fields, time, host, 0, SEVERITIES[int(tag["level"])])


def _elsewhere(line: Line, clock: Clock) -> Stamp | None:
    """Return a time that the header states with a zone behind the host, or the text: ``at 07:57:58 UTC ...``."""
    header = line.header
    if header.time:
        zone = header.program if header.host and zone_named(header.program) is not None else ""
        return clock.read(header.time, zone) if zone else None
    found = _STATED.search(line.message)
    return clock.bsd(f"{found[3]} {found[4]} {found[1]}", found[2]) if found is not None else None


CISCO_IOS: Final = LineFormat("cisco_ios", "Cisco IOS and NX-OS", _read, opening=_OPENING, loose=_LOOSE)
