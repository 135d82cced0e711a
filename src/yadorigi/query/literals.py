"""The texts of which every match of a regular expression holds at least one.

One Aho-Corasick pass over a value finds which expressions are worth running. The reading is cautious: where the
expression uses anything that is not plainly understood here, nothing is claimed and the expression always runs.

Rules write names so that quotes and carets strewn into them do not hide them: ``n["^]*e["^]*t``. Such an expression
asks for no text that is whole in every match, but for one in the *bare* text: a value without letter case, quotes and
carets, with one kind of white space and one of dashes. Baring looks at each character by itself, so the bare form of
a part is a part of the bare form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple, TypeAlias

from yadorigi.limits import REMEMBERED_CLAIMS
from yadorigi.query.values import fold

Alternatives: TypeAlias = frozenset[str]
"""Texts, one of which is in every match; none is "no claim"."""
Claims: TypeAlias = tuple[Alternatives, ...]
"""All of these hold of every match."""
_Form: TypeAlias = Callable[[str], str]

_NO_CLAIM: Final[Alternatives] = frozenset()
_NOTHING: Final[Alternatives] = frozenset([""])
"""What takes no room: an anchor, or a class of characters that baring takes away."""
_MOST_ALTERNATIVES: Final = 128
_MOST_COMPARED: Final = 32
_MOST_CLAIMS: Final = 3
_LARGEST_CLASS: Final = 16
_COMMON: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789 .\\/:-_\"',=()\n\r\t")
"""Single characters that nearly every value holds: not worth looking for."""
_ZERO_WIDTH: Final = frozenset("bBAz")
_LARGE_CLASSES: Final = frozenset("dDwWS")
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v"}
_PUNCTUATION: Final = frozenset("\\.^$*+?{}[]()|/-\"'<>=:;,!@#%&~`_ ")
_BY_NUMBER: Final = re.compile(r"\\x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))")
_BY_PROPERTY: Final = re.compile(r"\\[pP](?:[A-Za-z]|\{\^?[A-Za-z_]+\})")
_PLAIN_CLASS: Final = re.compile(r"\[(?!\^\])[^\[\]\\]+\]")
_STREWN: Final = '["^]*'
_WORD: Final = re.compile(r"[0-9A-Za-z]+")
_STREWN_WORD: Final = re.compile(rf"[0-9A-Za-z](?:(?:{re.escape(_STREWN)})?[0-9A-Za-z])*")
_QUANTIFIERS: Final = ("?", "*", "+", "{")
_COUNTS: Final = re.compile(r"\{([0-9]{1,4})(?:,([0-9]{0,4}))?\}")
_SPACE: Final = "\t\n\f\r "
"""What RE2 takes for white space; the other engine takes more."""
_RAREST: Final = 1e-6

_TAKEN_AWAY: Final = b"\"'^`"
_ALIKE: Final = bytes.maketrans(b"\t\n\v\f\r/", b"     -")
_DASHES: Final = tuple(dash.encode() for dash in "\u2013\u2014\u2015")


def bared(folded: str) -> bytes:
    """Return the bare form of a folded text, as UTF-8.

    Raises:
        UnicodeEncodeError: it holds a lone surrogate.
    """
    encoded = folded.encode()
    if not folded.isascii():
        for dash in _DASHES:
            encoded = encoded.replace(dash, b"-")
    return encoded.translate(_ALIKE, _TAKEN_AWAY)


@lru_cache(maxsize=1_024)
def _bare(character: str) -> str:
    return bared(fold(character)).decode()


_known_claims: dict[str, Claims] = {}


class _NotUnderstoodError(Exception):
    """The expression uses something that is not read here."""


class _Piece(NamedTuple):
    """What is known of an item, a sequence or a group.

    Attributes:
        forms: all that it can be (none: not known, or too much).
        claims: what every match of it holds.
    """

    forms: Alternatives
    claims: Claims = ()


def required_literals(pattern: str) -> Alternatives:
    """Return folded texts one of which is in the fold of every text that the expression is found in.

    An empty set claims nothing.
    """
    claims = _claims(pattern, fold, spaced=False)
    return claims[0] if claims else _NO_CLAIM


def bare_claims(pattern: str) -> Claims:
    """Return sets of texts; the bare form of all that RE2 finds the expression in holds one of each set.

    The rarest set comes first, by a rough guess. No set claims nothing.
    """
    known = _known_claims.get(pattern)
    return known if known is not None else _claims(pattern, _bare, spaced=True)


def remember_claims(claims: Mapping[str, Claims]) -> None:
    """Take what `bare_claims` said of expressions before: to read them again takes longer than a small hunt."""
    if len(_known_claims) + len(claims) > REMEMBERED_CLAIMS:
        _known_claims.clear()
    _known_claims.update(claims)


def frequency(claim: Alternatives) -> float:
    """Guess the share of values that hold one of the texts: a rough guess, to tell the rare from the common."""
    return sum(max(0.5 * 0.5 ** len(text), _RAREST) for text in claim)


def _claims(pattern: str, form: _Form, *, spaced: bool) -> Claims:
    try:
        reader = _Reader(pattern, _flags_end(pattern), form, spaced=spaced)
        read = reader.alternation()
        if reader.position < len(pattern):
            return ()
    except (_NotUnderstoodError, RecursionError, UnicodeEncodeError):
        return ()
    return _best([*read.claims, read.forms])


def _flags_end(pattern: str) -> int:
    """Return where the expression starts after leading flags."""
    if not pattern.startswith("(?") or pattern[2:3] in {":", "P", "<", "=", "!"}:
        return 0
    end = pattern.find(")")
    if end < 0 or not set(pattern[2:end]) <= set("ims"):
        raise _NotUnderstoodError
    return end + 1


def _best(claims: Iterable[Alternatives]) -> Claims:
    """Return the few rarest of the claims that are worth looking for."""
    least = {_least(claim): None for claim in claims if claim and "" not in claim}
    worth = [claim for claim in least if all(len(text) > 1 or text not in _COMMON for text in claim)]
    return tuple(sorted(worth, key=lambda claim: (frequency(claim), sorted(claim)))[:_MOST_CLAIMS])


def _least(claim: Alternatives) -> Alternatives:
    """Leave out texts that hold another one of them: who finds them finds that."""
    if len(claim) > _MOST_COMPARED or len(set(map(len, claim))) == 1:
        return claim
    return frozenset(text for text in claim if not any(other in text for other in claim if other != text))


def _shortest_ends(runs: Alternatives) -> Alternatives:
    """Leave out runs that end in another one: what makes that longer is in what makes them longer."""
    if len(runs) == 1:
        return runs
    if "" in runs:
        return _NOTHING
    return frozenset(run for run in runs if not any(run[start:] in runs for start in range(1, len(run))))


class _Reader:
    """Reads an expression from left to right.

    Args:
        pattern: the expression.
        position: where to start.
        form: what becomes of a character in the text that is looked at; by itself, whatever is around it.
        spaced: whether it is known what white space the expression's engine takes.
    """

    def __init__(self, pattern: str, position: int, form: _Form, *, spaced: bool) -> None:
        self._pattern = pattern
        self.position = position
        self._form = form
        self._spaces = self._formed(_SPACE) if spaced else _NO_CLAIM
        self._word = _WORD if form('"^') else _STREWN_WORD
        self._classes: dict[str, Alternatives] = {}

    def _formed(self, characters: Iterable[str]) -> Alternatives:
        return frozenset(map(self._form, characters))

    def _peek(self) -> str:
        return self._pattern[self.position : self.position + 1]

    def alternation(self) -> _Piece:
        """Read branches up to the end of the group."""
        branches = [self._sequence()]
        while self._peek() == "|":
            self.position += 1
            branches.append(self._sequence())
        forms = frozenset().union(*(branch.forms for branch in branches))
        if not all(branch.forms for branch in branches) or len(forms) > _MOST_ALTERNATIVES:
            forms = _NO_CLAIM
        if len(branches) == 1:
            return _Piece(forms, branches[0].claims)
        best = [_best([*branch.claims, branch.forms])[:1] for branch in branches]
        union = frozenset().union(*(claim for claims in best for claim in claims))
        return _Piece(forms, (union,) if all(best) and len(union) <= _MOST_ALTERNATIVES else ())

    def _sequence(self) -> _Piece:
        """Read one branch."""
        claims: list[Alternatives] = []
        whole = _NOTHING
        """All that the branch can be so far."""
        runs = _NOTHING
        """What stands before this place, one of them in every match."""
        while self._peek() not in ("", "|", ")"):
            piece = self._piece()
            least, most = self._quantifier()
            forms = piece.forms
            if least and not forms:
                claims += piece.claims
            if forms == _NOTHING:
                continue
            if forms and not least:
                forms |= _NOTHING
            longer = _joined(runs, forms)
            whole = _NO_CLAIM if most > 1 else _joined(whole, forms)
            if longer and most == 1:
                runs = _shortest_ends(longer)
                continue
            # What follows a repetition follows its last turn, not what stood before it.
            claims += [runs, longer] if least else [runs]
            runs = _shortest_ends(forms) if forms and least else _NOTHING
        return _Piece(whole) if whole else _Piece(whole, _best([*claims, runs]))

    def _quantifier(self) -> tuple[int, int]:
        """Read what follows an item; return how often it occurs at least, and at most (2: more than once)."""
        character = self._peek()
        if character not in _QUANTIFIERS:
            return 1, 1
        if character == "{":
            counts = _COUNTS.match(self._pattern, self.position)
            if counts is None:
                raise _NotUnderstoodError
            self.position = counts.end() - 1
            bounds = (min(int(counts[1]), 1), 1 if int(counts[2] or counts[1]) == 1 and counts[2] != "" else 2)
        else:
            bounds = (1 if character == "+" else 0, 1 if character == "?" else 2)
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
            return _Piece(self._known_class())
        if character == "\\":
            return _Piece(self._escape())
        if character in "]})?*+{":
            raise _NotUnderstoodError
        if character in "^$":
            self.position += 1
            return _Piece(_NOTHING)
        if character == ".":
            self.position += 1
            return _Piece(_NO_CLAIM)
        return _Piece(self._formed([self._letters()]))

    def _letters(self) -> str:
        """Read a character, or as many letters and digits as there are before one that may occur more than once."""
        word = self._word.match(self._pattern, self.position)
        letters = word[0] if word is not None else self._peek()
        self.position += len(letters)
        if len(letters) > 1 and self._peek() in _QUANTIFIERS:
            self.position -= 1
            letters = letters[:-1]
        return letters.replace(_STREWN, "")

    def _escape(self) -> Alternatives:
        """Read an escape outside of a class."""
        if self._pattern[self.position + 1 : self.position + 2] in _ZERO_WIDTH:
            self.position += 2
            return _NOTHING
        letters = self._escaped()
        return self._spaces if letters == _SPACE else self._formed(letters)

    def _escaped(self) -> str:
        """Read an escape; return the characters that it stands for, "" for too many."""
        escaped = self._pattern[self.position + 1 : self.position + 2]
        numbered = _BY_NUMBER.match(self._pattern, self.position)
        if numbered is not None:
            self.position = numbered.end()
            return _character(int(numbered[1] or numbered[2], 16))
        named = _BY_PROPERTY.match(self._pattern, self.position)
        if named is not None:
            self.position = named.end()
            return ""
        self.position += 2
        if escaped and escaped in _PUNCTUATION:
            return escaped
        if escaped in _CONTROLS:
            return _CONTROLS[escaped]
        if escaped == "s":
            return _SPACE
        if escaped and escaped in _LARGE_CLASSES:
            return ""
        raise _NotUnderstoodError

    def _group(self) -> _Piece:
        if self._pattern.startswith("(?:", self.position):
            self.position += 3
        elif self._pattern.startswith("(?", self.position):
            raise _NotUnderstoodError
        else:
            self.position += 1
        inner = self.alternation()
        if self._peek() != ")":
            raise _NotUnderstoodError
        self.position += 1
        return inner

    def _known_class(self) -> Alternatives:
        """Read a class of characters; an expression may have the same one between all its letters."""
        plain = _PLAIN_CLASS.match(self._pattern, self.position)
        if plain is None:
            return self._class()
        found = self._classes.get(plain[0])
        if found is None:
            found = self._classes[plain[0]] = self._class()
        self.position = plain.end()
        return found

    def _class(self) -> Alternatives:
        """Read a class of characters; return what they are, where they are few and plainly listed."""
        self.position += 1
        negated = self._peek() == "^"
        self.position += negated
        found: set[str] = set()
        known = not negated
        first = True
        while first or self._peek() != "]":
            first = False
            letters = self._class_item()
            known = known and bool(letters) and (letters != _SPACE or bool(self._spaces))
            found.update(self._formed(letters) if known else ())
        self.position += 1
        return frozenset(found) if known and len(found) <= _LARGEST_CLASS else _NO_CLAIM

    def _class_item(self) -> str:
        """Read a character, a range or an escape of a class; return the characters, "" for too many."""
        letters = self._class_character()
        if self._peek() != "-" or self._pattern[self.position + 1 : self.position + 2] in ("]", ""):
            return letters
        self.position += 1
        end = self._class_character()
        if len(letters) != 1 or len(end) != 1 or letters > end:
            raise _NotUnderstoodError
        count = ord(end) - ord(letters) + 1
        return "".join(map(chr, range(ord(letters), ord(end) + 1))) if count <= _LARGEST_CLASS else ""

    def _class_character(self) -> str:
        character = self._peek()
        if character == "" or self._pattern.startswith("[:", self.position):
            raise _NotUnderstoodError
        if character == "\\":
            return self._escaped()
        self.position += 1
        return character


def _character(number: int) -> str:
    if number > 0x10FFFF or 0xD800 <= number < 0xE000:  # noqa: PLR2004 - the bounds of Unicode and of surrogates
        raise _NotUnderstoodError
    return chr(number)


def _joined(runs: Alternatives, forms: Alternatives) -> Alternatives:
    """Return each run followed by each form, none where there are too many."""
    if not runs or not forms or len(runs) * len(forms) > _MOST_ALTERNATIVES:
        return _NO_CLAIM
    return frozenset(run + form for run, form in product(runs, forms))
