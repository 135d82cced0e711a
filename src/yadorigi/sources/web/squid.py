"""Squid: native access log, in JSON too, and referrer log. Its combined log is read as that of a web server.

Fields of the native log have the names of Squid's manual: ``elapsed``, ``remotehost``, ``code`` and ``status``,
``bytes``, ``method``, ``URL``, ``rfc931`` (the user), ``peerstatus`` and ``peerhost``, ``type``; what follows is
``extra``. Of the referrer log: ``remotehost``, ``referer``, ``URL``. Times are seconds since 1970, or such as people
read (``%tl`` or ``%{...}tl`` in front of the native log's other values).
JSON is read with names of Elastic's common schema, as OPNsense has its Squid write; what the native log has too is
named as there.

Source: Squid, Features/LogFormat and Access log format.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.format import TIME_VALUE, Learned, Line, LineError, LineFormat, Reading, ShapeFacts
from yadorigi.sources.lines.json_fields import json_fields

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock, Stamp
    from yadorigi.sources.lines.fields import Fields
    from yadorigi.sources.lines.format import Values

_NATIVE: Final = re.compile(
    r"(\d{9,10}\.\d{1,6}) +(-?\d{1,12}) (\S+) ([A-Z_]+)/(\d{3}) (-?\d{1,18}) (\S+) (.*?) (\S+) ([A-Z_]+)/(\S+) (\S+)"
    r"(?: (.*))?",
    re.ASCII | re.DOTALL,
).fullmatch
_PLAIN: Final = (
    r"(\d{9,10}\.\d{1,6}) +(-?\d{1,12}) (\S+) ([A-Z_]+)/(\d{3}) (-?\d{1,18}) (\S+) (\S+) (\S+) ([A-Z_]+)/(\S+) (\S+)"
)
_USUAL: Final = re.compile(rf"{_PLAIN}(?: (.*))?", re.ASCII | re.DOTALL).fullmatch
_SHAPE: Final = _PLAIN.replace(r"(\S+)", r'([^\s"]++)')
_SHAPED: Final = re.compile(_SHAPE, re.ASCII).fullmatch
_NAMES: Final = (
    TIME_VALUE, "elapsed", "remotehost", "code", "status", "bytes", "method", "URL", "rfc931", "peerstatus", "peerhost",
    "type",
)  # fmt: skip
_READABLE: Final = (
    r"\[?(?:\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d(?: [+-]\d{4})?"
    r"|\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z| ?[+-]\d\d:?\d\d)?)\]? +"
)
_BEHIND_TIME: Final = r"-?\d{1,12} +\S+ [A-Z_]+/\d{3} -?\d"
_READ_BY_PEOPLE: Final = re.compile(rf"(?!\d{{9}})\[?(.{{19,32}}?)\]? +(?={_BEHIND_TIME})", re.ASCII).match
_JSON_NAMES: Final = {
    "event.duration": "elapsed", "source.ip": "remotehost", "labels.request_status": "code",
    "http.response.body.status_code": "status", "http.response.status_code": "status", "http.response.bytes": "bytes",
    "http.request.method": "method", "url.original": "URL", "user.name": "rfc931", "user.id": "rfc931",
    "labels.hierarchy_status": "peerstatus", "http.request.referrer": "referer",
}  # fmt: skip
_REFERRER: Final = re.compile(r"(\d{9,10}\.\d{1,6}) +([0-9a-fA-F.:]{2,45}) (\S+) (\S+)", re.ASCII).fullmatch


def _read(line: Line, clock: Clock) -> Reading:
    message = line.message.rstrip()
    if message[:1] == "{":
        return _read_json(message, clock)
    stated = _READ_BY_PEOPLE(message)
    if stated is not None:
        # As if the time were Squid's own.
        message = f"000000000.0 {message[stated.end() :]}"
    found = _USUAL(message) or _NATIVE(message)
    if found is not None:
        time, elapsed, client, code, status, size, method, url, user, peer_status, peer, kind, extra = found.groups()
        fields: Fields = {
            "elapsed": elapsed, "remotehost": client, "code": code, "status": status, "bytes": size, "method": method,
            "URL": url, "rfc931": user, "peerstatus": peer_status, "peerhost": peer, "type": kind,
        }  # fmt: skip
        if extra:
            fields["extra"] = extra
        stamp = clock.seconds(time) if stated is None else clock.read(stated[1])
        return Reading("squid/access", fields, stamp)
    referred = _REFERRER(message)
    if referred is None:
        raise LineError("no line of Squid")
    fields = {"remotehost": referred[2], "referer": referred[3], "URL": referred[4]}
    return Reading("squid/referrer", fields, clock.seconds(referred[1]))


def _read_json(message: str, clock: Clock) -> Reading:
    found = json_fields(message)
    if found.get("service.type") != "squid":
        raise LineError("JSON that is not of Squid")
    stated = found.pop("@timestamp", "")
    fields = {_JSON_NAMES.get(name, name): value for name, value in found.items()}
    return Reading("squid/access", fields, clock.iso(stated) if isinstance(stated, str) else None)


def _shape(message: str) -> Learned | None:
    return Learned(_SHAPE, _NAMES) if _SHAPED(message) is not None else None


def _guess(texts: Sequence[str]) -> list[bool]:
    """Return which may be lines of the one shape that there is."""
    return [text[:1].isdigit() for text in texts]


def _shape_time(values: Values, clock: Clock) -> Stamp | None:
    return clock.seconds(values[0])


SQUID: Final = LineFormat(
    "squid",
    "Squid",
    _read,
    shapes=ShapeFacts(_shape, frozenset(), (TIME_VALUE,), _shape_time, _guess),
    abroad=r"(?:squid|squid-1|\(squid\)|\(squid-1\)): \S",
    opening=r"\{ ?\"@timestamp\" ?: ?\"[^\"]{10,40}\", ?\"ecs\" ?: ?\{[^}]{0,64}\}, ?\"service\" ?: ?"
    r"\{[^}]{0,64}\"squid\""
    rf"|{_READABLE}{_BEHIND_TIME}"
    r"|\d{9,10}\.\d{1,6} +(?:-?\d{1,12} \S+ [A-Z_]+/\d{3} -?\d|[0-9a-fA-F]*[.:][0-9a-fA-F.:]+ \S+ \S+$)",
)
