"""The OCSF mapping: golden cases, validation against the published schema, hostile values.

``tests/schema/ocsf/*.yml`` hold one event each and the OCSF event that it must become. A person read them; a change in
one of them is a change of what the lake says.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pyarrow as pa
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from yadorigi.schema.event import Event, EventKind, Value
from yadorigi.schema.identity import split_account
from yadorigi.schema.ocsf import OCSF_VERSION, arrow_schema, class_of, normalise
from yadorigi.schema.ocsf_mapping import OTHER, Mapping, load
from yadorigi.schema.ocsf_transform import PLAIN
from yadorigi.schema.ocsf_values import ABSENT

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).parent / "ocsf"
MAPPINGS = load().mappings
SHAPES = {
    "text": {"string"},
    "long": {"integer"},
    "int": {"integer"},
    "bool": {"boolean"},
    "enum": {"integer"},
    "texts": {"array"},
    "hashes": {"array"},
    "answers": {"array"},
}


@cache
def published() -> dict[str, Any]:
    schema: dict[str, Any] = get_ocsf_schema(OCSF_VERSION)
    return schema


@cache
def class_schema(name: str, profiles: tuple[str, ...] = ("host",)) -> dict[str, Any]:
    schema: dict[str, Any] = OcsfJsonSchemaEmbedded(published()).get_class_schema(name, list(profiles))
    return schema


@cache
def validator(name: str, profiles: tuple[str, ...] = ("host",)) -> Any:
    return jsonschema_rs.validator_for(class_schema(name, profiles))


def complaints(event: Event) -> list[str]:
    """What is wrong with the OCSF form of an event: against the schema, as JSON, as UTF-8, as Arrow."""
    found = normalise(event)
    json.dumps(found, allow_nan=False, ensure_ascii=False).encode()
    ocsf = class_of(event.kind)
    checking = validator(ocsf.name, tuple(found["metadata"]["profiles"]))
    wrong = [f"{error.instance_path}: {error.message}" for error in checking.iter_errors(found)]
    if found["class_uid"] != ocsf.class_uid or found["type_uid"] != ocsf.class_uid * 100 + found["activity_id"]:
        wrong.append("class or type differ from the class of the kind")
    return wrong


def kind_of(mapping: Mapping, number: int | None = None) -> EventKind:
    event_id = number if number is not None else next(iter(mapping.ids), 64_999)
    source = load_sources()[mapping.source] if mapping.source else {"providers": ["Nobody"]}
    if "providers" not in source:
        channel = source["channels"][0]
        return EventKind(channel, channel.partition("/")[0], event_id)
    return EventKind("Some channel", source["providers"][0], event_id)


@cache
def load_sources() -> dict[str, dict[str, list[str]]]:
    """The sources of all families; those of formats that are none of Windows name channels only."""
    found: dict[str, dict[str, list[str]]] = {}
    for path in (ROOT / "src/yadorigi/content").glob("*/ocsf/*.toml"):
        found |= tomllib.loads(path.read_text(encoding="utf-8")).get("sources", {})
    return found


def frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def case(path: Path) -> tuple[Event, dict[str, Any]]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    given = document["event"]
    kind = EventKind(given["channel"], given["provider"], given["event_id"])
    data = {name: frozen(value) for name, value in given["data"].items()}
    return Event(kind, given["time"], given["host"], given["record_id"], given["system"], data), document["ocsf"]


# ---------------------------------------- golden cases


@pytest.mark.parametrize("path", sorted(CASES.glob("*.yml")), ids=lambda path: path.stem)
def test_golden_case(path: Path) -> None:
    event, expected = case(path)
    assert normalise(event) == expected
    assert complaints(event) == []


def test_no_golden_case_is_an_orphan() -> None:
    assert {path.suffix for path in CASES.iterdir()} == {".yml"}
    for path in CASES.iterdir():
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert set(document) == {"title", "event", "ocsf"}, path.name
        assert set(document["event"]) == {
            "channel",
            "provider",
            "event_id",
            "time",
            "host",
            "record_id",
            "system",
            "data",
        }, path.name


def test_every_class_and_every_source_of_windows_has_a_golden_case() -> None:
    """Those of other logs have theirs beside their sources."""
    events = [case(path)[0] for path in CASES.glob("*.yml")]
    of_windows = [one for one in MAPPINGS if not one.source or "providers" in load_sources()[one.source]]
    assert {class_of(event.kind).name for event in events} == {mapping.ocsf.name for mapping in of_windows}
    taken = {load().find(event.kind).source for event in events}
    assert taken >= {mapping.source for mapping in of_windows} - {"user32", "rdp_core", "rdp_client"}


# ---------------------------------------- the published schema


def test_classes_are_those_of_the_published_schema() -> None:
    assert load().version == OCSF_VERSION == published()["version"]
    for mapping in MAPPINGS:
        ocsf = mapping.ocsf
        known = published()["classes"][ocsf.name]
        activities = known["attributes"]["activity_id"]["enum"]
        assert (ocsf.class_uid, ocsf.class_name, ocsf.category_uid) == (
            known["uid"],
            known["caption"],
            known["category_uid"],
        )
        assert str(ocsf.activity_id) in activities
        if ocsf.activity_id != OTHER:
            assert ocsf.activity_name == activities[str(ocsf.activity_id)]["caption"]
        assert "@deprecated" not in known


def property_at(name: str, path: str) -> dict[str, Any]:
    """The JSON schema of a leaf, and a failure where OCSF knows no such path."""
    schema = class_schema(name, ("host", "security_control"))
    node = schema
    for part in path.split("."):
        assert part.removesuffix("[]") in node["properties"], f"{name}: OCSF has no {path}"
        found: dict[str, Any] = node["properties"][part.removesuffix("[]")]
        assert not found.get("deprecated"), f"{name}: {path} is deprecated"
        inner = found["items"] if part.endswith("[]") else found
        node = schema["$defs"][inner["$ref"].rpartition("/")[2]] if "$ref" in inner else inner
    return found


@pytest.mark.parametrize("mapping", MAPPINGS, ids=lambda mapping: f"{mapping.source}-{mapping.ids[:1]}")
def test_every_path_exists_and_has_the_type_of_its_transform(mapping: Mapping) -> None:
    for leaf in mapping.leaves:
        assert property_at(mapping.ocsf.name, leaf.path)["type"] in SHAPES[leaf.transform.kind], leaf
        if leaf.transform.kind == "enum":
            assert property_at(mapping.ocsf.name, leaf.path.removesuffix("_id"))["type"] == "string"
    for path, value in mapping.constants.items():
        assert jsonschema_rs.validator_for(property_at(mapping.ocsf.name, path)).is_valid(value), path


@pytest.mark.parametrize("mapping", MAPPINGS, ids=lambda mapping: f"{mapping.source}-{mapping.ids[:1]}")
def test_an_event_without_any_field_still_validates(mapping: Mapping) -> None:
    for number in mapping.ids or (64_999,):
        assert complaints(Event(kind_of(mapping, number), 0, "", None)) == []


# ---------------------------------------- hostile values

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(exclude_categories=()), max_size=40),
    st.ip_addresses().map(str),
    st.ip_addresses(v=4).map(lambda address: f"::ffff:{address}"),
    st.uuids().map(lambda found: f"{{{found}}}"),
    st.datetimes().map(str),
    st.integers(0, 1 << 70).map(hex),
    st.sampled_from(
        [
            "-",
            "",
            "S-1-5-18",
            "S-1-0-0",
            "%%1842",
            "DWORD (0x00000001)",
            "QWORD (0xffffffff-0xffffffff)",
            "MD5=00,X=1",
            "SHA256=zz",
            "type:  5 a;::ffff:1.2.3.4;;",
            "HostId=\ud800\n\tHostName=x",
            "file:_C:\\x\\; ",
            "http://a@[::1]:80/x",
            "fe80::1%eth0",
            "CN=\\,a,b",
            "<Command>&#0;</Command><Arguments>",
            "9999-12-31T23:59:59-23:59",
            "٣",
            "1_0",
            "\\",
            "True",
            "::ffff:300.1.1.1",
        ]
    ),
)
VALUES = st.one_of(ODD, st.lists(ODD, max_size=6).map(tuple))


@st.composite
def hostile(draw: st.DrawFn) -> Event:
    mapping = draw(st.sampled_from(MAPPINGS))
    names = sorted({leaf.field for leaf in mapping.leaves} | {mapping.activity_field} | {"Else", "\udc00"})
    data: dict[str, Value] = {}
    system: dict[str, Value] = {}
    for name in draw(st.sets(st.sampled_from(names))):
        (system if name.startswith("@") else data)[name.lstrip("@")] = draw(VALUES)
    for name in ("Level", "Version", "TimeCreated", "Correlation_ActivityID"):
        system[name] = draw(VALUES)
    time = draw(st.integers(-(1 << 63), (1 << 63) - 1))
    host = draw(st.text(st.characters(exclude_categories=()), max_size=10))
    number = draw(st.one_of(st.none(), st.integers(0, 1 << 63)))
    return Event(kind_of(mapping), time, host, number, system, data)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(hostile())
def test_no_value_breaks_the_normaliser(event: Event) -> None:
    assert complaints(event) == []


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_each_field_alone_makes_an_event_that_validates(mapping: Mapping) -> None:
    for leaf in mapping.leaves:
        for value in ("7", "C:\\a.exe", "10.0.0.1", False):
            given_as: dict[str, Value] = {leaf.field.lstrip("@"): value}
            where = (given_as, {}) if leaf.field.startswith("@") else ({}, given_as)
            assert complaints(Event(kind_of(mapping), 0, "", None, *where)) == [], leaf


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(hostile())
def test_every_normalised_event_fits_the_arrow_schema_of_its_class(event: Event) -> None:
    found = normalise(event)
    schema = arrow_schema(class_of(event.kind))
    back = pa.RecordBatch.from_pylist([found], schema=schema).to_pylist()[0]
    found.pop("unmapped", None)
    assert without_nulls(back) == found


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        inner = {name: without_nulls(part) for name, part in value.items()}
        return {name: part for name, part in inner.items() if part is not None and part != {}}
    return [without_nulls(part) for part in value] if isinstance(value, list) else value


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(PLAIN)), VALUES)
def test_every_transform_gives_its_kind(name: str, value: Any) -> None:
    transform = PLAIN[name]
    outcome = transform.function(value)
    if outcome is None or outcome is ABSENT:
        return
    expected = {"text": str, "long": int, "int": int, "bool": bool, "enum": tuple}.get(transform.kind, list)
    assert isinstance(outcome, expected)


@pytest.mark.parametrize("name", sorted(PLAIN))
@pytest.mark.parametrize("unit", ["a=", ";", "\\", "CN=a\\,", "<Command>", "=\n\t", "1.", "0x"])
def test_a_value_of_megabytes_costs_no_more_than_reading_it(name: str, unit: str) -> None:
    assert PLAIN[name].function(unit * (2_000_000 // len(unit))) != 0


# ---------------------------------------- the rest of the API


def test_fields_are_mapped_or_unmapped_but_never_lost() -> None:
    for path in CASES.glob("*.yml"):
        event, expected = case(path)
        held = json.dumps(expected, ensure_ascii=False).lower()
        for name, value in event.data.items():
            if not isinstance(value, str) or value in ("", "-") or name in expected.get("unmapped", {}):
                continue
            assert load().find(event.kind).ids, name
            mapped = {leaf.field for leaf in load().find(event.kind).leaves} | {load().find(event.kind).activity_field}
            assert name in mapped, f"{path.name}: {name} is lost"
            if name in ("CommandLine", "ScriptBlockText", "TargetFilename", "ObjectName", "TargetUserName"):
                whole = split_account(value)[0] if name == "TargetUserName" else value
                assert json.dumps(whole, ensure_ascii=False).lower()[1:-1] in held, f"{path.name}: {name}"


def test_a_kind_that_nothing_maps_is_a_base_event() -> None:
    ocsf = class_of(EventKind("Application", "Somebody", 1))
    assert (ocsf.class_uid, ocsf.category_uid, ocsf.activity_id, ocsf.type_uid) == (0, 0, 0, 0)


def test_the_classic_name_of_a_provider_is_enough() -> None:
    kind = EventKind("System", "Microsoft-Windows-Renamed", 7045, "Service Control Manager")
    assert class_of(kind).name == "win/windows_service_activity"


def test_the_arrow_schema_holds_our_own_columns_and_no_more_than_is_used() -> None:
    ocsf = class_of(EventKind("Security", "Microsoft-Windows-Security-Auditing", 4688))
    schema = arrow_schema(ocsf)
    assert schema.field("yadorigi_ticks").type == pa.int64()
    assert schema.field("yadorigi_data").type == schema.field("yadorigi_system").type == pa.string()
    assert {"yadorigi_file", "yadorigi_record_id"} < set(schema.names)
    assert "unmapped" not in schema.names
    process = schema.field("process").type
    assert process.field("pid").type == pa.int64()
    assert process.field("parent_process").type.get_field_index("cmd_line") >= 0
    assert process.get_field_index("ancestry") < 0


def test_importing_the_normaliser_does_not_import_pyarrow() -> None:
    program = "import sys, yadorigi.schema.ocsf; sys.exit('pyarrow' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 0
