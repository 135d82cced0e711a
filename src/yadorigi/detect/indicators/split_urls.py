"""URLs that no field has as a whole: logs write host and path into fields of their own, or leave the scheme out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from msgspec import UnsetType

    from yadorigi.schema.event import Value

Parts: TypeAlias = tuple[str, ...]
"""Names of the fields of host and path, and of the query where a field has it; or of one that has both."""

_PARTS: Final[tuple[Parts, ...]] = (
    ("http.hostname", "http.url"),  # Suricata User Guide, "Eve JSON Format", event type HTTP
    ("host", "uri"),  # Zeek, HTTP::Info
    ("hostname", "url"),  # FortiOS Log Message Reference, UTM, web filter
    ("cs-host", "cs-uri-stem", "cs-uri-query"),  # W3C, Extended Log File Format; IIS
    ("cs(Host)", "cs-uri-stem", "cs-uri-query"),
    ("cs-host", "cs-uri-path", "cs-uri-query"),  # ProxySG, Access Log Formats
    ("host", "request_uri"),  # nginx, ngx_http_core_module, variables
    ("http_host", "request_uri"),
    ("misc",),  # PAN-OS Administrator's Guide, Threat Log Fields: URLs stand there without http://
)
_BARE: Final = re.compile(r"[^\s/?#@\\]{1,253}\.[^\s/?#@\\.]{1,70}/").match
_NO_HOST: Final = frozenset({"", "-"})


def split_urls(names: frozenset[str]) -> Iterator[Parts]:
    """Give the fields whose values make URLs together, of some fields."""
    for parts in _PARTS:
        if names.issuperset(parts[:2]):
            yield parts if parts[-1] in names else parts[:2]


def joined_url(values: Sequence[Value | UnsetType]) -> str | None:
    """Return the URL of values in the order of `Parts`; None where they make none, or one of them is a whole URL."""
    if len(values) == 1:
        bare = values[0]
        return f"http://{bare}" if isinstance(bare, str) and _BARE(bare) else None
    host, path = values[0], values[1]
    if not isinstance(host, str) or not isinstance(path, str) or host in _NO_HOST or not path.startswith("/"):
        return None
    query = values[2] if len(values) > 2 else None  # noqa: PLR2004 - the third one
    behind = f"?{query.removeprefix('?')}" if isinstance(query, str) and query not in _NO_HOST else ""
    return f"http://{host}{path}{behind}"
