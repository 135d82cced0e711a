"""Sigma's documents, compiled: all that detection and reports need of them, and nothing that can run code."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from yadorigi.query.correlations import Correlation
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
        name: by which correlations and filters may refer to it, or "".
        alone: whether its matches are findings; not where it only serves correlations.
        behaviours: ids of behaviours such as ``CR-01``, of its tags ``yadorigi.cr-01``, sorted.
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
    name: str = ""
    alone: bool = True
    behaviours: tuple[str, ...] = ()


class CompiledCorrelation(msgspec.Struct, frozen=True):
    """One correlation rule.

    Attributes:
        rule_id, sha256, title, level, author, references, techniques, notes, path, line, name: as in `CompiledRule`.
        correlation: what it asks.
        height: 0 where it refers to detection rules only, else one more than the highest correlation it refers to.
        alone: whether its bursts are findings; not where it only serves other correlations.
        behaviours: as in `CompiledRule`.
    """

    rule_id: str
    sha256: str
    title: str
    level: str
    correlation: Correlation
    author: str | None = None
    references: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    path: str = ""
    line: int = 1
    name: str = ""
    height: int = 0
    alone: bool = True
    behaviours: tuple[str, ...] = ()


AnyRule: TypeAlias = CompiledRule | CompiledCorrelation


def log_source_of(rule: AnyRule) -> str:
    """Return a rule's log source in one word: product, category and service, what is not given left out."""
    if isinstance(rule, CompiledCorrelation):
        return f"correlation/{rule.correlation.type}"
    return "/".join(part for part in (rule.product, rule.category, rule.service) if part) or "(any)"


class AppliedFilter(msgspec.Struct, frozen=True):
    """A Sigma filter, and how many rules it narrows.

    Attributes:
        rule_id, title, path, line: as in `CompiledRule`.
        rules: number of rules that it was joined to.
        idle: its references that led to no such rule.
    """

    rule_id: str
    title: str
    path: str
    line: int
    rules: int
    idle: tuple[str, ...] = ()


class RefusedRule(msgspec.Struct, frozen=True):
    """A rule that was given and not loaded, with the reason."""

    path: str
    reason: str
    rule_id: str | None = None
    title: str = ""
    line: int | None = None
    name: str = ""
