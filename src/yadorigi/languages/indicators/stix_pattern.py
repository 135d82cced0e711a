"""The pattern language of STIX 2.1 (OASIS, part 9): text to a tree, by recursive descent.

What takes more than one event to decide (FOLLOWEDBY, WITHIN, REPEATS, START … STOP, AND between observations) and what
asks for absence (NOT, !=) is refused by name.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from yadorigi.languages.indicators.expressions import All, Any, Expression, Refused
from yadorigi.languages.indicators.form_error import FormError
from yadorigi.limits import INDICATOR_DEPTH_LIMIT, INDICATOR_TOKENS_LIMIT

Literal: TypeAlias = str | int | float | bool
Step: TypeAlias = str | int
"""A part of an object path: a property, or the place in a list (-1 for any)."""

_TOKEN: Final = re.compile(
    r"""\s+
    |(?P<special>[thb]'(?:[^'\\]|\\.)*')
    |(?P<string>'(?:[^'\\]|\\.)*')
    |(?P<quoted>"[^"\\]{0,256}")
    |(?P<number>[+-]?\d+(?:\.\d+)?(?![\w.:-]))
    |(?P<word>[A-Za-z0-9_][A-Za-z0-9_-]*)
    |(?P<sign>!=|<>|<=|>=|==|[=<>()\[\],:.*])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_COMPARISONS: Final = frozenset({"=", "==", "!=", "<>", "<", ">", "<=", ">="})
_WORDS: Final = frozenset({"IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"})


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison as the pattern has it.

    Attributes:
        object: type of the object, such as ``file``.
        path: the way to the property.
        operator: ``=``, ``IN``, ``LIKE`` …
        values: what it is compared with; several for IN.
        negated: whether NOT stands before it.
    """

    object: str
    path: tuple[Step, ...]
    operator: str
    values: tuple[Literal, ...]
    negated: bool

    @property
    def property(self) -> str:
        """The object path as text, without places in lists."""
        return f"{self.object}:{'.'.join(step for step in self.path if isinstance(step, str))}"


Make: TypeAlias = Callable[[Comparison], Expression]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    place: int


def _tokens(pattern: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    while place < len(pattern):
        match = _TOKEN.match(pattern, place)
        if match is None:
            raise FormError(f"no STIX pattern: character {place + 1} fits nothing")
        if match.lastgroup is not None:
            found.append(_Token(match.lastgroup, match[0], place))
            if len(found) > INDICATOR_TOKENS_LIMIT:
                raise FormError(f"a pattern of over {INDICATOR_TOKENS_LIMIT:,} words")
        place = match.end()
    return found


def parse_pattern(pattern: str, make: Make) -> Expression:
    """Return what a pattern asks for.

    Args:
        pattern: the text.
        make: turns one comparison into an expression.

    Raises:
        FormError: it is no pattern, or asks for what one event cannot answer.
    """
    parser = _Parser(_tokens(pattern), make)
    found = parser.observations(0)
    parser.end()
    return found


class _Parser:
    """Goes through the tokens."""

    def __init__(self, tokens: list[_Token], make: Make) -> None:
        self._tokens = tokens
        self._make = make
        self._at = 0

    # ------------------------------------------------------------------------------------------------- observations

    def observations(self, depth: int) -> Expression:
        parts = [self._observation_and(depth)]
        while self._takes("OR"):
            parts.append(self._observation_and(depth))
        if self._sees("FOLLOWEDBY"):
            raise FormError("FOLLOWEDBY: it takes several events to decide, and each is looked at by itself")
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _observation_and(self, depth: int) -> Expression:
        found = self._observation(depth)
        if self._takes("AND"):
            self._observation(depth)
            while self._takes("AND"):
                self._observation(depth)
            return Refused(
                "AND between observations", "they may lie in several events, and each is looked at by itself"
            )
        return found

    def _observation(self, depth: int) -> Expression:
        _check_depth(depth)
        if self._takes("("):
            found = self.observations(depth + 1)
            self._wants(")")
        else:
            self._wants("[")
            found = self._comparisons(depth + 1)
            self._wants("]")
        for word in ("WITHIN", "REPEATS", "START"):
            if self._sees(word):
                raise FormError(f"{word}: it takes several events to decide, and each is looked at by itself")
        return found

    # -------------------------------------------------------------------------------------------------- comparisons

    def _comparisons(self, depth: int) -> Expression:
        parts = [self._comparison_and(depth)]
        while self._takes("OR"):
            parts.append(self._comparison_and(depth))
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _comparison_and(self, depth: int) -> Expression:
        parts = [self._comparison(depth)]
        while self._takes("AND"):
            parts.append(self._comparison(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _comparison(self, depth: int) -> Expression:
        _check_depth(depth)
        if self._takes("("):
            found = self._comparisons(depth + 1)
            self._wants(")")
            return found
        if self._takes("EXISTS"):
            self._object_path()
            return Refused("EXISTS", "that a property is there is no known value")
        negated = self._takes("NOT")
        kind, path = self._object_path()
        negated = self._takes("NOT") or negated
        operator = self._operator()
        values = self._list() if operator == "IN" else (self._literal(),)
        return self._make(Comparison(kind, path, operator, values, negated))

    def _operator(self) -> str:
        token = self._next("an operator")
        text = token.text.upper() if token.kind == "word" else token.text
        if text not in _COMPARISONS and text not in _WORDS:
            raise FormError(f"no STIX pattern: {token.text[:40]!r} is no operator")
        return {"==": "=", "<>": "!="}.get(text, text)

    def _object_path(self) -> tuple[str, tuple[Step, ...]]:
        token = self._next("an object")
        if token.kind != "word":
            raise FormError(f"no STIX pattern: {token.text[:40]!r} is no object")
        self._wants(":")
        path: list[Step] = [self._property()]
        while True:
            if self._takes("."):
                path.append(self._property())
            elif self._takes("["):
                place = self._next("a place")
                if place.text != "*" and place.kind not in ("number", "word"):
                    raise FormError(f"no STIX pattern: {place.text[:40]!r} is no place in a list")
                path.append(int(place.text) if place.text.isdecimal() and len(place.text) < 10 else -1)  # noqa: PLR2004 - longer ones are no places
                self._wants("]")
            else:
                return token.text.lower(), tuple(path)

    def _property(self) -> str:
        token = self._next("a property")
        if token.kind in ("string", "quoted"):  # feeds write double quotes, which the language does not have
            return _unquoted(token.text)
        if token.kind not in ("word", "number"):
            raise FormError(f"no STIX pattern: {token.text[:40]!r} is no property")
        return token.text

    def _list(self) -> tuple[Literal, ...]:
        self._wants("(")
        values = [self._literal()]
        while self._takes(","):
            values.append(self._literal())
        self._wants(")")
        return tuple(values)

    def _literal(self) -> Literal:
        token = self._next("a value")
        if token.kind == "string":
            return _unquoted(token.text)
        if token.kind == "number":
            return float(token.text) if "." in token.text else int(token.text[:20])
        if token.kind == "special":
            return _special(token.text)
        if token.kind == "word" and token.text.lower() in ("true", "false"):
            return token.text.lower() == "true"
        raise FormError(f"no STIX pattern: {token.text[:40]!r} is no value")

    # ------------------------------------------------------------------------------------------------------- tokens

    def _sees(self, text: str) -> bool:
        if self._at >= len(self._tokens):
            return False
        token = self._tokens[self._at]
        return token.kind in ("word", "sign") and token.text.upper() == text

    def _takes(self, text: str) -> bool:
        if self._sees(text):
            self._at += 1
            return True
        return False

    def _wants(self, text: str) -> None:
        if not self._takes(text):
            found = self._tokens[self._at].text[:40] if self._at < len(self._tokens) else "the end"
            raise FormError(f"no STIX pattern: {text!r} is wanted where {found!r} is")

    def _next(self, wanted: str) -> _Token:
        if self._at >= len(self._tokens):
            raise FormError(f"no STIX pattern: it ends where {wanted} is wanted")
        self._at += 1
        return self._tokens[self._at - 1]

    def end(self) -> None:
        """Make sure that nothing is left."""
        if self._at < len(self._tokens):
            raise FormError(f"no STIX pattern: {self._tokens[self._at].text[:40]!r} stands behind its end")


def _check_depth(depth: int) -> None:
    if depth > INDICATOR_DEPTH_LIMIT:
        raise FormError(f"brackets deeper than {INDICATOR_DEPTH_LIMIT}")


def _unquoted(text: str) -> str:
    return _ESCAPE.sub(r"\1", text[1:-1])


def _special(text: str) -> str:
    inner = _unquoted(text[1:])
    try:
        if text[0] == "h":
            return bytes.fromhex(inner).decode("utf-8")
        if text[0] == "b":
            return base64.b64decode(inner, validate=True).decode("utf-8")
    except (ValueError, binascii.Error):
        raise FormError("a value that is no text") from None
    return inner
