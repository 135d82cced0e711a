"""Fields of lines that are JSON: names joined by dots, lists, and what is no JSON."""

from __future__ import annotations

import pytest

from yadorigi.sources.lines.format import LineError
from yadorigi.sources.lines.json_fields import json_fields


def test_objects_inside_are_joined_by_dots() -> None:
    text = '{"a": {"b": 1, "c": {"d": null}}, "e": [1, 2], "f": [{"g": 1}, {"g": 2, "h": "x"}], "i": {}}'
    assert json_fields(text) == {"a.b": 1, "a.c.d": None, "e": [1, 2], "f.g": [1, 2], "f.h": "x"}


def test_what_is_deeper_is_kept_as_it_is() -> None:
    text = '{"a":' * 8 + "1" + "}" * 8
    assert json_fields(text) == {"a.a.a.a.a.a.a": {"a": 1}}


@pytest.mark.parametrize("text", ["", "x", "[1]", '{"a": ', '"a"', "{" * 100_000, '{"a":' * 5_000 + "1" + "}" * 5_000])
def test_what_is_no_object(text: str) -> None:
    with pytest.raises(LineError):
        json_fields(text)


def test_an_outer_name_does_not_multiply() -> None:
    inner = ",".join(f'"k{number}":1' for number in range(1_900))
    with pytest.raises(LineError, match="far longer than the line"):
        json_fields(f'{{"{"x" * 900}":{{{inner}}}}}')
    with pytest.raises(LineError, match="a name of more than 1,000"):
        json_fields(f'{{"{"x" * 2_000}":1}}')


def test_an_object_of_very_many_fields_is_refused() -> None:
    with pytest.raises(LineError, match="more than 2,000 fields"):
        json_fields("{" + ",".join(f'"k{number}":1' for number in range(3_000)) + "}")
