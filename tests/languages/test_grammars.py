"""The tables of parsers that ship are those of the grammars, and no grammar is ambiguous by oversight."""

from __future__ import annotations

import json
import logging
from importlib.resources import files
from typing import TYPE_CHECKING

import lark
import pytest

from yadorigi.languages.grammars import LANGUAGES, TABLES, built, made_of, parser_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = {
    "xql": 'dataset = xdr_data | filter action_process_image_name in ("a.exe", "b.exe") | fields _time | limit 5',
    "kql": 'let n = 5; T | where a =~ "b" and c has "d" | summarize count() by e, bin(t, 1h) | take n',
}


@pytest.fixture
def loud() -> Iterator[None]:
    level = lark.logger.level
    lark.logger.setLevel(logging.DEBUG)
    lark.logger.propagate = True
    yield
    lark.logger.propagate = False
    lark.logger.setLevel(level)


@pytest.mark.usefixtures("loud")
@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_are_those_of_the_grammar(language: str, caplog: pytest.LogCaptureFixture) -> None:
    folder = files("yadorigi.languages") / language
    grammar = (folder / "grammar.lark").read_bytes()
    tables = json.loads((folder / TABLES).read_bytes())
    assert tables["made_of"] == made_of(grammar), "run `python tasks.py docs`"
    caplog.set_level(logging.DEBUG, logger=lark.logger.name)
    parser = built(grammar.decode())
    assert parser_of(language).parse(SAMPLES[language]) == parser.parse(SAMPLES[language])
    conflicts = [record.getMessage() for record in caplog.records if "Shift/Reduce" in record.getMessage()]
    # A comma goes to the list that is innermost.
    assert [told for told in conflicts if "COMMA" not in told] == []
