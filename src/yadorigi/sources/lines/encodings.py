"""The encodings of lines: a file may hold several, where several programs or people wrote into it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

_TRIED: Final = ("cp932", "euc_jp")
_KANA: Final = range(0x3040, 0x3100)
_KANJI: Final = range(0x4E00, 0xA000)
_HALF_WIDTH: Final = range(0xFF61, 0xFFA0)


def text_of_line(line: bytes, seen: Counter[str]) -> str:
    """Return a line as text and count its encoding, unless it is ASCII.

    UTF-8 is known by its form. Of the Japanese encodings the one counts that gives more everyday Japanese; a line that
    is none of them is Latin-1, which has a letter for every byte, so that nothing is lost.
    """
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text, name = _other(line)
        seen[name] += 1
        return text
    if not line.isascii():
        seen["utf-8"] += 1
    return text


def _other(line: bytes) -> tuple[str, str]:
    best, best_name, most = line.decode("latin-1"), "latin-1", 0
    for name in _TRIED:
        try:
            text = line.decode(name)
        except UnicodeDecodeError:
            continue
        score = sum(_score(ord(character)) for character in text if not character.isascii())
        if score > most:
            best, best_name, most = text, name, score
    return best, best_name


def _score(code: int) -> int:
    # Words of Latin-1 read as Japanese are a rare character here and there, or half-width ones.
    return 2 if code in _KANA else 1 if code in _KANJI else -1 if code in _HALF_WIDTH else 0


def told_encodings(seen: Counter[str]) -> Iterator[str]:
    """Say which other encodings than UTF-8 lines were in."""
    for name, count in seen.items():
        if name != "utf-8":
            yield f"{count:,} {'line is' if count == 1 else 'lines are'} in {name}"
