"""Access logs of Atlassian's products: Confluence and Jira on Tomcat, and Bitbucket.

Confluence and Jira: ``[time] user thread address method path protocol status milliseconds bytes referrer agent``.
Bitbucket: values between bars, as its manual lists them; requests over HTTP, SSH and gRPC, those that come in
(``i@...``) and those that are done (``o@...``). Jira's classic access log is read as that of a web server. Times of
Bitbucket state no zone. Fields have the names of nginx's variables where they mean the same, else those of the
manual.

Sources: Atlassian, Configure access logs (Confluence), How to read the Bitbucket Data Center log formats. Audit logs
in JSON are read by ``web_json``, Bitbucket's older one between bars here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.web.access import request_fields

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock
    from yadorigi.sources.lines.fields import Fields

_TIME: Final = r"\d{1,2}/[A-Za-z]{3}/\d{4}:\d\d:\d\d:\d\d(?: [+-]\d{4})?"
_TOMCAT: Final = re.compile(
    rf"\[({_TIME})\] (\S+) (\S+) (\S+) (\S+) (.*?)(?: (HTTP/[\d.]{{1,3}}))? (\d{{3}}) (\d{{1,12}})ms "
    r"(\d{1,18}|-) (\S+) (.*)",
    re.ASCII | re.DOTALL,
).fullmatch
_TOMCAT_NAMES: Final = (
    "remote_user", "thread", "remote_addr", "request_method", "request_uri", "server_protocol", "status",
    "response_time_ms", "body_bytes_sent", "http_referer", "http_user_agent",
)  # fmt: skip
_BITBUCKET_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}", re.ASCII).fullmatch
_BEFORE_TIME: Final = {
    4: ("remote_addr", "protocol", "request_id", "remote_user"),
    5: ("remote_addr", "protocol", "request_id", "caller", "remote_user"),
}
_BEHIND_ACTION: Final = ("status", "bytes_read", "body_bytes_sent", "labels", "response_time_ms", "session_id")
_GRPC_BEHIND_ACTION: Final = (
    "details", "status", "messages_read", "messages_written", "bytes_read", "body_bytes_sent", "labels",
    "response_time_ms",
)  # fmt: skip
_AUDIT_NAMES: Final = (
    "remote_addr", "event", "user", "timestamp", "entity", "details", "request_id", "session_id",
)  # fmt: skip
_QUOTED: Final = re.compile(r'"([^"]*)" "([^"]*)"').fullmatch
_PARTS_LIMIT: Final = 20


def _read(line: Line, clock: Clock) -> Reading:
    found = _TOMCAT(line.message)
    if found is not None:
        time, *values = found.groups()
        fields: Fields = {name: value for name, value in zip(_TOMCAT_NAMES, values, strict=True) if value is not None}
        return Reading("atlassian/request", fields, clock.common_log(time))
    return _read_audit(line.message, clock) or _read_bitbucket(line.message, clock)


def _read_audit(message: str, clock: Clock) -> Reading | None:
    """Read a line of Bitbucket's audit log before version 7, whose time is in milliseconds since 1970."""
    parts = [part.strip() for part in message.split(" | ", _PARTS_LIMIT)]
    stamp = clock.number(parts[3]) if len(parts) == len(_AUDIT_NAMES) else None
    if stamp is None or not parts[1].endswith("Event"):
        return None
    return Reading("atlassian/audit", dict(zip(_AUDIT_NAMES, parts, strict=True)), stamp)


def _read_bitbucket(message: str, clock: Clock) -> Reading:
    parts = [part.strip() for part in message.split(" | ", _PARTS_LIMIT)]
    parts = [*parts[:-1], parts[-1].removesuffix("|").rstrip()]
    place = next((place for place in _BEFORE_TIME if place < len(parts) and _BITBUCKET_TIME(parts[place])), None)
    if place is None or place + 1 >= len(parts):
        raise LineError("no line of an access log of Bitbucket")
    fields: Fields = dict(zip(_BEFORE_TIME[place], parts, strict=False))
    action, rest = parts[place + 1].strip('"'), parts[place + 2 :]
    grpc = fields["protocol"] == "grpc"
    request = {"request": action} if grpc else request_fields(action)
    fields |= request
    if not grpc and rest:
        agents = _QUOTED(rest[0])
        if agents is not None:
            fields |= {"http_referer": agents[1], "http_user_agent": agents[2]}
        else:
            fields["details"] = rest[0]
        rest = rest[1:]
    fields |= dict(zip(_GRPC_BEHIND_ACTION if grpc else _BEHIND_ACTION, rest, strict=False))
    return Reading("atlassian/request", fields, clock.iso(parts[place]))


ATLASSIAN: Final = LineFormat(
    "atlassian",
    "access log of Confluence, Jira or Bitbucket",
    _read,
    opening=(
        rf"(?:\[{_TIME}\] \S+ (?:https?|ajp)-\S+ \S+ [A-Z]"
        r"|[0-9a-fA-F.:,]{2,400} \| \w{1,128}Event \| [^|]{1,256} \| \d{13} \| "
        r"|[0-9a-fA-F.:,]{2,400} \| (?:https?|ssh|grpc) \| \S+ \| (?:\S+ \| )?\S+ "
        r"\| \d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \| )"
    ),
)
