"""Texts of stored records that turn out to be no JSON are made anew, each by itself, and no other is touched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yadorigi.lake.times import ticks_column
from yadorigi.schema.times import ticks_of, time_of
from yadorigi.sources.records.batch import flat_data
from yadorigi.sources.records.stored import SpooledTexts, StoredTexts, mended

if TYPE_CHECKING:
    from random import Random

SYSTEM = '{"EventID":1,"Channel":"Security"}'
SOUND = ('{"CommandLine":"whoami"}', "{}", '{"A":null,"B":[1,2]}')
BROKEN = ('{"A":}', '{"A":1', '"text"', "[]", "7", "", '{"A":1e999}', '{"A":"\x01"}', "{} {}")
EMPTY = ("[]",)
WITH_ELEMENTS = ('{"Data":{"#text":["a","b"]}}', '{"#attributes":{"Name":"x"},"工":"藤"}')
BEGINNINGS = (
    '{"Event":{"#attributes":{"xmlns":"http://schemas.microsoft.com/win/2004/08/events/event"},"System":',
    '{"Event":{"System":',
)
RECORDS = (
    *(
        f'{begins}{SYSTEM},"EventData":{data}}}}}'
        for begins in BEGINNINGS
        for data in (*SOUND, *WITH_ELEMENTS, "null", "{", "", '"#')
    ),
    *(f'{begins}{SYSTEM},"UserData":{{"A":{{"B":"工藤"}}}}}}}}' for begins in BEGINNINGS),
    f'{BEGINNINGS[1]}{SYSTEM}}}}}',
    f'{BEGINNINGS[1]}{SYSTEM},"EventData":{{"A":1}},"UserData":{{"C":{{"D":",\\"EventData\\":"}}}}}}}}',
    f'{BEGINNINGS[1]}{SYSTEM},"EventData":{{"A":1e999}}}}}}',
    f'{BEGINNINGS[1]}{SYSTEM},"EventData":{{"A":1}}}} }}',
    f'{{ "Event":{{"System":{SYSTEM},"EventData":{{"A":1}}}}}}',
    f'{BEGINNINGS[1]},"EventData":}}', "", "}}", ',"EventData":', BEGINNINGS[0],
)  # fmt: skip


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


def usual(text: str) -> tuple[str, str] | None:
    """Return payload and ``System`` of a record that is written as most are, looking at nothing but it."""
    begins = next((start for start in BEGINNINGS if text.startswith(start)), None)
    border = text.find(',"EventData":')
    if begins is None or border < 0 or not text[border + len(',"EventData":') :].endswith("}}"):
        return None
    data = text[border + len(',"EventData":') : -2]
    return None if '"#' in data else ("{}" if data == "null" else data, text[len(begins) : border])


@given(st.lists(st.sampled_from(RECORDS), min_size=1, max_size=12), st.randoms(use_true_random=False), st.booleans())
def test_what_was_spooled_is_cut_as_its_text_says(records: list[str], random: Random, elsewhere: bool) -> None:
    rows = np.array([random.randrange(len(records)) for _ in range(random.randrange(1, 20))])
    found = SpooledTexts([pa.array(["x", *records]).slice(1)]).split(rows, written_elsewhere=elsewhere)
    for place, row in enumerate(rows.tolist()):
        own = (found.data[place].as_py(), found.system[place].as_py())
        plain = usual(records[row])
        if plain is not None and not (elsewhere and "e999" in own[0]):
            assert (*own, found.raw[place].as_py()) == (*plain, None)
        elif found.raw[place].as_py() is None:
            whole = json.loads(records[row])["Event"]
            assert json.loads(own[1]) == whole["System"]
            assert json.loads(own[0]) == json.loads(json.dumps(flat_data(whole)))
        else:
            assert found.raw[place].as_py() == records[row]


@given(st.lists(st.integers(ticks_of("0001-01-01T00:00:00.0000000Z"), ticks_of("9999-12-31T23:59:59.9999999Z"))))
def test_times_are_told_in_ticks(ticks: list[int]) -> None:
    assert ticks_column([time_of(one) for one in ticks]).to_pylist() == ticks
