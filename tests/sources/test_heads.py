"""Records whose head is known by its text are read as if they had been decoded, and broken ones are told of."""

from __future__ import annotations

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


def table_of(*texts: str) -> tuple[RecordTable, list[bool]]:
    table, known = RecordTable(), []
    for text in texts:
        if placed(text, table) is None:
            record = decode_record(text)
            learn(text, record, table)
            system = record.Event.System
            table.rows_of(kind_of(system), system.Computer).append(len(table.texts))
            known.append(False)
        else:
            known.append(True)
        table.texts.append(text)
        table.records.append(None)
        table.times.append("2026-03-11T09:00:00.0000000Z")
        table.files.append(0)
        table.lines.append(0)
        table.numbers.append(-1)
    return table, known


def test_a_known_head_is_recognised_and_another_one_is_not() -> None:
    texts = [
        TEXT % (1, 1, 1, "h", '{"A":"x"}'),
        TEXT % (1, 2, 2, "h", '{"A":"y"}'),
        TEXT % (1, 3, 3, "other", '{"A":"z"}'),
        TEXT % (2, 4, 4, "h", '{"A":"w"}'),
        TEXT % (2, 5, 5, "h", '{"A":"\\"Channel\\":\\"forged\\""}'),
    ]
    table, known = table_of(*texts)
    assert known == [False, True, False, False, True]
    batches = {batch.kind: batch for batch in table.batches()}
    assert set(batches) == {EventKind("C", "P", 1), EventKind("C", "P", 2)}
    first = batches[EventKind("C", "P", 1)]
    assert first.columns(["A"]) == [["x", "y", "z"]]
    assert [(first.event(place).host, first.event(place).record_id) for place in range(3)] == [
        ("h", 1), ("h", 2), ("other", 3),
    ]  # fmt: skip
    assert batches[EventKind("C", "P", 2)].columns(["A"]) == [["w", '"Channel":"forged"']]
    assert table.undecoded() == {}


def test_fields_that_cannot_be_decoded_are_told_of_and_cost_no_neighbour() -> None:
    table, known = table_of(TEXT % (1, 1, 1, "h", '{"A":"x"}'), TEXT % (1, 2, 2, "h", '{"A":}'))
    assert known == [False, True]
    (batch,) = table.batches()
    (column,) = batch.columns(["A"])
    assert column[0] == "x"
    assert batch.event(1).data == {}
    assert batch.origin(1).record_id is None
    assert table.undecoded() == {0: 1}
