r"""Who and where, in one spelling: what accounts, hosts and addresses of different logs are joined by.

One log has ``CORP\alice``, the next ``alice@corp.example``, a third ``alice``; hosts have short and whole names;
addresses stand as IPv4 inside IPv6, in brackets, with ports and zones. A key is what all spellings of one thing have in
common, and nothing that some logs lack. So a key leaves out the domain, and two accounts of one name in two domains
have one key: the tables ``accounts`` and ``hosts`` of a query tell of them. Spellings as logged stay in native fields.

Sources: [MS-DTYP] 2.4.2.4 "Well-Known SID Structures"; Microsoft, "User Name Formats" (down-level logon name, user
principal name); RFC 4291 2.2 and 2.5.5.2 (texts of IPv6, IPv4-mapped addresses), RFC 4007 11 (zones), RFC 3986 3.2.2.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final

_REMEMBERED: Final = 16_384
_BLANKS: Final = " \t\r\n"
_LONGEST_ACCOUNT: Final = 1_024
_LONGEST_HOST: Final = 256
_LONGEST_ADDRESS: Final = 128
_NOBODY: Final = frozenset(
    {"", "-", ".", "?", "n/a", "(null)", "null", "none", "<none>", "(none)", "unknown", "not available", "unset"}
)
"""What logs write where there is nobody, in lower case."""
_SUFFIX: Final = re.compile(r"[^\W_][\w.-]*")
_SID: Final = re.compile(r"s-1-[0-9a-fx]+(?:-[0-9]+)*")
_NULL_SID: Final = "s-1-0-0"
_OWN: Final = "nt authority"
_AUTHORITIES: Final = frozenset(
    {_OWN, "nt-autorität", "autorite nt", "autoridade nt", "autorità nt", "nt instans", "nt-myndighet"}
)
"""The domain of the system's own accounts in the languages that Windows translates it to, in lower case."""
_MACHINES_OWN: Final = frozenset(
    {"builtin", "font driver host", "iis apppool", "nt service", "nt virtual machine", "window manager"}
)
"""Domains that every Windows has for itself; their accounts are nobody's."""
_SYSTEM_NAMES: Final = frozenset({"anonymous logon", "local service", "network service", "system"})
_KNOWN_SIDS: Final = {
    "s-1-5-7": rf"{_OWN}\anonymous logon",
    "s-1-5-18": rf"{_OWN}\system",
    "s-1-5-19": rf"{_OWN}\local service",
    "s-1-5-20": rf"{_OWN}\network service",
}
_BRACKETED: Final = re.compile(r"\[([^\[\]]+)\](?::\d{1,5})?")
_WITH_PORT: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}")


def split_account(written: str) -> tuple[str, str]:
    r"""Return the name and the domain of an account, "" where its text says none.

    ``DOMAIN\name``, with one backslash or two, and ``name@domain`` are taken apart. Where both are there, the domain
    before the backslash counts. The domain ``.`` says none.
    """
    domain, backslash, name = written.strip(_BLANKS).rpartition("\\")
    bare, at, suffix = name.rpartition("@")
    if at and bare and _SUFFIX.fullmatch(suffix):
        name, domain = bare, domain if backslash else suffix
    domain = domain.strip("\\" + _BLANKS)
    return name, "" if domain == "." else domain


@lru_cache(_REMEMBERED)
def account_key(written: str) -> str | None:
    r"""Return what an account is joined by: its name without its domain, in lower case; None for nobody.

    The name of a machine account keeps its ``$``: it is not the user of that name. The system's own accounts keep their
    domain (``nt authority\system``), also where a log has only their name or SID; those of services and of application
    pools likewise. Any other SID stays one: whose it is, the table ``accounts`` says.
    """
    text = written.strip(_BLANKS).lower()
    if text in _NOBODY or len(text) > _LONGEST_ACCOUNT:
        return None
    if text.startswith("s-1-") and _SID.fullmatch(text):
        return None if text == _NULL_SID else _KNOWN_SIDS.get(text, text)
    name, domain = split_account(text)
    if name in _NOBODY:
        return None
    if domain in _AUTHORITIES or (not domain and name in _SYSTEM_NAMES):
        return rf"{_OWN}\{name}"
    return rf"{domain}\{name}" if domain in _MACHINES_OWN else name


@lru_cache(_REMEMBERED)
def host_key(written: str) -> str | None:
    r"""Return what a host is joined by: the first label of its name in lower case, or its address; None for none.

    Backslashes before it, a dot at its end and the ``$`` of its account are left out. ``localhost`` is no host: it is
    whichever wrote the log. NetBIOS cuts names to 15 characters; what was cut off is not guessed.
    """
    text = written.strip(_BLANKS).lower().lstrip("\\").rstrip(".").removesuffix("$")
    if text in _NOBODY or len(text) > _LONGEST_HOST:
        return None
    address = address_key(text)
    if address is not None:
        return address
    label = text.partition(".")[0]
    return None if label in ("localhost", "") else label


@lru_cache(_REMEMBERED)
def address_key(written: str) -> str | None:
    """Return an IP address in its shortest spelling, or None where a text is none.

    IPv4 inside IPv6 (``::ffff:192.0.2.1``) is unwrapped; brackets, a port behind them or behind IPv4, and the zone of a
    link-local address are left out.
    """
    text = written.strip(_BLANKS)
    if len(text) > _LONGEST_ADDRESS:
        return None
    found = _BRACKETED.fullmatch(text) or _WITH_PORT.fullmatch(text)
    try:
        address = ip_address((found[1] if found else text).partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(address)


def domain_of_host(written: str) -> str | None:
    """Return the domain of a host's whole name, or None where the name is short, empty or an address."""
    domain = written.partition(".")[2].strip(".")
    return domain if domain and address_key(written) is None else None


KEYS: Final[dict[str, Callable[[str], str | None]]] = {
    "account_key": account_key,
    "host_key": host_key,
    "address_key": address_key,
}
"""By name, as queries and correlations ask for them."""
