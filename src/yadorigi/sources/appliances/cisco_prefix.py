"""What Cisco's devices write before a message: a count, their name, a sequence number, a time, a node and process.

Source: Cisco, "IOS Configuration Fundamentals", service timestamps and service sequence-numbers; "NX-OS System Messages
Reference"; "IOS XR System Monitoring Configuration Guide", format of messages.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.syslog import with_year

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock, Stamp
    from yadorigi.sources.lines.fields import Fields
    from yadorigi.sources.lines.format import Header

CLOCK: Final = r"\d\d?:\d\d:\d\d(?:\.\d{1,9})?"
TIME: Final = (
    r"(?:\d{4} )?[A-Z][a-z]{2} {1,2}\d{1,2}(?: \d{4})? \d\d?:\d\d:\d\d(?:\.\d{1,9})?"
    r"(?: (?:[A-Z]{2,5}|[+\-]\d\d:?\d\d))?"
)
"""A time in front of a message, as an expression without groups."""
LEAD: Final = rf"[: ]{{0,3}}(?:\d{{1,10}}: )?(?:[*.]?{TIME} ?: {{0,2}})?"
"""What stands in front of a message behind a header of syslog, where nothing but devices of Cisco writes it."""
_TIME: Final = re.compile(
    r"[*.]?(?:(?P<year>\d{4}) (?=[A-Z][a-z]{2} ))?"
    rf"(?P<time>[A-Z][a-z]{{2,3}} {{1,2}}\d{{1,2}}(?: \d{{4}})? {CLOCK})"
    r"(?: (?P<zone>[A-Z]{2,5}|[+-]\d\d:?\d\d)(?=[ :]))?",
    re.ASCII,
)
_LEADING: Final = re.compile(
    r"(?:<\d{1,3}>)?[: ]*+(?:(?P<count>\d{1,10}): )?"
    r"(?:(?P<host>[A-Za-z0-9][\w.\-]{0,63}|[0-9A-Fa-f:.]{3,39})(?:: | (?=RP/|LC/|\d+/)))?"
    r"(?:(?P<sequence>\d{1,10}): )?(?:(?P<node>(?:RP|LC|\d)/[\w/]{1,20}) ?:)?",
    re.ASCII,
)
_NAME_OF_HOST: Final = re.compile(r"[A-Za-z0-9][\w.\-]{0,63}", re.ASCII).fullmatch
_REPEATED: Final = re.compile(r"last message repeated .*", re.DOTALL)
_PROCESS: Final = re.compile(r" ?: ?([\w.\-]{1,40})\[(\d{1,7})\]: *$", re.ASCII)
_BEFORE: Final = 160
_ADDRESS: Final = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-fA-F]{1,4}:{1,2}){2,7}[0-9a-fA-F]{1,4})(?![\w.:]*\w)", re.ASCII
)
_ADDRESSES: Final = 8
_COLONS: Final = 7
_LONGEST: Final = 2_048


def before_message(text: str, clock: Clock, around: str) -> tuple[Fields, str, Stamp | None]:
    """Return fields, host and time of what stands before a message; ``around`` is the header's time, or ""."""
    leading = _LEADING.match(text)
    fields: Fields = {name: value for name, value in (leading.groupdict() if leading else {}).items() if value}
    host = str(fields.pop("host", ""))
    found = _TIME.search(text)
    if found is None:
        return fields, host, None
    year, written, zone = found.group("year", "time", "zone")
    time = clock.bsd(f"{written} {year}" if year else with_year(written, around), zone or "")
    if time is not None:
        time = time._replace(stated=found[0].lstrip("*."))
    process = _PROCESS.search(text, found.end())
    if process is not None:
        fields |= {"process": process[1], "process_id": process[2]}
    elif not host and (name := _REPEATED.sub("", text[found.end() :]).strip(": ")) and _NAME_OF_HOST(name):
        host = name
    return fields, host, time


def behind_time(text: str) -> str:
    """Return a message that has no name: what stands behind the time."""
    found = _REPEATED.search(text) or _TIME.search(text, 0, _BEFORE)
    if found is None:
        return text
    return found[0] if found.re is _REPEATED else text[found.end() :].lstrip(": ")


def addresses_in(text: str, start: int) -> Fields:
    """Return the first addresses of a message whose text is not known."""
    found = [one for one in dict.fromkeys(_ADDRESS.findall(text, start, start + _LONGEST)) if _is_address(one)]
    return {"addresses": found[:_ADDRESSES]} if found else {}


def host_of(header: Header) -> str:
    """Return the device that a header names; Cisco writes it where syslog has the tag: ``firewall1: %ASA-...``."""
    return header.program if not header.host and header.program and not header.process else ""


def _is_address(text: str) -> bool:
    # Times and hardware addresses have colons too.
    return ":" not in text or "::" in text or text.count(":") == _COLONS
