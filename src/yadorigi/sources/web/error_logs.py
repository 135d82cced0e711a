"""Error logs of Apache httpd and nginx.

Apache: versions 2.0 to 2.4, with or without module, process, thread, source file and client; ``AH`` numbers are the
events' numbers. Fields have the names that the manual gives the parts of ``ErrorLogFormat``. What ModSecurity writes
there (``[id "942100"] [msg "..."]``) becomes fields by ModSecurity's names.

nginx: all messages, with what follows a message about a request (``client``, ``server``, ``request``, ``upstream``,
``host``, ``referrer``). Times of both state no zone.

Sources: Apache HTTP Server, core, ErrorLogFormat; nginx, A debugging log, and ngx_http_request.c for the parts;
ModSecurity Reference Manual, Alert Action Description. Not read: error logs of another ``ErrorLogFormat`` that has no
time in brackets first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.fields import Fields, put
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.web.access import request_fields

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_DAY: Final = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_APACHE_TIME: Final = rf"{_DAY} [A-Z][a-z]{{2}} +\d{{1,2}} \d\d:\d\d:\d\d(?:\.\d{{1,6}})? \d{{4}}"
_APACHE: Final = re.compile(
    rf"\[(?P<time>{_APACHE_TIME})\] \[(?:(?P<module>[\w.-]{{0,64}}):)?(?P<level>[a-z]\w{{2,15}})\] "
    r"(?:\[pid (?P<pid>\d{1,10})(?::tid (?P<tid>\w{1,20}))?\] )?"
    r"(?:(?P<file>[\w./-]{1,128}\.[ch](?:pp)?\(\d{1,6}\)): )?(?:\((?P<code>-?[\w ]{1,32})\)(?P<error>[^:]{1,256}): )?"
    r"(?:\[(?:remote|client) (?P<client>[^\]\s]{1,128})\] )?(?P<message>.*)",
    re.ASCII | re.DOTALL,
).fullmatch
_AH: Final = re.compile(r"AH(\d{5}): ", re.ASCII).match
_REFERER: Final = ", referer: "
_MODSECURITY: Final = re.compile(r' \[([a-z_]{1,32}) "((?:[^"\\]|\\.)*)"\]', re.ASCII)
_LEVELS: Final = {
    "emerg": "emergency", "alert": "alert", "crit": "critical", "error": "error", "warn": "warning",
    "notice": "notice", "info": "informational", "debug": "debug",
}  # fmt: skip
_NGINX: Final = re.compile(
    r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[([a-z]{4,6})\] (\d{1,10})#(\d{1,20}): (?:\*(\d{1,20}) )?(.*)",
    re.ASCII | re.DOTALL,
).fullmatch
_NGINX_PART: Final = re.compile(
    r'(client|server|request|subrequest|upstream|host|referrer|login|port): (?:"([^"]*)"?|([^,]*))(?:, |$)'
)
_QUOTES_LIMIT: Final = 256
_NGINX_CLIENT: Final = ", client: "


def _read_apache(line: Line, clock: Clock) -> Reading:
    found = _APACHE(line.message)
    if found is None:
        raise LineError("no line of an error log of Apache")
    fields: Fields = {}
    for name, value in found.groupdict().items():
        if value is not None and name != "time":
            fields[name] = value
    message = found["message"]
    if _REFERER in message:
        message, _, referer = message.rpartition(_REFERER)
        fields |= {"message": message, "referer": referer}
    number = _AH(message)
    kind = "client" if found["client"] else "server"
    if "ModSecurity: " in message[:64]:
        kind = "modsecurity"
        for name, value in _MODSECURITY.findall(message):
            put(fields, name if name not in fields or name in ("tag", "data") else f"modsecurity_{name}", value)
    level = _LEVELS.get(found["level"], "debug" if found["level"].startswith("trace") else "")
    return Reading(f"apache_error/{kind}", fields, clock.bsd(found["time"]), "", int(number[1]) if number else 0, level)


def _read_nginx(line: Line, clock: Clock) -> Reading:
    found = _NGINX(line.message)
    if found is None:
        raise LineError("no line of an error log of nginx")
    time, level, process, thread, connection, message = found.groups()
    fields: Fields = {"level": level, "pid": process, "tid": thread}
    if connection:
        fields["connection"] = connection
    start = _outside_quotes(message, _NGINX_CLIENT)
    fields["message"] = message if start < 0 else message[:start]
    if start >= 0:
        for name, quoted, bare in _NGINX_PART.findall(message[start + 2 :]):
            fields.setdefault(name, quoted or bare)
        request = fields.pop("request", None)
        if isinstance(request, str):
            fields |= request_fields(request)
    kind = "client" if start >= 0 else "server"
    return Reading(f"nginx_error/{kind}", fields, clock.iso(time), "", 0, _LEVELS.get(level, ""))


def _outside_quotes(text: str, wanted: str) -> int:
    """Return where a text begins that stands outside of quotes, or -1: names of files may hold anything."""
    place = 0
    for number, part in enumerate(text.split('"', _QUOTES_LIMIT)):
        at = part.find(wanted) if number % 2 == 0 else -1
        if at >= 0:
            return place + at
        place += len(part) + 1
    return -1


APACHE_ERROR: Final = LineFormat(
    "apache_error", "error log of Apache httpd", _read_apache, opening=rf"\[{_APACHE_TIME}\] \["
)
NGINX_ERROR: Final = LineFormat(
    "nginx_error",
    "error log of nginx",
    _read_nginx,
    opening=r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[(?:debug|info|notice|warn|error|crit|alert|emerg)\] \d{1,10}#\d",
)
