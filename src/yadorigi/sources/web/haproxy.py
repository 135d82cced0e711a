"""HAProxy: logs of HTTP and TCP, of connections that failed, and what HAProxy tells of itself.

Layouts: ``option httplog`` (with captured cookies and headers, with further values behind the request), ``option
tcplog``, the default layout (``Connect from ... to ...``), errors of connections. All other lines of the program
``haproxy`` are kept whole. Fields have the names of HAProxy's manual; a request is divided into ``request_method``,
``request_uri`` and ``server_protocol``. Times in brackets state no zone.

Source: HAProxy Configuration Manual, section 8, Logging.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.web.access import request_fields

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock
    from yadorigi.sources.lines.fields import Fields

_START: Final = r"(?:[0-9a-fA-F.:]{1,45}|unix|-):\d{1,5} \[\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d(?:\.\d{1,6})?\] "
_NUMBER: Final = r"[+-]?\d{1,19}"
_COUNTS: Final = (
    rf"(?P<actconn>{_NUMBER})/(?P<feconn>{_NUMBER})/(?P<beconn>{_NUMBER})/(?P<srv_conn>{_NUMBER})/"
    rf"(?P<retries>{_NUMBER}) "
    rf"(?P<srv_queue>{_NUMBER})/(?P<backend_queue>{_NUMBER})"
)
_HEAD: Final = (
    r"(?P<client_ip>\S{1,45}):(?P<client_port>\d{1,5}) \[(?P<accept_date>[^\]]{20,30})\] "
    r"(?P<frontend_name>[^\s/]{1,256})"
)
_TARGET: Final = r"(?P<backend_name>[^\s/]{1,256})/(?P<server_name>\S{1,256})"
_HTTP: Final = re.compile(
    rf"{_HEAD} {_TARGET} (?P<TR>{_NUMBER})/(?P<Tw>{_NUMBER})/(?P<Tc>{_NUMBER})/(?P<Tr>{_NUMBER})/(?P<Ta>{_NUMBER}) "
    rf"(?P<status_code>-?\d{{1,3}}) (?P<bytes_read>{_NUMBER}) (?P<captured_request_cookie>\S+) "
    rf"(?P<captured_response_cookie>\S+) (?P<termination_state>[\w-]{{2,4}}) {_COUNTS}"
    r"(?: \{(?P<captured_request_headers>[^}]*)\}(?: \{(?P<captured_response_headers>[^}]*)\})?)?"
    r'(?: "(?P<http_request>[^"]*)"?)?(?P<extra>.*)',
    re.ASCII | re.DOTALL,
).fullmatch
_TCP: Final = re.compile(
    rf"{_HEAD} {_TARGET} (?P<Tw>{_NUMBER})/(?P<Tc>{_NUMBER})/(?P<Tt>{_NUMBER}) (?P<bytes_read>{_NUMBER}) "
    rf"(?P<termination_state>[\w-]{{2}}) {_COUNTS}(?P<extra>.*)",
    re.ASCII | re.DOTALL,
).fullmatch
_FAILED: Final = re.compile(rf"{_HEAD}(?:/(?P<bind_name>\S{{1,256}}))?: (?P<error>.*)", re.ASCII | re.DOTALL).fullmatch
_CONNECT: Final = re.compile(
    r"Connect from (?P<client_ip>\S{1,45}):(?P<client_port>\d{1,5}) to (?P<dst_ip>\S{1,45}):(?P<dst_port>\d{1,5}) "
    r"\((?P<frontend_name>[^/)]{1,256})/(?P<mode>\w{1,16})\)",
    re.ASCII,
).fullmatch


def _read(line: Line, clock: Clock) -> Reading:
    message = line.message.strip()
    for kind, layout in (("http", _HTTP), ("tcp", _TCP), ("error", _FAILED), ("connect", _CONNECT)):
        found = layout(message)
        if found is None:
            continue
        fields: Fields = {name: value for name, value in found.groupdict().items() if value}
        if isinstance(extra := fields.get("extra"), str):
            fields["extra"] = extra.strip()
        request = fields.pop("http_request", None)
        if isinstance(request, str):
            parts = request_fields(request)
            fields |= parts if "request" not in parts else {"http_request": request}
        stated = fields.get("accept_date")
        stamp = clock.common_log(stated) if isinstance(stated, str) else None
        return Reading(f"haproxy/{kind}", _with_process(fields, line), stamp)
    if not line.header.program:
        raise LineError("no line of HAProxy")
    return Reading("haproxy/message", _with_process({"message": message}, line))


def _with_process(fields: Fields, line: Line) -> Fields:
    if line.header.process:
        fields["process_name"] = line.header.program
        fields["pid"] = line.header.process
    return fields


HAPROXY: Final = LineFormat(
    "haproxy",
    "HAProxy",
    _read,
    opening=rf"(?:{_START}|Connect from \S{{1,45}}:\d{{1,5}} to \S{{1,45}}:\d{{1,5}} \()",
    programs=frozenset({"haproxy"}),
    keeps=True,
)
