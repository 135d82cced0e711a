"""The texts of which every match of a regular expression holds at least one.

One Aho-Corasick pass over a value finds which expressions are worth running. The reading is cautious: where the
expression uses anything that is not plainly understood here, nothing is claimed and the expression always runs.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

from yadorigi.query.values import fold

Alternatives: TypeAlias = frozenset[str]
"""Folded texts, one of which is in every match; none is "no claim"."""

_NO_CLAIM: Final[Alternatives] = frozenset()
_MOST_ALTERNATIVES: Final = 64
_LONGEST_CLASS: Final = 8
_COMMON: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789 .\\/:-_\"',=()\n\r\t")
"""Single characters that nearly every value holds: not worth looking for."""
_UNDERSTOOD_ESCAPES: Final = frozenset("dDwWsSbBAz")
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t"}
_PUNCTUATION: Final = frozenset("\\.^$*+?{}[]()|/-\"'<>=:;,!@#%&~`_ ")


class _NotUnderstoodError(Exception):
    """The expression uses something that is not read here."""


class _Piece(NamedTuple):
    """One item of a sequence: the letters that it can be (none: anything), or what a group claims."""

    letters: Alternatives
    claim: Alternatives = _NO_CLAIM


def required_literals(pattern: str) -> Alternatives:
    """Return folded texts one of which is in the fold of every text that the expression is found in.

    An empty set claims nothing.
    """
    try:
        start = _flags_end(pattern)
        reader = _Reader(pattern, start)
        claim = reader.alternation()
        if reader.position < len(pattern):
            return _NO_CLAIM
    except (_NotUnderstoodError, RecursionError):
        return _NO_CLAIM
    return claim if _worth(claim) else _NO_CLAIM


def _flags_end(pattern: str) -> int:
    """Return where the expression starts after leading flags."""
    if not pattern.startswith("(?") or pattern[2:3] in {":", "P", "<", "=", "!"}:
        return 0
    end = pattern.find(")")
    if end < 0 or not set(pattern[2:end]) <= set("ims"):
        raise _NotUnderstoodError
    return end + 1


def _worth(claim: Alternatives) -> bool:
    return bool(claim) and all(len(text) > 1 or text not in _COMMON for text in claim)


def _rank(claim: Alternatives) -> tuple[bool, int, int]:
    return _worth(claim), min(map(len, claim), default=0), -len(claim)


class _Reader:
    """Reads an expression from left to right."""

    def __init__(self, pattern: str, position: int) -> None:
        self._pattern = pattern
        self.position = position

    def _peek(self) -> str:
        return self._pattern[self.position : self.position + 1]

    def alternation(self) -> Alternatives:
        """Read branches up to the end of the group; one of the claims of all of them holds."""
        claims = [self._sequence()]
        while self._peek() == "|":
            self.position += 1
            claims.append(self._sequence())
        union = frozenset().union(*claims)
        return union if all(claims) and len(union) <= _MOST_ALTERNATIVES else _NO_CLAIM

    def _sequence(self) -> Alternatives:
        """Read one branch; the best claim of its parts is its claim."""
        best = _NO_CLAIM
        runs: Alternatives = frozenset([""])
        while self._peek() not in ("", "|", ")"):
            piece = self._piece()
            least, most = self._quantifier()
            if least and max(piece.claim, best, key=_rank) is piece.claim:
                best = piece.claim
            letters = piece.letters if least else _NO_CLAIM
            longer = frozenset(run + letter for run in runs for letter in letters)
            if letters and len(longer) <= _MOST_ALTERNATIVES:
                runs = longer
                if least == most == 1:
                    continue
            # What follows a repetition does not follow the run itself.
            best = max(best, runs, key=_rank)
            runs = letters if letters and least == most == 1 else frozenset([""])
        best = max(best, runs, key=_rank)
        return frozenset() if "" in best else best

    def _quantifier(self) -> tuple[int, int]:
        """Read what follows an item; return how often it occurs at least, and at most (2: more than once)."""
        character = self._peek()
        if character not in ("?", "*", "+", "{"):
            return 1, 1
        if character == "{":
            end = self._pattern.find("}", self.position)
            numbers = self._pattern[self.position + 1 : end].split(",")
            if end < 0 or not numbers[0].isdecimal() or not numbers[0].isascii():
                raise _NotUnderstoodError
            self.position = end
            least = int(numbers[0])
            bounds = (min(least, 1), 1 if numbers == ["1"] else 2)
        else:
            bounds = (1 if character == "+" else 0, 2)
        self.position += 1
        if self._peek() == "?":
            self.position += 1
        elif self._peek() in ("+", "*", "{"):
            raise _NotUnderstoodError
        return bounds

    def _piece(self) -> _Piece:
        character = self._peek()
        if character == "(":
            return self._group()
        if character == "[":
            return _Piece(self._class())
        if character == "\\":
            return _Piece(self._escape())
        if character in "]})?*+{":
            raise _NotUnderstoodError
        self.position += 1
        return _Piece(_NO_CLAIM if character in ".^$" else frozenset([fold(character)]))

    def _escape(self) -> Alternatives:
        escaped = self._pattern[self.position + 1 : self.position + 2]
        self.position += 2
        if escaped and escaped in _PUNCTUATION:
            return frozenset([escaped])
        if escaped in _CONTROLS:
            return frozenset([_CONTROLS[escaped]])
        if escaped and escaped in _UNDERSTOOD_ESCAPES:
            return _NO_CLAIM
        raise _NotUnderstoodError

    def _group(self) -> _Piece:
        if self._pattern.startswith("(?:", self.position):
            self.position += 3
        elif self._pattern.startswith("(?", self.position):
            raise _NotUnderstoodError
        else:
            self.position += 1
        claim = self.alternation()
        if self._peek() != ")":
            raise _NotUnderstoodError
        self.position += 1
        return _Piece(_NO_CLAIM, claim)

    def _class(self) -> Alternatives:
        """Read a class of characters; return them, folded, where they are few and plainly listed."""
        start = self.position + 1
        end = start + 1 if self._pattern[start : start + 1] == "^" else start
        if self._pattern[end : end + 1] == "]":
            end += 1
        while end < len(self._pattern) and self._pattern[end] != "]":
            if self._pattern.startswith("[:", end):
                raise _NotUnderstoodError
            end += 2 if self._pattern[end] == "\\" else 1
        if end >= len(self._pattern):
            raise _NotUnderstoodError
        self.position = end + 1
        listed = self._pattern[start:end]
        plain = listed.isascii() and listed.isalnum() and len(listed) <= _LONGEST_CLASS
        return frozenset(map(fold, listed)) if plain else _NO_CLAIM
