"""Reads the text of a KQL query into a tree, by ``grammar.lark``; what is wrong is said with its place."""

from __future__ import annotations

import difflib
import re
from functools import cache
from typing import Final, cast

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from yadorigi.errors import QueryError
from yadorigi.languages.grammars import parser_of
from yadorigi.limits import QUERY_NESTING_LIMIT, QUERY_TEXT_LIMIT

OPERATORS: Final = (
    "as", "count", "distinct", "evaluate", "extend", "invoke", "join", "limit", "lookup", "make-series", "mv-apply",
    "mv-expand", "order", "parse", "parse-kv", "parse-where",
    "project", "project-away", "project-keep", "project-rename", "project-reorder", "render", "sample",
    "sample-distinct", "search",
    "serialize", "sort", "summarize", "take", "top", "top-nested", "union", "where",
)  # fmt: skip
"""Tabular operators that are honoured."""

REFUSED_OPERATORS: Final = {
    "consume": "it gives no rows",
    "declare": "parameters are not read; write let",
    "alias": "it names another cluster",
    "pattern": "it is not read yet",
    "restrict": "it limits what others may ask",
    "externaldata": "a query reads the case's tables and nothing else",
    "facet": "a query gives one table",
    "fork": "a query gives one table",
    "execute-and-cache": "it is about how the product runs a query",
    "project-by-names": "it is not read yet; write project",
    "project-smart": "it is about how a result is drawn",
    "macro-expand": "it asks other clusters",
    "assert-schema": "it is not read yet",
    "getschema": "yadorigi query CASE --tables says which columns there are",
    "graph-match": "graphs are not read yet",
    "make-graph": "graphs are not read yet",
    "partition": "it is not read yet",
    "reduce": "it finds patterns by chance",
    "scan": "it is not read yet",
    "top-hitters": "it is a guess; write summarize count() by x | top 10 by count_",
}
"""Tabular operators that are known and not honoured, each with the reason."""

_TOLD: Final = {
    "NAME": "a name", "QUOTED_NAME": "a name", "STRING": "a text", "INTEGER": "a number", "FLOAT": "a number",
    "SPAN": "a span such as 1h", "COMPARE": "a comparison", "TEXTUAL": "an operator of texts", "AMONG": "in",
    "MATCHES": "matches regex", "BETWEEN": "between", "VBAR": "|", "LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]",
    "LBRACE": "{", "RBRACE": "}", "COMMA": ",", "SEMICOLON": ";", "COLON": ":", "EQUAL": "=", "DOT": ".", "DOTS": "..",
    "PLUS": "+", "MINUS": "-", "STAR": "*", "SLASH": "/", "PERCENT": "%", "$END": "the end",
}  # fmt: skip
_BEGINNING: Final = re.compile(r"(?:\||^|[;(=])\s*([A-Za-z][A-Za-z-]*)", re.MULTILINE)
_LONGEST: Final = 40
_STAGE: Final = {"SUMMARIZE", "EXTEND"}
_SHOWN: Final = 12


@cache
def _parser() -> Lark:
    return parser_of("kql")


def parse(text: str) -> Tree[Token]:
    """Return the tree of a query.

    Raises:
        QueryError: it is no KQL, or an operator is not honoured.
    """
    if len(text) > QUERY_TEXT_LIMIT:
        raise QueryError(f"the query has more than {QUERY_TEXT_LIMIT:,} characters", text[:100])
    depth = 0
    for place, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth > QUERY_NESTING_LIMIT:
            raise QueryError(f"more than {QUERY_NESTING_LIMIT} parentheses are open at once", text, place)
    try:
        return _parser().parse(text)
    except UnexpectedInput as error:
        raise _said(error, text) from None


def _said(error: UnexpectedInput, text: str) -> QueryError:
    place = cast("int", error.pos_in_stream)
    if isinstance(error, UnexpectedToken):
        expected = set(error.expected)
        if error.token.type == "$END":
            return QueryError(f"the query ends too early: {_list_of(expected)} is missing", text, len(text.rstrip()))
    elif isinstance(error, UnexpectedCharacters):
        expected = set(error.allowed or ())
    else:
        return QueryError("the query cannot be read", text, place)
    named = _refused_before(text, place)
    if named is not None:
        return named
    rest = text[place : place + 60]
    if expected >= _STAGE:
        return _of_operator(rest, text, place)
    if rest[:1] in ("'", '"'):
        return QueryError(
            f"a text begins here that does not end, or does not fit: expected {_list_of(expected)}", text, place
        )
    word = rest.split(maxsplit=1)[0] if rest.strip() else "the end"
    return QueryError(f"{word[:40]!r} does not fit here: expected {_list_of(expected)}", text, place)


def _refused_before(text: str, place: int) -> QueryError | None:
    """Return the error of an operator that is not honoured, and of which the text cannot be read therefore."""
    last = None
    for found in _BEGINNING.finditer(text, 0, min(len(text), place + _LONGEST)):
        if found.start(1) <= place and found.group(1).lower() in REFUSED_OPERATORS:
            last = found
    if last is None or not {"|", ";"}.isdisjoint(text[last.start(1) : place]):
        return None
    name = last.group(1)
    reason = REFUSED_OPERATORS[name.lower()]
    return QueryError(f"the operator {name} cannot be honoured: {reason}", text, last.start(1))


def _of_operator(rest: str, text: str, place: int) -> QueryError:
    name = ""
    for character in rest:
        if not (character.isalnum() or character in "-_"):
            break
        name += character
    if name.lower() in REFUSED_OPERATORS:
        return QueryError(f"the operator {name} cannot be honoured: {REFUSED_OPERATORS[name.lower()]}", text, place)
    alike = difflib.get_close_matches(name.lower(), OPERATORS, 1)
    hint = f"; did you mean {alike[0]}?" if alike else ""
    return QueryError(f"there is no operator {name[:40]!r}{hint}", text, place)


def _list_of(expected: set[str]) -> str:
    words = sorted({_TOLD.get(name, name.lower().replace("_", "-")) for name in expected})
    if len(words) > _SHOWN:
        words = [*words[:_SHOWN], "…"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}" if words else "something else"
