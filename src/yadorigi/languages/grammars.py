"""Parsers of languages, from tables that ship: to work them out of a grammar takes longer than to answer a query.

``parser.json`` beside a language's ``grammar.lark`` holds them as plain data, with the digest of the grammar and the
version of lark that they were made with. Where these are others, the tables are worked out anew, so that what ships can
be old and never wrong. ``python tasks.py docs`` makes the files (`written`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any, Final

import lark
from lark import Lark, Token
from lark.grammar import Rule
from lark.lexer import TerminalDef

from yadorigi.errors import ContentError

LANGUAGES: Final = ("kql", "xql")
"""Languages with a grammar."""

TABLES: Final = "parser.json"
_START: Final = "query"

Callbacks = Mapping[str, Callable[[Token], Token]]


def parser_of(language: str, callbacks: Callbacks | None = None) -> Lark:
    """Return the parser of a language.

    Args:
        language: its folder here.
        callbacks: what is made of tokens, by their names.

    Raises:
        ContentError: the tables that ship are broken.
    """
    folder = files("yadorigi.languages") / language
    grammar = (folder / "grammar.lark").read_bytes()
    try:
        tables = json.loads((folder / TABLES).read_bytes())
    except FileNotFoundError:
        tables = {}
    except ValueError as error:
        raise ContentError(f"{language}/{TABLES}: {error}") from error
    given = dict(callbacks or {})
    if tables.get("made_of") != made_of(grammar):
        return built(grammar.decode(), given)
    data, memo = _with_numbers(tables["data"], tables["memo"])
    # What lark's own parsers that stand alone do; its other way, pickle, would run what a file says.
    return Lark._load_from_dict(data, memo, lexer_callbacks=given)  # type: ignore[no-any-return,no-untyped-call]  # it has no types


def built(grammar: str, callbacks: Callbacks | None = None) -> Lark:
    """Return the parser of a grammar, worked out."""
    return Lark(
        grammar,
        start=_START,
        parser="lalr",
        propagate_positions=True,
        maybe_placeholders=False,
        lexer_callbacks=dict(callbacks or {}),
    )


def made_of(grammar: bytes) -> str:
    """Return what tables depend on."""
    digest = hashlib.sha256(grammar.replace(b"\r\n", b"\n")).hexdigest()
    return f"{digest} lark {lark.__version__}"


def written(language: str) -> bytes:
    """Return the file of tables of a language as it should be."""
    grammar = (files("yadorigi.languages") / language / "grammar.lark").read_bytes()
    data, memo = built(grammar.decode()).memo_serialize([TerminalDef, Rule])
    tables = {"made_of": made_of(grammar), "data": data, "memo": memo}
    return json.dumps(tables, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _with_numbers(data: dict[str, Any], memo: dict[str, Any]) -> tuple[dict[str, Any], dict[int, Any]]:
    """Return tables in which numbers are keys again, which JSON makes texts."""
    table = data["parser"]["parser"]
    table["tokens"] = {int(number): token for number, token in table["tokens"].items()}
    table["states"] = {
        int(state): {int(token): action for token, action in actions.items()}
        for state, actions in table["states"].items()
    }
    return data, {int(number): one for number, one in memo.items()}
