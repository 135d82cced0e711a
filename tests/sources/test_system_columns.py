"""Fields of ``System`` as columns against each element flattened."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from yadorigi.sources.records.record import SYSTEM_ATTRIBUTES, flatten_system
from yadorigi.sources.records.system_columns import system_columns

NAMES = ("Keywords", "Level", "TimeCreated", "Correlation_ActivityID", "Version", "Security_UserID", "Provider_Name")
USUAL: dict[str, Any] = {
    "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon", "Guid": "5770385F-C22A-43E0-BF4C-06F5698FFBD9"}},
    "EventID": 1,
    "Version": 5,
    "Level": 4,
    "Keywords": "0x8000000000000000",
    "TimeCreated": {"#attributes": {"SystemTime": "2024-03-05T01:02:03.456789Z"}},
    "Correlation": None,
    "Execution": {"#attributes": {"ProcessID": 1, "ThreadID": 2}},
    "Channel": "Microsoft-Windows-Sysmon/Operational",
    "Security": {"#attributes": {"UserID": "S-1-5-18"}},
}
ELEMENTS = (*USUAL, *SYSTEM_ATTRIBUTES.values(), "Else")
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5)
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from([*(attribute for _, attribute in SYSTEM_ATTRIBUTES), "else"]),
    st.one_of(SCALARS, st.lists(SCALARS, max_size=2)),
    max_size=3,
)
VALUES = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=3),
    ATTRIBUTES,
    ATTRIBUTES.map(lambda found: {"#attributes": found}),
    st.tuples(ATTRIBUTES, SCALARS).map(lambda found: {"#attributes": found[0], "#text": found[1]}),
    SCALARS.map(lambda found: {"#attributes": found}),
    SCALARS.map(lambda found: {"#text": found}),
)
SYSTEMS = st.one_of(
    st.dictionaries(st.sampled_from(ELEMENTS), VALUES, max_size=5),
    st.dictionaries(st.sampled_from(ELEMENTS), VALUES, max_size=1).map(lambda found: USUAL | found),
)


def check(systems: list[dict[str, Any]], names: tuple[str, ...]) -> None:
    array = json.dumps(systems).encode()
    flat = [flatten_system(system) for system in systems]
    expected = {name: [row.get(name, UNSET) for row in flat] for name in names}
    found = system_columns(array, names)
    # As text, because 1, 1.0 and True are equal.
    assert {name: repr(column) for name, column in found.items()} == {
        name: repr(column) for name, column in expected.items()
    }


@settings(max_examples=150, deadline=None)
@given(st.lists(SYSTEMS, max_size=5), st.lists(st.sampled_from([*ELEMENTS, "Else_else"]), unique=True).map(tuple))
def test_columns_are_the_fields_of_each_element(systems: list[dict[str, Any]], names: tuple[str, ...]) -> None:
    check(systems, names)


@settings(max_examples=80, deadline=None)
@given(st.lists(SYSTEMS, max_size=5))
def test_the_fields_that_are_always_asked_for(systems: list[dict[str, Any]]) -> None:
    check(systems, NAMES)


def test_an_element_that_cannot_be_decoded_has_what_can_be_saved_of_it() -> None:
    usual = json.dumps(USUAL).encode()
    odd = usual.replace(b'"Level": 4', b'"Level": 1e999')
    found = system_columns(b"[" + b",".join([usual, odd, usual]) + b"]", NAMES)
    assert found["Version"] == [5, 5, 5]
    assert found["Level"] == [4, "1e999", 4]
    assert system_columns(b"[7]", NAMES)["Level"] == [UNSET]


def test_what_is_no_array_is_an_error() -> None:
    for text in (b"", b"{}", b"[{}", b"[{},]"):
        with pytest.raises(msgspec.MsgspecError):
            system_columns(text, NAMES)
