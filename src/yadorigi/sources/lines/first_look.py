"""Which openings of formats a text may begin with, asked of all of them in one step.

The openings are relaxed for RE2, which reads a text once however many there are: what lies ahead is not looked at, and
more than a few repetitions may be any number. So the look says too much, never too little; the opening itself decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import re2

_MEMORY: Final = 16 * 1024 * 1024
_COUNTED: Final = 4
"""Repetitions up to which they are counted: each one more is a state of its own."""
_QUANTIFIER: Final = re.compile(r"(?:([*+?])|\{(\d*)(,?)(\d*)\})[+?]?")
_LOOKS: Final = ("(?=", "(?!", "(?<=", "(?<!")
_CLASS: Final = re.compile(r"\[(\^?)(\]?(?:[^\]\\]|\\.)*)\]", re.DOTALL)
_IN_CLASS: Final = re.compile(r"\\.|\[", re.DOTALL)
_CODE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})")
_WHITE: Final = r"\t-\r "
"""What Python takes for white space in ASCII; RE2 leaves the vertical tab out."""


class FirstLook:
    """Looks at the beginnings of texts for any of some openings."""

    __slots__ = ("_count", "_set")

    def __init__(self, openings: Sequence[str]) -> None:
        """Take the openings, regular expressions of Python; one that cannot be relaxed is thought to fit always."""
        options = re2.Options()
        options.log_errors = False
        options.never_capture = True
        options.max_mem = _MEMORY
        self._set = re2.Set.MatchSet(options)
        self._count = len(openings)
        for opening in openings:
            try:
                # What RE2 does not read takes no number.
                known = self._set.Add(relaxed(opening)) >= 0
            except (re2.error, ValueError):
                known = False
            if not known:
                self._set.Add("")
        # Fits always, so that no answer at all means that there was no room for one.
        self._set.Add("")
        self._set.Compile()

    def may_begin(self, text: str) -> Sequence[int]:
        """Return the numbers of the openings that a text may begin with, in their order."""
        try:
            found = self._set.Match(text)
        except UnicodeEncodeError:
            found = None
        if not found:
            return range(self._count)
        found.sort()
        found.pop()
        return found  # type: ignore[no-any-return]  # RE2 has no types


def relaxed(expression: str) -> str:
    """Return an expression for RE2 that fits whatever one of Python fits (with `re.ASCII`, at its beginning).

    Raises:
        ValueError: it holds what cannot be relaxed.
    """
    made: list[str] = []
    place = 0
    while place < len(expression):
        sign = expression[place]
        if sign == "(" and expression.startswith(_LOOKS, place):
            place = _end_of_group(expression, place)
        elif sign == "(":
            opened = "(?:" if expression.startswith("(?>", place) else sign
            made.append(opened)
            place += len(opened)
        elif sign == "[":
            part, place = _class(expression, place)
            made.append(part)
        elif sign == "\\" and (code := _CODE.match(expression, place)) is not None:
            made.append(rf"\x{{{code[1]}}}")
            place = code.end()
        elif sign == "\\":
            made.append(_escape(expression[place + 1]))
            place += 2
        elif sign in "*+?{" and (found := _QUANTIFIER.match(expression, place)) is not None:
            made.append(_quantifier(found))
            place = found.end()
        else:
            # The end of a text is one before its last line feed, too.
            made.append("" if sign == "$" else sign)
            place += 1
    return "".join(made)


def _class(expression: str, place: int) -> tuple[str, int]:
    found = _CLASS.match(expression, place)
    if found is None or re.search(r"\\[SWDb]", found[2]):
        raise ValueError(f"a class of signs that cannot be relaxed: {expression[place : place + 20]}")
    return f"[{found[1]}{_IN_CLASS.sub(_sign_of_class, found[2])}]", found.end()


def _sign_of_class(found: re.Match[str]) -> str:
    return {"\\s": _WHITE, "[": "\\["}.get(found[0], found[0])


def _escape(sign: str) -> str:
    if sign.isdigit() or sign in "AZB":
        raise ValueError(f"an escape that cannot be relaxed: \\{sign}")
    return {"s": f"[{_WHITE}]", "S": f"[^{_WHITE}]", "b": ""}.get(sign, f"\\{sign}")


def _quantifier(found: re.Match[str]) -> str:
    if found[1]:
        return found[1]
    least = int(found[2] or 0)
    most = int(found[4]) if found[4] else None if found[3] else least
    if most is not None and most <= _COUNTED:
        return f"{{{least},{most}}}"
    return "*" if least == 0 else f"{{{min(least, _COUNTED)},}}"


def _end_of_group(expression: str, place: int) -> int:
    """Return the place behind a group."""
    depth = 0
    while place < len(expression):
        sign = expression[place]
        if sign == "\\":
            place += 1
        elif sign == "[" and (found := _CLASS.match(expression, place)) is not None:
            place = found.end() - 1
        depth += (sign == "(") - (sign == ")")
        place += 1
        if not depth:
            return place
    raise ValueError("a group without an end")
