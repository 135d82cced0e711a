"""Sigma fields of the categories ``webserver`` and ``proxy``, got from what web servers and proxies log.

Sigma takes the names of the W3C's extended log. Its rules mean by ``cs-uri-query`` the query alone or path and query
together, as older collectors wrote it: both are given. Nothing is decoded but the plus signs that IIS writes for
blanks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from msgspec import UNSET, UnsetType

from yadorigi.schema.event import Value

_Input: TypeAlias = Value | UnsetType
_HOST: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,31}://([^/?#]*)")
_NONE: Final = ("", "-")


def _first(inputs: tuple[_Input, ...]) -> _Input:
    """Return the first input that says something; a hyphen says that there is nothing."""
    return next((value for value in inputs if value is not UNSET and value not in _NONE), UNSET)


def _text(value: _Input) -> str:
    return value if isinstance(value, str) and value not in _NONE else ""


def _several(*values: str) -> Value:
    distinct = tuple(dict.fromkeys(values))
    return distinct[0] if len(distinct) == 1 else distinct


def _parts(uri: str) -> tuple[str, str]:
    """Return path and query of what was asked for."""
    found = _HOST.match(uri)
    path, _, query = uri[found.end() if found else 0 :].partition("?")
    return path, query


def _uri_stem(inputs: tuple[_Input, ...]) -> _Input:
    """Return the path of the first input that is there."""
    uri = _first(inputs)
    return _parts(uri)[0] if isinstance(uri, str) else uri


def _uri_query(inputs: tuple[_Input, ...]) -> _Input:
    """Return the whole of what was asked for and its query."""
    uri = _first(inputs)
    if not isinstance(uri, str):
        return uri
    query = _parts(uri)[1]
    return _several(uri, query) if query else uri


def _query_with_stem(inputs: tuple[_Input, ...]) -> _Input:
    """Return the query by itself and behind its path, for (query, path ...)."""
    query, stem = _text(inputs[0]).removeprefix("?"), _text(_first(inputs[1:]))
    if not stem:
        return query or UNSET
    return _several(f"{stem}?{query}", query) if query else stem


def _whole_uri(inputs: tuple[_Input, ...]) -> _Input:
    """Return the URL that a proxy was asked for: as logged, else of (…, scheme, host, path, query)."""
    whole = _first(inputs[:-4])
    if whole is not UNSET:
        return whole
    scheme, host, path, query = (_text(value) for value in inputs[-4:])
    if not host and not path:
        return UNSET
    start = f"{scheme}://{host}" if scheme and host else host
    return f"{start}{path}?{query.removeprefix('?')}" if query else start + path


def _uri_host(inputs: tuple[_Input, ...]) -> _Input:
    """Return the host that was asked for, without port: as logged, or of a URL."""
    for value in inputs:
        written = _text(value)
        found = _HOST.match(written)
        host = found[1].rpartition("@")[2] if found else "" if "/" in written else written
        if host:
            return host if host.startswith("[") or host.count(":") > 1 else host.partition(":")[0]
    return UNSET


def _uri_extension(inputs: tuple[_Input, ...]) -> _Input:
    """Return what stands behind the last dot of the last part of the path."""
    uri = _first(inputs)
    if not isinstance(uri, str):
        return UNSET
    name = _parts(uri)[0].rpartition("/")[2]
    return name.rpartition(".")[2] if "." in name else UNSET


def _agent(inputs: tuple[_Input, ...]) -> _Input:
    """Return a user agent as logged and with blanks for plus signs; rules ask for none as null or as empty."""
    value = _first(inputs)
    if value is UNSET:
        return ("", None) if any(own is not UNSET for own in inputs) else UNSET
    if isinstance(value, str) and "+" in value and " " not in value:
        return _several(value, value.replace("+", " "))
    return value


WEB_FUNCTIONS: Final[Mapping[str, Callable[[tuple[_Input, ...]], _Input]]] = MappingProxyType(
    {
        "web_agent": _agent,
        "web_query_with_stem": _query_with_stem,
        "web_stated": _first,
        "web_uri_extension": _uri_extension,
        "web_uri_host": _uri_host,
        "web_uri_query": _uri_query,
        "web_uri_stem": _uri_stem,
        "web_whole_uri": _whole_uri,
    }
)
"""By name, as `derive.FUNCTIONS`: pure, total; each takes one value per input."""
