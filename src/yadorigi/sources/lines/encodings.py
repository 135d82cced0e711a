"""The encodings of lines: a file may hold several, where several programs or people wrote into it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

_TRIED: Final = ("cp932", "euc_jp")
_LATIN: Final = "latin-1"
_DAMAGED: Final = "damaged utf-8"
_NO_LETTERS: Final = frozenset((*map(chr, range(0x80, 0xA0)), "\xfe", "\xff"))
"""Characters of Latin-1 that texts hardly have: signs that are not to be printed, and how marks of UTF-16 look."""
_KANA: Final = range(0x3040, 0x3100)
_KANJI: Final = range(0x4E00, 0xA000)
_RARE: Final = b"\xe0"
"""From here on the bytes are of kanji that are rare, and in Latin-1 of small letters with accents."""
_RUNS: Final = re.compile(r"[^\x00-\x7f]+").findall
_HALF_WIDTH: Final = range(0xFF61, 0xFFA0)
_WHOLE_OF_DAMAGED: Final = 4
"""Characters of UTF-8 that are whole for each that is not, in damage; other encodings look like it by chance alone."""


def text_of_line(line: bytes, seen: Counter[str], usual: str = "") -> str:
    """Return a line as text and count its encoding, unless it is ASCII.

    UTF-8 is known by its form, also where some bytes of a line are damaged: they become U+FFFD. Of the Japanese
    encodings the one counts that gives more everyday Japanese; a line that is none of them is Latin-1, which has a
    letter for every byte, so that nothing is lost.

    Args:
        line: without its end.
        seen: takes the count.
        usual: the encoding that the rest of the file is in, which is tried first; "" where that is not known. What is
            no UTF-8 in a file that is may be damage.
    """
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text, name = _usual(line, usual) or _other(line)
        likely = max(_TRIED, key=seen.__getitem__)
        if name == _LATIN and seen[likely] > seen[_LATIN]:
            # Half-width letters alone look like Latin; beside Japanese they are.
            other = _usual(line, likely)
            text, name = other if other is not None and not _is_of_latin(other[0]) else (text, name)
        if usual == "utf-8" and not seen[name] and _is_damage(text, name):
            text, name = line.decode("utf-8", "replace"), _DAMAGED
        seen[name] += 1
        return text
    if not line.isascii():
        seen["utf-8"] += 1
    return text


def _usual(line: bytes, name: str) -> tuple[str, str] | None:
    """Return a line in the encoding of its file, None where it is not whole in that, or where there is none."""
    if name in ("", "utf-8"):
        return None
    try:
        return line.decode(name), name
    except UnicodeDecodeError:
        return None


def _other(line: bytes) -> tuple[str, str]:
    damaged = line.decode("utf-8", "replace")
    lost = damaged.count("\ufffd")
    if sum(character > "\x7f" for character in damaged) - lost >= lost * _WHOLE_OF_DAMAGED:
        return damaged, _DAMAGED
    best, best_name, most = line.decode(_LATIN), _LATIN, 0
    for name in _TRIED:
        try:
            text = line.decode(name)
        except UnicodeDecodeError:
            continue
        if name == "cp932" and _is_of_latin(text):
            continue
        score = sum(_score(ord(character)) for character in text if not character.isascii())
        if score > most:
            best, best_name, most = text, name, score
    return best, best_name


def _is_damage(text: str, name: str) -> bool:
    """Say whether a line of a file in UTF-8 is more likely damaged than of the encoding that it may be read in.

    One Japanese character would take the byte behind a damaged one with it, a quote's backslash perhaps.
    """
    if name == _LATIN:
        return any(character in _NO_LETTERS for character in text)
    return name in _TRIED and sum(map(len, _RUNS(text))) == 1


def _is_of_latin(text: str) -> bool:
    """Say whether all Japanese in a text are rare characters one by one: each an accent and the letter behind it."""
    return all(len(run) == 1 and run.encode("cp932", "ignore") >= _RARE for run in _RUNS(text))


def _score(code: int) -> int:
    # Words of Latin-1 read as Japanese are a rare character here and there, or half-width ones.
    return 2 if code in _KANA else 1 if code in _KANJI else -1 if code in _HALF_WIDTH else 0


def told_encodings(seen: Counter[str]) -> Iterator[str]:
    """Say which other encodings than UTF-8 lines were in."""
    for name, count in seen.items():
        if name != "utf-8":
            yield f"{count:,} {'line is' if count == 1 else 'lines are'} in {name}"
