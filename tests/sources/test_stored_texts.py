"""Texts of stored records that turn out to be no JSON are made anew, each by itself, and no other is touched."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yadorigi.sources.records.stored import StoredTexts, mended

SYSTEM = '{"EventID":1,"Channel":"Security"}'
SOUND = ('{"CommandLine":"whoami"}', "{}", '{"A":null,"B":[1,2]}')
BROKEN = ('{"A":}', '{"A":1', '"text"', "[]", "7", "", '{"A":1e999}', '{"A":"\x01"}', "{} {}")
EMPTY = ("[]",)


def texts_of(data: list[str], raw: dict[int, str] | None = None) -> StoredTexts:
    whole = [(raw or {}).get(place) for place in range(len(data))]
    return StoredTexts(*(pa.array(column, pa.string()) for column in (data, [SYSTEM] * len(data), whole)))


@given(st.lists(st.sampled_from(SOUND) | st.sampled_from(BROKEN), min_size=1, max_size=600))
def test_only_what_is_broken_is_made_anew(data: list[str]) -> None:
    found = mended(texts_of(data))
    for place, text in enumerate(data):
        own = (found.data[place].as_py(), found.system[place].as_py(), found.raw[place].as_py())
        if text in SOUND:
            assert own == (text, SYSTEM, None)
        else:
            assert isinstance(json.loads(own[0]), dict)
            assert isinstance(json.loads(own[1]), dict)
            # What cannot be told in fields is kept as it was.
            assert own[2] is not None or own[0] != "{}" or text in EMPTY


def test_what_is_whole_already_stays() -> None:
    texts = texts_of([SOUND[0], BROKEN[0]], {1: "the record as it was"})
    assert mended(texts) is texts


@pytest.mark.parametrize("place", [0, 255, 256, 511, 699])
def test_one_of_many(place: int) -> None:
    data = [SOUND[0]] * 700
    data[place] = BROKEN[0]
    found = mended(texts_of(data))
    assert [number for number, whole in enumerate(found.raw.to_pylist()) if whole is not None] == [place]
    assert found.data.to_pylist()[:place] == data[:place]
