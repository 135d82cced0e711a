"""Access logs of Apache httpd, nginx, Tomcat and others that write the common log format.

Layouts: ``common``, ``combined``, ``vhost_common`` and ``vhost_combined`` (a virtual host with or without port before
the address, or between time and request), a list of forwarded addresses before or in place of the address, nginx's
``main`` (combined and ``"$http_x_forwarded_for"``), further values between the size and the referrer or behind the user
agent; times also in ISO 8601; what NetScaler's own server writes (``httpaccess.log``, ``httpaccess-vpn.log``): the
client alone or ``client -> server``, and the process in brackets behind the time. Where a further value has a name
(``rt=0.005``, ``uct="0.000"``, ``X-Forwarded-For="..."``) it becomes a field of that name; the others become ``extra``.
Lines may come with a header of syslog. A log of another layout is read by the server's own configuration, or a file
with its directive: ``--source "access*.log=httpd.conf"`` takes every ``LogFormat``, ``CustomLog`` with a format, and
``log_format`` in it.

Fields have the names of nginx's variables, whichever server wrote the line: ``remote_addr``, ``remote_logname``
(Apache's ``%l``), ``remote_user``, ``request_method``, ``request_uri``, ``server_protocol``, ``status``,
``body_bytes_sent``, ``http_referer``, ``http_user_agent``, ``http_x_forwarded_for``, ``server_name``,
``server_port``. A request line that is not method, address and protocol is kept whole as ``request``. Values stay as
logged, with the escapes of the server.

``pid`` is the server's process, ``server_addr`` for whom the request was.

Sources: Apache HTTP Server, Module mod_log_config; ``LogFormat`` in NetScaler's ``httpd.conf``; nginx, Module
ngx_http_log_module; Apache Tomcat, Access Log Valve.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from yadorigi.sources.lines.clock import Clock
from yadorigi.sources.lines.format import TIME_VALUE, Learned, Line, LineError, LineFormat, Reading, ShapeFacts

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import ZoneKnownBy
    from yadorigi.sources.lines.format import Values

AccessFields: TypeAlias = dict[str, str | list[str]]

CHANNEL: Final = "web_access/request"
_TIME: Final = r"\d{1,2}/[A-Za-z]{3}/\d{4}:\d\d:\d\d:\d\d(?:\.\d{1,9})?(?: [+-]\d{4})?"
_USUAL: Final = re.compile(
    rf"([^\s,]+) (\S+) (\S+) \[({_TIME})\] "
    r'"([A-Za-z_-]{1,32}) ([^\s"]+) ([A-Za-z]{1,10}/[0-9.]{1,5})" (\d{3}) (\d+|-)'
    r'(?: "([^"\\]*)" "([^"\\]*)")?(?: "((?:[0-9a-fA-F.:, ]{2,400}|unknown|-))")?(?: (\d+(?:\.\d+)?))?',
    re.ASCII,
).fullmatch
"""The usual line, read in one step. Anything that is not as usual goes the slow way."""
_SHAPE: Final = (
    rf'((?=[\w\-\[]{{0,64}}[.:%])[\w.:%\[\]-]++) ([^ "]++) ([^ "]++) \[({_TIME})\] '
    r'"([A-Za-z_-]{1,32}) ([^ "]++) ([A-Za-z]{1,10}/[0-9.]{1,5})" (\d{3}) (\d+|-)'
)
_SHAPE_NAMES: Final = (
    "remote_addr", "remote_logname", "remote_user", TIME_VALUE, "request_method", "request_uri", "server_protocol",
    "status", "body_bytes_sent",
)  # fmt: skip
_HOST: Final = r"([\w.\[\]-]++) (?!- )"
_HOST_PORT: Final = r"([\w.\[\]-]++):(\d{1,5}) (?!- )"
_SERVED: Final = re.compile(r'([^\s,":]+)(?::(\d{1,5}))? (?!- )', re.ASCII).match
_WITH_ZONE: Final = len("10/Oct/2000:13:55:36 -0700")
_MINUTE: Final = len("10/Oct/2000:13:55")
_SECONDS: Final = slice(_MINUTE + 1, _MINUTE + 3)
_ZONE: Final = slice(_MINUTE + 3, _WITH_ZONE)
_TLS: Final = re.compile(
    rf'\[({_TIME})\] (\S+) ((?:TLS|SSL)v[\d.]{{1,3}}|-) (\S+) "((?:[^"\\]|\\.)*)" (\d+|-)', re.ASCII
).fullmatch
_ANY_TIME: Final = rf"{_TIME}|\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{{1,9}})?(?:Z|[+-]\d\d:\d\d)"
_BEFORE: Final = re.compile(rf"(.*?) ?\[({_ANY_TIME})\] +(.*)", re.ASCII | re.DOTALL).fullmatch
_SERVED_BEHIND: Final = r'(?:"[\w.\-:]{1,256}"|[\w.\-:]{1,256})'
_BEHIND_TIME: Final = re.compile(
    rf'({_SERVED_BEHIND} (?:{_SERVED_BEHIND} )?)(?="(?:[A-Z]{{3,32}} |-"))', re.ASCII
).match
"""The virtual host, or its port, between the time and the request."""
_PROCESS: Final = re.compile(r'\[(\d{1,10})\] (?=")', re.ASCII).match
"""The server's process between the time and the request, as NetScaler has it."""
_REQUEST: Final = re.compile(r'"((?:[^"\\]|\\.)*)" +(\d{3}|-)(?: +(\d+|-)(?=\s|$))?', re.ASCII).match
_BARE_QUOTES: Final = re.compile(r'"(.*?)" (\d{3}|-) (\d+|-)(?= |$)', re.ASCII).match
_CUT_REQUEST: Final = re.compile(r'"((?:[^"\\]|\\.)*)"?\s*', re.ASCII).fullmatch
_REST: Final = re.compile(r'(?:([A-Za-z][\w.-]{0,63})=)?(?:"((?:[^"\\]|\\.)*)(?:"|$)|(\S+))', re.ASCII)
_REQUEST_LINE: Final = re.compile(
    r"(\S{1,64}) +(\S.*?)(?: +([A-Za-z]{1,10}/[0-9.]{1,5}))?", re.ASCII | re.DOTALL
).fullmatch
_ADDRESSES: Final = re.compile(r"[0-9a-fA-F.:]+(?:, *[0-9a-fA-F.:]+)*", re.ASCII).fullmatch
_HOST_AND_PORT: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\s]+):(\d{1,5})", re.ASCII).fullmatch
_SQUID_RESULT: Final = re.compile(r"(?:TCP|UDP|NONE)[A-Z_]*:[A-Z_]+", re.ASCII).fullmatch
_REST_LIMIT: Final = 256
_COMMON_TOKENS: Final = 3
_TO_SERVER: Final = 5
"""Words before the time where the second is an arrow."""


def _read(line: Line, clock: Clock) -> Reading:
    found = _USUAL(line.message)
    if found is None:
        return _unusual(line.message, clock)
    (address, logname, user, time, method, uri, protocol, status, size, referrer, agent, forwarded, duration) = (
        found.groups()
    )
    fields: AccessFields = {
        "remote_addr": address, "remote_logname": logname, "remote_user": _user(user), "request_method": method,
        "request_uri": uri, "server_protocol": protocol, "status": status, "body_bytes_sent": size,
    }  # fmt: skip
    if agent is not None:
        fields["http_referer"] = referrer
        fields["http_user_agent"] = agent
    if forwarded is not None:
        fields["http_x_forwarded_for"] = forwarded
    if duration is not None:
        fields["extra"] = duration
    return Reading(CHANNEL, fields, clock.common_log(time))


def _shape(message: str) -> Learned | None:
    """Return the shape of a usual line with as many of its last parts as it has."""
    expression, names = _SHAPE, list(_SHAPE_NAMES)
    found = _USUAL(message)
    if found is None:
        served = _SERVED(message)
        found = _USUAL(message, served.end()) if served is not None else None
        if found is None or served is None:
            return None
        start, own = (_HOST, ["server_name"]) if served[2] is None else (_HOST_PORT, ["server_name", "server_port"])
        expression, names = start + expression, own + names
    if found[11] is not None:
        expression += r' "([^"\\]*+)" "([^"\\]*+)"'
        names += ["http_referer", "http_user_agent"]
    if found[12] is not None:
        expression += r' "([0-9a-fA-F.:, ]{2,400}|unknown|-)"'
        names.append("http_x_forwarded_for")
    if found[13] is not None:
        expression += r" (\d+(?:\.\d+)?)"
        names.append("extra")
    return Learned(expression, tuple(names))


def _guess(texts: Sequence[str]) -> list[None]:
    """Return nothing: quotes tell which of the last parts a line has."""
    return [None] * len(texts)


def _shape_time(values: Values, clock: Clock) -> tuple[str, str, ZoneKnownBy] | None:
    text = values[0]
    time = _moment(text)
    return (time, text, "stated") if time else clock.common_log(text)


@lru_cache(maxsize=4_096)
def _moment(text: str) -> str:
    """Return a time that states its zone in canonical form, of which many are the same; "" where it does not."""
    if len(text) != _WITH_ZONE or text[_SECONDS] >= "60" or not (minute := _minute(text[:_MINUTE], text[_ZONE])):
        return ""
    return f"{minute}{text[_SECONDS]}.0000000Z"


@lru_cache(maxsize=4_096)
def _minute(text: str, zone: str) -> str:
    """Return a minute in canonical form up to its seconds, or "" where there is no such minute."""
    stamp = Clock().common_log(f"{text}:00{zone}")
    return "" if stamp is None or stamp.zone != "stated" else stamp.time[: -len("00.0000000Z")]


def _unusual(message: str, clock: Clock) -> Reading:
    found = _TLS(message)
    if found is not None:
        time, address, protocol, cipher, request, size = found.groups()
        fields: AccessFields = {"remote_addr": address, "ssl_protocol": protocol, "ssl_cipher": cipher}
        return Reading(CHANNEL, fields | request_fields(request) | {"body_bytes_sent": size}, clock.common_log(time))
    found = _BEFORE(message)
    if found is None:
        raise LineError("no line of an access log: no time in brackets")
    before, time, rest = found.groups()
    fields = _before(before)
    process = _PROCESS(rest)
    if process is not None:
        fields["pid"] = process[1]
        rest = rest[process.end() :]
    behind = _BEHIND_TIME(rest)
    if behind is not None:
        for word in behind[1].replace('"', "").split():
            fields.setdefault("server_port" if word.isdigit() else "server_name", word)
        rest = rest[behind.end() :]
    request = _REQUEST(rest)
    if request is None or (request[3] is None and _BARE_QUOTES(rest)):
        request = _BARE_QUOTES(rest) or request
    if request is None:
        cut = _CUT_REQUEST(rest)
        if cut is None:
            raise LineError("no line of an access log: no request and status behind the time")
        fields |= request_fields(cut[1])
    else:
        fields |= request_fields(request[1])
        fields["status"] = request[2]
        if request[3] is not None:
            fields["body_bytes_sent"] = request[3]
        _put_rest(fields, rest[request.end() :])
    stamp = clock.common_log(time) or clock.iso(time)
    if stamp is None:
        raise LineError("no line of an access log: no such time")
    # Squid's combined log ends in how Squid answered.
    extra = fields.get("extra", "")
    squid = _SQUID_RESULT(extra if isinstance(extra, str) else extra[-1]) is not None
    return Reading("squid/combined" if squid else CHANNEL, fields, stamp)


def request_fields(request: str) -> AccessFields:
    """Return the parts of a request line, or the whole where it has no such parts."""
    found = _REQUEST_LINE(request)
    if found is None:
        return {"request": request}
    method, uri, protocol = found.groups()
    if protocol is None and not (method.isupper() and uri[:1] in ("/", "*", "h", "H")):
        return {"request": request}
    fields: AccessFields = {"request_method": method, "request_uri": uri}
    if protocol is not None:
        fields["server_protocol"] = protocol
    return fields


def _before(text: str) -> AccessFields:
    """Return what stands before the time: virtual host, addresses, the two names; a name may have blanks."""
    parts = text.split(" ")
    if len(parts) < _COMMON_TOKENS:
        return {"remote_addr": parts[0]} if len(parts) == 1 else {"remote_addr": parts[0], "remote_user": parts[1]}
    if len(parts) > _COMMON_TOKENS and parts[1] == "-" and _ADDRESSES(parts[0]) and parts[-2:] != ["-", "-"]:
        return {"remote_addr": parts[0], "remote_logname": "-", "remote_user": " ".join(parts[2:])}
    if parts[1] == "->" and len(parts) >= _TO_SERVER:
        # NetScaler: for whom the request was, as the headers say that its own proxy puts in.
        fields: AccessFields = {"remote_addr": parts[0], "server_addr": parts[2]}
        return fields | {"remote_logname": parts[3], "remote_user": _user(" ".join(parts[4:]))}
    *ends, logname, user = parts
    fields = {}
    if len(ends) > 1 and not ends[0].endswith(","):
        served = _HOST_AND_PORT(ends[0])
        fields["server_name"] = served[1] if served is not None else ends[0]
        if served is not None:
            fields["server_port"] = served[2]
        ends = ends[1:]
    listed = " ".join(ends)
    if listed.startswith('"') and '" ' in listed:
        forwarded, _, listed = listed[1:].partition('" ')
        fields["http_x_forwarded_for"] = forwarded
    fields |= {"remote_addr": listed, "remote_logname": logname, "remote_user": _user(user)}
    return fields


def _user(written: str) -> str:
    """Return the user; Apache writes two quotes for an empty name."""
    return "" if written == '""' else written


def _put_rest(fields: AccessFields, text: str) -> None:
    """Put what follows the size: referrer and user agent are the first two quoted values side by side."""
    extra: list[str] = []
    quoted_before = False
    for number, found in enumerate(_REST.finditer(text)):
        if number == _REST_LIMIT:
            extra.append(text[found.start() :])
            break
        name, quoted, bare = found.groups()
        value = bare if quoted is None else quoted
        if name:
            fields.setdefault(name, value)
        elif quoted is not None and quoted_before and "http_user_agent" not in fields:
            fields["http_referer"] = extra.pop()
            fields["http_user_agent"] = value
        elif quoted is not None and "http_user_agent" in fields and not extra and _is_forwarded(value):
            fields.setdefault("http_x_forwarded_for", value)
        else:
            extra.append(value)
        quoted_before = quoted is not None and not name
    if extra:
        fields["extra"] = extra[0] if len(extra) == 1 else extra


def _is_forwarded(value: str) -> bool:
    return value in ("-", "unknown") or _ADDRESSES(value) is not None


_CLIENT: Final = r"(?:(?=[\w\-\[]{0,64}[.:%])[\w.:%\[\]\-]{1,256}|[\w\-]{1,64}(?= - )|-|localhost|unknown)"
_FROM_TIME: Final = rf'\[(?:{_ANY_TIME})\] +(?:\[\d{{1,10}}\] )?(?:{_SERVED_BEHIND} ){{0,2}}"'

ACCESS: Final = LineFormat(
    "web_access",
    "access log of a web server (Apache, nginx, Tomcat)",
    _read,
    shapes=ShapeFacts(_shape, frozenset(), (TIME_VALUE,), _shape_time, _guess),
    opening=rf'(?:(?:[\w.:\-]{{1,256}} )?{_CLIENT} (?:[^\s"]{{1,512}} ){{2}}{_FROM_TIME}'
    rf'|(?:[\w.:\-]{{1,256}} )?{_CLIENT}(?:, ?{_CLIENT}){{0,8}} - (?:[^\s"]\S* |"[^"]{{0,400}}" ){{1,8}}{_FROM_TIME}'
    rf'|\[{_TIME}\] \S+ (?:(?:TLS|SSL)v[\d.]{{1,3}}|-) \S+ ")',
    loose=rf'(?:[^\s"]\S* |"[^"]{{0,400}}" ){{1,32}}{_FROM_TIME}',
    first=True,
    abroad=rf"(?:haproxy|lighttpd|squid|squid-1|\(squid\)|\(squid-1\)): "
    rf"[0-9a-fA-F.:]{{2,45}} \S{{1,512}} \S{{1,512}} {_FROM_TIME}",
)
