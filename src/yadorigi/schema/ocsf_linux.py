"""Transforms of what Linux logs: names of peers, and auditd's words for what there is none of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yadorigi.schema.ocsf_values import ABSENT, Outcome, basename, ip, text

if TYPE_CHECKING:
    from yadorigi.schema.event import Value

_NOTHING: Final = frozenset({"?", "(none)", "(null)", "<none>", "unset", "4294967295", "-1", ""})


def peer_name(value: Value) -> Outcome:
    """A host's name; an address is none."""
    written = text(value)
    return ABSENT if isinstance(written, str) and ip(written) is not None else written


def audit_text(value: Value) -> Outcome:
    """The value as text, of several the first; programs write ``?``, ``(none)`` or ``unset`` where there is none."""
    written = text(value[0] if isinstance(value, tuple) and value else value)
    return ABSENT if written in _NOTHING else written


def audit_number(value: Value) -> Outcome:
    """The number of an account or a session; in logs that were interpreted there are names instead."""
    written = audit_text(value)
    return written if isinstance(written, str) and written.isdigit() else ABSENT


def audit_account(value: Value) -> Outcome:
    """The name of an account; a number is none."""
    written = audit_text(value)
    return ABSENT if isinstance(written, str) and written.isdigit() else written


def audit_name(value: Value) -> Outcome:
    """A host's name; ``?`` and addresses are none."""
    written = audit_text(value)
    return peer_name(written) if isinstance(written, str) else written


def audit_ip(value: Value) -> Outcome:
    """An IP address; ``?`` is none."""
    written = audit_text(value)
    return ip(written) if isinstance(written, str) else written


def audit_path(value: Value) -> Outcome:
    """A path, of several the last: folders come before what is in them."""
    return audit_text(value[-1] if isinstance(value, tuple) and value else value)


def audit_path_name(value: Value) -> Outcome:
    """The last part of ``audit_path``."""
    written = audit_path(value)
    return basename(written) if isinstance(written, str) else written
