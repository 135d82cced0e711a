"""Rights to objects: messages show them in the words of the language, events hold a code for each bit of the mask."""

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
