"""The types that Windows gives to the values of a payload: reads plain values, gives those of `evtx_writer`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from evtx_writer import Element, Plain, Value, element, value_of, values

if TYPE_CHECKING:
    from two_sites_story.kinds import Json, UserData

_HEXADECIMAL = re.compile(r"0x[0-9a-f]+")
_SID = re.compile(r"S-1-\d+-[\d-]+")
_GUID = re.compile(r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_WIDE = ("LogonId", "ProcessId", "HandleId")
"""Ends of the names of hexadecimal numbers that are as wide as a pointer."""
_LONG = ("Length", "Total", "Transferred", "StartKey", "Limit")
"""Ends of the names of numbers of 64 bits."""


def typed(name: str, plain: Json) -> Value:
    """A value of EventData or UserData: numbers, identifiers and texts, each as Windows stores it.

    Raises:
        TypeError: the value is a list or an object.
    """
    match plain:
        case str():
            return _typed_text(name, plain)
        case bool() | None:
            return value_of(plain)
        case int():
            return values.uint64(plain) if name.endswith(_LONG) else values.uint32(plain)
        case _:
            raise TypeError(f"{name}: no single value: {plain!r}")


def _typed_text(name: str, text: str) -> Value:
    if _HEXADECIMAL.fullmatch(text):
        number = int(text, 16)
        return values.hex_int64(number) if name.endswith(_WIDE) else values.hex_int32(number)
    if _SID.fullmatch(text):
        return values.sid(text)
    if _TIME.fullmatch(text):
        return values.filetime(text)
    if _GUID.fullmatch(text):
        return values.guid(text)
    return values.string(text)


def unnamed(data: Json) -> list[Plain]:
    """The values of events of old providers, which have places instead of names.

    Raises:
        TypeError: it is not in the form of such values.
    """
    match data:
        case {"#text": [*texts]} if all(isinstance(text, str) for text in texts):
            return [str(text) for text in texts]
        case {"#text": str(text)}:
            return [text]
        case _:
            raise TypeError(f"no values without names: {data!r}")


def user_data(described: UserData, payload: dict[str, Json]) -> Element:
    """The element inside UserData."""
    fields = [element(name, None, typed(name, plain)) for name, plain in payload.items()]
    return element(described.element, described.attributes(), *fields)
