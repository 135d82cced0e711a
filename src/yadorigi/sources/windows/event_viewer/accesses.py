"""Rights and properties: messages show them in the words of the language, events hold a code for each bit of a mask."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

_MASK: Final = re.compile(r"0x([0-9a-fA-F]{1,8})").fullmatch
_STANDARD_BIT: Final = 16
_STANDARD_CODE: Final = 1537
_STANDARD_RIGHTS: Final = 5
"""Delete, read and write the descriptor, take ownership, wait: the bits that all sorts of objects have."""
_LINE_END: Final = "\r\n\t\t\t\t"

_CLEARED: Final = 2048
_SET: Final = 2080
"""Codes of the first property of an account, where it is taken away and where it is given."""
_PROPERTIES: Final = (
    0x1, 0x2, 0x4, 0x8, 0x10, 0x40, 0x80, 0x100, 0x20, 0x200, 0x400, 0x800, 0x1000, 0x2000, 0x4000, 0x8000, 0x10000,
    0x20000, 0x40000, 0x80000,
)  # fmt: skip
"""Bits of the properties in the order of their codes ([MS-SAMR] 2.2.1.12, USER_ACCOUNT codes)."""
_ALL_PROPERTIES: Final = sum(_PROPERTIES)


def with_codes_of_account(fields: dict[str, str]) -> dict[str, str]:
    """Return the fields with the codes of an account's properties in place of words, where the two masks tell which.

    Args:
        fields: native fields of a message, among them ``UserAccountControl``.
    """
    stated = fields["UserAccountControl"]
    old, new = (_MASK(fields.get(name, "").strip()) for name in ("OldUacValue", "NewUacValue"))
    if old is None or new is None or "%%" in stated:
        return fields
    before, behind = int(old[1], 16), int(new[1], 16)
    codes = [
        (_SET if behind & bit else _CLEARED) + number
        for number, bit in enumerate(_PROPERTIES)
        if (before ^ behind) & bit
    ]
    lines = [line for line in stated.split("\n") if line.strip()]
    if not codes or len(codes) != len(lines) or (before ^ behind) & ~_ALL_PROPERTIES:
        return fields
    return fields | {"UserAccountControl": "".join(f"\r\n\t\t%%{code}" for code in codes)}


def with_codes(fields: dict[str, str], first_codes: Mapping[str, int]) -> dict[str, str]:
    """Return the fields with the codes of the rights in place of their words, where the mask beside them tells which.

    Args:
        fields: native fields of a message, among them ``AccessList`` and ``AccessMask``.
        first_codes: the code of the lowest bit, by type of object (or server of objects).
    """
    stated, mask = fields.get("AccessList", ""), _MASK(fields.get("AccessMask", "").strip())
    if not stated or mask is None or "%%" in stated:
        return fields
    first = first_codes.get(fields.get("ObjectType", ""), first_codes.get(fields.get("ObjectServer", "")))
    codes = list(_codes(int(mask[1], 16), first))
    words = [line.strip() for line in stated.split("\n") if line.strip()]
    if None in codes or len(codes) != len(words):
        return fields
    return fields | {"AccessList": "".join(f"%%{code}{_LINE_END}" for code in codes)}


def _codes(mask: int, first: int | None) -> Iterator[int | None]:
    """Give the codes of a mask's bits as events list them, the rights of all objects first; None for one unknown."""
    if mask >> (_STANDARD_BIT + _STANDARD_RIGHTS):
        yield None
    for number in range(_STANDARD_RIGHTS):
        if mask >> (_STANDARD_BIT + number) & 1:
            yield _STANDARD_CODE + number
    for number in range(_STANDARD_BIT):
        if mask >> number & 1:
            yield None if first is None else first + number
