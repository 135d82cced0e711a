"""Transforms of what web servers and proxies log: parts of addresses, status codes, lists of forwarded addresses."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

from yadorigi.schema.ocsf_values import ABSENT, Outcome, basename, clean, integer, ip, port, text

if TYPE_CHECKING:
    from yadorigi.schema.event import Value

_WHOLE_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,31}://[^/?#]*")
_AUTHORITY: Final = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[\w.-]+):\d{1,5}", re.ASCII)
_LISTED: Final = re.compile(r"[\s,]+")
_METHODS: Final = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})
_INSIDE: Final = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10",
            "::1/128", "fc00::/7", "fe80::/10",
        ),
    )
)  # fmt: skip
_ERROR_FILE: Final = re.compile(
    r"(?:File does not exist: |denied by server configuration: |Directory index forbidden by [^:]{1,64}: )(.+)"
    r"|not found or unable to stat: (.+)"
    r"|script '([^']+)' not found or unable to stat"
    r'|(?:open|stat|opendir|rename|unlink)\(\) "([^"]+)" '
)
_ERROR_LIMIT: Final = 65_536
_USER_IN_QUERY: Final = re.compile(r"[?&](?:username|name)=([^&#]+)")
_USER_LIMIT: Final = 4_096
_PORT_BEHIND: Final = re.compile(r"([0-9A-Fa-f:]{2,45}:[0-9A-Fa-f:]{0,45})(?:#|p| port |\.)(\d{1,5})").fullmatch
"""An address of IPv6 with a port, in the spellings that RFC 5952, section 6, lists beside the one with brackets."""
_LISTED_LIMIT: Final = 32
_FIRST_ERROR: Final = 400
_LAST_STATUS: Final = 999


def _behind_host(written: str) -> str:
    found = _WHOLE_URL.match(written)
    return written[found.end() :] if found else written


def url_path(value: Value) -> Outcome:
    """The path of a URL or of what a request asks for, without query and fragment; of a whole URL without one ``/``."""
    written = text(value)
    if written is None:
        return None
    behind = _behind_host(written)
    path: str = behind.partition("?")[0].partition("#")[0]
    if _AUTHORITY.fullmatch(path):
        return ABSENT
    return path or ("/" if behind != written else ABSENT)


def url_query(value: Value) -> Outcome:
    """The query of a URL or of what a request asks for, without its question mark."""
    written = text(value)
    if written is None:
        return None
    return _behind_host(written).partition("?")[2].partition("#")[0] or ABSENT


def http_outcome(value: Value) -> Outcome:
    """Success or failure by a status of HTTP: 400 and above is failure, 0 says nothing."""
    number = integer(value)
    if number is None or not 0 <= number <= _LAST_STATUS:
        return None
    if not number:
        return ABSENT
    return (1, "Success") if number < _FIRST_ERROR else (2, "Failure")


def http_method(value: Value) -> Outcome:
    """A method of HTTP that OCSF knows, in capitals; others are left to the activity and the unmapped fields."""
    written = text(value)
    return None if written is None else (known if (known := written.strip().upper()) in _METHODS else None)


def blanks_as_plus(value: Value) -> Outcome:
    """A text in which blanks were written as plus signs, as IIS writes user agents; one with blanks is as it is."""
    written = text(value)
    return written if written is None or " " in written else written.replace("+", " ")


def web_error_file(value: Value) -> Outcome:
    """The file that an error of Apache or nginx tells of: what was not found, or may not be read."""
    written = text(value)
    if written is None:
        return None
    found = _ERROR_FILE.search(written[:_ERROR_LIMIT])
    if found is None:
        return ABSENT
    path: str = next(part for part in found.groups() if part).partition(", referer: ")[0].strip()
    return path or ABSENT


def web_error_file_name(value: Value) -> Outcome:
    """The last part of the path that an error of Apache or nginx tells of."""
    path = web_error_file(value)
    return basename(path) if isinstance(path, str) else path


def user_in_query(value: Value) -> Outcome:
    """The account that a link to its page names: ``?username=alice``."""
    written = text(value)
    found = None if written is None else _USER_IN_QUERY.search(written[:_USER_LIMIT])
    return ABSENT if found is None else clean(unquote_plus(found[1])) or ABSENT


def client_ip(value: Value) -> Outcome:
    """The address, or of a list as ``X-Forwarded-For`` has it the first that is public, else the first."""
    if not isinstance(value, str):
        return None
    whole = ip(value.partition("%")[0])
    if whole is not None:
        return whole
    found = [own for own in map(_bare_ip, _LISTED.split(clean(value), _LISTED_LIMIT)) if own is not None]
    return next((own for own in found if not _is_inside(own)), found[0] if found else None)


def _is_inside(written: str) -> bool:
    own = ip_address(written)
    return any(own in network for network in _INSIDE if network.version == own.version)


def _end(value: Value) -> tuple[str, str]:
    """Return address and port, of IPv6 also without brackets, where another sign or a ninth group must tell."""
    written = text(value) or ""
    if "[" not in written and written.count(":") != 1 and ip(written) is not None:
        return written, ""
    found = _PORT_BEHIND(written)
    if found is not None:
        return found[1], found[2]
    host, _, number = written.rpartition(":")
    return host.strip("[]"), number


def client_end_ip(value: Value) -> Outcome:
    """The address of a client with or without port, of IPv6 also without brackets."""
    return ip(_end(value)[0])


def client_end_port(value: Value) -> Outcome:
    """The port of a client, where there is one."""
    number = _end(value)[1]
    return port(number) if number else ABSENT


def client_name(value: Value) -> Outcome:
    """The name of a client that is logged by name; an address or list of addresses says none."""
    written = text(value)
    return ABSENT if written is None or client_ip(written) is not None or written[-1:] == ":" else written


def _bare_ip(written: str) -> str | None:
    own: str | None = ip(written.partition("%")[0].strip("[]"))
    return own


def host_name(value: Value) -> Outcome:
    """The host of ``host:port``, in brackets or not."""
    written = text(value)
    if written is None:
        return None
    if written == "_":
        # nginx's way to say any host.
        return ABSENT
    if written.startswith("["):
        return written[1:].partition("]")[0] or ABSENT
    return (written.partition(":")[0] if written.count(":") == 1 else written) or ABSENT
