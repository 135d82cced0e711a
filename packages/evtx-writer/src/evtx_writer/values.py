"""Typed values as BinXML holds them: each function takes a plain value, gives its type, bytes and text.

A `Value` made by hand may hold any bytes under any type: that is how a hostile value is made.

Types: Microsoft, [MS-EVEN6] 2.2.12 and 2.2.17.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Final, TypeAlias
from uuid import UUID

from evtx_writer.errors import DescriptionError
from evtx_writer.times import Time, filetime_of, time_text


class ValueType(IntEnum):
    """The type of a value; an array has the type of its items with `ARRAY` added."""

    NULL = 0x00
    STRING = 0x01
    ANSI_STRING = 0x02
    INT8 = 0x03
    UINT8 = 0x04
    INT16 = 0x05
    UINT16 = 0x06
    INT32 = 0x07
    UINT32 = 0x08
    INT64 = 0x09
    UINT64 = 0x0A
    REAL32 = 0x0B
    REAL64 = 0x0C
    BOOL = 0x0D
    BINARY = 0x0E
    GUID = 0x0F
    SIZE = 0x10
    FILETIME = 0x11
    SYSTEMTIME = 0x12
    SID = 0x13
    HEX_INT32 = 0x14
    HEX_INT64 = 0x15
    BINXML = 0x21


ARRAY: Final = 0x80
"""Flag of an array in the number of a type."""


@dataclass(frozen=True)
class Value:
    """A value of one type.

    Attributes:
        type: number of the type (`ValueType`, or one with `ARRAY`, or any other).
        data: its bytes.
        text: what it reads as in XML; needed where a record is written without a template.
    """

    type: int
    data: bytes
    text: str = field(default="", compare=False)


Plain: TypeAlias = "str | int | float | bool | bytes | UUID | datetime | Sequence[str] | Value | None"
"""What `value_of` makes a value of."""

NULL: Final = Value(ValueType.NULL, b"")
"""No value."""

_INTEGERS: Final = {
    ValueType.INT8: "b",
    ValueType.UINT8: "B",
    ValueType.INT16: "h",
    ValueType.UINT16: "H",
    ValueType.INT32: "i",
    ValueType.UINT32: "I",
    ValueType.INT64: "q",
    ValueType.UINT64: "Q",
    ValueType.SIZE: "Q",
    ValueType.HEX_INT32: "I",
    ValueType.HEX_INT64: "Q",
}
_IN_HEX: Final = frozenset({ValueType.SIZE, ValueType.HEX_INT32, ValueType.HEX_INT64})
_SID: Final = re.compile(r"S-(\d+)-(\d+)((?:-\d+)*)")


def value_of(plain: Plain) -> Value:
    """Return a plain Python value as the value that Windows would most likely hold for it.

    Text becomes a string, a number the narrowest of Int32, UInt32, Int64 and UInt64 that holds it, bytes a binary, a
    datetime a FILETIME, a list of texts an array of strings, None no value. A `Value` stays what it is.

    Raises:
        DescriptionError: a number needs more than 64 bits, or a datetime has no zone.
    """
    match plain:
        case Value():
            return plain
        case None:
            return NULL
        case str():
            return string(plain)
        case bool():
            return boolean(plain)
        case int():
            for kind in (ValueType.INT32, ValueType.UINT32, ValueType.INT64):
                if _fits(kind, plain):
                    return integer(kind, plain)
            return integer(ValueType.UINT64, plain)
        case float():
            return real64(plain)
        case bytes():
            return binary(plain)
        case UUID():
            return guid(plain)
        case datetime():
            return filetime(plain)
        case _:
            return strings(plain)


def string(text: str) -> Value:
    """Return text in UTF-16; lone surrogates and NULs are kept."""
    return Value(ValueType.STRING, encoded(text), text)


def encoded(text: str) -> bytes:
    """Return text in UTF-16 without a terminator; lone surrogates are kept."""
    return text.encode("utf-16-le", "surrogatepass")


def ansi_string(text: str, encoding: str = "cp1252") -> Value:
    """Return text in a code page.

    Raises:
        DescriptionError: the code page lacks a character.
    """
    try:
        return Value(ValueType.ANSI_STRING, text.encode(encoding), text)
    except UnicodeEncodeError as error:
        raise DescriptionError(str(error)) from error


def integer(kind: ValueType, number: int) -> Value:
    """Return a number as one of the integer types.

    Raises:
        DescriptionError: the type does not hold the number, or is none of them.
    """
    if kind not in _INTEGERS:
        raise DescriptionError(f"{kind!r} is no type of integers")
    try:
        data = struct.pack("<" + _INTEGERS[kind], number)
    except struct.error:
        raise DescriptionError(f"{number} does not fit {kind.name}") from None
    return Value(kind, data, f"{number:#x}" if kind in _IN_HEX else str(number))


def _fits(kind: ValueType, number: int) -> bool:
    bits = struct.calcsize("<" + _INTEGERS[kind]) * 8
    signed = _INTEGERS[kind].islower()
    return -(1 << bits - 1) <= number < 1 << bits - 1 if signed else 0 <= number < 1 << bits


def int8(number: int) -> Value:
    """Return a number of 8 bits with a sign."""
    return integer(ValueType.INT8, number)


def uint8(number: int) -> Value:
    """Return a number of 8 bits."""
    return integer(ValueType.UINT8, number)


def int16(number: int) -> Value:
    """Return a number of 16 bits with a sign."""
    return integer(ValueType.INT16, number)


def uint16(number: int) -> Value:
    """Return a number of 16 bits."""
    return integer(ValueType.UINT16, number)


def int32(number: int) -> Value:
    """Return a number of 32 bits with a sign."""
    return integer(ValueType.INT32, number)


def uint32(number: int) -> Value:
    """Return a number of 32 bits."""
    return integer(ValueType.UINT32, number)


def int64(number: int) -> Value:
    """Return a number of 64 bits with a sign."""
    return integer(ValueType.INT64, number)


def uint64(number: int) -> Value:
    """Return a number of 64 bits."""
    return integer(ValueType.UINT64, number)


def size(number: int) -> Value:
    """Return a number as wide as a pointer of 64 bits."""
    return integer(ValueType.SIZE, number)


def hex_int32(number: int) -> Value:
    """Return a number of 32 bits that is shown in hexadecimal."""
    return integer(ValueType.HEX_INT32, number)


def hex_int64(number: int) -> Value:
    """Return a number of 64 bits that is shown in hexadecimal."""
    return integer(ValueType.HEX_INT64, number)


def real32(number: float) -> Value:
    """Return a number in single precision.

    Raises:
        DescriptionError: it is too large for that.
    """
    try:
        return Value(ValueType.REAL32, struct.pack("<f", number), _real_text(number))
    except OverflowError:
        raise DescriptionError(f"{number} does not fit REAL32") from None


def real64(number: float) -> Value:
    """Return a number in double precision."""
    return Value(ValueType.REAL64, struct.pack("<d", number), _real_text(number))


def _real_text(number: float) -> str:
    return f"{number:.6f}" if math.isfinite(number) else str(number)


def boolean(truth: bool) -> Value:
    """Return true or false, in 32 bits as Windows holds them."""
    return Value(ValueType.BOOL, struct.pack("<I", int(truth)), "true" if truth else "false")


def binary(data: bytes) -> Value:
    """Return bytes."""
    return Value(ValueType.BINARY, data, data.hex().upper())


def guid(identity: UUID | str) -> Value:
    """Return a GUID, given with braces or without.

    Raises:
        DescriptionError: the text is none.
    """
    try:
        known = identity if isinstance(identity, UUID) else UUID(identity)
    except ValueError as error:
        raise DescriptionError(f"no GUID: {identity!r}") from error
    return Value(ValueType.GUID, known.bytes_le, f"{{{known}}}".upper())


def sid(text: str) -> Value:
    """Return a security identifier such as S-1-5-18.

    Raises:
        DescriptionError: the text is none.
    """
    found = _SID.fullmatch(text)
    if found is None:
        raise DescriptionError(f"no security identifier: {text!r}")
    parts = [int(part) for part in found[3].split("-")[1:]]
    try:
        data = struct.pack("<BB", int(found[1]), len(parts)) + int(found[2]).to_bytes(6, "big")
        return Value(ValueType.SID, data + struct.pack(f"<{len(parts)}I", *parts), text)
    except (struct.error, OverflowError):
        raise DescriptionError(f"a part is too large, or there are too many: {text!r}") from None


def filetime(time: Time) -> Value:
    """Return a time in ticks of 100 ns.

    Raises:
        DescriptionError: see `filetime_of`.
    """
    ticks = filetime_of(time)
    return Value(ValueType.FILETIME, struct.pack("<Q", ticks), time_text(ticks))


def systemtime(time: datetime) -> Value:
    """Return a time in milliseconds, split into year, month, day of week, day, hour, minute, second, millisecond."""
    parts = (time.year, time.month, time.isoweekday() % 7, time.day, time.hour, time.minute, time.second)
    milliseconds = time.microsecond // 1000
    return Value(ValueType.SYSTEMTIME, struct.pack("<8H", *parts, milliseconds), f"{time:%FT%T}.{milliseconds:03d}Z")


def strings(texts: Sequence[str]) -> Value:
    """Return an array of texts, each with the NUL that ends it."""
    data = b"".join(encoded(text) + b"\0\0" for text in texts)
    return Value(ARRAY | ValueType.STRING, data, ",".join(texts))


def array(items: Sequence[Value]) -> Value:
    """Return an array of values of one type of fixed width.

    Raises:
        DescriptionError: there are none, or they differ in type.
    """
    kinds = {item.type for item in items}
    if len(kinds) != 1:
        raise DescriptionError("an array takes values of exactly one type")
    return Value(ARRAY | kinds.pop(), b"".join(item.data for item in items), ",".join(item.text for item in items))
