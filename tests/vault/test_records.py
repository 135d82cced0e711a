"""Records are canonical JSON as another implementation of RFC 8785 writes it, and nothing else is read as one."""

from __future__ import annotations

import json
from typing import get_args

import msgspec
import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from yadorigi.errors import CaseError
from yadorigi.limits import VAULT_RECORD_BYTES_LIMIT
from yadorigi.vault.records import (
    Custody,
    Decision,
    Expiry,
    LakeChange,
    Opening,
    Outcome,
    Receipt,
    Record,
    RulesUsed,
    decode,
    encode,
)

TIME = "2026-03-11T14:19:03.7913094Z"
DIGEST = "0123456789abcdef" * 4
EVERY = (
    Opening(format=1, origin="yadorigi.invalid/case/0", version="1.0.0", time=TIME),
    Custody(
        act="hunt", user="tanabe", machine="調査端末", version="1.0.0", index=1, arguments=("hunt", "logs"),
        settings={"timezone": "Asia/Tokyo", "sites": ("本社", "大阪"), "since": None},
        rules=RulesUsed(3, DIGEST), content=DIGEST, time=TIME,
    ),
    Receipt(name="logs/\x1b[2J\u202e.evtx", object=DIGEST, size=2**53 - 1, modified=TIME, site="本社", index=2),
    Receipt(name="logs/locked.evtx", object=None, size=0, kept=False, problem="permission denied", index=3),
    LakeChange(number=1, sha256=DIGEST, index=4),
    # Keys that RFC 8785 sorts by their UTF-16 and others by code point.
    Outcome(act_index=1, ended="done", files={"\uff00": DIGEST, "\U0001f600": DIGEST, "a": DIGEST}, lake=1, index=5),
    Expiry(act_index=1, what="events", before=TIME, events=7, reason="九十日", index=6),
    Decision(act_index=1, subject="T1059", decision="benign", reason="巡回", by="kudo", index=7),
)  # fmt: skip

texts = st.text(st.characters(codec=None, exclude_categories=()), max_size=12)
digests = st.just(DIGEST)


def test_every_type_is_here() -> None:
    assert {type(record) for record in EVERY} == set(get_args(Record))


@pytest.mark.parametrize("record", EVERY, ids=lambda record: f"{record.index}-{type(record).__name__}")
def test_one_way_to_write_each(record: Record) -> None:
    data = encode(record)
    assert data == rfc8785.dumps(msgspec.to_builtins(record))
    assert decode(data) == record


@given(
    st.builds(Custody, act=texts, user=texts, machine=texts, version=texts, arguments=st.lists(texts).map(tuple),
              settings=st.dictionaries(texts, st.one_of(st.none(), texts, st.lists(texts, max_size=2).map(tuple)))),
    st.builds(Outcome, act_index=st.integers(0, 2**53 - 1), ended=st.just("failed"),
              files=st.dictionaries(texts, digests)),
)  # fmt: skip
@settings(max_examples=150)
def test_any_text_is_written_as_the_other_implementation_does(custody: Custody, outcome: Outcome) -> None:
    for record in (custody, outcome):
        data = encode(record)
        assert data == rfc8785.dumps(json.loads(data))
        assert encode(decode(data)) == data


def test_half_a_surrogate_is_replaced() -> None:
    assert decode(encode(Decision(act_index=1, subject="a\ud800", decision="b"))) == Decision(
        act_index=1, subject="a\ufffd", decision="b"
    )


GOOD = encode(EVERY[4]).decode()


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "[]", "null", "1", "\ufeff" + GOOD, GOOD + "\n", GOOD + GOOD, GOOD[:-1],
        GOOD.replace(":", ": ", 1),
        GOOD.replace('"index":4', '"index":4.0'),
        GOOD.replace('"index":4', '"index":4e0'),
        GOOD.replace('"index":4', '"index":-0'),
        GOOD.replace('"index":4', '"index":"4"'),
        GOOD.replace('"index":4', '"index":-1'),
        GOOD.replace('"index":4', f'"index":{2**53}'),
        GOOD.replace('"index":4', '"index":' + "9" * 5_000),
        GOOD.replace('"index":4', '"index":4,"index":4'),
        GOOD.replace('"index":4', '"index":4,"more":1'),
        GOOD.replace('"index":4,', ""),
        GOOD.replace('"lake"', '"lak\\u0065"'),
        GOOD.replace('"lake"', '"another"'),
        GOOD.replace(DIGEST, DIGEST.upper()),
        GOOD.replace(DIGEST, DIGEST + "0"),
        GOOD.replace(DIGEST, DIGEST + "\\n"),
        '{"a":' * 100_000,
        "[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(CaseError, match=r"no record|canonical"):
        decode(text.encode())


@given(st.sampled_from([encode(record) for record in EVERY]), st.data())
@example(b"\xff", None)
@settings(max_examples=300)
def test_no_changed_byte_gives_the_same_record(data: bytes, draw: st.DataObject | None) -> None:
    place = draw.draw(st.integers(0, len(data) - 1)) if draw else 0
    changed = data[:place] + bytes([data[place] ^ (draw.draw(st.integers(1, 255)) if draw else 1)]) + data[place + 1 :]
    try:
        record = decode(changed)
    except CaseError:
        return
    assert encode(record) == changed


def test_a_record_that_is_longer_than_a_leaf_is_refused() -> None:
    room = VAULT_RECORD_BYTES_LIMIT - len(encode(Decision(act_index=1, subject="", decision="")))
    assert len(encode(Decision(act_index=1, subject="x" * room, decision=""))) == VAULT_RECORD_BYTES_LIMIT
    with pytest.raises(CaseError, match="longer than"):
        encode(Decision(act_index=1, subject="x" * (room + 1), decision=""))
