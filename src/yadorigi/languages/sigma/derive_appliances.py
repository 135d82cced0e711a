"""Sigma fields of the category ``firewall``, got from what appliances log.

Rules ask for ``action: accept``; every maker has words of its own for a connection that was let pass. The maker's word
is kept beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from msgspec import UNSET, UnsetType

from yadorigi.schema.event import Value

_Input: TypeAlias = Value | UnsetType
_LET_PASS: Final = frozenset({
    "allow", "allowed", "pass", "passed", "passthrough", "permit", "permitted", "close", "timeout", "client-rst",
    "server-rst", "start", "encrypt", "decrypt", "authcrypt", "connection opened", "connection closed",
    "established", "accept decisively", "a", "rt_flow_session_create", "rt_flow_session_create_ls",
    "rt_flow_session_close", "rt_flow_session_close_ls",
})  # fmt: skip
_NONE: Final = ("", "-", "na")
_ACCEPT: Final = "accept"


def _session_action(inputs: tuple[_Input, ...]) -> _Input:
    """Return the first word that there is, and ``accept`` too where it means that the connection was let pass."""
    for value in inputs:
        if isinstance(value, str) and value.strip().lower() not in _NONE:
            return (value, _ACCEPT) if value.strip().lower() in _LET_PASS else value
    return inputs[0]


def _part(value: _Input, index: int) -> str:
    parts = value.split(":", index + 2) if isinstance(value, str) else []
    return parts[index].strip() if index < len(parts) else ""


def _colon_host(inputs: tuple[_Input, ...]) -> _Input:
    """Return the address of ``address:port:interface``, or the first other input."""
    return _part(inputs[0], 0) or next((value for value in inputs[1:] if value is not UNSET), UNSET)


def _colon_port(inputs: tuple[_Input, ...]) -> _Input:
    """Return the port of ``address:port:interface``."""
    return _part(inputs[0], 1) or UNSET


APPLIANCE_FUNCTIONS: Final[Mapping[str, Callable[[tuple[_Input, ...]], _Input]]] = MappingProxyType(
    {"colon_host": _colon_host, "colon_port": _colon_port, "session_action": _session_action}
)
"""As those of `derive`: pure, total."""
