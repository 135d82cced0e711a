"""All errors of the program, one tree.

YadorigiError
├── UsageError            the command line or a setting is wrong                  (exit code 2)
│   ├── InputMissingError     no input path exists
│   ├── KeyNotKeptError       a signing key cannot be kept
│   ├── NoRulesError          not one rule could be loaded
│   └── QueryError            a query is wrong or not allowed; carries text and position
├── CaseError             a case folder cannot be used                            (exit code 2)
│   └── UnprovenError         something is not as it was sealed (exit code 4 where that is asked)
├── UnfinishedError       disk full, worker lost …: what was done is kept         (exit code 5)
│   └── NotStoredError        events cannot be written into the lake; a hunt goes on without it
├── RuleError             a rule cannot be loaded; carries path, document, reason
├── ArchiveError          an archive or a member of one cannot be read (whole)
├── RegexError            a regular expression cannot be compiled
└── ContentError          data shipped with the program is broken
"""

from __future__ import annotations


class YadorigiError(Exception):
    """Root of all errors that the program raises on purpose."""


class UsageError(YadorigiError):
    """The command line or a setting is wrong; the text says what to do."""


class InputMissingError(UsageError):
    """None of the given input paths exists."""


class KeyNotKeptError(UsageError):
    """A signing key cannot be kept outside of its case, in a folder that nobody named."""


class NoRulesError(UsageError):
    """Not one rule could be loaded."""


class QueryError(UsageError):
    """A query is wrong, or asks for what a query must not do.

    Attributes:
        reason: why, in words for its author.
        text: the query.
        position: the character that it is about, from 0, or None.
    """

    def __init__(self, reason: str, text: str = "", position: int | None = None) -> None:
        """Keep what the error is about."""
        self.reason = reason
        self.text = text
        self.position = position
        super().__init__(f"line {self.line}, column {self.column}: {reason}" if position is not None else reason)

    @property
    def line(self) -> int:
        """Return the line that it is about, from 1."""
        return self.text.count("\n", 0, self.position or 0) + 1

    @property
    def column(self) -> int:
        """Return the character of the line, from 1."""
        place = self.position or 0
        return place - (self.text.rfind("\n", 0, place) + 1) + 1


class CaseError(YadorigiError):
    """The case folder cannot be used as asked."""


class UnprovenError(CaseError):
    """A proof, a checkpoint or a signature does not hold: somebody changed something, or it is of something else."""


class UnfinishedError(YadorigiError):
    """The work could not be finished; what was done is kept."""


class NotStoredError(UnfinishedError):
    """Events cannot be written into the lake, and trying again does not help."""


class RuleError(YadorigiError):
    """A rule document cannot be loaded.

    Attributes:
        reason: why, in words for the rule's author.
        path: the file, or "" where it is not known.
        line: 1-based line of the file, or None.
    """

    def __init__(self, reason: str, path: str = "", line: int | None = None) -> None:
        """Keep what the error is about."""
        self.reason = reason
        self.path = path
        self.line = line
        place = path if line is None else f"{path}:{line}"
        super().__init__(f"{place}: {reason}" if place else reason)


class ArchiveError(YadorigiError):
    """An archive, or a member of one, cannot be read, or not to its end; the text says why."""


class RegexError(YadorigiError):
    """A regular expression cannot be compiled or cannot be run safely."""


class ContentError(YadorigiError):
    """Data shipped with the program is broken."""
