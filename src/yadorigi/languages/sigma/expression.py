"""The string conditions of temporal correlations: ``a and not (b or c)``.

Rules are named, joined by ``and``, ``or`` and ``not`` in any letter case; ``not`` binds closest, then ``and``. The
expression becomes clauses (disjunctive normal form), each of which says what must and what must not occur.

Source: pySigma's extended correlation conditions, and the examples beside the Sigma specification 2.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from yadorigi.errors import RuleError
from yadorigi.limits import CORRELATION_CLAUSES_LIMIT, RULE_DEPTH_LIMIT

_TOKEN: Final = re.compile(r"[()]|[^\s()]+")
_WORDS: Final = ("and", "or", "not")


class Alternative(NamedTuple):
    """Names of rules that must occur, and of those that must not."""

    required: frozenset[str]
    absent: frozenset[str]


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed condition.

    Attributes:
        names: the rules that it names, in order of appearance.
        alternatives: one of which must hold; none where the expression contradicts itself.
    """

    names: tuple[str, ...]
    alternatives: tuple[Alternative, ...]


def parse_expression(text: str) -> Expression:
    """Parse a condition.

    Raises:
        RuleError: it is no such expression, or it has too many alternatives.
    """
    parser = _Parser(text)
    alternatives = parser.parse()
    return Expression(tuple(parser.names), tuple(_shortest(alternatives)))


class _Parser:
    def __init__(self, text: str) -> None:
        self.names: dict[str, None] = {}
        self._text = text
        self._tokens = [(found.group(), found.start() + 1) for found in _TOKEN.finditer(text)]
        self._place = 0

    def parse(self) -> list[Alternative]:
        found = self._either(depth=0, negated=False)
        if self._place < len(self._tokens):
            raise self._expected("and, or or the end")
        return found

    def _expected(self, what: str) -> RuleError:
        if self._place < len(self._tokens):
            token, column = self._tokens[self._place]
            return RuleError(f"condition {self._text!r}, column {column}: expected {what}, not {token!r}")
        return RuleError(f"condition {self._text!r} ends where {what} is expected")

    def _next_is(self, word: str) -> bool:
        if self._place < len(self._tokens) and self._tokens[self._place][0].casefold() == word:
            self._place += 1
            return True
        return False

    def _either(self, depth: int, *, negated: bool) -> list[Alternative]:
        parts = [self._both(depth, negated=negated)]
        while self._next_is("or"):
            parts.append(self._both(depth, negated=negated))
        return _all(parts) if negated else _any(parts)

    def _both(self, depth: int, *, negated: bool) -> list[Alternative]:
        parts = [self._one(depth, negated=negated)]
        while self._next_is("and"):
            parts.append(self._one(depth, negated=negated))
        return _any(parts) if negated else _all(parts)

    def _one(self, depth: int, *, negated: bool) -> list[Alternative]:
        while self._next_is("not"):
            negated = not negated
        if depth > RULE_DEPTH_LIMIT:
            raise RuleError(f"a condition nested deeper than {RULE_DEPTH_LIMIT}")
        if self._next_is("("):
            inner = self._either(depth + 1, negated=negated)
            if not self._next_is(")"):
                raise self._expected("and, or or )")
            return inner
        if self._place == len(self._tokens) or self._tokens[self._place][0].casefold() in (*_WORDS, ")"):
            raise self._expected("the name of a rule")
        name, _ = self._tokens[self._place]
        self._place += 1
        self.names[name] = None
        named = frozenset((name,))
        return [Alternative(frozenset(), named) if negated else Alternative(named, frozenset())]


def _any(parts: list[list[Alternative]]) -> list[Alternative]:
    return _bounded([alternative for part in parts for alternative in part])


def _all(parts: list[list[Alternative]]) -> list[Alternative]:
    found = parts[0]
    for part in parts[1:]:
        joined = (
            Alternative(one.required | other.required, one.absent | other.absent) for one in found for other in part
        )
        found = _bounded([alternative for alternative in joined if not alternative.required & alternative.absent])
    return found


def _bounded(alternatives: list[Alternative]) -> list[Alternative]:
    distinct = list(dict.fromkeys(alternatives))
    if len(distinct) > CORRELATION_CLAUSES_LIMIT:
        raise RuleError(f"a condition with more than {CORRELATION_CLAUSES_LIMIT} alternatives")
    return distinct


def _shortest(alternatives: list[Alternative]) -> list[Alternative]:
    """Leave out alternatives that ask for all that another asks for, and more."""
    return [
        one
        for one in alternatives
        if not any(
            other != one and other.required <= one.required and other.absent <= one.absent for other in alternatives
        )
    ]
