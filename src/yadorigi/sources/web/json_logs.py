"""Logs of web servers in JSON, an object a line.

Read are access logs whose fields nginx, Apache or the user named (``request_uri``, ``http_user_agent`` ...), those of
Caddy, Traefik and Envoy, and of load balancers and firewalls of clouds (Azure's Application Gateway, Google's load
balancers, AWS WAF); ModSecurity's audit log in JSON; audit logs of Confluence, Jira
and Bitbucket (files, and as the API of Jira Cloud gives them). An object inside an object is named with a dot
(``request.uri``), and a list of objects gives a list for each of their fields. What an audit log tells of logons,
members of groups and accounts has channels of its own (``atlassian/login`` ...), by the name of the action. Not read:
one JSON document that holds all events.

Sources: nginx, log_format (escape=json); Caddy, log; Traefik, Access Logs; Microsoft, Monitoring data reference for
Application Gateway; ModSecurity Reference Manual; Atlassian, Audit log events and integrations.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.web.access import request_fields

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock, Stamp

_DECODE: Final = msgspec.json.Decoder(dict[str, Any]).decode
_DEEPEST: Final = 6
_FIELDS_LIMIT: Final = 2_000
_TIMES: Final = (
    "time", "@timestamp", "timestamp", "time_local", "time_iso8601", "ts", "timeStamp", "msec", "StartUTC",
    "StartLocal", "start_time", "transaction.time_stamp", "transaction.time", "created", "datetime", "date",
)  # fmt: skip
_METHODS: Final = (
    "method", "http_method", "verb", "request.method", "RequestMethod", "properties.httpMethod",
    "httpRequest.requestMethod", "httpRequest.httpMethod",
)  # fmt: skip
"""Other names of what nginx calls ``request_method``, which is there in any case."""
_ACTIONS: Final = ("auditType.actionI18nKey", "type.actionI18nKey", "auditType.action", "type.action", "summary")
_LONGEST_ACTION: Final = 200
_AUDITED: Final = (
    ("logout", re.compile(r"logged[ .]out|user[ .]logout").search),
    ("login", re.compile(r"login[ .](?:fail|succe)|logged[ .]in\b").search),
    ("group_removed", re.compile(r"removed[ .]from[ .]group|group\.membership\.removed").search),
    ("group_added", re.compile(r"added[ .]to[ .]group|group\.membership\.added").search),
    ("group_created", re.compile(r"\bgroup[ .]created").search),
    ("group_deleted", re.compile(r"\bgroup[ .]deleted").search),
    ("user_created", re.compile(r"\buser[ .]created").search),
    ("user_removed", re.compile(r"\buser[ .]deleted").search),
    (
        "user_changed",
        re.compile(r"\buser[ .](?:updated|renamed|(?:de)?activated|details)|password[ .](?:chang|reset)").search,
    ),
)
_SECOND_DIGITS: Final = 10
_NANO_DIGITS: Final = 9


def _read(line: Line, clock: Clock) -> Reading:
    try:
        decoded = _DECODE(line.message.strip())
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise LineError(f"no JSON: {error}") from error
    fields: dict[str, Any] = {}
    _flatten(decoded, "", fields, 0)
    if "transaction" in decoded:
        line_of_request = fields.get("request.request_line")
        if isinstance(line_of_request, str):
            fields |= request_fields(line_of_request)
        return Reading("modsecurity/audit", fields, _time(fields, clock), _text(fields, "transaction.host_ip"))
    if "auditType" in decoded or "type.action" in fields or "summary" in decoded:
        return Reading(f"atlassian/{_audited(fields)}", fields, _time(fields, clock))
    request = fields.get("request")
    if isinstance(request, str) and "request_uri" not in fields:
        fields |= request_fields(request)
    if method := next((text for name in _METHODS if (text := _text(fields, name))), ""):
        fields.setdefault("request_method", method)
    return Reading("web_access/json", fields, _time(fields, clock))


def _audited(fields: dict[str, Any]) -> str:
    """Return what an audit log of Atlassian's tells of, by the names of the action."""
    named = " ".join(_text(fields, name)[:_LONGEST_ACTION].lower() for name in _ACTIONS)
    return next((kind for kind, search in _AUDITED if search(named)), "audit")


def _flatten(value: dict[str, Any], above: str, fields: dict[str, Any], depth: int) -> None:
    for name, own in value.items():
        path = f"{above}.{name}" if above else name
        if len(fields) >= _FIELDS_LIMIT:
            raise LineError("an object with too many fields")
        if isinstance(own, dict) and depth < _DEEPEST:
            _flatten(own, path, fields, depth + 1)
        elif isinstance(own, list):
            _put_list(own, path, fields, depth)
        elif own is not None:
            fields[path] = msgspec.json.encode(own).decode() if isinstance(own, dict) else own


def _put_list(values: list[Any], path: str, fields: dict[str, Any], depth: int) -> None:
    if not any(isinstance(own, dict) for own in values) or depth >= _DEEPEST:
        if values:
            fields[path] = [
                msgspec.json.encode(own).decode() if isinstance(own, dict | list) else own for own in values
            ]
        return
    for own in values:
        inside: dict[str, Any] = {}
        _flatten(own if isinstance(own, dict) else {"": own}, path, inside, depth + 1)
        for name, part in inside.items():
            known = fields.setdefault(name, [])
            if isinstance(known, list):
                known.extend(part if isinstance(part, list) else [part])
        if len(fields) >= _FIELDS_LIMIT:
            raise LineError("an object with too many fields")


def _time(fields: dict[str, Any], clock: Clock) -> Stamp | None:
    for name in _TIMES:
        value = fields.get(name)
        if isinstance(value, str):
            stamp = clock.read(value) or clock.number(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            stamp = _of_number(value, clock)
        else:
            continue
        if stamp is not None:
            return stamp
    seconds, nanos = fields.get("timestamp.epochSecond"), fields.get("timestamp.nano", 0)
    if isinstance(seconds, int) and isinstance(nanos, int) and 0 <= nanos < 10**_NANO_DIGITS:
        return clock.seconds(f"{seconds}.{nanos:0{_NANO_DIGITS}}")
    return None


def _of_number(value: float, clock: Clock) -> Stamp | None:
    if isinstance(value, int):
        return clock.number(str(value))
    whole = f"{value:.6f}"
    # Milliseconds with a fraction have three digits more than seconds.
    return clock.seconds(whole) or clock.number(whole.partition(".")[0])


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


WEB_JSON: Final = LineFormat(
    "web_json",
    "log of a web server in JSON",
    _read,
    opening=(
        r'\{(?=\s*"transaction"\s*:\s*\{|\s*"id":\d{1,18},"summary":"|.{0,8000}?"(?:request_uri|request_method|'
        r"http_user_agent|body_bytes_sent|RequestMethod|DownstreamStatus|http\.log\.access|ApplicationGatewayAccess|"
        r"ApplicationGatewayAccessLog|httpRequest|downstream_remote_address|auditType|actionI18nKey)\b)"
    ),
    abroad=r"haproxy: \{",
)
