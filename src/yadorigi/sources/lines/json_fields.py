"""Fields of a line that is a JSON object: values by name, those of objects inside with the names joined by dots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from yadorigi.sources.lines.format import LineError

if TYPE_CHECKING:
    from yadorigi.sources.lines.fields import Fields

_DECODE: Final = msgspec.json.Decoder().decode
_ENCODE: Final = msgspec.json.Encoder().encode
_DEPTH: Final = 6
"""Objects inside of objects; what is deeper is kept as it is."""
_FIELDS: Final = 2_000
_LONGEST_NAME: Final = 1_000
_NAMES: Final = 8
_NAMES_ANYWAY: Final = 8_192
"""Names together may be so many times as long as the line, or so long anyway: an outer name is in all inner ones."""
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeError, RecursionError)


def json_fields(text: str) -> dict[str, Any]:
    """Return the fields of a JSON object; of objects in a list, each name has all the values.

    Raises:
        LineError: the text is none.
    """
    start, end = text.find("{"), text.rfind("}")
    try:
        found = _DECODE(text[start : end + 1].encode("utf-8", "surrogatepass")) if start >= 0 else None
    except _UNREADABLE as error:
        raise LineError(f"no whole JSON: {error}") from error
    if not isinstance(found, dict):
        raise LineError("no JSON object")
    fields: dict[str, Any] = {}
    _put(fields, "", found, _DEPTH)
    if sum(map(len, fields)) > len(text) * _NAMES + _NAMES_ANYWAY:
        raise LineError("an object whose names together are far longer than the line")
    return fields


def text_fields(text: str) -> Fields:
    """Return the fields of a JSON object as logs of lines have them: texts, and lists of texts; null is left out.

    Raises:
        LineError: the text is none.
    """
    fields: Fields = {}
    for name, value in json_fields(text).items():
        if isinstance(value, list):
            fields[name] = [_text(one) for one in value if one is not None]
        elif value is not None:
            fields[name] = _text(value)
    return fields


def _text(value: object) -> str:
    return value if isinstance(value, str) else _ENCODE(value).decode()


def _put(fields: dict[str, Any], above: str, values: dict[str, Any], depth: int) -> None:
    for name, value in values.items():
        whole = f"{above}.{name}" if above else name
        if len(fields) >= _FIELDS and whole not in fields:
            raise LineError(f"an object of more than {_FIELDS:,} fields")
        if len(whole) > _LONGEST_NAME:
            raise LineError(f"a name of more than {_LONGEST_NAME:,} characters")
        if isinstance(value, dict) and depth:
            _put(fields, whole, value, depth - 1)
        elif isinstance(value, list) and value and depth and all(isinstance(one, dict) for one in value):
            for one in value:
                inner: dict[str, Any] = {}
                _put(inner, whole, one, depth - 1)
                for key, part in inner.items():
                    _add(fields, key, part)
        else:
            _add(fields, whole, value)


def _add(fields: dict[str, Any], name: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
    if name not in fields:
        fields[name] = value
        return
    known = fields[name]
    both = (known if isinstance(known, list) else [known]), (value if isinstance(value, list) else [value])
    fields[name] = both[0] + both[1]
