"""ModSecurity: audit log in parts (``SecAuditLogFormat Native``), as one file for all requests or one for each.

A request is the parts from ``--1a2b3c4d-A--`` to ``-Z--`` of one boundary. Fields have the names that ModSecurity's log
in JSON gives the same: ``transaction.client_ip``, ``transaction.request.method``, ``transaction.request.uri``,
``transaction.request.headers.NAME``, ``transaction.request.body`` (part C), ``transaction.response.http_code``; what
part H says stands under its own names (``Message``, ``Action``, ``Engine-Mode`` ...), and of its messages ``id``,
``msg``, ``severity`` and others. Bodies of responses (part E) and lists of rules (part K) are left out.

Nothing of such a file is tried as a line of another format: a request may hold whatever its sender likes.
Source: ModSecurity Reference Manual, SecAuditLogParts; ModSecurity 2 Data Formats, Audit Log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TypeAlias

from yadorigi.sources.lines.clock import Clock, Stamp
from yadorigi.sources.lines.fields import Fields, put
from yadorigi.sources.lines.format import LineError, LineFormat, Reading
from yadorigi.sources.web.access import request_fields

if TYPE_CHECKING:
    from yadorigi.sources.lines.format import Header, Line

_Whole: TypeAlias = "tuple[Reading, Header, int]"

_BOUNDARY: Final = re.compile(r"-{2,3}([0-9A-Za-z@\-]{4,64}?)-{1,3}([A-KZ])--", re.ASCII).fullmatch
_FIRST: Final = re.compile(
    r"\[([^\]]{20,40})\] (\S{1,128}) (\S{1,64}) (\d{1,5}) (\S{1,64}) (\d{1,5})", re.ASCII
).fullmatch
_NAMED: Final = re.compile(r"([A-Za-z][\w\-]{0,127}): ?(.*)", re.ASCII | re.DOTALL).fullmatch
_STATUS: Final = re.compile(r"HTTP/[0-9.]{1,3} (\d{3})\b", re.ASCII).match
_TAG: Final = re.compile(r'\[([a-z_]{1,32}) "((?:[^"\\]|\\.)*)"\]', re.ASCII)
_TEXT: Final = "text"
_CONTINUES: Final = Stamp("", "", "stated")
_CHARACTERS: Final = 4 * 1024 * 1024
"""Characters of one request's parts; one that has more is lost, and told of."""
_TOO_LONG: Final = f"a request in ModSecurity's log of more than {_CHARACTERS:,} characters"
_BODIES: Final = frozenset("CEIJ")
_BODY_CHARACTERS: Final = 65_536


def _read(line: Line, clock: Clock) -> Reading:
    del clock
    return Reading("modsecurity/audit", {_TEXT: line.text}, _CONTINUES)


class _Joiner:
    """Joins the parts of a request.

    Boundaries are made up for each request, so nobody can write the end of his own body; another's beginning counts
    outside of bodies only, where a request was cut off.
    """

    def __init__(self) -> None:
        self._boundary = ""
        self._begun: tuple[Header, int] | None = None
        self._parts: dict[str, list[str]] = {}
        self._part = ""
        self._size = 0

    def take(self, reading: Reading, header: Header, line: int) -> Iterable[_Whole]:
        """Take a line; give the request that it ends."""
        text = str(reading.fields[_TEXT])
        found = _BOUNDARY(text)
        in_body = self._begun is not None and self._part in _BODIES
        if found is not None and found[2] == "A" and found[1] != self._boundary and not in_body:
            whole = self.rest()
            self._boundary, self._begun, self._part, self._parts = found[1], (header, line), "A", {}
            return whole
        if self._begun is None:
            raise LineError("a line of ModSecurity's log that belongs to no request")
        if found is not None and found[1] == self._boundary:
            self._part = found[2]
            return self.rest() if self._part == "Z" else ()
        self._size += len(text)
        if self._size > _CHARACTERS:
            self._begun, self._boundary, self._parts, self._size = None, "", {}, 0
            raise LineError(_TOO_LONG)
        self._parts.setdefault(self._part, []).append(text)
        return ()

    def rest(self) -> Iterable[_Whole]:
        """Give the request that is held; one without a time is told of."""
        begun, parts = self._begun, self._parts
        self._begun, self._boundary, self._parts, self._size = None, "", {}, 0
        if begun is None:
            return ()
        return ((_request(parts), *begun),)


def _request(parts: dict[str, list[str]]) -> Reading:
    fields: Fields = {}
    time = None
    first = _FIRST(next(iter(parts.get("A", ())), ""))
    if first is not None:
        time = Clock().common_log(first[1])
        names = ("unique_id", "client_ip", "client_port", "host_ip", "host_port")
        fields = {f"transaction.{name}": value for name, value in zip(names, first.groups()[1:], strict=True)}
    asked = parts.get("B", [])
    for name, value in request_fields(asked[0]).items() if asked else ():
        known = {"request_method": "method", "request_uri": "uri", "server_protocol": "http_version"}
        fields[f"transaction.request.{known.get(name, name)}"] = value
    _add_named(fields, asked[1:], "transaction.request.headers.")
    if body := "\n".join(parts.get("C", ()))[:_BODY_CHARACTERS]:
        fields["transaction.request.body"] = body
    answered = parts.get("F", [])
    if answered and (status := _STATUS(answered[0])) is not None:
        fields["transaction.response.http_code"] = status[1]
    _add_named(fields, answered[1:], "transaction.response.headers.")
    said = parts.get("H", [])
    _add_named(fields, said, "")
    for line in said:
        for name, value in _TAG.findall(line) if line.startswith(("Message:", "ModSecurity:")) else ():
            put(fields, name, value)
    return Reading("modsecurity/audit", fields, time)


def _add_named(fields: Fields, lines: list[str], above: str) -> None:
    for line in lines:
        found = _NAMED(line)
        if found is not None:
            put(fields, f"{above}{found[1]}", found[2].strip())


MODSECURITY_PARTS: Final = LineFormat(
    "modsecurity_parts",
    "ModSecurity's audit log in parts",
    _read,
    opening=r"-{2,3}[0-9A-Za-z@\-]{4,64}?-{1,3}[A-KZ]--$",
    joiner=_Joiner,
    alone=True,
)
