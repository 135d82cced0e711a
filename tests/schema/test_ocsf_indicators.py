"""Leaves that may hold indicators, against the types that the published schema gives them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from ocsf_json_schema import get_ocsf_schema

from yadorigi.schema.ocsf import OCSF_VERSION
from yadorigi.schema.ocsf_arrow import ocsf_schema_of
from yadorigi.schema.ocsf_indicators import typed_leaves
from yadorigi.schema.ocsf_mapping import load

PUBLISHED: dict[str, Any] = get_ocsf_schema(OCSF_VERSION)
TYPES = {
    "ip_t": "ip",
    "hostname_t": "hostname",
    "url_t": "url",
    "file_path_t": "file_path",
    "file_name_t": "file_name",
    "process_name_t": "file_name",
    "reg_key_path_t": "registry_key",
    "file_hash_t": "fingerprint",
}
OBJECTS = {"fingerprint": "hash", "dns_answer": "dns_answer"}
TEXTS = {"detection_name", "command_line", "fingerprint"}
CLASSES = {mapping.ocsf.class_uid: mapping.ocsf.name for mapping in load().mappings}


def attribute_at(name: str, path: str) -> dict[str, Any]:
    *parents, last = path.replace("[]", "").split(".")
    attributes = PUBLISHED["classes"][name]["attributes"]
    for part in parents:
        kind = attributes[part]["object_type"]
        objects = PUBLISHED["objects"]
        attributes = (objects.get(kind) or objects[f"win/{kind}"])["attributes"]
    found: dict[str, Any] = attributes[last]
    return found


def test_leaves_hold_what_the_published_schema_says() -> None:
    for mapping in load().mappings:
        typed = dict(typed_leaves(mapping.ocsf.class_uid))
        for leaf in mapping.leaves:
            attribute = attribute_at(mapping.ocsf.name, leaf.path)
            expected = TYPES.get(attribute["type"]) or OBJECTS.get(attribute.get("object_type", ""))
            path = next(
                (found for found in typed if found in (leaf.path, f"{leaf.path}[].value", f"{leaf.path}[].rdata")), ""
            )
            held = typed.get(path)
            assert held == expected or (expected is None and held in TEXTS), leaf.path


def test_leaves_are_texts_of_the_arrow_schema() -> None:
    for uid in CLASSES:
        schema = ocsf_schema_of(uid)
        for path, _ in typed_leaves(uid):
            kind: pa.DataType = pa.struct(list(schema))
            for part in path.split("."):
                kind = kind.field(part.removesuffix("[]")).type
                kind = kind.value_type if part.endswith("[]") else kind
            assert kind == pa.string(), path


def test_every_entry_is_of_use() -> None:
    ends = {path.replace("[]", "") for uid in CLASSES for path, _ in typed_leaves(uid)}
    for end in load().indicator_leaves:
        assert any(f".{path}".endswith(f".{end}") for path in ends), end


def test_the_name_of_the_logging_host_is_no_indicator() -> None:
    assert all(not path.startswith("device.") for uid in CLASSES for path, _ in typed_leaves(uid))
    assert ("process.file.hashes[].value", "hash") in typed_leaves(1007)
