"""Sigma fields that are made of other native fields: golden cases, one file a field set, and hostile values."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UnsetType

from yadorigi.languages.sigma.derive import FUNCTIONS, MISSING, Derivation, derive
from yadorigi.languages.sigma.line_log_sources import read_line_data
from yadorigi.languages.sigma.log_sources import LogSources, read_data
from yadorigi.schema.event import EventKind, Value

CASES = Path(__file__).parent / "derivations"
DATA = read_data()
LOG_SOURCES = LogSources(DATA)
LINE_FIELDS = [fields for data in read_line_data() for fields in data.fields.values()]
ALL_FIELDS = [
    *((field.function, field.inputs) for fields in DATA.fields.values() for field in fields.values()),
    *((field.function, field.inputs) for fields in LINE_FIELDS for field in fields.values()),
]
"""Functions and inputs of all fields."""


class LogSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The ``logsource`` of a rule."""

    category: str | None = None
    product: str | None = None
    service: str | None = None


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the event comes from."""

    channel: str
    provider: str
    event_id: int


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Native fields in, derived fields out; a derived field that is not listed must be missing."""

    why: str
    data: dict[str, Value]
    fields: dict[str, Value]


class CaseFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of golden cases; its name is that of the field set."""

    log_source: LogSource
    event: Kind
    cases: tuple[Case, ...]


def read_cases(path: Path) -> CaseFile:
    """Read one file of golden cases."""
    return msgspec.yaml.decode(path.read_bytes(), type=CaseFile)


FILES = {path.stem: read_cases(path) for path in sorted(CASES.glob("*.yml"))}


def test_every_field_set_has_its_cases_and_no_file_is_an_orphan() -> None:
    assert {path.name for path in CASES.iterdir()} == {f"{name}.yml" for name in DATA.fields}


@pytest.mark.parametrize("name", FILES)
def test_every_field_of_a_set_is_made_in_some_case(name: str) -> None:
    assert {field for case in FILES[name].cases for field in case.fields} == set(DATA.fields[name])


def test_every_function_is_used_by_some_field() -> None:
    used = {function for function, _ in ALL_FIELDS}
    assert used - {""} == set(FUNCTIONS)


@pytest.mark.parametrize(
    ("name", "case"),
    [pytest.param(name, case, id=f"{name}: {case.why}") for name in FILES for case in FILES[name].cases],
)
def test_golden_case(name: str, case: Case) -> None:
    source, event = FILES[name].log_source, FILES[name].event
    kind = EventKind(event.channel, event.provider, event.event_id)
    bindings = LOG_SOURCES.resolve(source.category, source.product, source.service) or ()
    (fields,) = [binding.fields for binding in bindings if binding.covers(kind)]
    derived = {field: derive(fields[field], case.data) for field in DATA.fields[name]}
    made = {field: value for field, value in derived.items() if value is not MISSING}
    assert made == case.fields
    assert {field: type(value) for field, value in made.items()} == {f: type(v) for f, v in case.fields.items()}


TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["0x", "-", "9" * 5_000, "0x" + "f" * 5_000, "٣", "1_0", "\ud800", "=", "; file:_", "\\REGISTRY\\MACHINE"]
    ),
    st.sampled_from(
        ["\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet00", "\tNewEngineState=\nHostName", "DWORD", "%%1876", "%%1883"]
    ),
)
SCALARS = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(), st.floats(), st.just(10**5_000))
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=4).map(tuple))
DERIVATIONS = sorted({(function, inputs) for function, inputs in ALL_FIELDS if function})


@given(values=st.lists(st.one_of(VALUES, st.just(MISSING)), min_size=6, max_size=6), which=st.sampled_from(DERIVATIONS))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_hostile_values_never_raise(values: list[Value | UnsetType], which: tuple[str, tuple[str, ...]]) -> None:
    function, inputs = which
    native = {name: value for name, value in zip(inputs, values, strict=False) if not isinstance(value, UnsetType)}
    made = derive(Derivation(inputs=inputs, function=function), native)
    elements = made if isinstance(made, tuple) else (made,)
    assert all(element is MISSING or isinstance(element, str | int | float | None) for element in elements)


def test_without_a_function_the_first_input_is_taken_as_it_is() -> None:
    assert derive(Derivation(inputs=("a", "b")), {"a": None, "b": "x"}) is None
    assert derive(Derivation(inputs=("a", "b")), {"b": "x"}) is MISSING


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_an_event_without_the_native_fields_has_no_derived_field(function: str) -> None:
    inputs = next(inputs for name, inputs in DERIVATIONS if name == function)
    assert derive(Derivation(inputs=inputs, function=function), {}) is MISSING
