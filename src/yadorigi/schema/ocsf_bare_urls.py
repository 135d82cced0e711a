"""Transforms of addresses of the web that are logged without their scheme: ``host/path?query``, as firewalls do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yadorigi.schema.ocsf_values import ABSENT, Outcome, text

if TYPE_CHECKING:
    from yadorigi.schema.event import Value


def _behind_scheme(written: str) -> str:
    scheme, found, rest = written.partition("://")
    return rest if found and scheme.isalnum() else written


def bare_url_host(value: Value) -> Outcome:
    """The host of a URL that may come without its scheme, without port or brackets."""
    written = text(value)
    if written is None:
        return None
    host = _behind_scheme(written)
    for end in "/?#":
        host = host.partition(end)[0]
    host = host.rpartition("@")[2]
    host = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return host if host not in ("", "-") else ABSENT


def bare_url_path(value: Value) -> Outcome:
    """The path of a URL that may come without its scheme, without query and fragment."""
    written = text(value)
    if written is None:
        return None
    path = _behind_scheme(written).partition("?")[0].partition("#")[0]
    start = path.find("/")
    return path[start:] if start >= 0 else ABSENT


def bare_url_query(value: Value) -> Outcome:
    """The query of a URL that may come without its scheme."""
    written = text(value)
    return None if written is None else written.partition("?")[2].partition("#")[0] or ABSENT


def dns_name(value: Value) -> Outcome:
    """A name of DNS without the dot of the root at its end."""
    written = text(value)
    return None if written is None else written.removesuffix(".") or written
