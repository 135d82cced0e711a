"""Columns of a batch against `normalise` of its events, one by one: that is what they must be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from tests.schema.test_ocsf import load_sources
from yadorigi.schema.event import Event, EventKind, Value
from yadorigi.schema.ocsf import class_of, normalise
from yadorigi.schema.ocsf_arrow import OWN_COLUMNS, OWN_PREFIX, ocsf_schema_of, schema_of
from yadorigi.schema.ocsf_columns import kind_columns
from yadorigi.schema.ocsf_fast_forms import OF_TEXTS
from yadorigi.schema.ocsf_mapping import Mapping, load
from yadorigi.schema.ocsf_native import FEW_ROWS
from yadorigi.schema.ocsf_values import ABSENT, clean, integer, logon_id, port

CASES = Path(__file__).parent / "ocsf"
MAPPINGS = load().mappings
INT64 = (1 << 63) - 1


def columns_of(events: list[Event], *, absent: UnsetType | None = UNSET) -> list[pa.Array]:
    """The columns of events of one kind, as the lake asks for them."""
    columns = kind_columns(events[0].kind)
    data = {name: [event.data.get(name, absent) for event in events] for name in columns.data_fields}
    system = {name: [event.system.get(name, absent) for event in events] for name in columns.system_fields}
    hosts = pa.array([clean(event.host) for event in events], pa.string())
    ticks = pa.array([event.time for event in events], pa.int64())
    numbers = pa.array([event.record_id for event in events], pa.int64())
    return columns.arrays(len(events), data, system, hosts, ticks, numbers)


def specified(events: list[Event]) -> pa.Table:
    schema = ocsf_schema_of(class_of(events[0].kind).class_uid)
    return pa.Table.from_pylist([normalise(event) for event in events], schema=schema)


def check(events: list[Event], *, absent: UnsetType | None = UNSET) -> None:
    expected = specified(events)
    arrays = columns_of(events, absent=absent)
    assert len(arrays) == len(expected.schema)
    for field, array in zip(expected.schema, arrays, strict=True):
        array.validate(full=True)
        assert array.type == field.type, field.name
        column = expected.column(field.name).combine_chunks()
        if not array.equals(column):
            assert array.to_pylist() == column.to_pylist(), field.name
            pytest.fail(f"{field.name}: nulls differ")
    pa.Table.from_arrays(arrays, schema=expected.schema).validate(full=True)


def kind_for(mapping: Mapping) -> EventKind:
    content = load()
    number = next(iter(mapping.ids), 64_999)
    if not mapping.source:
        return EventKind("Some channel", "Nobody", number)
    source = load_sources()[mapping.source]
    if "providers" not in source:
        channel = source["channels"][0]
        return EventKind(channel, channel.partition("/")[0], number, "")
    names = [provider for (provider, event_id), found in content.by_provider.items() if found is mapping]
    names += [provider for provider, found in content.others_by_provider.items() if found is mapping]
    return EventKind("Some channel", names[0], number, "")


def golden() -> list[Event]:
    events = []
    for path in sorted(CASES.glob("*.yml")):
        given_event = yaml.safe_load(path.read_text(encoding="utf-8"))["event"]
        kind = EventKind(given_event["channel"], given_event["provider"], given_event["event_id"])
        data = {name: tuple(value) if isinstance(value, list) else value for name, value in given_event["data"].items()}
        number = given_event["record_id"]
        events.append(Event(kind, given_event["time"], given_event["host"], number, given_event["system"], data))
    return events


GOLDEN = golden()


@pytest.mark.parametrize("copies", [1, FEW_ROWS + 1])
def test_golden_events(copies: int) -> None:
    for event in GOLDEN:
        check([event] * copies)


# ---------------------------------------- hostile values

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=12),
    st.integers(0, 1 << 70).map(hex),
    st.integers().map(str),
    st.sampled_from(
        ["-", "", "\ud800", "\ud83d\ude00", " - ", "--", "true", "0", "1", "C:\\a\\b.exe", "AB\\u", "NTLM"]
    ),
    st.sampled_from(["S-1-5-18", "S-1-0-0", "%%1842", "%%1904", "0x8020000000000000", "10.0.0.1", "CreateKey"]),
    st.sampled_from(["DWORD (0x00000001)", "QWORD (0xffffffff-0xffffffff)", "MD5=00,X=1", "SHA256=zz", "Binary Data"]),
    st.sampled_from(["type:  5 a;::ffff:1.2.3.4;;b", "HostId=\ud800\n\tHostName=x", "file:_C:\\x\\; ", "a,-;b"]),
    st.sampled_from(
        ["http://a@[::1]:80/x", "CN=\\,a,b", "<Command>&#0;</Command>", "10.0.0.1:77", "running", "\u0661"]
    ),
)
GUIDS = st.one_of(
    st.uuids().map(lambda found: f"{{{found}}}".upper()),
    st.sampled_from(["{00000000-0000-0000-0000-000000000000}", "{00000000-0000-0000-0000-000000000001}", "-", ""]),
)
BARE_GUIDS = st.one_of(
    st.uuids().map(str), st.sampled_from(["--------------0-0000-000000000-----", "-" * 36, "g" * 36])
)
ODD_GUIDS = st.one_of(
    GUIDS, BARE_GUIDS, st.sampled_from(["(" + "0" * 36 + ")", "{" + "-" * 36 + "}", "{" + "é" * 18 + "}"])
)
TIMES = st.one_of(
    st.datetimes().map(lambda found: f"{found:%Y-%m-%d %H:%M:%S}.{found.microsecond // 1000:03}".rjust(23, "0")),
    st.sampled_from(["1601-01-01 00:00:00.000", "1601-12-31 23:59:59.999", "1602-01-01 00:00:00.000", "-", ""]),
    st.sampled_from(["2026-02-30 00:00:00.000", "2026-01-01 24:00:00.000", "2026-01-01 23:59:60.000"]),
    st.sampled_from(
        ["2026-01-01 00:00:00.00Z", "2026-01-01T00:00:00.000", "2026-01-01T00:00:00,000", " 2026-01-01 00:00:00.00"]
    ),
)
HEXADECIMAL = st.one_of(
    st.integers(0, 1 << 64).map(hex),
    st.sampled_from(["0x0", "0x3e7", "0X3E7", "0x3E7", "0x03e7", "0x", "0x000", "-0x1", "-", "", "0x7fffffffffffffff"]),
    st.sampled_from(
        ["0x8000000000000000", "0xffffffffffffffff", "0x00000000000000003e7", "0x000000000000003e7", " 0x1"]
    ),
)
DECIMAL = st.one_of(
    st.integers(-2, 70_000).map(str),
    st.sampled_from(
        ["007", "+7", "-0", "--5", " 7", "7 ", "1_0", "1e3", "7.0", "\u0667", "9223372036854775808", "-", ""]
    ),
    st.sampled_from(
        ["0" * 20 + "7", "0" * 19 + "7", "9223372036854775807", "18446744073709551615", "0b1", "\t7", "7\n"]
    ),
)
USUAL_HEXADECIMAL = st.integers(0, INT64).map(hex)
NUMBERS = st.one_of(st.integers(-INT64 - 1, INT64), st.integers(-2, 70_000))
SCALARS = st.one_of(TEXTS, NUMBERS, st.none(), st.booleans(), st.integers(), st.floats(), ODD_GUIDS, TIMES)
ANYTHING = st.one_of(SCALARS, st.lists(SCALARS, max_size=4).map(tuple), st.lists(TEXTS, max_size=4).map(tuple))
COLUMNS = st.sampled_from(
    [
        TEXTS,
        HEXADECIMAL,
        DECIMAL,
        USUAL_HEXADECIMAL,
        GUIDS,
        BARE_GUIDS,
        ODD_GUIDS,
        TIMES,
        NUMBERS,
        st.booleans(),
        SCALARS,
        ANYTHING,
    ]
    + [st.one_of(kind, st.none()) for kind in (TEXTS, USUAL_HEXADECIMAL, GUIDS, TIMES, NUMBERS, st.booleans())]
)


@st.composite
def batches(draw: st.DrawFn, mapping: Mapping | None = None) -> list[Event]:
    """Events of one kind whose fields repeat themselves, few or more than few."""
    mapping = mapping or draw(st.sampled_from(MAPPINGS))
    kind = kind_for(mapping)
    columns = kind_columns(kind)
    rows = draw(st.integers(1, 8))
    data: list[dict[str, Value]] = [{} for _ in range(rows)]
    system: list[dict[str, Value]] = [{} for _ in range(rows)]
    for fields, names in ((data, columns.data_fields), (system, columns.system_fields)):
        for name in draw(st.sets(st.sampled_from(names))) if names else ():
            values = draw(COLUMNS)
            for row in draw(st.sets(st.integers(0, rows - 1), min_size=rows if draw(st.booleans()) else 0)):
                fields[row][name] = draw(values)
    hosts = st.sampled_from(["", "-", "PC01", "\ud800", "ホスト"])
    ticks = st.one_of(st.integers(-INT64 - 1, INT64), st.integers(-20_000, 20_000))
    numbers = st.one_of(st.none(), st.integers(-5, INT64))
    events = [Event(kind, draw(ticks), draw(hosts), draw(numbers), system[row], data[row]) for row in range(rows)]
    return events * (1 + FEW_ROWS // rows) if draw(st.booleans()) else events


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(batches(), st.sampled_from([UNSET, None]))
def test_columns_are_what_events_become_one_by_one(events: list[Event], absent: UnsetType | None) -> None:
    check(events, absent=absent)


@settings(max_examples=250, deadline=None)
@given(st.data(), st.sampled_from(list(OF_TEXTS)))
def test_a_form_over_a_column_is_the_transform_of_each_text(data: st.DataObject, function: Any) -> None:
    kinds = [HEXADECIMAL, DECIMAL, USUAL_HEXADECIMAL, GUIDS, BARE_GUIDS, ODD_GUIDS, TIMES, TEXTS]
    said = data.draw(st.sampled_from(kinds)).map(clean).filter(lambda value: value not in ("", "-"))
    values = data.draw(st.lists(said | st.none() if data.draw(st.booleans()) else said, min_size=1, max_size=5))
    values = [*values, data.draw(said)]
    found = OF_TEXTS[function](pa.array(values, pa.string()))
    if found is not None:
        found.validate(full=True)
        outcomes = [None if value is None else function(value) for value in values]
        assert found.to_pylist() == [None if outcome is ABSENT else outcome for outcome in outcomes]


@pytest.mark.parametrize("rows", [1, FEW_ROWS + 1])
@pytest.mark.parametrize("mapping", MAPPINGS)
def test_each_field_alone(mapping: Mapping, rows: int) -> None:
    kind = kind_for(mapping)
    columns = kind_columns(kind)
    assert columns.ocsf == class_of(kind)
    check([Event(kind, 0, "", None)] * rows)
    for value in ("7", "C:\\a.exe", 7):
        events = [Event(kind, 0, "", None, {}, {name: value}) for name in columns.data_fields]
        events += [Event(kind, 0, "", None, {name: value}) for name in columns.system_fields]
        check((events * rows)[: len(events) + rows])


def test_values_that_are_equal_but_differ_are_told_apart() -> None:
    kind = next(event.kind for event in GOLDEN if event.kind.event_id == 4688)
    odd: list[Any] = [1, True, 1.0, "1", (1,), (True,), ("1",), float("nan"), 1 << 70, None]
    events = [Event(kind, 0, "a", None, {}, dict.fromkeys(("CommandLine", "NewProcessId"), value)) for value in odd]
    check(events * FEW_ROWS)
    kind = next(event.kind for event in GOLDEN if event.kind.event_id == 4672)
    check([Event(kind, 0, "a", None, {}, {"PrivilegeList": value}) for value in odd] * FEW_ROWS)


@pytest.mark.parametrize("function", [integer, port, logon_id])
@pytest.mark.parametrize(
    "odd", ["0xffffffffffffffff", "0x8000000000000000", "-1", "0" * 20 + "7", "0X3E7", "0x03e7", "0x0"]
)
def test_numbers_in_an_unusual_form(function: Any, odd: str) -> None:
    for values in ([odd], ["0x3e7", odd], ["0x3e7", None, odd]):
        found = OF_TEXTS[function](pa.array(values, pa.string()))
        outcomes = [None if value is None else function(value) for value in values]
        assert found is None or found.to_pylist() == [None if outcome is ABSENT else outcome for outcome in outcomes]


def test_fields_that_nobody_gives_are_fields_that_no_event_has() -> None:
    kind = EventKind("Security", "Microsoft-Windows-Security-Auditing", 4624)
    ticks = pa.array([0], pa.int64())
    arrays = kind_columns(kind).arrays(1, {}, {}, pa.array([""]), ticks, pa.array([None], pa.int64()))
    expected = specified([Event(kind, 0, "", None)])
    assert [array.to_pylist() for array in arrays] == [column.to_pylist() for column in expected.columns]


def test_arrays_that_begin_in_the_middle_of_others() -> None:
    event = next(event for event in GOLDEN if event.kind.event_id == 22)
    events = [event] * 70
    columns = kind_columns(event.kind)
    data = {name: [event.data.get(name)] * 70 for name in columns.data_fields}
    system = {name: [event.system.get(name)] * 70 for name in columns.system_fields}
    hosts = pa.array(["x", *[event.host] * 70, "y"])[1:-1]
    ticks = pa.array([1, 2, *[event.time] * 70])[2:]
    numbers = pa.array([None, *[event.record_id] * 70], pa.int64())[1:]
    arrays = columns.arrays(70, data, system, hosts, ticks, numbers)
    assert [array.to_pylist() for array in arrays] == [column.to_pylist() for column in specified(events).columns]


def test_the_schema_is_ocsf_and_then_our_own() -> None:
    for mapping in MAPPINGS:
        uid = mapping.ocsf.class_uid
        names = schema_of(uid).names
        assert names == [*ocsf_schema_of(uid).names, *(field.name for field in OWN_COLUMNS)]
        assert [name for name in names if name.startswith(OWN_PREFIX)] == [field.name for field in OWN_COLUMNS]


def test_what_every_event_has_is_not_nullable() -> None:
    schema = schema_of(1007)
    assert {field.name for field in schema if field.name.startswith(OWN_PREFIX) and field.nullable} == {
        "yadorigi_raw", "yadorigi_record_id", "yadorigi_line",
    }  # fmt: skip
    assert not schema.field("time").nullable
    assert not schema.field("device").nullable
    assert schema.field("process").nullable
    assert schema.field("yadorigi_file").type == pa.int64()


def test_leaves_of_some_rows_only() -> None:
    """Who began a tunnel of FortiGate's stands in a field of its own."""
    kind = EventKind("fortigate/vpn", "fortigate", 37127, "")
    ends = {"locip": "192.0.2.1", "remip": "203.0.113.9", "remport": "500"}
    roles: list[dict[str, Value]] = [{"role": "initiator"}, {"role": "responder"}, {}, {"role": "Initiator"}]
    events = [Event(kind, 0, "fw-nara", None, {}, {**ends, **role}) for role in roles]
    check(events)
    check(events[1:3])
    check([*events, *events * FEW_ROWS])
    assert [normalise(event)["src_endpoint"].get("ip") for event in events] == [
        "192.0.2.1", "203.0.113.9", "203.0.113.9", "192.0.2.1",
    ]  # fmt: skip
    assert normalise(events[0])["dst_endpoint"] == {"ip": "203.0.113.9", "port": 500}


def test_every_digest_of_a_file_is_there() -> None:
    """Of each algorithm the first: a feed may know any of them."""
    kind = EventKind("crowdstrike/detection", "crowdstrike", 0, "")
    digests = {"SHA256String": "ab" * 32, "SHA1String": "cd" * 20, "MD5String": "ef" * 16}
    rows: list[dict[str, Value]] = [
        {**digests}, {}, {"SHA1String": "cd" * 20}, {"SHA256String": "N/A", "MD5String": "ef" * 16},
        {"SHA256String": "cd" * 20, "SHA1String": "ef" * 20}, {**digests, "SHA1String": None},
    ]  # fmt: skip
    events = [Event(kind, 0, "", None, {}, row) for row in rows]
    found = [normalise(event)["evidences"][0].get("file", {}).get("hashes") for event in events if event.data]
    assert [[one["value"][:2] for one in hashes] for hashes in found] == [
        ["ab", "cd", "ef"], ["cd"], ["ef"], ["cd"], ["ab", "ef"],
    ]  # fmt: skip
    check(events)
    check(events * FEW_ROWS)
    check(events[1:3] * 2)
