"""What every Sigma document says of itself: id, title, level, author, tags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypedDict

from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

from yadorigi.schema.finding import LEVELS, UNDEFINED_LEVEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yadorigi.languages.sigma.documents import Document

PYSIGMA_ERRORS: Final = (SigmaError, TypeError, AttributeError, ValueError, KeyError, RecursionError)
"""What pySigma raises, and what escapes from it where a value is of a type that it does not expect."""

_TECHNIQUE: Final = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)", re.IGNORECASE)
_BEHAVIOUR: Final = re.compile(r"yadorigi\.([a-z0-9]{2}-\d{2})", re.IGNORECASE)
_REASON_LIMIT: Final = 500


class Metadata(TypedDict):
    """The fields of `languages.sigma.rule.CompiledRule` of the same names."""

    rule_id: str
    sha256: str
    title: str
    level: str
    author: str | None
    references: tuple[str, ...]
    techniques: tuple[str, ...]
    behaviours: tuple[str, ...]
    notes: tuple[str, ...]
    line: int
    name: str


def metadata_of(document: Document) -> Metadata:
    """Return a document's metadata; what is wrong with it is a note, no reason not to run the rule."""
    content = document.content
    return Metadata(
        rule_id=text_in(content.get("id")) or document.sha256,
        sha256=document.sha256,
        title=text_in(content.get("title")),
        level=_level(content.get("level")),
        author=text_in(content.get("author")) or None,
        references=_texts(content.get("references")),
        techniques=_named(_TECHNIQUE, _texts(content.get("tags"))),
        behaviours=_named(_BEHAVIOUR, _texts(content.get("tags"))),
        notes=_notes(content),
        line=document.line,
        name=text_in(content.get("name")),
    )


def reason_of(error: BaseException) -> str:
    """Return an error's text on one line."""
    return " ".join(str(error).split())[:_REASON_LIMIT] or type(error).__name__


def text_in(value: Any) -> str:  # noqa: ANN401 - any YAML value
    """Return a plain value as text, "" for anything else."""
    return "" if value is None or isinstance(value, list | dict) else str(value)


def _texts(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - any YAML value
    if isinstance(value, list):
        return tuple(str(part) for part in value if part is not None)
    return (str(value),) if isinstance(value, str) else ()


def _notes(content: Mapping[str, Any]) -> tuple[str, ...]:
    try:
        _, errors = SigmaRule.from_dict_common_params(dict(content), collect_errors=True)
    except PYSIGMA_ERRORS as error:
        return (f"metadata: {reason_of(error)}",)
    return tuple(reason_of(error) for error in errors)


def _level(level: Any) -> str:  # noqa: ANN401 - any YAML value
    shown = text_in(level).casefold()
    return shown if shown in LEVELS else UNDEFINED_LEVEL


def _named(pattern: re.Pattern[str], tags: tuple[str, ...]) -> tuple[str, ...]:
    found = (pattern.fullmatch(tag) for tag in tags)
    return tuple(sorted({match.group(1).upper() for match in found if match}))
