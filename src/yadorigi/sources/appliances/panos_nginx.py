"""sslvpn_access.log of PAN-OS: requests to the portal and the gateway of GlobalProtect.

It is in technical support files (``var/log/nginx/sslvpn_access.log``, and other access logs beside it): lines of nginx
that begin with the client's address and port and those of the firewall. Fields have the names of nginx's variables:
``remote_addr``, ``remote_port``, ``remote_user``, ``server_addr``, ``server_port``, ``request_method``,
``request_uri``, ``server_protocol``, ``status``, ``body_bytes_sent``, ``http_referer``, ``http_user_agent``,
``msec``, ``request_time``; what stands behind is ``extra``. A request that is not method, address and protocol is kept
whole as ``request``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_ENDS: Final = r"[0-9A-Fa-f:.]{2,45} \d{1,5} \S{1,256} [0-9A-Fa-f:.]{2,45} \d{1,5} \["
_LINE: Final = re.compile(
    r"(\S+) (\d+) (\S+) (\S+) (\d+) \[([^\]]{20,40})\]"
    r' "((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-)(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)")?'
    r"(?: (\d+\.\d+))?(?: (\d+\.\d+|-))?(?: (.*))?",
    re.ASCII | re.DOTALL,
).fullmatch
_NAMES: Final = (
    "remote_addr", "remote_port", "remote_user", "server_addr", "server_port", "time_local", "request", "status",
    "body_bytes_sent", "http_referer", "http_user_agent", "msec", "request_time", "extra",
)  # fmt: skip
_REQUEST: Final = re.compile(r"(\S+) (\S+)(?: (HTTP/[\d.]{1,5}))?", re.ASCII).fullmatch


def _read(line: Line, clock: Clock) -> Reading:
    found = _LINE(line.message)
    if found is None:
        raise LineError("a line of an access log of PAN-OS that is not of its layout")
    fields = {name: value for name, value in zip(_NAMES, found.groups(), strict=True) if value and value != "-"}
    time = clock.common_log(fields.pop("time_local"))
    request = _REQUEST(fields.get("request", ""))
    if request is not None:
        del fields["request"]
        fields["request_method"], fields["request_uri"] = request[1], request[2]
        if request[3]:
            fields["server_protocol"] = request[3]
    return Reading("panos_nginx/access", fields, time)


PANOS_NGINX: Final = LineFormat("panos_nginx", "access logs of PAN-OS (GlobalProtect)", _read, opening=_ENDS)
