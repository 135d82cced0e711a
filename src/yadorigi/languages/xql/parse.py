"""Reads the text of an XQL query into a tree, by ``grammar.lark``; what is wrong is said with its place."""

from __future__ import annotations

import difflib
from functools import cache
from typing import Final, cast

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from yadorigi.errors import QueryError
from yadorigi.languages.grammars import parser_of
from yadorigi.limits import QUERY_NESTING_LIMIT, QUERY_TEXT_LIMIT

STAGES: Final = (
    "alter", "arrayexpand", "bin", "comp", "config", "dataset", "dedup", "fields", "filter", "join", "limit", "preset",
    "replacenull", "sort", "union", "view", "windowcomp",
)  # fmt: skip
"""Stages that are honoured."""

REFUSED_STAGES: Final = {
    "call": "it runs a query that is saved in the product",
    "cold_dataset": "there is no cold storage here; write dataset",
    "datamodel": "the Cortex Data Model of the product is not here; name a dataset",
    "filterblock": "only parsing rules have it",
    "getrole": "roles of the product are not here",
    "iploc": "SQL has functions for places of addresses, XQL has none here",
    "search": "it looks through every field of every dataset; yadorigi search does that",
    "tag": "nothing in a case is changed by a query",
    "target": "a query writes no dataset; give --output",
    "top": "write comp count() as n by field | sort desc n | limit 10",
    "transaction": "rows that belong together are not joined; write comp values(field) by what they have in common",
}
"""Stages that are known and not honoured, each with the reason."""

_TOLD: Final = {
    "NAME": "a name",
    "STRING": "a text in double quotes",
    "TRIPLE": "a text in triple quotes",
    "INTEGER": "a number",
    "FLOAT": "a number",
    "DURATION": "a duration such as 24h",
    "COMPARE": "a comparison (=, !=, <, <=, >, >=)",
    "MATCH": "~=",
    "PATTERN": "a name with *",
    "ARROW": "->",
    "ENUM": "ENUM.…",
    "BOOLEAN": "true or false",
    "VBAR": "|",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "EQUAL": "=",
    "PLUS": "+",
    "MINUS": "-",
    "STAR": "*",
    "SLASH": "/",
    "$END": "the end",
}


@cache
def _parser() -> Lark:
    return parser_of("xql", {"NAME": _without_quotes})


def _without_quotes(token: Token) -> Token:
    """Return a name without the back quotes that it may stand in."""
    return token.update(value=token[1:-1]) if token.startswith("`") else token


def parse(text: str) -> Tree[Token]:
    """Return the tree of a query.

    Raises:
        QueryError: it is no XQL, or a stage is not honoured.
    """
    if len(text) > QUERY_TEXT_LIMIT:
        raise QueryError(f"the query has more than {QUERY_TEXT_LIMIT:,} characters", text[:100])
    _check_nesting(text)
    try:
        return _parser().parse(text)
    except UnexpectedInput as error:
        raise _said(error, text) from None


def _check_nesting(text: str) -> None:
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth > QUERY_NESTING_LIMIT:
            raise QueryError(f"more than {QUERY_NESTING_LIMIT} parentheses are open at once", text, place)


def _said(error: UnexpectedInput, text: str) -> QueryError:
    place = cast("int", error.pos_in_stream)
    if isinstance(error, UnexpectedToken):
        expected, token = error.expected, error.token
        if token.type == "$END":
            return QueryError(f"the query ends too early: {_list_of(expected)} is missing", text, len(text.rstrip()))
        if {"FILTER", "FIELDS"} <= set(expected):
            return _of_stage(str(token), text, place)
        return QueryError(f"{str(token)[:60]!r} does not fit here: expected {_list_of(expected)}", text, place)
    if isinstance(error, UnexpectedCharacters):
        allowed = error.allowed or set()
        word = text[place : place + 60].split(maxsplit=1)[0] if text[place:].strip() else ""
        if {"FILTER", "FIELDS"} <= set(allowed) and word:
            return _of_stage(word, text, place)
        if word.startswith(('"', "\u201c")):
            return QueryError("a text begins here and does not end", text, place)
        return QueryError(f"{word[:1]!r} does not fit here: expected {_list_of(allowed)}", text, place)
    return QueryError("the query cannot be read", text, place)


def _of_stage(word: str, text: str, place: int) -> QueryError:
    name = "".join(character for character in word if character.isalnum() or character == "_").lower()
    if name in REFUSED_STAGES:
        return QueryError(f"the stage {name} cannot be honoured: {REFUSED_STAGES[name]}", text, place)
    alike = difflib.get_close_matches(name, STAGES, 1)
    hint = f"; did you mean {alike[0]}?" if alike else ""
    return QueryError(f"there is no stage {word[:40]!r}{hint}", text, place)


def _list_of(expected: set[str] | frozenset[str]) -> str:
    words = sorted({_TOLD.get(name, name.lower()) for name in expected})
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}" if words else "something else"
