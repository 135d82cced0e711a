"""Records whose head is known by its text are read as if they had been decoded, and broken ones are told of."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from yadorigi.schema.event import EventKind
from yadorigi.sources.records.batch import RecordTable, kind_of
from yadorigi.sources.records.record import decode_record
from yadorigi.sources.windows.heads import learn, placed

TEXT = (
    '{"Event":{"#attributes":{"xmlns":"http://schemas.microsoft.com/win/2004/08/events/event"},"System":{"Provider":'
    '{"#attributes":{"Name":"P","Guid":"G"}},"EventID":%d,"Version":1,"Level":4,"Task":1,"Opcode":0,"Keywords":"0x8",'
    '"TimeCreated":{"#attributes":{"SystemTime":"2026-03-11T09:00:00.%06dZ"}},"EventRecordID":%d,"Correlation":null,'
    '"Execution":{"#attributes":{"ProcessID":1,"ThreadID":2}},"Channel":"C","Computer":"%s","Security":null},'
    '"EventData":%s}}'
)


def add(table: RecordTable, text: str) -> None:
    table.texts.append(text)
    table.records.append(None)
    table.times.append("2026-03-11T09:00:00.0000000Z")
    table.files.append(0)
    table.lines.append(0)
    table.numbers.append(-1)


def table_of(*texts: str) -> tuple[RecordTable, list[str]]:
    """Put records into a table, those of new heads by decoding, and give the times of the others."""
    table, times = RecordTable(), list[str]()
    while len(table) < len(texts):
        found = placed(texts[len(table) :], table)
        times += found
        for _ in found:
            add(table, texts[len(table)])
        if len(table) < len(texts):
            record = decode_record(texts[len(table)])
            learn(texts[len(table)], record)
            system = record.Event.System
            table.rows_of(kind_of(system), system.Computer).append(len(table))
            add(table, texts[len(table)])
    return table, times


def test_a_known_head_is_recognised_in_every_table() -> None:
    texts = [TEXT % (*ids, "h", '{"A":"x"}') for ids in ((1, 1, 1), (1, 2, 2), (2, 3, 3), (1, 4, 4))]
    table_of(*texts)
    assert table_of(*texts)[1] == [f"2026-03-11T09:00:00.{number:06}Z" for number in (1, 2, 3, 4)]


def test_columns_and_events_of_known_heads() -> None:
    texts = [
        TEXT % (1, 1, 1, "h", '{"A":"x"}'),
        TEXT % (1, 2, 2, "h", '{"A":"y"}'),
        TEXT % (1, 3, 3, "other", '{"A":"z"}'),
        TEXT % (2, 4, 4, "h", '{"A":"w"}'),
        TEXT % (2, 5, 5, "h", '{"A":"\\"Channel\\":\\"forged\\""}'),
    ]
    table, _ = table_of(*texts)
    batches = {batch.kind: batch for batch in table.batches()}
    assert set(batches) == {EventKind("C", "P", 1), EventKind("C", "P", 2)}
    first = batches[EventKind("C", "P", 1)]
    assert first.columns(["A"]) == [["x", "y", "z"]]
    assert [(first.event(place).host, first.event(place).record_id) for place in range(3)] == [
        ("h", 1), ("h", 2), ("other", 3),
    ]  # fmt: skip
    assert batches[EventKind("C", "P", 2)].columns(["A"]) == [["w", '"Channel":"forged"']]
    assert table.undecoded() == {}


PAYLOADS = (
    '{"A":"x"}',
    '{"SystemTime":"2001-01-01T00:00:00.000000Z"}',
    '{"Channel":"D","Computer":"i","Security":""}',
    "null",
)
FORMS = (
    TEXT,
    TEXT.replace('"Channel":"C",', ""),
    TEXT.replace(',"Security":null', ""),
    TEXT.replace('"EventRecordID":%d', '"EventRecordID":null,"Number":%d'),
    TEXT.replace("%06dZ", "%dZ"),
    TEXT.replace('"Computer":"%s"', '"Computer":"%s","Computer2":"h"'),
    TEXT.replace('"P","Guid"', '"P","EventSourceName":"S","Guid"'),
)


@given(
    st.lists(
        st.builds(
            lambda form, event_id, number, host, payload: form % (event_id, number, number, host, payload),
            st.sampled_from(FORMS),
            st.integers(1, 2),
            st.integers(0, 999_999),
            st.sampled_from(("h", "host")),
            st.sampled_from(PAYLOADS),
        ),
        max_size=12,
    )
)
def test_records_are_placed_as_if_each_was_decoded(texts: list[str]) -> None:
    decoded: dict[tuple[EventKind, str | None], list[int]] = {}
    times = []
    for row, text in enumerate(texts):
        system = decode_record(text).Event.System
        decoded.setdefault((kind_of(system), system.Computer), []).append(row)
        assert system.TimeCreated is not None
        assert system.TimeCreated.attributes is not None
        times.append(system.TimeCreated.attributes.SystemTime)
    table, found = table_of(*texts)
    placed_rows = {
        (batch.kind, host or None): [row for row in range(len(table)) if row in table.rows_of(batch.kind, host)]
        for batch in table.batches()
        for host in dict.fromkeys(batch.hosts)
    }
    assert placed_rows == decoded
    assert Counter(found) <= Counter(times)


def test_fields_that_cannot_be_decoded_are_told_of_and_cost_no_neighbour() -> None:
    table, _ = table_of(TEXT % (1, 1, 1, "h", '{"A":"x"}'), TEXT % (1, 2, 2, "h", '{"A":}'))
    (batch,) = table.batches()
    (column,) = batch.columns(["A"])
    assert column[0] == "x"
    assert batch.event(1).data == {}
    assert batch.origin(1).record_id is None
    assert table.undecoded() == {0: 1}
