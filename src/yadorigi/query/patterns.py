"""Wildcard patterns, proved fast.

`query.evaluate.pattern_matches` says what a pattern means. Here text-and-star patterns are proved by ``str.find`` and
the rest by an RE2 expression; both take time linear to the text.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

from yadorigi.errors import RegexError
from yadorigi.query.evaluate import folded_parts, pattern_matches
from yadorigi.query.nodes import Pattern, TextOperator, Wildcard
from yadorigi.query.regexes import SafeRegex
from yadorigi.query.values import DASHES

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_SPELLINGS: Final = 32
_EXPRESSIONS = {Wildcard.ANY: ".*", Wildcard.ONE: ".", Wildcard.DASH: "[-/\u2013\u2014\u2015]"}


def longest_literal(test: Pattern) -> str:
    """Return the longest literal part, folded unless the pattern is cased; "" where there is none."""
    return max((part for part in folded_parts(test) if isinstance(part, str)), key=len, default="")


def spelled_out(test: Pattern) -> tuple[TextOperator, tuple[str, ...]] | None:
    """Return a pattern as texts and where one of them must stand (folded, unless it is cased).

    None for one that cannot be put so: with stars inside, single characters, many dashes or nothing to look for.
    """
    parts = _joined(folded_parts(test))
    starts = Wildcard.ANY not in parts[:1]
    ends = Wildcard.ANY not in parts[-1:]
    inner = parts[not starts : len(parts) - (not ends)]
    if Wildcard.ANY in inner or Wildcard.ONE in inner or not any(isinstance(part, str) for part in inner):
        return None
    if len(DASHES) ** inner.count(Wildcard.DASH) > _MOST_SPELLINGS:
        return None
    spellings = product(*((part,) if isinstance(part, str) else sorted(DASHES) for part in inner))
    operator: TextOperator = (
        "equals" if starts and ends else "startswith" if starts else "endswith" if ends else "contains"
    )
    return operator, tuple(map("".join, spellings))


def prover(test: Pattern) -> Callable[[str], bool]:
    """Return a function that says whether a (folded, unless cased) text has the form of the pattern."""
    parts = _joined(folded_parts(test))
    if all(isinstance(part, str) or part == Wildcard.ANY for part in parts):
        return _by_finding(parts)
    return _by_expression(parts)


def _joined(parts: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return the parts with neighbouring literals joined and empty ones left out."""
    found: list[str | int] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        elif part != "":
            found.append(part)
    return tuple(found)


def _by_finding(parts: tuple[str | int, ...]) -> Callable[[str], bool]:
    literals = [part for part in parts if isinstance(part, str)]
    if not literals:
        return lambda text: bool(parts) or not text
    head = literals.pop(0) if isinstance(parts[0], str) else ""
    tail = literals.pop() if isinstance(parts[-1], str) and literals else ""
    whole = len(parts) == 1

    def holds(text: str) -> bool:
        if whole:
            return text == head
        if not text.startswith(head) or not text.endswith(tail) or len(text) < len(head) + len(tail):
            return False
        position, end = len(head), len(text) - len(tail)
        for literal in literals:
            position = text.find(literal, position, end)
            if position < 0:
                return False
            position += len(literal)
        return True

    return holds


def _by_expression(parts: tuple[str | int, ...]) -> Callable[[str], bool]:
    pieces = [_quoted(part) if isinstance(part, str) else _EXPRESSIONS[Wildcard(part)] for part in parts]
    try:
        expression = SafeRegex(r"\A(?:" + "".join(pieces) + r")\z", "s")
    except RegexError:
        expression = None
    if expression is None or not expression.linear:
        # Too large for RE2, or a literal that is no Unicode text.
        return lambda text: pattern_matches(parts, text)

    def holds(text: str) -> bool:
        try:
            encoded = text.encode()
        except UnicodeEncodeError:
            # RE2 reads UTF-8, which has no lone surrogates.
            return pattern_matches(parts, text)
        return expression.found_in_encoded(encoded)

    return holds


def _quoted(literal: str) -> str:
    return "".join(
        character if character.isalnum() and character.isascii() else f"\\x{{{ord(character):X}}}"
        for character in literal
    )
