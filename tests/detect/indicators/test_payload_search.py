"""Looking at all payloads in one go finds what looking at each finds, wherever and however an indicator is written."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.detect.indicators.reading import known
from tests.detect.indicators.test_matcher import MUST_BE_FOUND, ODD, SYSMON
from yadorigi.detect.indicators.anchors import BEFORE, anchors_of
from yadorigi.detect.indicators.key_set import KeySet
from yadorigi.detect.indicators.matcher import IndicatorMatcher
from yadorigi.detect.indicators.payload_search import PayloadSearch, _table

if TYPE_CHECKING:
    from yadorigi.schema.event import EventKind, Value

SHA256, SHA1, MD5 = "ab12" * 16, "c0ffee1234" * 4, "0123456789abcdef" * 2
LISTED = (
    SHA256, SHA1, MD5, "1.2.3.4", "203.0.113.77", "2001:db8::7", "198.51.100.0/24", "10.20.0.0/14", "evil.test",
    "t.co", "deep.down.evil.example", "例え.jp", "https://cdn.evil.example/a.php", "http://192.0.2.9:8080/x",
    "evil.exe", "x.js", r"C:\Windows\Temp\evil tool.dll", r"C:\ProgramData\nothingwithdot", "Mozilla/5.0 (Evil; 1.0)",
    r"HKLM\SOFTWARE\Evilsoftware\Settings",
)  # fmt: skip
WRITTEN = (
    str.upper,
    str.title,
    lambda text: "".join(chr(ord(sign) + 0xFEE0) if sign.isascii() and sign.isalnum() else sign for sign in text),
    lambda text: text.replace(".", "\u3002"),
    lambda text: text.replace("e", "e\u00ad"),
    lambda text: text.replace("s", "\u017f").replace("k", "\u212a"),
    lambda text: text.replace("ff", "\ufb00"),
    lambda text: "::ffff:102:304" if text == "1.2.3.4" else text,
    lambda text: "0:0:0:0:0:FFFF:cb00:714d" if text == "203.0.113.77" else text,
    lambda text: text.replace("::", ":0:0:0:0:0:0:"),
    lambda text: text.replace(" ", "+"),
    lambda text: text.replace("\\", "/"),
    lambda text: f"x.{text}",
    lambda text: f"\\\\?\\{text}",
)
"""Ways of writing: some are the same to the matcher, some are not; it says which."""


def encoded(payload: dict[str, Any], *, numbered: str) -> str:
    """A payload as JSON, letters of a kind written by their numbers."""
    text = json.dumps(payload, ensure_ascii=False)
    return "".join(f"\\u{ord(sign):04x}" if sign in numbered else sign for sign in text)


def found_by_search(matcher: IndicatorMatcher, payloads: list[str], kinds: list[EventKind]) -> list[int]:
    search = PayloadSearch.of(matcher)
    assert search is not None
    runs = [(kind, place, place + 1) for place, kind in enumerate(kinds)]
    raw = pa.nulls(len(payloads), pa.string())
    column = pa.array(payloads, pa.string())
    rows = search.rows_in(column, raw, runs)
    assert rows.tolist() == search.rows_in(column.dictionary_encode(), raw, runs).tolist()
    return [int(row) for row in np.flatnonzero(rows)]


def found_one_by_one(matcher: IndicatorMatcher, payloads: list[str], kinds: list[EventKind]) -> list[int]:
    found = []
    for place, (payload, kind) in enumerate(zip(payloads, kinds, strict=True)):
        table = _table(pa.array([payload], pa.string()), pa.nulls(1, pa.string()), [(kind, 1)])
        if any(list(matcher.match(batch)) for batch in table.batches()):
            found.append(place)
    return found


# ----------------------------------------------------------------------------------------------------- what is found


@pytest.mark.parametrize("by_number", [True, False])
@pytest.mark.parametrize(
    ("value", "field", "seen"),
    [
        *MUST_BE_FOUND,
        ("evil.test", "QueryName", "\uff45\uff56\uff49\uff4c.test"),
        ("evil.test", "QueryName", "\u3042.evil\u3002test"),
        ("evil.test", "QueryName", "ev\u00adil.test"),
        ("disk.exe", "Image", "C:\\di\u017f\u212a.exe"),
        ("stuff.exe", "Image", "C:\\stu\ufb00.exe"),
        ("10.20.30.64/26", "Data", "from 10.20.30.70"),
        ("10.20.30.8/29", "Data", "from 10.20.30.15"),
        ("10.20.64.0/18", "Data", "from 10.20.99.1"),
        ("172.16.0.0/12", "Data", "from 172.31.99.1"),
        ("10.128.0.0/9", "Data", "from 10.200.99.1"),
        ("2001:db8::/33", "Data", "from 2001:0db8:0000:0000:0000:0000:0000:0001"),
        ("stuff.exe", "CommandLine", "stu\ufb00.exe \U0001f600"),
    ],
)
def test_what_must_be_found_is(value: str, field: str, seen: Value, by_number: bool) -> None:
    matcher = IndicatorMatcher(known(value))
    others = [json.dumps({"Other": "nothing", "Data": "x" * length}) for length in range(70)]
    for place in (0, 1, 33, 70):
        payloads = [*others[:place], json.dumps({field: seen}, ensure_ascii=by_number), *others[place:]]
        assert found_by_search(matcher, payloads, [ODD] * len(payloads)) == [place]


@pytest.mark.parametrize("value", [SHA256, SHA1, MD5, "1.2.3.4", "t.co", "nothingwithadot", "ninesigns", "evil"])
def test_wherever_it_begins(value: str) -> None:
    written = value if {"1", "."} & set(value) else f"type,value\nfile_name,{value}"
    matcher = IndicatorMatcher(known(written))
    payloads = [json.dumps({"Other": "-" * before, "CommandLine": f"a {value.upper()} b"}) for before in range(130)]
    for count in (1, 2, len(payloads)):
        assert found_by_search(matcher, payloads[:count], [ODD] * count) == list(range(count))
    # At the very end and the very beginning of all, as JSON has it.
    assert found_by_search(matcher, [json.dumps({"": value})], [ODD]) == [0]


TEXTS = st.builds(
    lambda value, write, before, after: f"{before}{write(value)}{after}",
    st.sampled_from(LISTED),
    st.sampled_from([str, *WRITTEN]),
    st.sampled_from(["", "cmd /c ", "https://", "(", "C:\\x\\", "\u3042", "\x08", "\t", "x" * 40, "%", "a="]),
    st.sampled_from(["", " -a", "\\sub", "/x?y=1", ")", "\u3002", '"', ":443", "x"]),
)
FIELDS = st.sampled_from(["CommandLine", "Image", "Hashes", "QueryName", "DestinationIp", "url", "TargetObject", "Data",
                          "UserAgent", "Whatever", "host", "uri"])  # fmt: skip
EVENTS = st.lists(
    st.tuples(st.dictionaries(FIELDS, TEXTS | st.text(max_size=20) | st.integers(), max_size=3),
              st.sampled_from(["", "e", ".", "1a"]), st.sampled_from([ODD, SYSMON])),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(st.sampled_from(LISTED), min_size=1, max_size=4, unique=True), EVENTS, st.integers(1, 5))
@example(["1.2.3.4"], [({"Data": "::ffff:102:304"}, "", ODD)], 1)
@example([SHA256], [({"Data": "\x0cab" + SHA256}, "", ODD)], 1)
def test_the_search_finds_what_the_matcher_finds(
    values: list[str], events: list[tuple[dict[str, Any], str, EventKind]], copies: int
) -> None:
    matcher = IndicatorMatcher(known("\n".join(values)))
    events = sorted(events * copies, key=lambda one: one[2] == ODD)
    payloads = [encoded(payload, numbered=numbered) for payload, numbered, _ in events]
    kinds = [kind for *_, kind in events]
    assert found_by_search(matcher, payloads, kinds) == found_one_by_one(matcher, payloads, kinds)


def test_whole_records_are_searched_and_rows_of_no_run_are_not() -> None:
    search = PayloadSearch.of(IndicatorMatcher(known("evil.test")))
    assert search is not None
    whole = {"Event": {"System": {"EventID": 1}, "EventData": {"A": "x.EVIL.test"}}}
    payloads = pa.array(["{}", '{"A":"evil.test"}', '{"A":"evil.test"}', "{}"])
    raw = pa.array([json.dumps(whole), None, None, json.dumps({"Event": {"System": {"EventID": 1}}})])
    rows = search.rows_in(payloads, raw, [(ODD, 0, 1), (ODD, 2, 4)])
    assert rows.tolist() == [True, False, True, False]


@pytest.mark.parametrize("bad", [b"\xf7\xbf\xbf\xbf", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf8\x88"])
def test_bytes_that_are_no_text_cost_nothing_else(bad: bytes) -> None:
    matcher = IndicatorMatcher(known("evil.test"))
    payloads = [b'{"A":"evil.test"}', b'{"A":"' + bad + b'"}', b'{"A":"x"}', b'{"A":"evil.test"}']
    column = pa.array(payloads, pa.binary()).view(pa.string())
    search = PayloadSearch.of(matcher)
    assert search is not None
    rows = search.rows_in(column, pa.nulls(4, pa.string()), [(ODD, 0, 4)])
    assert rows.tolist()[::2] == [True, False]
    assert rows[3]


def test_what_is_cut_is_still_told() -> None:
    matcher = IndicatorMatcher(known("evil.test\nhttps://evil.test/a"))
    text = "http://a.test/ " * 3_000
    payloads = [json.dumps({"Data": f"{text} evil.test"}), json.dumps({"Data": f"{text} evil.testing"}), "{}"]
    assert found_by_search(matcher, payloads, [ODD] * 3) == [0, 1]
    assert matcher.cut == 0


# -------------------------------------------------------------------------------------------------- what has an anchor


@pytest.mark.parametrize(
    "given_as",
    [
        "type,value\nfile_name,abc\n",
        "type,value\ncidr,10.0.0.0/8\ndetection_name,x\n",
        "type,value\nfile_path,%APPDATA%\n",
        "type,value\nfile_name,roaming\n",
        "type,value\nregistry_key,HKLM\\SYSTEM\\CurrentControlSet\n",
        "type,value\nregistry_data,1\n",
        json.dumps({"type": "bundle", "objects": [
            {"type": "indicator", "id": "indicator--1", "pattern": "[file:name LIKE 'ev_l%.exe']"}]}),
    ],
)  # fmt: skip
def test_where_one_has_no_anchor_nothing_is_passed_over(given_as: str) -> None:
    assert anchors_of(known(given_as).table) is None
    assert PayloadSearch.of(IndicatorMatcher(known(given_as))) is None


def test_of_values_that_count_together_one_with_an_anchor_is_enough() -> None:
    pattern = "[network-traffic:dst_ref.value = '1.2.3.4' AND network-traffic:dst_port = 443]"
    bundle = {"type": "bundle", "objects": [{"type": "indicator", "id": "indicator--1", "pattern": pattern}]}
    anchors = anchors_of(known(json.dumps(bundle)).table)
    assert anchors is not None
    assert sum(map(len, anchors.dots.values())) == 1


def test_many_networks_have_few_anchors() -> None:
    listed = "\n".join(f"10.20.{number}.128/25" for number in range(256))
    anchors = anchors_of(known(listed).table)
    assert anchors is not None
    assert sum(map(len, anchors.dots.values())) == 256


def test_an_anchor_is_of_the_bytes_beside_a_dot() -> None:
    anchors = anchors_of(known("evil.example").table)
    assert anchors is not None
    assert anchors.dots == {(4, 3): [b"evil.exa"]}
    assert b"evil.exa"[BEFORE] == ord(".")


# ------------------------------------------------------------------------------------------------------ the set of keys


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=300), st.lists(st.integers(0, 2**64 - 1), max_size=50))
def test_every_key_is_found(keys: list[int], others: list[int]) -> None:
    numbers = np.array(keys + others, np.uint64)
    places = KeySet(np.array(keys, np.uint64)).places_in(numbers)
    assert set(range(len(keys))) <= set(places.tolist())


def test_few_others_are() -> None:
    chance = random.Random(1)  # noqa: S311 - the same numbers in every run
    keys, others = (np.array([chance.getrandbits(64) for _ in range(100_000)], np.uint64) for _ in range(2))
    assert len(KeySet(keys).places_in(others)) < 60
