"""Shapes of messages in CEF and LEEF: a product writes the same keys in the same order all day.

See `lines.shapes`. Whose product a line is of, and which keys it has, is part of the expression; header fields behind
the product and all values are taken by it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from yadorigi.sources.lines.format import Learned, LearnedField
from yadorigi.sources.lines.shapes import prepared

_CEF_HEADER: Final = ("Version", "DeviceVendor", "DeviceProduct", "DeviceVersion", "SignatureID", "Name", "Severity")
_LEEF_HEADER: Final = ("Version", "Vendor", "Product", "ProductVersion", "EventID")
_PRODUCT: Final = 3
"""Header fields that say whose message it is, which is part of the expression."""
_CEF_KEY: Final = re.compile(r"(?:^| )([A-Za-z][A-Za-z0-9_.\-]{0,63})=(?!=)", re.ASCII)
_LEEF_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,63}", re.ASCII).fullmatch
_WORD: Final = r"(?!=)([^ ]*+)"
_WORDS: Final = r"(?!=)([^ ]*+(?: [^ =]++(?!=))*+)"
"""A value of CEF ends where a blank, a name and an equals sign follow."""
_BACKSLASH: Final = re.compile(r"\\([\\nr]?)")
_KEYS: Final = 128


def prepared_cef(text: str) -> str:
    r"""Return a text in CEF in which values are JSON as they stand; "" where it is not plain.

    Backslashes, line feeds and carriage returns are escaped as in JSON. A backslash before another sign is one.
    """
    if "\\" not in text:
        return text if text.isprintable() else ""
    if not text.isprintable() or "\\=" in text or "\\|" in text or '"' in text:
        return ""
    return _BACKSLASH.sub(lambda found: found[0] if found[1] else "\\\\", text)


def prepared_leef(text: str) -> str:
    """Return a text in LEEF in which values are JSON as they stand; "" where it is not plain. Tabs part its values."""
    plain = prepared(text.replace("\t", " ")) if "\t" in text else prepared(text)
    return text.replace("\\", "\\\\") if plain else ""


def cef_shape(text: str) -> Learned | None:
    """Return the shape of a message in CEF, or None."""
    if not text.startswith("CEF:") or '"' in text:
        return None
    parts = text[len("CEF:") :].split("|", len(_CEF_HEADER))
    if len(parts) <= len(_CEF_HEADER) or any("\\" in part for part in parts[:-1]):
        return None
    keys = list(_CEF_KEY.finditer(extension := parts.pop()))
    names = [key[1] for key in keys]
    if not keys or keys[0].start() or len(keys) > _KEYS or len({*names, *_CEF_HEADER}) != len(names) + len(_CEF_HEADER):
        return None
    fixed = dict(zip(_CEF_HEADER, parts[:_PRODUCT], strict=False))
    values = {}
    for place, key in enumerate(keys):
        end = keys[place + 1].start() if place + 1 < len(keys) else len(extension)
        values[key[1]] = extension[key.end() : end]
    # What a field is called is no value of a line.
    fixed |= {name: value for name, value in values.items() if name.endswith("Label")}
    if any(label != label.strip() for label in fixed.values()):
        return None
    expression = "CEF:" + re.escape("|".join(parts[:_PRODUCT])) + r"\|([^|\\]*+)" * (len(parts) - _PRODUCT) + r"\|"
    forms = {name: _WORDS if " " in value else _WORD for name, value in values.items()}
    forms |= {name: re.escape(value) for name, value in fixed.items()}
    expression += " ".join(f"{re.escape(name)}={forms[name]}" for name in names)
    order = [*_CEF_HEADER, *names]
    fields = [LearnedField(name, "" if name in fixed else name, fixed.get(name, "")) for name in order]
    for name, label in fixed.items():
        own = name.removesuffix("Label")
        if name.endswith("Label") and label and label not in order and own in values and own not in fixed:
            fields.append(LearnedField(label, own))
            order.append(label)
    return Learned(expression, tuple(name for name in (*_CEF_HEADER, *names) if name not in fixed), tuple(fields))


def leef_shape(text: str) -> Learned | None:
    """Return the shape of a message in LEEF whose attributes are parted as it states, or None."""
    parts = text[len("LEEF:") :].split("|", len(_LEEF_HEADER))
    if not text.startswith("LEEF:") or len(parts) <= len(_LEEF_HEADER) or '"' in text:
        return None
    rest, between, stated = parts[-1], "\t", ""
    if parts[0].startswith("2") and rest[1:2] == "|" and rest[0] in "^;~":
        between, stated, rest = rest[0], rest[:2], rest[2:]
    if between not in rest:
        return None
    pairs = [part.partition("=") for part in rest.split(between)]
    names = [name for name, _, _ in pairs]
    if len({*names, *_LEEF_HEADER}) != len(names) + len(_LEEF_HEADER) or len(names) > _KEYS:
        return None
    if not all(equals and _LEEF_KEY(name) for name, equals, _ in pairs):
        return None
    # None may hold a tab, which is no sign that JSON takes as it stands.
    escaped = re.escape(between)
    expression = "LEEF:" + re.escape("|".join(parts[:_PRODUCT])) + r"\|([^|\t]*+)" * 2 + r"\|" + re.escape(stated)
    expression += escaped.join(f"{re.escape(name)}=([^{escaped}\t]*+)" for name in names)
    fixed = dict(zip(_LEEF_HEADER, parts[:_PRODUCT], strict=False))
    order = (*_LEEF_HEADER, *names)
    fields = tuple(LearnedField(name, "" if name in fixed else name, fixed.get(name, "")) for name in order)
    return Learned(expression, tuple(name for name in order if name not in fixed), fields)


def cef_guess(texts: Sequence[str]) -> list[str]:
    """Return what stands around product and number."""
    return [text[(start := text.find("EF:")) : start + _BEGINNING] for text in texts]


def cef_apart(text: str) -> int:
    """Return how many equals signs there are."""
    return text.count("=")


_BEGINNING: Final = 48
