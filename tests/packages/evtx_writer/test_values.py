"""Values have the bytes of the specification, and what does not fit is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtx_writer import ARRAY, DescriptionError, Plain, Value, ValueType, filetime_of, time_text, value_of, values

IDENTITY = "54849625-5478-4994-A5BA-3E3B0328C30D"
TICKS = 134_177_064_001_234_567
"""2026-03-11T12:40:00.1234567Z"""


@pytest.mark.parametrize(
    ("value", "kind", "data", "text"),
    [
        (values.string("Aé\0"), 0x01, "4100e9000000", "Aé\0"),
        (values.string("\ud800"), 0x01, "00d8", "\ud800"),
        (values.ansi_string("é"), 0x02, "e9", "é"),
        (values.int8(-1), 0x03, "ff", "-1"),
        (values.uint8(255), 0x04, "ff", "255"),
        (values.int16(-2), 0x05, "feff", "-2"),
        (values.uint16(4688), 0x06, "5012", "4688"),
        (values.int32(-2), 0x07, "feffffff", "-2"),
        (values.uint32(1), 0x08, "01000000", "1"),
        (values.int64(-1), 0x09, "ff" * 8, "-1"),
        (values.uint64(2**64 - 1), 0x0A, "ff" * 8, "18446744073709551615"),
        (values.real32(1.5), 0x0B, "0000c03f", "1.500000"),
        (values.real64(-2.0), 0x0C, "00000000000000c0", "-2.000000"),
        (values.boolean(True), 0x0D, "01000000", "true"),
        (values.binary(b"\x01\xab"), 0x0E, "01ab", "01AB"),
        (values.guid(IDENTITY), 0x0F, "2596845478549449a5ba3e3b0328c30d", f"{{{IDENTITY}}}"),
        (values.size(7), 0x10, "0700000000000000", "0x7"),
        (values.filetime(258), 0x11, "0201000000000000", "1601-01-01T00:00:00.0000258Z"),
        (values.sid("S-1-5-21-1-500"), 0x13, "01030000000000051500000001000000f4010000", "S-1-5-21-1-500"),
        (values.hex_int32(31), 0x14, "1f000000", "0x1f"),
        (values.hex_int64(0x3E7), 0x15, "e703000000000000", "0x3e7"),
        (values.strings(["a", ""]), 0x81, "610000000000", "a,"),
        (values.array([values.uint16(1), values.uint16(2)]), 0x86, "01000200", "1,2"),
        (
            values.systemtime(datetime(2026, 3, 11, 12, 40, 1, 7000, UTC)),
            0x12,
            "ea07030003000b000c00280001000700",
            "2026-03-11T12:40:01.007Z",
        ),
    ],
)
def test_bytes_and_text(value: Value, kind: int, data: str, text: str) -> None:
    assert (value.type, value.data.hex(), value.text) == (kind, data, text)


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ("x", values.string("x")),
        (True, values.boolean(True)),
        (-1, values.int32(-1)),
        (2**31, values.uint32(2**31)),
        (2**32, values.int64(2**32)),
        (-(2**31) - 1, values.int64(-(2**31) - 1)),
        (2**64 - 1, values.uint64(2**64 - 1)),
        (0.5, values.real64(0.5)),
        (b"x", values.binary(b"x")),
        (UUID(IDENTITY), values.guid(IDENTITY)),
        (datetime(2026, 3, 11, 12, 40, tzinfo=UTC), values.filetime("2026-03-11T12:40:00Z")),
        (["x"], values.strings(["x"])),
        (None, Value(ValueType.NULL, b"")),
        (values.int8(1), values.int8(1)),
    ],
)
def test_plain_values_get_the_type_that_fits(plain: Plain, expected: Value) -> None:
    assert value_of(plain) == expected


@pytest.mark.parametrize(
    ("make", "given_value"),
    [
        (values.uint8, 256),
        (values.uint32, -1),
        (values.int64, 2**63),
        (value_of, 2**64),
        (values.real32, 1e300),
        (values.guid, "no"),
        (values.sid, "S-1"),
        (values.sid, "S-1-5-4294967296"),
        (values.sid, "S-1-281474976710656"),
        (values.sid, "S-1-5" + "-1" * 256),
        (values.ansi_string, "日"),
        (values.filetime, -1),
        (values.filetime, "yesterday"),
        (values.filetime, "2026-03-11T12:40:00"),
        (values.filetime, "2026-03-11T12:40:00.12345678Z"),
        (values.filetime, "2026-02-31T12:40:00Z"),
        (values.filetime, datetime(2026, 3, 11)),  # noqa: DTZ001 - it is what must be refused
        (values.array, []),
        (values.array, [values.int8(1), values.uint8(1)]),
    ],
)
def test_what_does_not_fit_is_refused(make: Any, given_value: Any) -> None:
    with pytest.raises(DescriptionError):
        make(given_value)


def test_only_integer_types_take_integers() -> None:
    with pytest.raises(DescriptionError):
        values.integer(ValueType.GUID, 1)
    assert values.array([values.int8(1)]).type == ARRAY | ValueType.INT8


def test_times_are_exact() -> None:
    assert filetime_of("2026-03-11T12:40:00.1234567Z") == TICKS
    assert filetime_of("2026-03-11 21:40:00.1234567+09:00") == TICKS
    assert filetime_of(datetime(2026, 3, 11, 21, 40, 0, 123456, timezone(timedelta(hours=9)))) == TICKS - 7
    assert time_text(TICKS) == "2026-03-11T12:40:00.1234567Z"
    assert time_text(2**64 - 1) == str(2**64 - 1)


@given(st.integers(0, filetime_of("9999-12-31T23:59:59.9999999Z")))
def test_times_survive_as_text(ticks: int) -> None:
    assert filetime_of(time_text(ticks)) == ticks
