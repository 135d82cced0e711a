"""What a file of settings says, before anybody asks what it means for a verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from yadorigi.limits import MEBIBYTE

Kind: TypeAlias = Literal["audit", "registry", "policy", "log_size", "log_full"]

AUDITPOL: Final = "auditpol"
GPO_REPORT: Final = "gpo_report"
GPRESULT: Final = "gpresult"
REGISTRY_EXPORT: Final = "registry_export"
WEVTUTIL: Final = "wevtutil"
SETTINGS_KINDS: Final = frozenset({AUDITPOL, GPO_REPORT, GPRESULT, REGISTRY_EXPORT, WEVTUTIL})
"""Kinds of files that are settings and no logs."""

FILE_BYTES_LIMIT: Final = 64 * MEBIBYTE
"""Bytes of a file of settings that are read: a report of all group policies of a large domain has some ten MiB."""

STATEMENTS_LIMIT: Final = 50_000
"""Statements of one file; auditpol makes 60."""

PROBLEMS_LIMIT: Final = 20
"""Problems of one file that are told one by one; the rest is counted."""

TEXT_LIMIT: Final = 1_024
"""Characters of a name or a value in a file of settings."""


@dataclass(frozen=True, slots=True)
class Statement:
    r"""One thing that a file says.

    Attributes:
        kind: ``audit``: a subcategory of the audit policy; ``registry``: a value of the registry; ``policy``: a policy
            of the administrative templates, by its name; ``log_size``: the largest size of a log; ``log_full``: what
            becomes of a log that is full.
        name: GUID of the subcategory (lower case, no braces), value (``HKLM\...\Name``), name of the policy, channel.
        success, failure: what of a subcategory is audited.
        value: number or text of a value; 1 or 0 for a policy; bytes of a log; ``overwrite``, ``keep`` or ``archive``.
        policy: the group policy that says it (`Policy.id`), or "" where the file tells the state of a computer.
        host: the computer that it is about, or "" where that is the file's.
    """

    kind: Kind
    name: str
    success: bool = False
    failure: bool = False
    value: int | str = ""
    policy: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """A group policy that a file describes.

    Attributes:
        id: as in the file.
        name: what administrators call it.
        links: where it is linked, as paths (``example.local/Servers``).
        holds_back: why it need not be in force on all computers of the domain, in words; "" where it should be.
    """

    id: str
    name: str
    links: tuple[str, ...] = ()
    holds_back: str = ""


@dataclass(slots=True)
class StatedFile:
    """What a file of settings says.

    Attributes:
        kind: of the file.
        host: the computer that it is about, or "" where it does not say.
        statements: in the file's order.
        policies: group policies by id, where the file is about such.
        problems: what could not be read or understood, in words.
        unlisted_problems: how many more there are.
        damaged: whether the file is not read to its end.
    """

    kind: str
    host: str = ""
    statements: list[Statement] = field(default_factory=list)
    policies: dict[str, Policy] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    unlisted_problems: int = 0
    damaged: bool = False

    def tell(self, problem: str) -> None:
        """Add a problem, or count it where there are many."""
        if problem in self.problems:
            return
        if len(self.problems) < PROBLEMS_LIMIT:
            self.problems.append(problem)
        else:
            self.unlisted_problems += 1

    def add(self, statement: Statement) -> None:
        """Add a statement, unless there are too many."""
        if len(self.statements) < STATEMENTS_LIMIT:
            self.statements.append(statement)
        else:
            self.tell(f"more than {STATEMENTS_LIMIT:,} statements: the rest is not used")
