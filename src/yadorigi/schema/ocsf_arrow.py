"""Arrow schemas of OCSF classes: only the leaves that some mapping of the class fills.

The one module of the mapping that imports pyarrow.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

import pyarrow as pa

from yadorigi.schema.ocsf_mapping import Constant, load
from yadorigi.schema.ocsf_plan import Node, plan_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yadorigi.schema.ocsf_transform import Kind

Tree: TypeAlias = dict[str, "pa.DataType | Tree"]

_FINGERPRINT: Final = pa.struct([("algorithm_id", pa.int32()), ("algorithm", pa.string()), ("value", pa.string())])
_ANSWER: Final = pa.struct([("type", pa.string()), ("rdata", pa.string())])
_TYPES: Final[dict[Kind, pa.DataType]] = {
    "text": pa.string(),
    "long": pa.int64(),
    "int": pa.int32(),
    "bool": pa.bool_(),
    "enum": pa.int32(),
    "texts": pa.list_(pa.string()),
    "hashes": pa.list_(_FINGERPRINT),
    "answers": pa.list_(_ANSWER),
}
_METADATA: Final = (
    "version",
    "uid",
    "event_code",
    "log_name",
    "log_provider",
    "log_version",
    "original_time",
    "correlation_uid",
)
OWN_PREFIX: Final = "yadorigi_"
"""What the names of the program's own columns begin with; no OCSF name does."""

OWN_COLUMNS: Final = (
    pa.field("yadorigi_data", pa.string(), nullable=False),
    pa.field("yadorigi_system", pa.string(), nullable=False),
    pa.field("yadorigi_raw", pa.string()),
    pa.field("yadorigi_ticks", pa.int64(), nullable=False),
    pa.field("yadorigi_channel", pa.string(), nullable=False),
    pa.field("yadorigi_provider", pa.string(), nullable=False),
    pa.field("yadorigi_source", pa.string(), nullable=False),
    pa.field("yadorigi_event_id", pa.int64(), nullable=False),
    pa.field("yadorigi_file", pa.int64(), nullable=False),
    pa.field("yadorigi_record_id", pa.int64()),
    pa.field("yadorigi_line", pa.int64()),
)
"""The program's own columns of every class.

``yadorigi_data`` and ``yadorigi_system`` are the native fields as JSON text; ``yadorigi_raw`` is the whole record's
text where those cannot hold it as it is. ``yadorigi_ticks`` counts 100 ns since 1970. Channel, provider,
``yadorigi_source`` (the provider's classic name) and event id are the event's kind as logged, empty where the event has
none. ``yadorigi_file``, ``yadorigi_record_id`` and ``yadorigi_line`` say where the record is: the number of the input
file, the record's own number in its channel, the line of a text file.
"""


def _constant_type(value: object) -> pa.DataType:
    if isinstance(value, bool):
        return pa.bool_()
    if isinstance(value, int):
        return pa.int32()
    if isinstance(value, list):
        return pa.list_(pa.int32() if value and isinstance(value[0], int) else pa.string())
    if isinstance(value, dict):
        return pa.struct([(key, _constant_type(inner)) for key, inner in value.items()])
    return pa.string()


def _common() -> Tree:
    product: Tree = {"name": pa.string(), "vendor_name": pa.string()}
    extension = pa.struct([(key, pa.string()) for key in ("name", "uid", "version")])
    metadata: Tree = {name: pa.string() for name in _METADATA}
    metadata |= {"product": product, "profiles": pa.list_(pa.string()), "extensions": pa.list_(extension)}
    return {
        "time": pa.int64(),
        "class_uid": pa.int32(),
        "class_name": pa.string(),
        "category_uid": pa.int32(),
        "category_name": pa.string(),
        "activity_id": pa.int32(),
        "activity_name": pa.string(),
        "type_uid": pa.int64(),
        "severity_id": pa.int32(),
        "severity": pa.string(),
        "metadata": metadata,
        "device": {"hostname": pa.string(), "domain": pa.string(), "type_id": pa.int32()},
    }


def _merge(tree: Tree, constants: Iterable[tuple[str, Constant]]) -> None:
    for key, value in constants:
        tree.setdefault(key, _constant_type(value))


def _grow(tree: Tree, node: Node, kinds: dict[int, Kind]) -> None:
    """Add the leaves of one mapping's tree to the class's."""
    for key, _, _, function, caption, _ in node.steps:
        tree[key] = _TYPES[kinds[id(function)]]
        if caption:
            tree[caption] = pa.string()
    _merge(tree, node.constants.items())
    _merge(tree, node.demand.set.items())
    for name, child in node.children.items():
        inner = tree.setdefault(f"{name}[]" if child.in_list else name, {})
        if not isinstance(inner, dict):
            inner = tree[name] = {}
        _grow(inner, child, kinds)
    for key, value in node.demand.then.items():
        if key not in tree:
            tree[key] = _constant_type(value)


def _field(name: str, found: pa.DataType | Tree) -> pa.Field:
    if not isinstance(found, dict):
        return pa.field(name, found)
    struct = pa.struct([_field(key, inner) for key, inner in sorted(found.items())])
    return pa.field(name[:-2], pa.list_(struct)) if name.endswith("[]") else pa.field(name, struct)


@cache
def schema_of(class_uid: int) -> pa.Schema:
    """The schema of one class: OCSF's columns, then `OWN_COLUMNS`. What every event has is not nullable."""
    return pa.schema([*ocsf_schema_of(class_uid), *OWN_COLUMNS])


@cache
def ocsf_schema_of(class_uid: int) -> pa.Schema:
    """The part of a class's schema that is OCSF's."""
    tree = _common()
    for mapping in load().mappings:
        if mapping.ocsf.class_uid == class_uid:
            kinds = {id(leaf.transform.function): leaf.transform.kind for leaf in mapping.leaves}
            _grow(tree, plan_of(mapping).root, kinds)
    always = _common().keys()
    return pa.schema([_field(name, found).with_nullable(name not in always) for name, found in tree.items()])
