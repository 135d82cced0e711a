"""Nothing hides: a field that one event of thousands has, names that somebody invents, digits that are spelt oddly."""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detect.indicators.reading import known
from tests.detect.memory import MemoryBatch, event_of
from yadorigi.detect.indicators.matcher import IndicatorMatcher
from yadorigi.detect.indicators.screen import HashScreen, hash_screen
from yadorigi.limits import OBSERVED_FIELDS_LIMIT, OBSERVED_PLACES_LIMIT
from yadorigi.packs.indicators import load_indicators
from yadorigi.schema.batch import screened
from yadorigi.schema.event import EventKind, Value
from yadorigi.sources.records.batch import RecordTable
from yadorigi.sources.records.record import decode_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yadorigi.packs.indicators import IndicatorSet

ODD = EventKind("Some/Log", "Some-Provider", 7)
SHA256, MD5 = "3a" * 32, "c1" * 16
MANY = 10_000
TIME = "2026-03-11T00:00:00.0000000Z"
HASHES = f"{SHA256}\n{MD5}"
MIXED = f"{HASHES}\n1.2.3.4\nevil.test\nhttp://evil.test/a"


def text_of(payload: str, provider: str = "Some-Provider") -> str:
    system = {"Provider": {"#attributes": {"Name": provider}}, "EventID": 7, "Channel": "Some/Log", "Computer": "h"}
    return f'{{"Event":{{"System":{json.dumps(system)},{payload}}}}}'


def table_of(payloads: Sequence[str], *, decoded: bool = True) -> RecordTable:
    """A table as readers of JSON fill it, or as the reader of EVTX files does."""
    table = RecordTable()
    for line, payload in enumerate(payloads, 1):
        text = text_of(payload)
        record = decode_record(text)
        table.add(text, record, TIME, 0, line)
        if not decoded:
            table.records[-1] = None
    return table


def hits_of(matcher: IndicatorMatcher, table: RecordTable) -> Counter[tuple[int | None, str, str]]:
    found: Counter[tuple[int | None, str, str]] = Counter()
    for batch in table.batches():
        for place, hits in matcher.match(batch):
            for hit in hits:
                for name in hit.fields:
                    value = matcher.indicators.table.forms[hit.row]
                    found[batch.origin(place).line, value, name] += 1
    return found


# -------------------------------------------------------------------------------------------------------- rare fields


@settings(max_examples=12)
@given(
    st.dictionaries(st.integers(1, MANY), st.sampled_from(["Rare", 'a"b', "Hash", "Data", "Ä", "a\\b"]), max_size=4),
    st.lists(st.integers(1, MANY - 1), max_size=6),
    st.booleans(),
    st.booleans(),
)
def test_a_field_of_one_event_in_ten_thousand_is_seen_however_events_are_grouped(
    rare: dict[int, str], borders: list[int], decoded: bool, hashes: bool
) -> None:
    payloads = [PLAIN] * MANY
    for line, name in rare.items():
        payloads[line - 1] = f'"EventData":{json.dumps({"CommandLine": "x", name: f"y {SHA256} z"})}'
    matcher = IndicatorMatcher(known(HASHES if hashes else MIXED))
    found: Counter[tuple[int | None, str, str]] = Counter()
    ends = sorted({0, *borders, MANY})
    for start, end in pairwise(ends):
        for (place, value, name), count in hits_of(matcher, table_of(payloads[start:end], decoded=decoded)).items():
            found[start + (place or 0), value, name] += count
    # A field "Hash" holds a hash and nothing around it.
    assert found == Counter((line, SHA256, name) for line, name in rare.items() if name != "Hash")


PLAIN = '"EventData":{"CommandLine":"cmd.exe /c dir","ProcessId":77}'


@pytest.mark.parametrize("hashes", [True, False])
@pytest.mark.parametrize("decoded", [True, False])
def test_names_that_somebody_invents_are_looked_at_all_the_same(hashes: bool, decoded: bool) -> None:
    count = 4 * OBSERVED_FIELDS_LIMIT
    payloads = [f'"EventData":{{"Invented {number}":"{SHA256}"}}' for number in range(count)]
    matcher = IndicatorMatcher(known(HASHES if hashes else MIXED))
    for start in range(0, count, 50):
        found = hits_of(matcher, table_of(payloads[start : start + 50], decoded=decoded))
        assert found == Counter((line, SHA256, f"Invented {start + line - 1}") for line in range(1, 51))
    # Those that were known before are still.
    again = hits_of(matcher, table_of([payloads[0], payloads[-1], '"EventData":{"CommandLine":"' + MD5 + '"}']))
    assert {name for _, _, name in again} == {"Invented 0", f"Invented {count - 1}", "CommandLine"}


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(-9, 9), st.sampled_from(["x", MD5]))
NAMES = st.sampled_from(["Data", "a", "B", "#text", "#attributes", "Name", 'q"', "é", "EventData", "\x01"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=4)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["EventData", "UserData", "DebugData"]), st.one_of(OBJECTS, VALUES), min_size=1
        ),
        min_size=1,
        max_size=5,
    ),
    st.frozensets(NAMES, max_size=5),
    st.booleans(),
)
def test_the_names_and_columns_of_a_batch_are_those_of_its_events(
    payloads: list[dict[str, Any]], told: frozenset[str], decoded: bool
) -> None:
    table = table_of([json.dumps(payload)[1:-1] for payload in payloads], decoded=decoded)
    for batch in table.batches():
        events = [batch.event(place).data for place in range(len(batch))]
        names = {name for event in events for name in event}
        assert batch.names_beyond(told) == names - told
        for name, column in zip(sorted(names), batch.columns(sorted(names)), strict=True):
            assert [value for value in column if isinstance(value, str | tuple)] == [
                event[name] for event in events if isinstance(event.get(name), str | tuple)
            ]


# ------------------------------------------------------------------------------------------------------------- values


@pytest.mark.parametrize("order", [(True, 1, 1.0), (1, True, 1.0), (1.0, True, 1)])
def test_numbers_that_are_equal_are_not_one(order: tuple[Value, ...]) -> None:
    indicators = known("type,value\nfile_name,1\nfile_name,true")
    events = [event_of(ODD, {"CommandLine": value}) for value in order]
    matcher = IndicatorMatcher(indicators)
    places = [place for place, _ in matcher.match(MemoryBatch(ODD, events))]
    assert places == [place for place, value in enumerate(order) if value is not True]
    one_by_one = [bool(list(matcher.match(MemoryBatch(ODD, [event])))) for event in events]
    assert one_by_one == [value is not True for value in order]


@settings(max_examples=10)
@given(st.lists(st.sampled_from(["plain", "x://a" * 3_000, "C:\\a " * 3_000, "evil.test"]), max_size=5), st.data())
def test_what_is_cut_is_counted_value_by_value(texts: list[str], data: st.DataObject) -> None:
    matcher = IndicatorMatcher(known("evil.test\nhttp://evil.test/a\nC:\\x.exe"))
    while texts:
        count = data.draw(st.integers(1, len(texts)))
        expected = matcher.cut + sum(len(text) > OBSERVED_PLACES_LIMIT for text in texts[:count])
        list(matcher.match(MemoryBatch(ODD, [event_of(ODD, {"CommandLine": text}) for text in texts[:count]])))
        assert matcher.cut == expected
        texts = texts[count:]


# ------------------------------------------------------------------------------------------------------- a few hashes


@given(st.integers(0, 2**256 - 1), st.randoms(use_true_random=False), st.sampled_from([32, 40, 64]))
def test_a_hash_is_seen_in_whatever_case_and_spelling(number: int, chance: random.Random, length: int) -> None:
    digits = f"{number:064x}"[:length]
    screen = HashScreen([digits, "0" * 32])
    cased = "".join(chance.choice([sign, sign.upper()]) for sign in digits)
    assert screen.may_be_in(screened(f'{{"a":"SHA1=,{cased}"}}'))
    spelt = "".join(chance.choice([sign, f"\\u{ord(sign):04{chance.choice('xX')}}"]) for sign in cased)
    assert json.loads(f'"{spelt}"') == cased
    assert screen.may_be_in(screened(f'{{"a":"{spelt}"}}'))
    assert screen.may_be_in(screened(f'{{"a":"{cased.replace("ff", chr(0xFB00))}"}}'))
    other = '{"a":"2026-03-11T00:00:00.1234567Z \\u003c\\u0026 {5770385F-C22A-43E0-BF4C-06F5698FFBD9}"}'
    assert not screen.may_be_in(screened(other))


def test_no_other_signs_are_digits_when_case_is_put_aside() -> None:
    digits = set("0123456789abcdef")
    odd = [
        chr(code)
        for code in range(0x80, sys.maxunicode + 1)
        if (chr(code).casefold() and digits.issuperset(chr(code).casefold())) or chr(code).lower() in digits
    ]
    assert odd == ["\ufb00"]


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["Hashes", "CommandLine", "User", "Odd", "n1"]),
            st.lists(st.sampled_from([SHA256, SHA256.upper(), MD5, "C1" * 16, "x", "1\ufb002" * 8, "SHA256="])).map(
                ",".join
            ),
            max_size=3,
        ),
        max_size=6,
    ),
    st.booleans(),
)
def test_the_screen_changes_nothing(events: list[dict[str, Value]], ascii_only: bool) -> None:
    hashes = known(f"{HASHES}\n{'1ff2' * 8}")
    assert hash_screen(hashes.table) is not None
    both = known(f"{HASHES}\n{'1ff2' * 8}\nnothing.test")
    assert hash_screen(both.table) is None
    batch = MemoryBatch(ODD, [event_of(ODD, fields) for fields in events], ascii_only)
    found = [[(place, [hit.fields for hit in hits]) for place, hits in IndicatorMatcher(one).match(batch)]
             for one in (hashes, both)]  # fmt: skip
    assert found[0] == found[1]


@pytest.mark.parametrize("given_as", ["large", "pattern"])
def test_where_a_screen_would_not_pay_there_is_none(given_as: str) -> None:
    builtin = load_indicators(["builtin"])
    assert hash_screen(builtin.table) is not None
    other: IndicatorSet
    if given_as == "large":
        other = known("\n".join(f"{number:064x}" for number in range(1, 400)))
    else:
        bundle = {"type": "indicator", "id": "indicator--1", "pattern": "[domain-name:value LIKE '%.evil.test']"}
        other = known(json.dumps({"type": "bundle", "objects": [bundle]}))
    assert hash_screen(other.table) is None
