"""The licences of what a bundle carries, taken out of the wheels so that they can be read without unpacking any."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath
from typing import Final

_LICENCE: Final = re.compile(r"(^|/)(licen[cs]e|copying|notice|authors|copyright)[^/]*$", re.IGNORECASE)
_CLASSIFIER: Final = "License :: "
_LONGEST_LABEL: Final = 80
"""Characters of a label: some packages put the whole text of a licence into that field."""
INDEX: Final = "INDEX.txt"
_UNSAFE: Final = re.compile(r"(^|/)\.\.?(/|$)|\\|^/|:")


def licences_of(wheels: Iterable[Path]) -> dict[str, bytes]:
    """The licence files of some wheels, by their place below licences/, and an index.

    Wheels of one package may differ from system to system, and so may their licences: a text that differs from the
    first one of its name goes into a folder named by its wheel.
    """
    texts: dict[str, bytes] = {}
    lines: dict[str, str] = {}
    for wheel in sorted(wheels):
        with zipfile.ZipFile(wheel) as package:
            (metadata,) = (name for name in package.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
            root = PurePosixPath(metadata).parent
            found = {}
            for name in package.namelist():
                inside = name.removeprefix(f"{root}/").removeprefix("licenses/")
                if name.startswith(f"{root}/") and _is_licence(name, root) and not _UNSAFE.search(inside):
                    found[inside] = package.read(name)
            title = root.name.removesuffix(".dist-info")
            lines.setdefault(title, f"{title}: {_label(package.read(metadata).decode(errors='replace'))}")
        if not found:
            lines[title] = f"{lines[title].partition(' (')[0]} (the package carries no licence file)"
        for inside, text in found.items():
            place = f"{title}/{inside}"
            if texts.setdefault(place, text) != text:
                texts[f"{title}/{wheel.stem}/{inside}"] = text
    index = "Licences as the packages state them; the texts lie in the folders beside this file.\n"
    index += "The source code of each is on the Python Package Index, under the same name and version.\n\n"
    texts[INDEX] = (index + "".join(f"{line}\n" for _, line in sorted(lines.items()))).encode()
    return texts


def _is_licence(name: str, root: PurePosixPath) -> bool:
    return not name.endswith("/") and (name.startswith(f"{root}/licenses/") or bool(_LICENCE.search(name)))


def _label(metadata: str) -> str:
    """What a package says its licence is: the expression, else the classifiers, else the old field."""
    headers = HeaderParser().parsestr(metadata)
    if expression := headers.get("License-Expression"):
        return expression
    classifiers = [text for text in headers.get_all("Classifier", []) if text.startswith(_CLASSIFIER)]
    if classifiers:
        return ", ".join(text.rpartition(" :: ")[2] for text in classifiers)
    first = (headers.get("License") or "").strip().partition("\n")[0]
    return first[:_LONGEST_LABEL] or "not stated"
