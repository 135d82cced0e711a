"""Addresses, networks, domains and URLs in the one form in which they are compared, defanged or not."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from yadorigi.languages.indicators.form_error import FormError

if TYPE_CHECKING:
    from yadorigi.schema.indicator import IndicatorType

_DEFANGED: Final = re.compile(
    r"\[\.\]|\(\.\)|\{\.\}|\[\.|\.\]|\(\.|\.\)|[\[({](?:dot|punkt)[\])}]|[\[(]:[\])]|[\[(]://[\])]?|[\[(]/[\])]"
    r"|[\[({](?:@|at)[\])}]|\\\.",
    re.IGNORECASE,
)
_SCHEME: Final = re.compile(r"^h(?:xx|\*\*|__|XX)p(s?)(?=[:\[(])|^f(?:x|\*)p(?=[:\[(])", re.IGNORECASE)
_MARKS: Final = frozenset("[({\\")
_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4: Final = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}", re.ASCII).fullmatch
_DOMAIN: Final = re.compile(
    r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)+"
).fullmatch
_TOP: Final = re.compile(r"(?:xn--[a-z0-9-]{2,59}|[a-z]{2,63})").fullmatch
_DOMAIN_LENGTH: Final = 253
_LABEL_LENGTH: Final = 63
_ADDRESS_LENGTH: Final = 100
_WIDEST: Final = {4: 8, 6: 16}
_DOTS: Final = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61", "."))
"""What people of East Asia may type for a dot, and what browsers take for one."""
_URL: Final = re.compile(r"([a-z][a-z0-9+.-]{1,30})://([^/?#\\]*)([^#]*)", re.IGNORECASE | re.DOTALL)
_PORTS: Final = {"http": "80", "https": "443", "ftp": "21", "ws": "80", "wss": "443"}
_ESCAPE: Final = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def refanged(text: str) -> str:
    """Return a text with what makes addresses harmless taken away: ``hxxp``, ``[.]``, ``(dot)`` and the like."""
    scheme = _SCHEME.match(text)
    if scheme is not None:
        plain = "ftp" if text[0] in "fF" else f"http{scheme[1] or ''}".lower()
        text = plain + text[scheme.end() :]
    if _MARKS.isdisjoint(text):
        return text
    return _DEFANGED.sub(_plain, text)


def _plain(found: re.Match[str]) -> str:
    mark = found[0].lower()
    if "://" in mark:
        return "://"
    for sign in (":", "/", "@"):
        if sign in mark:
            return sign
    return "@" if "at" in mark else "."


def is_ipv4(text: str) -> bool:
    """Say whether a text is an IPv4 address as logs write it."""
    return _IPV4(text) is not None


def address_form(text: str) -> tuple[IndicatorType, str]:
    """Return type and form of an address; IPv6 that maps IPv4 is IPv4, and a zone is put aside.

    Raises:
        FormError: it is none.
    """
    if _IPV4(text):
        return "ipv4", text
    if len(text) > _ADDRESS_LENGTH or ":" not in text:
        raise FormError("no address")
    try:
        address = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        raise FormError("no address") from None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return "ipv4", str(address.ipv4_mapped)
    return "ipv6", address.compressed


def network_form(text: str) -> tuple[IndicatorType, str]:
    """Return type and form of a network; one of a single address is that address.

    Raises:
        FormError: it is none, or one so wide that it says nothing.
    """
    if len(text) > _ADDRESS_LENGTH:
        raise FormError("no network")
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise FormError("no network") from None
    if network.prefixlen == network.max_prefixlen:
        return address_form(str(network.network_address))
    if network.prefixlen < _WIDEST[network.version]:
        raise FormError(f"a network wider than /{_WIDEST[network.version]}")
    return "cidr", str(network)


def domain_form(text: str) -> str:
    """Return a domain in lower case and in the letters of DNS, without a dot at its end or ``*.`` before it.

    Raises:
        FormError: it is none, or one of a single label.
    """
    name = text.lower().strip(".").removeprefix("*.")
    if not name.isascii():
        name = _in_dns_letters(name.translate(_DOTS).strip("."))
    if len(name) > _DOMAIN_LENGTH or not _DOMAIN(name):
        raise FormError("no domain" if "." in name else "a name without a dot is no domain")
    if not _TOP(name[name.rindex(".") + 1 :]):
        raise FormError("no domain: nothing ends like this")
    return name


def _in_dns_letters(name: str) -> str:
    if len(name) > _DOMAIN_LENGTH:
        raise FormError("no domain")
    labels = []
    for label in name.split("."):
        if label.isascii():
            labels.append(label)
            continue
        try:
            labels.append(label.encode("idna").decode().lower())
        except UnicodeError:
            # Newer letters than Python's IDNA knows still have their Punycode.
            try:
                labels.append("xn--" + label.encode("punycode").decode().lower())
            except UnicodeError:
                raise FormError("no domain") from None
    return ".".join(labels)


def parents_of(domain: str) -> list[str]:
    """Return a domain and the domains above it down to the last label but one."""
    found = [domain]
    place = domain.find(".") + 1
    while place and "." in domain[place:]:
        found.append(domain[place:])
        place = domain.find(".", place) + 1
    return found


def url_form(text: str) -> str:
    """Return a URL in the form in which URLs are compared: ``host[:port]/path?query``.

    http and https are one, other schemes stand before the host. What is put aside: letter case of scheme and host, who
    logs on, a port that goes without saying, escapes that need not be, and what follows ``#``.

    Raises:
        FormError: it is none.
    """
    found = _URL.match(text if "://" in text[:40] else f"http://{text}")
    if found is None:
        raise FormError("no URL")
    scheme = found[1].lower()
    place = found[2].rpartition("@")[2]
    host, port = place, ""
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        port = rest.removeprefix(":")
    elif ":" in place:
        host, _, port = place.rpartition(":")
    if port and not port.isdecimal():
        raise FormError("a URL with an odd port")
    name = _host_form(host)
    if port and port != _PORTS.get(scheme):
        name = f"{name}:{int(port[:6])}"
    before = "" if scheme in ("http", "https") else f"{scheme}://"
    path = found[3].replace("\\", "/").strip()
    if "%" in path:
        path = _ESCAPE.sub(_unescaped, path)
    return f"{before}{name}{path if path.startswith('/') else '/' + path}"


def _host_form(host: str) -> str:
    try:
        kind, form = address_form(host)
    except FormError:
        pass
    else:
        return f"[{form}]" if kind == "ipv6" else form
    lowered = host.lower().strip(".")
    if "." not in lowered:
        if not lowered or not lowered.isascii() or not _DOMAIN(f"{lowered}.x"):
            raise FormError("a URL without a host")
        return lowered
    return domain_form(host)


def _unescaped(found: re.Match[str]) -> str:
    code = unquote_to_bytes(found[0])
    return code.decode() if code[0] in _UNRESERVED else found[0].upper()


def url_candidates(form: str) -> list[str]:
    """Return under which forms a URL that was seen may be known: whole, without its query, and its host alone."""
    scheme = form.find("://", 0, 34)
    place = form.find("/", scheme + 3 if scheme > 0 else 0)
    found = [form]
    if "?" in form:
        found.append(form[: form.index("?")])
    found.append(form[: place + 1])
    return list(dict.fromkeys(found))


def host_of(form: str) -> str:
    """Return the host of a URL in its form, without port and brackets."""
    scheme = form.find("://", 0, 34)
    place = form[scheme + 3 if scheme > 0 else 0 :].partition("/")[0]
    if place.startswith("["):
        return place[1:].partition("]")[0]
    return place.partition(":")[0]
