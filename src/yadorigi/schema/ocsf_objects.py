"""A mapping's tree over columns: `ocsf_plan.build` for all rows at once.

Gives the arrays of an object, and in which rows there is such an object. What `build` gives is the specification.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yadorigi.schema.ocsf_fingerprints import is_fingerprints, joined_columns
from yadorigi.schema.ocsf_frame import (
    Frame,
    Leaf,
    Nothing,
    Repeated,
    Rows,
    as_booleans,
    either,
    nothing_of,
    rows_with,
    without,
)

if TYPE_CHECKING:
    from yadorigi.schema.ocsf_mapping import Constant
    from yadorigi.schema.ocsf_plan import Node, Step, When

Found: TypeAlias = dict[str, pa.Array]

_ALL_ROWS: Final = True


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of an object of a class, in order, and what they are where nothing fills them."""

    kind: pa.DataType
    kinds: dict[str, pa.DataType]
    nothing: tuple[tuple[str, Nothing], ...]

    def arrays(self, found: Found, rows: int) -> list[pa.Array]:
        """Return one array for each field."""
        return [found[name] if name in found else nothing.over(rows) for name, nothing in self.nothing]

    def whole(self, found: Found, present: Rows, rows: int) -> pa.Array:
        """Return objects made of their fields, null in the rows where they are not present."""
        valid = None if present is True else pa.py_buffer(present)
        return pa.Array.from_buffers(self.kind, rows, [valid], children=self.arrays(found, rows))


def shape_of(kind: pa.DataType) -> Shape:
    """Return the shape of a struct type or schema."""
    fields = list(kind)
    kinds = {field.name: field.type for field in fields}
    return Shape(kind, kinds, tuple((field.name, nothing_of(field.type)) for field in fields))


class ObjectColumns:
    """One object of a mapping: a `Node` bound to the Arrow type that its class has for it."""

    __slots__ = ("_any", "_children", "_constants", "_in_list", "_required", "_set", "_steps", "_then", "shape")

    def __init__(self, node: Node, kind: pa.DataType) -> None:
        """Take the node, and the struct type (of the root: the schema) of its objects."""
        self.shape = shape_of(kind)
        kinds = self.shape.kinds
        self._steps: list[tuple[Step, pa.DataType]] = [(step, kinds[step[0]]) for step in node.steps]
        self._children = [
            (name, ObjectColumns(child, kinds[name].value_type if child.in_list else kinds[name]))
            for name, child in node.children.items()
        ]
        self._constants = _repeated(node.constants, kinds)
        self._set = _repeated(node.demand.set, kinds)
        self._any = node.demand.any
        self._then = _repeated(node.demand.then, kinds)
        self._required = node.required
        self._in_list = node.in_list

    def fill(self, frame: Frame) -> tuple[Found, Rows]:
        """Return the fields that anything fills, and the rows that have the object."""
        found: Found = {}
        filled: Rows = False
        for (key, source, native, function, caption, when), kind in self._steps:
            known = found.get(key)
            several = known is not None and is_fingerprints(kind)
            if known is not None and known.null_count == 0 and not several:
                continue
            leaf = frame.leaf(source, native, function, kind, enum=bool(caption))
            if when is not None and leaf is not None:
                leaf = _where(frame, when, leaf)
            if leaf is None:
                continue
            if known is not None and several:
                found[key] = joined_columns(known, leaf[0])
            else:
                _take(found, key, caption, leaf)
            filled = either(filled, rows_with(leaf[0]))
        for name, child in self._children:
            inner, present = child.fill(frame)
            if present is not False:
                found[name] = child.objects(inner, present, frame.rows)
                filled = either(filled, present)
        if filled is False and not self._required:
            return {}, False
        for name, constant in self._constants:
            found[name] = _constant(constant, frame)
        self._satisfy(found, frame)
        return found, _ALL_ROWS if self._required else filled

    def _satisfy(self, found: Found, frame: Frame) -> None:
        """Add what OCSF demands and the log does not say."""
        for name, constant in self._set:
            known = found.get(name)
            if known is None:
                found[name] = _constant(constant, frame)
            elif known.null_count:
                found[name] = pc.coalesce(known, _constant(constant, frame))
        if not self._any:
            return
        said: Rows = False
        for name in self._any:
            if name in found:
                said = either(said, rows_with(found[name]))
        unsaid = without(said, frame.rows)
        if unsaid is False:
            return
        for name, constant in self._then:
            value = _constant(constant, frame)
            known = found.get(name)
            if unsaid is not True and known is None:
                known = nothing_of(value.type).over(frame.rows)
            found[name] = value if unsaid is True else pc.if_else(as_booleans(unsaid, frame.rows), value, known)

    def objects(self, found: Found, present: Rows, rows: int) -> pa.Array:
        """Return the objects as one array; as lists of one object where the class has a list."""
        objects = self.shape.whole(found, present, rows)
        if not self._in_list:
            return objects
        if present is True:
            return pa.ListArray.from_arrays(pa.array(np.arange(rows + 1, dtype=np.int32)), objects)
        has = as_booleans(present, rows)
        ends = np.cumsum(has.to_numpy(zero_copy_only=False), dtype=np.int32)
        offsets = np.concatenate((np.zeros(1, np.int32), ends))
        one_each = pa.ListArray.from_arrays(pa.array(offsets), objects.filter(has))
        return pa.Array.from_buffers(
            one_each.type, rows, [pa.py_buffer(present), one_each.buffers()[1]], children=[one_each.values]
        )


def _where(frame: Frame, when: When, leaf: Leaf) -> Leaf | None:
    """Return the leaf of the rows in which something is true of another native field, or None where it is in none."""
    true = frame.leaf(*when, pa.bool_(), enum=False)
    if true is None:
        return None
    rows = pc.fill_null(true[0], False)
    value, said = leaf
    taken = pc.if_else(rows, value, pa.scalar(None, value.type))
    if taken.null_count == len(taken):
        return None
    return taken, None if said is None else pc.if_else(rows, said, pa.scalar(None, said.type))


def _take(found: Found, key: str, caption: str, leaf: Leaf) -> None:
    """Add a leaf where the rows do not have it yet."""
    value, said = leaf
    known = found.get(key)
    if caption and said is not None:
        held = found.get(caption)
        if held is None:
            found[caption] = said
        elif known is None:
            found[caption] = pc.coalesce(said, held)
        else:
            found[caption] = pc.if_else(known.is_valid(), held, pc.coalesce(said, held))
    found[key] = value if known is None else pc.coalesce(known, value)


def _repeated(constants: Mapping[str, Constant], kinds: Mapping[str, pa.DataType]) -> list[tuple[str, Repeated | None]]:
    """Return constants as columns; None for the provider's name."""
    return [(name, None if value == "@provider" else Repeated(value, kinds[name])) for name, value in constants.items()]


def _constant(constant: Repeated | None, frame: Frame) -> pa.Array:
    return (frame.provider if constant is None else constant).over(frame.rows)
