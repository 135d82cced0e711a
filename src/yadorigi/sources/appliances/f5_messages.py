"""What numbered messages of BIG-IP tell: sessions of APM, what administrators did, and who logged on to the device.

Source: F5, "BIG-IP log messages" and AskF5 articles on APM's session messages (01490…) and the audit log (01420002,
01070417).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

Parts: TypeAlias = tuple[str, str, dict[str, str]]
"""Kind of event, outcome (``success``, ``failure`` or ""), and the parts of the message by name."""

_ADDRESS: Final = r"[0-9A-Fa-f.:%]{2,64}"
_END: Final = r"(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f:]{2,45})(?:%\d{1,5})?"
"""An address whose port stands behind a colon or, of IPv6, behind a dot."""
_LONGEST: Final = 65_536
"""Characters of a message that are searched for parts."""
_ACCESS_NUMBERS: Final = "0149"
_PREFIX: Final = re.compile(
    r"(?:(?P<Access_Profile>/[^\s:]{1,256}):(?P<Partition>[\w.-]{1,128}):)?(?P<Session_ID>[0-9a-f]{6,32}): "
).match
_OUTCOMES: Final = {"successful": "success", "succeeded": "success", "success": "success", "failed": "failure"}


def _wording(kind: str, outcome: str, pattern: str) -> tuple[str, str, re.Pattern[str]]:
    return kind, outcome, re.compile(pattern)


_ACCESS: Final = (
    _wording(
        "access_session", "",
        rf"New session from client IP (?P<client_ip>{_ADDRESS})"
        rf" \((?P<geolocation>[^)]{{0,256}})\) at VIP (?P<vip>{_ADDRESS})"
        r"(?: Listener (?P<listener>[^\s(]{1,256}))?(?: ?\(Reputation=(?P<reputation>[^)]{0,64})\))?",
    ),
    _wording("access_login", "", r"Username '(?P<Username>[^']{0,256})'"),
    _wording("access_login", "", r"Access policy result: (?P<result>.{1,256})"),
    _wording("access_logout", "success", r"Session deleted(?: due to)? ?\(?(?P<reason>[^)]{0,256}?)\)?\.?$"),
    _wording("access", "",
        r"Session statistics - bytes in: ?(?P<Bytes_In>\d{1,19}),"
        r" bytes out: ?(?P<Bytes_Out>\d{1,19})"),
    _wording(
        "access_tunnel", "success",
        rf"Assigned PPP Dynamic IPv4: (?P<vpn_ip>{_ADDRESS})(?: IPv6: (?P<vpn_ipv6>[0-9A-Fa-f.:]{{0,45}}))? ?"
        rf"Tunnel Type: (?P<tunnel_type>\S{{1,64}}).{{0,256}}? Client IP: (?P<client_ip>{_ADDRESS})",
    ),
    _wording("access_tunnel_end", "",
        r"(?P<tunnel>(?:PPP tunnel|Tunnel)"
        r" \S{1,64}.{0,64}? (?:closed|deleted)).{0,256}"),
    _wording("access_tunnel", "success", r"(?P<tunnel>PPP tunnel \S{1,64}.{0,64}? started).{0,256}"),
    _wording(
        "access_login", "",
        r"(?P<server_type>[\w.+-]{1,32}) (?:[Mm]odule|[Aa]gent): (?:Auth \(logon attempt: ?(?P<attempt>\d{1,9})\): )?"
        r"authenticat(?:ion|e) with '(?P<Username>[^']{0,256})' (?P<word>successful|succeeded|failed):? ?"
        r"(?P<reason>.*)",
    ),
    _wording("access_session", "", r"Received User-Agent header: (?P<user_agent>.*)"),
    _wording("access", "",
        r"Received client info - (?:Hostname:"
        r" (?P<Client_Hostname>\S{0,256}) )?(?P<client_info>.*)"),
    _wording("access_login", "",
        r"Following rule '?(?P<rule>.{1,256}?)'? from item"
        r" '?(?P<item>.{1,256}?)'? to ending '?(?P<ending>[^']{1,256})'?"),
    _wording(
        "connection", "",
        r"(?P<action>allow|discard|reject|continue) ACL: (?P<acl_rule_name>[^\s:]{1,256})(?::(?P<entry>\d{1,9}))?"
        rf" packet: (?P<ip_protocol>\S{{1,16}}) (?P<source_ip>{_END})(?:[:.](?P<source_port>\d{{1,5}}))?"
        rf" -> (?P<dest_ip>{_END})(?:[:.](?P<dest_port>\d{{1,5}}))?",
    ),
    _wording("access", "", r"(?P<variable>session\.[\w.]{1,256}) is (?P<value>.*)"),
    _wording("access", "", r"Session variable '(?P<variable>[^']{1,256})' set to '?(?P<value>[^']*)'?"),
)  # fmt: skip
_VARIABLES: Final = {
    "session.user.clientip": ("access_session", "client_ip"),
    "session.logon.last.username": ("access_login", "Username"),
    "session.user.agent": ("access_session", "user_agent"),
}
"""Variables of a session that say who it is of: the kind of event, and the name of what they hold."""
_ENDED: Final = {"allow": "success", "discard": "failure", "reject": "failure"}
_VIOLATIONS: Final = re.compile(r"\[SECEV\] Request violations: (?P<violations>[^.]{0,4096})\.").match
_VIOLATION_PART: Final = re.compile(
    r"(?:^|[,.] )(?P<name>Virus name|Support id|source ip|xff ip|source port|destination ip|destination port"
    r"|route_domain|HTTP classifier|geographic location|username|session_id)(?:: |, )"
    r"<?(?P<value>[^,<>]{0,512}?)>?(?=[,.] |,? ?$)"
)
_VIOLATION_NAMES: Final = {
    "Virus name": "virus_name", "Support id": "support_id", "source ip": "ip_client", "xff ip": "x_forwarded_for",
    "source port": "src_port", "destination ip": "dest_ip", "destination port": "dest_port",
    "route_domain": "route_domain", "HTTP classifier": "http_class_name", "geographic location": "geo_location",
    "username": "username", "session_id": "session_id",
}  # fmt: skip
_VIOLATING_REQUEST: Final = re.compile(
    r", request: <(?P<request>(?P<method>[A-Z]{2,16}) (?P<uri>[^\s>]{1,8192}).*)", re.DOTALL
)
"""What ASM writes of a request into the system's own log; the names are those of its key-value pairs."""
_COMMAND: Final = re.compile(
    r"(?:AUDIT - )?pid=(?P<pid>\d{1,10}) user=(?P<user>\S{0,256})"
    r" folder=(?P<folder>\S{0,1024}) module=(?P<module>\S{0,256})"
    r" status=(?P<status>\[[^\]]{0,1024}\]?|\S{0,1024}) cmd_data=(?P<cmd_data>.*)",
    re.DOTALL,
).match
_CONFIGURATION: Final = re.compile(
    r"AUDIT - client (?P<client>[^,]{0,256}), (?:tmui, |tmsh, )?user"
    r" (?P<user>\S{1,256}) - transaction #?(?P<transaction>\S{1,64})"
    r"(?: - object (?P<object>\S{1,64}))? - (?P<cmd_data>.*)",
    re.DOTALL,
).match
_LOGON: Final = re.compile(
    r"(?:AUDIT - user (?P<actor>\S{1,256}) - RAW: )?(?:(?P<service>[\w()-]{1,64}):"
    r" )?user=(?P<user>[^\s(]{0,256})\([^)]{0,256}\)"
    r" partition=\[(?P<partition>[^\]]{0,256})\] level=(?P<level>\S{0,64})"
    r" tty=(?P<tty>\S{0,256}) host=(?P<host>\S{0,256})"
    r" attempts=(?P<attempts>\d{1,9})(?: start=\"{1,2}(?P<start>[^\"]{0,64})\"{1,2})?(?:"
    r" end=\"{1,2}(?P<end>[^\"]{0,64})\"{1,2})?"
).match
_FAILED_LOGON: Final = re.compile(
    r"(?:AUDIT - user (?P<actor>\S{1,256}) - RAW: )?.{0,128}?(?:User|user=|user )(?P<user>[^\s(]{1,256})[^:]{0,64}?"
    r" (?:failed to login after (?P<attempts>\d{1,9}) attempts|from (?P<host>\S{1,256}) attempted)"
).match
_AUTHENTICATED: Final = re.compile(
    r"(?P<service>pam_\w{1,64}): (?:\1: )?(?:authenticated user"
    r" (?P<user>\S{1,256})(?: with role (?P<level>.{0,128}?) in partition"
    r" \[(?P<partition>[^\]]{0,256})\])?|user (?P<user2>\S{1,256}) successfully authenticated)"
).match
_WEB_TIME: Final = r"\[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]"
_WEB_ACCESS: Final = re.compile(
    rf"\[ssl_acc\] (?P<client_ip>{_ADDRESS}) \S{{1,64}} (?P<user>\S{{1,256}}) {_WEB_TIME}"
    r" \"(?P<http_uri>[^\"]{0,8192})\" (?P<http_status>\d{3}) (?P<response_size>\d{1,19}|-)"
).match
_WEB_REQUEST: Final = re.compile(
    rf"\[ssl_req\] ?{_WEB_TIME} (?P<client_ip>{_ADDRESS}) (?P<tls_version>\S{{1,32}}) (?P<tls_cipher>\S{{1,128}})"
    r" \"(?P<http_uri>[^\"]{0,8192})\" (?P<response_size>\d{1,19}|-)"
).match
"""The web interface of BIG-IP for administrators, and its REST interface (``/var/log/httpd``, by way of ``logger``)."""
_PAM_REFUSED: Final = re.compile(
    r"pam_\w{1,32}\((?P<service>[\w.\-]{1,32}):auth\): authentication failure;.{0,256}?\brhost=(?P<host>\S{0,256})"
    r"(?: {1,2}user=(?P<user>\S{1,256}))?"
).match
_TLS: Final = re.compile(
    rf"SSL Handshake failed for TCP (?P<src_ip>{_ADDRESS}):(?P<src_port>\d{{1,5}})"
    rf" -> (?P<dest_ip>{_ADDRESS}):(?P<dest_port>\d{{1,5}})"
).match


def told_by(message: str, number: str = "") -> Parts:
    """Return what a message of some number tells; number and level are taken off already."""
    searched = message[:_LONGEST]
    prefix = _PREFIX(searched)
    if prefix is None and number.startswith(_ACCESS_NUMBERS):
        return _access(searched)
    if prefix is not None:
        kind, outcome, parts = _access(searched[prefix.end() :])
        return kind, outcome, _known(prefix) | parts
    violated = _VIOLATIONS(searched)
    if violated is not None:
        return "asm", "", _known(violated) | _violations(searched)
    for match, read in _OTHERS:
        found = match(searched)
        if found is not None:
            return read(_known(found))
    return "system", "", {}


def _access(text: str) -> Parts:
    for kind, outcome, pattern in _ACCESS:
        found = pattern.match(text)
        if found is not None:
            parts = _known(found)
            named = _VARIABLES.get(parts.get("variable", ""))
            if named is not None and "value" in parts:
                return named[0], outcome, parts | {named[1]: parts["value"]}
            ended = parts.pop("word", "")
            outcome = _ENDED.get(parts.get("action", ""), outcome)  # noqa: PLW2901 - as the list says
            result = parts.get("result") or parts.get("ending", "")
            if result:
                outcome = "failure" if "deny" in result.lower() else "success"  # noqa: PLW2901 - as the policy says
            return kind, _OUTCOMES.get(ended, outcome), parts
    return "access", "", {}


def _command(parts: dict[str, str]) -> Parts:
    status = parts["status"] = parts.get("status", "").strip("[]")
    return "audit_command", "success" if status == "Command OK" else "failure" if status else "", parts


def _configuration(parts: dict[str, str]) -> Parts:
    return "audit_command", "success", parts


def _logon(parts: dict[str, str]) -> Parts:
    return "audit_logout" if parts.get("end") else "audit_login", "success", parts


def _failed_logon(parts: dict[str, str]) -> Parts:
    return "audit_login", "failure", parts


def _authenticated(parts: dict[str, str]) -> Parts:
    if "user2" in parts:
        parts["user"] = parts.pop("user2")
    return "audit_login", "success", parts


def _tls(parts: dict[str, str]) -> Parts:
    return "connection", "failure", parts


def _violations(text: str) -> dict[str, str]:
    """Return the parts of what ASM says of a request that it stopped or let pass."""
    head, separator, _ = text.partition(", request: <")
    parts = {
        _VIOLATION_NAMES[found["name"]]: found["value"].strip()
        for found in _VIOLATION_PART.finditer(head[:_LONGEST])
        if found["value"].strip() not in ("", "N/A")
    }
    if separator and (asked := _VIOLATING_REQUEST.match(text, len(head))) is not None:
        parts |= {name: asked[name].rstrip(">") for name in ("request", "method", "uri")}
    return parts


def _web(parts: dict[str, str]) -> Parts:
    return "request", "", {name: value for name, value in parts.items() if value != "-"}


_OTHERS: Final[tuple[tuple[Callable[[str], re.Match[str] | None], Callable[[dict[str, str]], Parts]], ...]] = (
    (_COMMAND, _command),
    (_CONFIGURATION, _configuration),
    (_LOGON, _logon),
    (_AUTHENTICATED, _authenticated),
    (_FAILED_LOGON, _failed_logon),
    (_TLS, _tls),
    (_WEB_ACCESS, _web),
    (_WEB_REQUEST, _web),
    (_PAM_REFUSED, _failed_logon),
)


def _known(found: re.Match[str]) -> dict[str, str]:
    return {name: value.strip() for name, value in found.groupdict().items() if value and value.strip()}
