"""Access logs of load balancers of AWS: Application, Classic and Network Load Balancer.

Fields have the names of the manual (``client:port`` is divided into ``client_ip`` and ``client_port``,
``target:port`` and ``backend:port`` alike); a request is divided into ``request_method``, ``request_url`` and
``request_protocol``. Values that newer versions add are read as far as the manual lists them. Of Network Load
Balancers the log of TLS connections is read; its times are in UTC.

Source: AWS, Access logs for your Application Load Balancer, Access logs for your Classic Load Balancer, Access logs
for your Network Load Balancer.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock
    from yadorigi.sources.lines.fields import Fields

_VALUE: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_REQUEST: Final = re.compile(r"(\S{1,64}) (.*?)(?: (\S{1,16}))?\s*").fullmatch
_CLASSIC: Final = (
    "timestamp", "elb", "client", "backend", "request_processing_time", "backend_processing_time",
    "response_processing_time", "elb_status_code", "backend_status_code", "received_bytes", "sent_bytes", "request",
    "user_agent", "ssl_cipher", "ssl_protocol",
)  # fmt: skip
_APPLICATION: Final = (
    "type", "time", "elb", "client", "target", "request_processing_time", "target_processing_time",
    "response_processing_time", "elb_status_code", "target_status_code", "received_bytes", "sent_bytes", "request",
    "user_agent", "ssl_cipher", "ssl_protocol", "target_group_arn", "trace_id", "domain_name", "chosen_cert_arn",
    "matched_rule_priority", "request_creation_time", "actions_executed", "redirect_url", "error_reason",
    "target_port_list", "target_status_code_list", "classification", "classification_reason", "conn_trace_id",
)  # fmt: skip
_NETWORK: Final = (
    "type", "version", "time", "elb", "listener", "client", "destination", "connection_time", "tls_handshake_time",
    "received_bytes", "sent_bytes", "incoming_tls_alert", "chosen_cert_arn", "chosen_cert_serial", "tls_cipher",
    "tls_protocol_version", "tls_named_group", "domain_name", "alpn_fe_protocol", "alpn_be_protocol",
    "alpn_client_preference_list", "tls_connection_creation_time",
)  # fmt: skip
_VALUES_LIMIT: Final = 64
_FEWEST: Final = 11
_ENDS: Final = ("client", "target", "backend", "destination")


def _read(line: Line, clock: Clock) -> Reading:
    values = [found[2] or found[1] for found in islice(_VALUE.finditer(line.message), _VALUES_LIMIT)]
    names: tuple[str, ...] = _CLASSIC if values and values[0][:1].isdigit() else _APPLICATION
    if values[:1] == ["tls"]:
        names = _NETWORK
    if len(values) < _FEWEST:
        raise LineError(f"a line of a load balancer with {len(values)} values")
    known = dict(zip(names, values, strict=False))
    fields: Fields = {}
    for name, value in known.items():
        host, colon, port = value.rpartition(":")
        if name in _ENDS and colon:
            fields |= {f"{name}_ip": host.strip("[]"), f"{name}_port": port}
        elif name != "request":
            fields[name] = value
    request = _REQUEST(known.get("request", ""))
    if request is not None and request[1] != "-":
        fields |= {"request_method": request[1], "request_url": request[2]}
        if request[3]:
            fields["request_protocol"] = request[3]
    if len(values) > len(names):
        fields["extra"] = values[len(names) :]
    stamp = clock.iso(known.get("timestamp") or known["time"], "UTC")
    return Reading("aws_elb/tls" if names is _NETWORK else "aws_elb/request", fields, stamp, known["elb"])


_NUMBER: Final = r"-?\d{1,9}(?:\.\d{1,9})?"
AWS_ELB: Final = LineFormat(
    "aws_elb",
    "access log of a load balancer of AWS",
    _read,
    opening=(
        r"(?:tls 2\.0 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d net/\S+ \S+ \S+:\d{1,5} "
        rf"|(?:(?:https?|h2|grpcs|wss?) )?\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{1,9}}Z \S+ "
        rf"\S+:\d{{1,5}} (?:\S+:\d{{1,5}}|-) "
        rf"{_NUMBER} {_NUMBER} {_NUMBER} )"
    ),
)
