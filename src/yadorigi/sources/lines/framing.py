"""Lines of a piece of a file with their numbers: of any encoding, also in frames that are counted in octets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from yadorigi.limits import LINE_CHARACTERS_LIMIT
from yadorigi.sources.lines.encodings import text_of_line
from yadorigi.sources.records.file_text import blocks_of
from yadorigi.sources.records.text_window import decoded, encoding_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from yadorigi.sources.contract import Piece, ReadingLog

_TOGETHER: Final = 1_024
"""Lines that are given together: so many short texts stay in the processor's cache, with what is made of them."""
_AT_ONCE: Final = 262_144
"""Bytes of a block that are taken apart at once, and the rest of the line that they end in: they stay in the cache."""
_BLANK: Final = 0x20
_QUOTE: Final = 0x22
_LAST_PLAIN: Final = 0x7E
_DIGIT: Final = re.compile("[0-9]").search
_LATER_OCTETS: Final = re.compile(rb"\n\d{1,7} <\d{1,3}>").search
_OCTETS: Final = re.compile(rb"(\d{1,7}) (?=<\d{1,3}>)").match


class Lines(NamedTuple):
    """Lines that follow each other.

    Attributes:
        numbers: of each line; frames of one line all have its number.
        texts: without their ends.
        plain: whether they are known to hold nothing but signs of ASCII that can be printed, and no backslash.
        quotes: how many quotes they have, all in all, or -1 where nobody counted.
    """

    numbers: Sequence[int]
    texts: list[str]
    plain: bool = False
    quotes: int = -1


def begins_with_octets(head: bytes) -> bool:
    """Say whether a file begins with the length of a frame (RFC 6587 section 3.4.1)."""
    return _OCTETS(head) is not None


def lines_of(piece: Piece, log: ReadingLog, encodings: Counter[str]) -> Iterator[tuple[int, str]]:
    """Give the lines of a piece with their numbers (see `lines_together`)."""
    for some in lines_together(piece, log, encodings):
        yield from zip(some.numbers, some.texts, strict=True)


def lines_together(piece: Piece, log: ReadingLog, encodings: Counter[str]) -> Iterator[Lines]:
    """Give the lines of a piece, some hundred at a time, of any encoding; frames counted in octets are lines too.

    A line over the limit comes cut, at least one character over it, so that it is known for what it is.
    """
    number = piece.first_line
    blocks = blocks_of(piece, log, _AT_ONCE)
    first = next(blocks, b"")
    encoding, mark = ("utf-8", 0) if piece.start else encoding_of(first)
    blocks = chain((first[mark:],), blocks)
    if encoding == "utf-8":
        yield from _lines_in_utf8(blocks, number, encodings)
        return
    encodings[encoding] += 1
    lines = _decoded_lines(decoded(blocks, encoding), number)
    while some := list(islice(lines, _TOGETHER)):
        yield Lines([at for at, _ in some], [text for _, text in some])


def _lines_in_utf8(blocks: Iterator[bytes], number: int, encodings: Counter[str]) -> Iterator[Lines]:
    """Give the lines of blocks, of which any line may be of another encoding after all."""
    rest, beyond = b"", False
    for block in blocks:
        held = rest + block
        end = held.rfind(b"\n")
        if end >= 0:
            start, rest = 0, held[end + 1 :]
            if beyond:
                start, number, beyond = held.find(b"\n") + 1, number + 1, False
            if start <= end:
                number = yield from _lines_of_block(held[start:end], number, encodings)
        else:
            rest = held
        if len(rest) > LINE_CHARACTERS_LIMIT * 4:
            if not beyond:
                yield Lines((number,), [text_of_line(rest[: LINE_CHARACTERS_LIMIT * 4], encodings)])
            rest, beyond = b"", True
    if not beyond:
        yield from _lines_of_block(rest, number, encodings)


def _lines_of_block(whole: bytes, number: int, encodings: Counter[str]) -> Generator[Lines, None, int]:
    """Give the lines of a block that begins and ends with whole ones, and return the number of the next."""
    start = 0
    while start <= len(whole):
        end = whole.find(b"\n", start + _AT_ONCE)
        part = whole[start : end if end >= 0 else len(whole)]
        start += len(part) + 1
        number = yield from _lines_of_part(part, number, encodings)
    return number


def _lines_of_part(whole: bytes, number: int, encodings: Counter[str]) -> Generator[Lines, None, int]:
    """Give the lines of some text that begins and ends with whole ones, and return the number of the next."""
    if (texts := _texts_at_once(whole, encodings)) is not None:
        signs = np.frombuffer(whole, np.uint8)
        plain = _is_plain(whole, signs, len(texts) - 1)
        quoted, quotes, first = signs == _QUOTE, -1, 0
        for start in range(0, len(texts), _TOGETHER):
            some = texts[start : start + _TOGETHER]
            if plain:
                last = first + sum(map(len, some)) + len(some)
                quotes = int(np.count_nonzero(quoted[first:last]))
                first = last
            yield Lines(range(number + start, number + start + len(some)), some, plain, quotes)
        return number + len(texts)
    numbers, texts = [], []
    for line in whole.split(b"\n"):
        for frame in _frames(line):
            numbers.append(number)
            texts.append(text_of_line(frame[: LINE_CHARACTERS_LIMIT * 4], encodings).rstrip("\r"))
        number += 1
        if len(texts) >= _TOGETHER:
            yield Lines(numbers, texts)
            numbers, texts = [], []
    if texts:
        yield Lines(numbers, texts)
    return number


def _is_plain(whole: bytes, signs: NDArray[np.uint8], newlines: int) -> bool:
    """Say whether some text is nothing but printable signs of ASCII, no backslash among them, and line feeds."""
    if not len(signs) or signs.max() > _LAST_PLAIN or b"\\" in whole:
        return False
    return bool(np.count_nonzero(signs < _BLANK) == newlines)


def _texts_at_once(whole: bytes, encodings: Counter[str]) -> list[str] | None:
    """Return the lines of some text in UTF-8; None where one is of another encoding, or a frame."""
    if begins_with_octets(whole):
        return None
    try:
        texts = whole.decode().split("\n")
    except UnicodeDecodeError:
        return None
    # Expressions take long to find what few texts have.
    if _DIGIT("".join([text[:1] for text in islice(texts, 1, None)])) and _LATER_OCTETS(whole):
        return None
    if b"\r" in whole:
        texts = [text.rstrip("\r") for text in texts]
    if not whole.isascii():
        encodings["utf-8"] += sum(not text.isascii() for text in texts)
    return texts


def _decoded_lines(blocks: Iterator[str], number: int) -> Iterator[tuple[int, str]]:
    rest, beyond = "", False
    for block in blocks:
        *whole, rest = (rest + block).split("\n")
        for line in whole:
            if not beyond:
                yield number, line.rstrip("\r")
            beyond = False
            number += 1
        if len(rest) > LINE_CHARACTERS_LIMIT:
            if not beyond:
                yield number, rest
            rest, beyond = "", True
    if not beyond:
        yield number, rest.rstrip("\r")


def _frames(line: bytes) -> Iterator[bytes]:
    """Give the frames of a line that begin with their lengths (RFC 6587 section 3.4.1); most lines are one."""
    while line[:1].isdigit() and (found := _OCTETS(line)) is not None:
        end = found.end() + int(found[1])
        if end >= len(line) or _OCTETS(line, end) is None:
            break
        yield line[:end]
        line = line[end:]
    yield line
