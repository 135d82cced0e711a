"""Error logs of Apache httpd and nginx.

Apache: versions 2.0 to 2.4, with or without module, process, thread, source file and client; ``AH`` numbers are the
events' numbers. Fields have the names that the manual gives the parts of ``ErrorLogFormat``. Over syslog
(``ErrorLog syslog``) the time is the header's. What ModSecurity writes there (``[id "942100"] [msg "..."]``) becomes
fields by ModSecurity's names, and ``action`` is what it did.

nginx: all messages, with what follows a message about a request (``client``, ``server``, ``request``, ``upstream``,
``host``, ``referrer``); what an application wrote there in several lines is one event. Where a message of either tells
of an account that was refused, ``user`` is its name and ``event`` what was wrong. Times of both state no zone.

Sources: Apache HTTP Server, core, ErrorLogFormat; nginx, A debugging log, and ngx_http_request.c for the parts;
ModSecurity Reference Manual, Alert Action Description. Not read: error logs of another ``ErrorLogFormat`` that has
neither a time in brackets first nor, over syslog, module and level.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.clock import Stamp
from yadorigi.sources.lines.fields import Fields, put
from yadorigi.sources.lines.format import Header, Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.stated_twice import put_other, with_others
from yadorigi.sources.web.access import request_fields

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_DAY: Final = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_APACHE_TIME: Final = rf"{_DAY} [A-Z][a-z]{{2}} +\d{{1,2}} \d\d:\d\d:\d\d(?:\.\d{{1,6}})? \d{{4}}"
_ISO_TIME: Final = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?"
_APACHE: Final = re.compile(
    rf"(?:\[(?P<time>{_APACHE_TIME}|{_ISO_TIME})\] )?"
    r"(?:\[(?:(?P<module>[\w.-]{0,64}):)?(?P<level>[a-z]\w{2,15})\] )?"
    r"(?:\[pid (?P<pid>\d{1,10})(?::tid (?P<tid>\w{1,20}))?\] )?"
    r"(?:(?P<file>[\w./-]{1,128}\.[ch](?:pp)?\(\d{1,6}\)): )?(?:\((?P<code>-?[\w ]{1,32})\)(?P<error>[^:]{1,256}): )?"
    r"(?:\[remote (?P<remote>[^\]\s]{1,128})\] )?"
    r"(?:\[client (?P<client>[^\]\s]{1,128}(?: :\d{1,5})?)\] )?(?P<message>.*)",
    re.ASCII | re.DOTALL,
).fullmatch
_AH: Final = re.compile(r"AH(\d{5}): ", re.ASCII).match
_REFERER: Final = ", referer: "
_INVALID: Final = re.compile(
    r"(?:AH\d{5}: )?(?:[Ii]nvalid URI path \((?P<uri>.{1,8192})\)"
    r"|Invalid URI in request (?P<request>.{1,8192})|request failed: .{0,120}?: (?P<failed>[A-Z]{3,16} .{1,8192}))$",
    re.DOTALL,
).match
"""What was asked for where Apache refuses to look for it."""
_MODSECURITY: Final = re.compile(r' \[([a-z_]{1,32}) "((?:[^"\\]|\\.)*)"\]', re.ASCII)
_APACHE_LEVELS: Final = r"emerg|alert|crit|error|warn|notice|info|debug|trace\d"
_LEVELS: Final = {
    "emerg": "emergency", "alert": "alert", "crit": "critical", "error": "error", "warn": "warning",
    "notice": "notice", "info": "informational", "debug": "debug",
}  # fmt: skip
_NGINX: Final = re.compile(
    r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[([a-z]{4,6})\] (\d{1,10})#(\d{1,20}): (?:\*(\d{1,20}) )?(.*)",
    re.ASCII | re.DOTALL,
).fullmatch
_PARTS: Final = "client|server|request|subrequest|upstream|host|referrer|login|port"
_NGINX_PART: Final = re.compile(rf'({_PARTS}): (?:"(.*?)(?:"(?=, (?:{_PARTS}): |$)|$)|([^,"]*))(?:, |$)', re.DOTALL)
"""A request may hold quotes; it ends where the next part begins."""
_REFUSED: Final = re.compile(
    r'(?:AH\d{5}: )?user (?:"(?P<quoted>[^"]{1,256})"|`(?P<ticked>[^\']{1,256})\'|(?P<bare>[^\s:"]{1,256})):? '
    r"(?:in realm \S{1,256} )?(?P<event>password mismatch|was not found|not found|authentication failure"
    r"|authorization failure)"
).match
_MODSECURITY_ACTION: Final = re.compile(
    r"ModSecurity: (Access denied|Access allowed|Warning)(?: with code (\d{3}))?"
).search
_NGINX_CHANNEL: Final = "nginx_error/{}"
_CONTINUES: Final = Stamp("", "", "stated")
_JOINED_CHARACTERS: Final = 1024 * 1024
"""Characters of lines that belong to one message; the lines beyond them are told of."""
_QUOTES_LIMIT: Final = 256
_NGINX_CLIENT: Final = ", client: "
_NGINX_CLIENTS: Final = re.compile(r", client: ([^\s,\"]{2,64}), server: ").findall


def apache_fields(message: str) -> tuple[str, Fields] | None:
    """Return the kind of an entry of an error log of Apache, and its fields with its ``time`` where it has one.

    None where it is no entry. Other products with Apache inside write such entries into logs of their own.
    """
    found = _APACHE(message)
    # Servers that send to syslog may leave out what the header says too.
    if found is None or (found["level"] is None and not (found["client"] and _AH(found["message"]))):
        return None
    fields: Fields = {name: value for name, value in found.groupdict().items() if value is not None}
    if found["client"] is None and found["remote"] is not None:
        fields["client"] = fields.pop("remote")
    elif found["client"] is not None:
        fields["client"] = found["client"].replace(" ", "")
    message = found["message"]
    if _REFERER in message:
        message, _, referer = message.rpartition(_REFERER)
        fields |= {"message": message, "referer": referer}
    kind = "client" if "client" in fields else "server"
    _add_refused(fields, message)
    if (invalid := _INVALID(message)) is not None:
        asked = invalid["request"] or invalid["failed"]
        fields |= request_fields(asked) if asked else {"request_uri": invalid["uri"]}
    if "ModSecurity: " in message[:64]:
        kind = "modsecurity"
        if (action := _MODSECURITY_ACTION(message)) is not None:
            fields["action"] = action[1]
            if action[2]:
                fields["status"] = action[2]
        for name, value in _MODSECURITY.findall(message):
            put(fields, name if name not in fields or name in ("tag", "data") else f"modsecurity_{name}", value)
    return kind, fields


def _read_apache(line: Line, clock: Clock) -> Reading:
    entry = apache_fields(line.message)
    if entry is None:
        raise LineError("no line of an error log of Apache")
    kind, fields = entry
    stated = str(fields.pop("time", ""))
    if not stated and not line.header.time:
        raise LineError("a line of an error log of Apache without a time")
    number = _AH(str(fields["message"]))
    word = str(fields.get("level", ""))
    level = _LEVELS.get(word, "debug" if word.startswith("trace") else "")
    time = (clock.iso(stated) or clock.bsd(stated)) if stated else None
    return Reading(f"apache_error/{kind}", fields, time, "", int(number[1]) if number else 0, level)


def _add_refused(fields: Fields, message: str) -> None:
    """Add the account that a message says was refused."""
    found = _REFUSED(message)
    if found is not None:
        fields["user"] = found["quoted"] or found["ticked"] or found["bare"]
        fields["event"] = found["event"].removeprefix("was ")


def _read_nginx(line: Line, clock: Clock) -> Reading:
    found = _NGINX(line.message)
    if found is None:
        if line.header.time:
            raise LineError("no line of an error log of nginx")
        return Reading(_NGINX_CHANNEL.format("server"), {"message": line.text}, _CONTINUES)
    time, level, process, thread, connection, message = found.groups()
    fields: Fields = {"level": level, "pid": process, "tid": thread}
    if connection:
        fields["connection"] = connection
    reading = Reading("", fields, clock.iso(time), "", 0, _LEVELS.get(level, ""))
    return _with_parts(reading, message)


def _with_parts(reading: Reading, message: str) -> Reading:
    """Return a reading with a message of nginx, and the parts of it that tell of a request."""
    fields: Fields = dict(reading.fields)
    start = _outside_quotes(message, _NGINX_CLIENT)
    fields["message"] = message if start < 0 else message[:start]
    _add_refused(fields, message)
    if start >= 0:
        for name, quoted, bare in _NGINX_PART.findall(message[start + 2 :]):
            put_other(fields, name, quoted or bare)
        # A file's name may hold quotes and what follows it, and thereby the client that the server itself names.
        for client in _NGINX_CLIENTS(message) if message.count(_NGINX_CLIENT) > 1 else ():
            put_other(fields, "client", client)
        request = fields.pop("request", None)
        for asked in request if isinstance(request, list) else [request] if request else []:
            fields = with_others(fields, request_fields(asked))
    return reading._replace(channel=_NGINX_CHANNEL.format("client" if start >= 0 else "server"), fields=fields)


class _NginxJoiner:
    """Joins the lines of what an application wrote into nginx's log to the message that they belong to."""

    def __init__(self) -> None:
        self._held: tuple[Reading, Header, int] | None = None
        self._lines: list[str] = []
        self._size = 0

    def take(self, reading: Reading, header: Header, line: int) -> Iterable[tuple[Reading, Header, int]]:
        """Take a line; give the event before it where it begins another."""
        if reading.time is not _CONTINUES:
            whole = self.rest()
            self._held = (reading, header, line)
            return whole
        text = str(reading.fields["message"])
        self._size += len(text)
        if self._held is None or self._size > _JOINED_CHARACTERS:
            raise LineError("no line of an error log of nginx")
        self._lines.append(text)
        return ()

    def rest(self) -> Iterable[tuple[Reading, Header, int]]:
        """Give the event that is held."""
        held, lines = self._held, self._lines
        self._held, self._lines, self._size = None, [], 0
        if held is None:
            return ()
        reading, header, line = held
        if lines:
            reading = _with_parts(reading, "\n".join((str(reading.fields["message"]), *lines)))
        return ((reading, header, line),)


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
    "apache_error",
    "error log of Apache httpd",
    _read_apache,
    opening=rf"\[(?:{_APACHE_TIME}|{_ISO_TIME}(?=\] \[(?:[\w.-]{{0,64}}:)?(?:{_APACHE_LEVELS})\] ))\] \["
    rf"|\[(?:[a-z_0-9]{{0,64}}:)?(?:{_APACHE_LEVELS})\] (?:\[pid \d|\[client |AH\d{{5}}: )"
    r"|\[client [^\]\s]{1,128}\] AH\d{5}: ",
)
NGINX_ERROR: Final = LineFormat(
    "nginx_error",
    "error log of nginx",
    _read_nginx,
    opening=r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[(?:debug|info|notice|warn|error|crit|alert|emerg)\] \d{1,10}#\d",
    joiner=_NginxJoiner,
)
