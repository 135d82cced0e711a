"""What auditpol says: lists by GUID (``/get /r``, ``/backup``, ``audit.csv``) in any language, and its plain text.

In a list, a subcategory is known by its GUID. What is audited stands there as a number in some lists and in words in
others, and the words depend on the language of Windows: of a language that the program does not know, nothing is
guessed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Final

from yadorigi.limits import NUMBER_TEXT_LIMIT
from yadorigi.sources.settings.audit_words import audit_words, plain
from yadorigi.sources.settings.contract import AUDITPOL, TEXT_LIMIT, StatedFile, Statement

_GUID: Final = re.compile(r"\{?(0cce92[0-9a-f]{2}-69ae-11d9-bed3-505054503030)\}?", re.IGNORECASE)
_ROW: Final = re.compile(
    r"^[^\n{}]{0,600}?(?P<delimiter>[,;\t])\"?\{0cce92[0-9a-f]{2}-69ae-11d9-bed3-505054503030\}\"?(?P=delimiter)",
    re.IGNORECASE | re.MULTILINE,
)
_LINE: Final = re.compile(r"[ \t\u3000]+(?P<name>\S.*?)[ \t\u3000]{2,}(?P<setting>\S.*?)[ \t\u3000]*")
_BY_NUMBER: Final = {0: (False, False), 1: (True, False), 2: (False, True), 3: (True, True), 4: (False, False)}
_TARGET, _FEW_CELLS, _NUMBER_AFTER_GUID = 1, 3, 3
_LINE_LIMIT: Final = 4_096


def is_list(text: str) -> bool:
    """Say whether text is a list by GUID."""
    return _ROW.search(text) is not None


def is_plain_text(text: str) -> bool:
    """Say whether text is what auditpol prints without ``/r``, in a language that the program knows."""
    words = audit_words()
    lines = [plain(line) for line in text.splitlines()[:50] if len(line) < _LINE_LIMIT]
    if not any(line in words.titles for line in lines):
        return False
    return any(line.startswith(heading) for line in lines for heading in words.headings)


def read_list(text: str) -> StatedFile:
    """Read a list by GUID."""
    stated = StatedFile(AUDITPOL)
    found = _ROW.search(text)
    if found is None:
        stated.tell("no row with the GUID of a subcategory")
        return stated
    for cells in _rows(text, found["delimiter"], stated):
        place = next((place for place, cell in enumerate(cells) if _GUID.fullmatch(cell.strip())), None)
        # Policies of single users, and options, stand in the same lists.
        if place is None or place < 1 or (place > _TARGET and _is_user(cells[_TARGET])):
            continue
        _take_row(cells, place, stated)
    hosts = {statement.host for statement in stated.statements}
    if len(hosts) == 1:
        stated.host = hosts.pop()
    return stated


def _rows(text: str, delimiter: str, stated: StatedFile) -> Iterator[list[str]]:
    # One row at a time, so that a broken one costs no other.
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        if len(line) > _LINE_LIMIT:
            stated.tell(f"line {number} is longer than {_LINE_LIMIT:,} characters; not used")
            continue
        try:
            yield next(csv.reader([line], delimiter=delimiter))
        except (csv.Error, StopIteration) as error:
            stated.tell(f"line {number}: {error}")


def _is_user(target: str) -> bool:
    shown = target.strip().upper()
    return "\\" in shown or shown.startswith(("S-1-", "OPTION:", "GLOBALSACL", "FILEGLOBALSACL", "REGISTRYGLOBALSACL"))


def _take_row(cells: list[str], place: int, stated: StatedFile) -> None:
    found = _GUID.fullmatch(cells[place].strip())
    words = cells[place + 1].strip() if len(cells) > place + 1 else ""
    number = cells[place + _NUMBER_AFTER_GUID].strip() if len(cells) > place + _NUMBER_AFTER_GUID else ""
    audited = _audited(words, number)
    guid = found[1].lower() if found else ""
    if audited is None:
        stated.tell(f"{guid}: {words[:60]!r} is in no language that is known; export it with auditpol /backup as well")
        return
    host = cells[0].strip()[:TEXT_LIMIT] if place >= _FEW_CELLS else ""
    stated.add(Statement("audit", guid, success=audited[0], failure=audited[1], host=host))


def _audited(words: str, number: str) -> tuple[bool, bool] | None:
    """Return what is audited, None where that cannot be told or number and words contradict each other."""
    by_words = audit_words().settings.get(plain(words[:TEXT_LIMIT]))
    if not (number.isascii() and number.isdigit() and len(number) < NUMBER_TEXT_LIMIT):
        return by_words
    by_number = _BY_NUMBER.get(int(number))
    return by_number if by_words in {None, by_number} else None


def read_plain_text(text: str) -> StatedFile:
    """Read what auditpol prints without ``/r``."""
    stated = StatedFile(AUDITPOL)
    words = audit_words()
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > _LINE_LIMIT:
            stated.tell(f"line {number} is longer than {_LINE_LIMIT:,} characters; not used")
            continue
        name, setting = _name_and_setting(line)
        guid = words.subcategories.get(plain(name)) if name else None
        audited = words.settings.get(plain(setting))
        if guid is not None and audited is not None:
            stated.add(Statement("audit", guid, success=audited[0], failure=audited[1]))
        elif name and (guid is not None or audited is not None):
            stated.tell(f"line {number} is not understood: {line.strip()[:100]!r}")
    return stated


def _name_and_setting(line: str) -> tuple[str, str]:
    if found := _LINE.fullmatch(line):
        return found["name"], found["setting"]
    if not line[:1].isspace():
        return "", ""
    # A long name leaves only one space before the setting, whose words may have spaces of their own.
    parts = line.split()
    known = audit_words().settings
    for split in range(1, len(parts)):
        if plain("".join(parts[split:])) in known:
            return " ".join(parts[:split]), " ".join(parts[split:])
    return "", ""
