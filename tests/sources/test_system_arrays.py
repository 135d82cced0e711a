"""Fields of many ``System`` elements, each different one decoded once, against every element decoded."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from yadorigi.schema.ocsf_native import Different
from yadorigi.sources.records.system_arrays import system_arrays
from yadorigi.sources.records.system_columns import system_columns

NAMES = ("Keywords", "Level", "TimeCreated", "Correlation_ActivityID", "Version", "Security_UserID")
ROWS = 300
TIME = "2024-03-05T01:02:03.456789Z"
ACTIVITY = "05D46084-0186-0000-7F61-D4058601DA01"
ONES = "\\u0031" * len(TIME)
INSIDE = f'{{"TimeCreated":{{"#attributes":{{"SystemTime":"{TIME}"}}}},"EventRecordID":7'
NULL = ',"Correlation":null'
PROCESS = ',"Execution":{"#attributes":{"ProcessID":%s,"ThreadID":%s}}'
USER = ',"Security":{"#attributes":{"UserID":"S-1-5-18"}}}'


def written(time: str, number: str, activity: str, after: str, before: str = "") -> str:
    """Return an element as the EVTX parser writes it, of which some may be odd."""
    head = f'{{"Provider":{{"#attributes":{{"Name":"P"}}}},"Version":5,"Level":4{before}'
    return f'{head},"TimeCreated":{{"#attributes":{{"SystemTime":"{time}"}}}},"EventRecordID":{number}{activity}{after}'


def acting(activity: str, more: str = "") -> str:
    return f',"Correlation":{{"#attributes":{{"ActivityID":"{activity}"{more}}}}}'


TIMES = st.sampled_from(
    [
        TIME, TIME.replace("5", "6"), TIME[:-1], TIME + "Z", "1" * len(TIME), "", "é" + TIME[2:], 'a","b":"' + TIME[8:],
        r"\u0031" * 4 + "123", r"\"" * 13 + "1", "\x01" * len(TIME), "2024-03-05T01:02:03.45678\\n",
    ]
)  # fmt: skip
NUMBERS = st.sampled_from(
    ["1", "72", "999999", "0", "007", "-1", "1.5", "1e3", "18446744073709551616", "1" * 40, '"7"']
)
ACTIVITIES = st.sampled_from(
    [
        NULL, "", acting(ACTIVITY), acting(ACTIVITY.lower()), acting(ACTIVITY, f',"RelatedActivityID":"{ACTIVITY}"'),
        acting("1" * 36), acting("é" * 18), acting(r"\u0031" * 6), acting('","RelatedActivityID":"' + ACTIVITY[23:]),
        acting(ACTIVITY) + acting(ACTIVITY.lower()), ',"Correlation":{"#attributes":{"ActivityID":7}}',
    ]
)  # fmt: skip
REST = st.sampled_from(
    [
        PROCESS % (4, 8) + USER, PROCESS % (4, 16) + USER, PROCESS % (0, 0) + USER, PROCESS % (4, 0) + USER,
        PROCESS % (4264, "1.5e2") + ',"Security":null}', USER, "}", ',"Computer":"a\\\\b"}', ',"Computer":"工藤"}',
        f',"TimeCreated":{{"#attributes":{{"SystemTime":"{"1" * len(TIME)}"}}}}}}',
        f',"TimeCreated":{{"#attributes":{{"SystemTime":"{ONES}"}}}}}}',
        ',"TimeCreated":7}', ',"Level":1e999}', ',"Keywords":{"a":[1,"\x01"]}}', ',"Computer":"', "",
    ]
)  # fmt: skip
BEFORE = st.sampled_from(
    [
        "", "", ',"Keywords":"0x8000000000000000"', ',"EventID":{"#attributes":{"Qualifiers":16384},"#text":7}',
        f',"Keywords":{INSIDE}}}',
        ',"a\\"TimeCreated":{"#attributes":{"SystemTime":"b"}}', ',"Keywords":[1,2,{"a":3}]', ',"Level":"\\ud800"',
    ]
)  # fmt: skip
PARTS = ((TIMES, TIME), (NUMBERS, "7"), (ACTIVITIES, NULL), (REST, PROCESS % (4, 8) + USER), (BEFORE, ""))
USUAL = st.builds(
    written,
    st.integers(0, 9).map(lambda digit: f"2024-03-05T01:02:03.45678{digit}Z"),
    st.integers(1, 10**9).map(str),
    st.sampled_from([NULL, acting(ACTIVITY), acting(ACTIVITY.lower())]),
    st.integers(1, 9999).map(lambda number: PROCESS % (number, number) + USER),
)
ONE_ODD = st.one_of(
    *(
        st.builds(written, *(kind if place == odd else st.just(usual) for place, (kind, usual) in enumerate(PARTS)))
        for odd in range(len(PARTS))
    )
)
ELEMENTS = ONE_ODD | st.builds(written, *(kind for kind, _ in PARTS)) | st.sampled_from(["{}", "7", "null", "{"])


def listed(column: Any) -> list[Any]:
    """Return the values of a column, UNSET where there is none."""
    if isinstance(column, Different):
        column = [column.values[place] for place in column.places.to_pylist()]
    values = column.to_pylist() if isinstance(column, pa.Array) else column
    return [UNSET if value is None else value for value in values]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(USUAL, min_size=1, max_size=6),
    st.lists(ELEMENTS, max_size=2),
    st.sampled_from([NAMES, (*NAMES, "Execution_ProcessID"), NAMES[:2], ("EventRecordID",)]),
)
@example([written(TIME, "7", NULL, PROCESS % (4, 8) + USER)], [], NAMES)
def test_elements_that_say_the_same_are_decoded_once(usual: list[str], odd: list[str], names: tuple[str, ...]) -> None:
    texts = (usual * (ROWS // len(usual)) + odd)[-ROWS:]
    array = f"[{','.join(texts)}]".encode("utf-8", "surrogatepass")
    system = pa.array(texts)
    try:
        expected = system_columns(array, names)
    except msgspec.MsgspecError:
        # Where it does not pay, the elements are decoded as above.
        with suppress(msgspec.MsgspecError):
            assert system_arrays(system, names) is None
        return
    found = system_arrays(system, names)
    if found is not None:
        assert list(found) == list(names)
        # As text, because 1, 1.0 and True are equal.
        assert {name: repr(listed(column)) for name, column in found.items()} == {
            name: repr(listed(column)) for name, column in expected.items()
        }
    elif not odd:
        assert "EventRecordID" in names


def test_what_differs_from_row_to_row_comes_as_arrays() -> None:
    texts = [written(TIME, str(number), NULL, PROCESS % (number, 1) + USER) for number in range(1, ROWS)]
    # A slice of a column begins within its letters.
    found = system_arrays(pa.array(["{}", *texts]).slice(1), NAMES)
    assert found is not None
    assert found["TimeCreated"].equals(pa.array([TIME] * len(texts)))  # type: ignore[union-attr]  # an array
    assert len(found["Level"].values) == 3  # type: ignore[union-attr]  # numbers of one, two and three digits
    assert system_arrays(pa.array(texts[:200]), NAMES) is None
    assert system_arrays(pa.array([text.replace("Version", f"V{n}") for n, text in enumerate(texts)]), NAMES) is None
