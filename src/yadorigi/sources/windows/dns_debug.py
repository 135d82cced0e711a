"""Windows' DNS server: its debug log (``dns.log``), a line for each packet.

Packets are ``microsoft_dns/query`` and ``microsoft_dns/reply``: ``thread``, ``packet``, ``protocol``, ``direction``
(``Rcv`` or ``Snd``), ``ip`` (the other side, also ``client`` where it asked and ``server`` where it was asked),
``xid``, ``opcode``, ``flags`` (hexadecimal), ``flag_codes``, ``rcode``, ``type`` and ``name``
(``(4)evil(7)example(3)net(0)`` as ``evil.example.net``). Lines of other contexts are ``microsoft_dns/other`` with
``context`` and ``text``. Times are local; a date that may begin with the day or the month is read as month first. What
the file says at its beginning, and the details of packets, are no records. Source: Microsoft, DNS Logging and
Diagnostics; the key that each file begins with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.lines.format import BetweenLinesError, Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock, Stamp

_TIME: Final = r"\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4} \d{1,2}:\d\d:\d\d(?: [AaPp][Mm])?"
_HEAD: Final = re.compile(
    rf"(?P<time>{_TIME}) (?P<thread>[0-9A-Fa-f]{{3,8}}) (?P<context>[A-Z]{{4,10}}) +(?P<text>.*)", re.DOTALL | re.ASCII
).fullmatch
_PACKET: Final = re.compile(
    r"(?P<packet>[0-9A-Fa-f]{8,16}) (?P<protocol>UDP|TCP) (?P<direction>Rcv|Snd) (?P<ip>[0-9A-Fa-f.:%]{2,64}) +"
    r"(?P<xid>[0-9a-fA-F]{4}) (?P<reply>[R ]) (?P<opcode>[QNU?]) \[(?P<flags>[0-9a-fA-F]{4}) +"
    r"(?P<flag_codes>[ATDR ]*?) *(?P<rcode>[A-Z]{2,16})\] (?P<type>\S{1,16}) +(?P<name>\S.*?) *",
    re.DOTALL | re.ASCII,
).fullmatch
_PARTS: Final = re.compile(r"(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{1,4}) (\d{1,2}):(\d\d:\d\d)(?: ([AaPp])[Mm])?").fullmatch
_DETAILS: Final = re.compile(r"[ \t]|(?:UDP|TCP) \w{1,16} info at ").match
_LABELS: Final = re.compile(r"\((\d{1,3})\)")
_TITLE: Final = r"DNS Server log file creation at |Message logging key \(for packets"
_PREAMBLE: Final = re.compile(rf"{_TITLE}|Log file wrap at |\t(?:Field #|-{{3}}| ?\d{{1,2}} {{2}}|  )", re.ASCII).match
_NOON: Final = 12
_FIRST_YEAR: Final = 1_000


def _read(line: Line, clock: Clock) -> Reading:
    head = _HEAD(line.text)
    if head is None:
        if _PREAMBLE(line.text):
            raise BetweenLinesError("what the DNS server says of its log")
        if _DETAILS(line.text):
            raise BetweenLinesError("details of a packet of the DNS server")
        raise LineError("no line of a DNS server's debug log")
    time = _moment(head["time"], clock)
    if time is None:
        raise LineError(f"no time: {head['time'][:40]!r}")
    fields: dict[str, Any] = {"thread": head["thread"]}
    packet = _PACKET(head["text"]) if head["context"] == "PACKET" else None
    if packet is None:
        return Reading("microsoft_dns/other", {**fields, "context": head["context"], "text": head["text"]}, time)
    fields |= {name: value for name, value in packet.groupdict().items() if value is not None and name != "reply"}
    fields |= {"name": _name(packet["name"]), "flag_codes": packet["flag_codes"].replace(" ", "")}
    kind = "reply" if packet["reply"] == "R" else "query"
    fields["client" if (packet["direction"] == "Rcv") == (kind == "query") else "server"] = packet["ip"]
    return Reading(f"microsoft_dns/{kind}", fields, time)


def _moment(text: str, clock: Clock) -> Stamp | None:
    found = _PARTS(text)
    if found is None:
        return None
    first, second, third, hour = (int(found[number]) for number in (1, 2, 3, 4))
    year, month, day = (first, second, third) if first >= _FIRST_YEAR else (third, first, second)
    if first < _FIRST_YEAR and ("." in text[:10] or first > _NOON):
        month, day = second, first
    if found[6]:
        hour = hour % _NOON + (_NOON if found[6] in "Pp" else 0)
    stamp = clock.iso(f"{year:04}-{month:02}-{day:02} {hour:02}:{found[5]}")
    return stamp._replace(stated=text) if stamp is not None else None


def _name(written: str) -> str:
    """Return a name of which each part stands behind its length."""
    parts = _LABELS.split(written)
    if len(parts) < 2 or parts[0]:  # noqa: PLR2004 - a length and what stands behind it
        return written
    return ".".join(part for part in parts[2::2] if part) or "."


MICROSOFT_DNS: Final = LineFormat(
    "microsoft_dns",
    "debug log of Windows' DNS server",
    _read,
    opening=rf"{_TIME} [0-9A-Fa-f]{{3,8}} (?:PACKET|EVENT|UPDATE|LOOKUP|RECURSE|REMOTE|DSPOLL|DSWRITE|TSIG|INIT|NOTE) "
    rf"|{_TITLE}",
)
