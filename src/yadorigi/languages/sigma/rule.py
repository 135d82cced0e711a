"""A Sigma rule, compiled: everything that detection and reports need of it, and nothing that can run code."""

from __future__ import annotations

import msgspec

from yadorigi.query.nodes import Node


class CompiledRule(msgspec.Struct, frozen=True):
    """One detection rule.

    Attributes:
        rule_id: its id, or the SHA-256 of the document if it has none.
        sha256: of the document.
        title: as written, "" where it has none.
        level: informational to critical, or "undefined".
        category, product, service: the log source, None where not given.
        node: what it looks for, with Sigma's field names.
        author: as written.
        references: as written.
        techniques: ATT&CK ids such as ``T1003.003``, sorted.
        notes: what pySigma found wrong in its metadata; the rule runs all the same.
        path: the file as the user gave it (a member of an archive after ``!``).
        line: 1-based line where the document begins.
    """

    rule_id: str
    sha256: str
    title: str
    level: str
    category: str | None
    product: str | None
    service: str | None
    node: Node
    author: str | None = None
    references: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    path: str = ""
    line: int = 1


class RefusedRule(msgspec.Struct, frozen=True):
    """A rule that was given and not loaded, with the reason."""

    path: str
    reason: str
    rule_id: str | None = None
    title: str = ""
    line: int | None = None
