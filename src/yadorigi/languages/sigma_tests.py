"""Tests on one value, as Sigma writes them (Sigma specification, "Detection", and its appendix of modifiers)."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from yadorigi.query import nodes
from yadorigi.query.nodes import Test, Wildcard

_LETTERS: Final = r"[^\pL\pN]"
"""What ends a term in expressions of ours; those that Sigma's tools check rules with know no ``\\pL``."""
_NO_LETTERS: Final = r"[\W_]"


class UnsaidError(Exception):
    """No rule can say something; says what."""


class Selection(NamedTuple):
    """A field with its modifiers, and a value."""

    key: str
    value: Any


def has_terms(test: Test) -> bool:
    """Say whether a test is about whole terms."""
    return isinstance(test, nodes.Regex) and _LETTERS in test.pattern


def selection_of(field: str, form: str, test: Test) -> Selection:
    """Return a test of a field.

    Args:
        field: its name.
        form: what the tested value is of the field: "" the whole, ``file`` the last part of a path, ``hash:…`` a hash.
        test: the test.

    Raises:
        UnsaidError: Sigma cannot say it.
    """
    if form.startswith("hash:"):
        return _of_hash(field, form.removeprefix("hash:"), test)
    if form == "file":
        return _of_file(field, test)
    match test:
        case nodes.Text():
            modifier = "" if test.operator == "equals" else f"|{test.operator}"
            return Selection(f"{field}{modifier}{_cased(test)}", escaped(test.value))
        case nodes.Pattern():
            return Selection(f"{field}{_cased(test)}", "".join(map(_part, test.parts)))
        case nodes.Regex():
            flags = "".join(f"|{flag}" for flag in test.flags)
            return Selection(f"{field}|re{flags}", test.pattern.replace(_LETTERS, _NO_LETTERS))
        case nodes.Cidr():
            return Selection(f"{field}|cidr", test.network)
        case nodes.Compare():
            return Selection(f"{field}|{test.operator}", test.number)
        case nodes.Null():
            return Selection(field, None)
        case nodes.Exists():
            return Selection(f"{field}|exists", test.expected)
        case _:
            raise UnsaidError(f"a test of {field} by the parts of a time")


def _cased(test: nodes.Text | nodes.Pattern) -> str:
    return "|cased" if test.cased else ""


def escaped(text: str) -> str:
    """Return a text in which nothing is a wildcard."""
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")


def _part(part: nodes.PatternPart) -> str:
    if isinstance(part, str):
        return escaped(part)
    if part == Wildcard.DASH:
        raise UnsaidError("any kind of dash in the middle of a text")
    return "*" if part == Wildcard.ANY else "?"


def _of_file(field: str, test: Test) -> Selection:
    match test:
        case nodes.Text(operator="equals"):
            return Selection(f"{field}|endswith{_cased(test)}", escaped(f"\\{test.value}"))
        case nodes.Text(operator="endswith") if "\\" not in test.value:
            return Selection(f"{field}|endswith{_cased(test)}", escaped(test.value))
        case _:
            raise UnsaidError(f"a part of the name of a file, of which Sigma has the whole path ({field})")


def _of_hash(field: str, algorithm: str, test: Test) -> Selection:
    if not isinstance(test, nodes.Text) or test.operator != "equals":
        raise UnsaidError(f"a part of a hash ({algorithm})")
    return Selection(f"{field}|contains", f"{algorithm}={escaped(test.value)}")
