"""Fields inside messages: key=value in its two kinds, CEF and LEEF."""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from yadorigi.sources.lines.format import LineError
from yadorigi.sources.lines.stated_twice import with_others

Fields: TypeAlias = dict[str, str | list[str]]
"""Values by name; a name that comes again has all its values."""

_QUOTED: Final = re.compile(r'(?<![\w.\-:/@()])([\w.\-:/@()]++)=(?:"((?:[^"\\]|\\.)*+)"|(\S*))')
_WORDED: Final = re.compile(
    r'(?<![\w.\-:/@()])([\w.\-:/@()]++)=(?:"((?:[^"\\]|\\.)*+)"|(\S*+(?: (?![\w.\-:/@()]++=)\S++)*+))'
)
_NAME: Final = re.compile(r"\s([\w.\-:/@\[\]()]+)=")
_PIPE: Final = re.compile(r"(?<!\\)\|")
_CEF_NAME: Final = re.compile(r"\s([\w.\-\[\]]+)=(?!=)")
_BAR_NAME: Final = re.compile(r"\|[A-Za-z][\w.\-]{0,63}=").search
_ESCAPE: Final = re.compile(r"\\([\\=|nr])")
_MEANT: Final = {"n": "\n", "r": "\r"}
_CEF_HEADER: Final = ("Version", "DeviceVendor", "DeviceProduct", "DeviceVersion", "SignatureID", "Name", "Severity")
_LEEF_HEADER: Final = ("Version", "Vendor", "Product", "ProductVersion", "EventID")
_HEXADECIMAL: Final = re.compile(r"(?:0x|x)([0-9a-f]{1,6})", re.IGNORECASE).fullmatch


def quoted_fields(text: str) -> Fields:
    r"""Return fields of ``key=value key="value with blanks"``; a quote inside a value is written ``\"``."""
    return _collected(_QUOTED.findall(text), text)


def worded_fields(text: str) -> Fields:
    """Return fields as `quoted_fields` does; a value without quotes may have blanks: it ends where a name begins."""
    return _collected([(name, quoted, plain.strip()) for name, quoted, plain in _WORDED.findall(text)], text)


def _collected(found: list[tuple[str, str, str]], text: str) -> Fields:
    fields: Fields = {name: (quoted or plain) for name, quoted, plain in found}
    if len(fields) != len(found):
        fields = {}
        for name, quoted, plain in found:
            put(fields, name, quoted or plain)
    if "\\" in text:
        return {name: _without_escapes(value) for name, value in fields.items()}
    return fields


def _without_escapes(value: str | list[str]) -> str | list[str]:
    if isinstance(value, list):
        return [one.replace('\\"', '"') for one in value]
    return value.replace('\\"', '"')


def loose_fields(text: str) -> Fields:
    """Return fields of ``key=value key=value with blanks``: a value goes on until the next name."""
    return _split_at(_NAME, text)


def _split_at(names: re.Pattern[str], text: str) -> Fields:
    parts = names.split(f" {text}")
    values = [_unquoted(value.strip()) for value in parts[2::2]]
    fields: Fields = dict(zip(parts[1::2], values, strict=True))
    if len(fields) != len(values):
        fields = {}
        for name, value in zip(parts[1::2], values, strict=True):
            put(fields, name, value)
    return fields


def _unquoted(value: str) -> str:
    return value[1:-1] if value[:1] == '"' == value[-1:] and len(value) > 1 else value


def put(fields: Fields, name: str, value: str) -> None:
    """Put a value where there may be one of that name already: then all are kept."""
    known = fields.get(name)
    if known is None:
        fields[name] = value
    elif isinstance(known, list):
        known.append(value)
    else:
        fields[name] = [known, value]


def cef_fields(message: str) -> Fields:
    """Return header and extension of a message in ArcSight's Common Event Format (revision 26).

    The header's fields have the names of the specification. Custom fields are kept under their keys (``cs1``) and under
    their labels.

    Raises:
        LineError: it has no whole header.
    """
    start = message.find("CEF:")
    # A device whose program is called CEF writes the word twice.
    parts = _PIPE.split(message[start + len("CEF:") :].removeprefix("CEF:"), len(_CEF_HEADER))
    if start < 0 or len(parts) < len(_CEF_HEADER):
        raise LineError("no whole header of CEF")
    extension = parts.pop() if len(parts) > len(_CEF_HEADER) else ""
    fields: Fields = dict(zip(_CEF_HEADER, parts, strict=False))
    extended = _split_at(_CEF_NAME, extension)
    # Keys are as free as values: one that is called like a part of the header does not take its place.
    fields = fields | extended if fields.keys().isdisjoint(extended) else with_others(fields, extended)
    if "\\" in message:
        for name, value in fields.items():
            fields[name] = [_plain(one) for one in value] if isinstance(value, list) else _plain(value)
    for name in [name for name in fields if name.endswith("Label")]:
        label, own = fields[name], fields.get(name.removesuffix("Label"))
        if isinstance(label, str) and label and own is not None:
            fields.setdefault(label, own)
    return fields


def leef_fields(message: str) -> Fields:
    """Return header and attributes of a message in QRadar's Log Event Extended Format (1.0 and 2.0).

    Raises:
        LineError: it has no whole header.
    """
    start = message.find("LEEF:")
    parts = message[start + len("LEEF:") :].split("|", len(_LEEF_HEADER))
    if start < 0 or len(parts) < len(_LEEF_HEADER):
        raise LineError("no whole header of LEEF")
    fields: Fields = dict(zip(_LEEF_HEADER, parts, strict=False))
    rest = parts[len(_LEEF_HEADER)] if len(parts) > len(_LEEF_HEADER) else ""
    separator = "\t"
    if parts[0].startswith("2"):
        stated, bar, behind = rest.partition("|")
        if bar and "=" not in stated:
            rest = behind
            code = _HEXADECIMAL(stated)
            separator = chr(int(code[1], 16)) if code is not None else stated or "\t"
    if separator not in rest and "\t" not in rest:
        if _BAR_NAME(rest) is None:
            return with_others(fields, loose_fields(rest))
        # Some makers' templates part the attributes by bars and do not say so.
        separator = "|"
    for part in rest.split(separator):
        name, equals, value = part.partition("=")
        if equals:
            put(fields, name.strip(), value)
    return fields


def _plain(value: str) -> str:
    return _ESCAPE.sub(lambda found: _MEANT.get(found[1], found[1]), value) if "\\" in value else value
