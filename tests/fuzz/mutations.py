"""Changes files at random, as damage and malice do: bits, bytes, blocks, numbers at places that matter."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from random import Random
from typing import Final, TypeAlias

from evtx_writer import damage
from evtx_writer.errors import EvtxWriterError

CHUNK: Final = 65_536
HEADER: Final = 4_096
FIRST_RECORD: Final = 512
_EXTREMES: Final = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000,
                    0xFFFF_FFFE, 0xFFFF_FFFF, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)  # fmt: skip
_SIZES: Final = (1, 2, 4, 8, 16, 64, 512, 4_096)

Change: TypeAlias = Callable[[Random, bytearray], None]


# ------------------------------------------------------------------------------------------------------- any bytes


def flip_bits(chance: Random, data: bytearray) -> None:
    """Turn over some bits, near each other or anywhere."""
    near = chance.randrange(len(data))
    for _ in range(chance.choice((1, 1, 2, 4, 16, 128))):
        place = (
            min(near + chance.randrange(64), len(data) - 1) if chance.random() < 0.5 else chance.randrange(len(data))
        )
        data[place] ^= 1 << chance.randrange(8)


def set_bytes(chance: Random, data: bytearray) -> None:
    """Write a run of one byte, or of any bytes."""
    size = min(chance.choice(_SIZES), len(data))
    place = chance.randrange(len(data) - size + 1)
    fill = bytes((chance.choice((0, 0xFF, 0x2A, 0x20, 0x0A, chance.randrange(256))),)) * size
    data[place : place + size] = fill if chance.random() < 0.7 else chance.randbytes(size)


def truncate(chance: Random, data: bytearray) -> None:
    """Cut the end off."""
    del data[chance.randrange(len(data)) :]


def remove_bytes(chance: Random, data: bytearray) -> None:
    """Take some bytes out of the middle."""
    place = chance.randrange(len(data))
    del data[place : place + chance.choice(_SIZES)]


def double_bytes(chance: Random, data: bytearray) -> None:
    """Put a block in twice."""
    place, size = chance.randrange(len(data)), chance.choice(_SIZES)
    target = chance.randrange(len(data) + 1)
    data[target:target] = data[place : place + size]


def copy_block(chance: Random, data: bytearray) -> None:
    """Write a block of the file over another place of it."""
    size = min(chance.choice(_SIZES), len(data))
    source, target = chance.randrange(len(data) - size + 1), chance.randrange(len(data) - size + 1)
    data[target : target + size] = data[source : source + size]


def set_number(chance: Random, data: bytearray) -> None:
    """Write an extreme number anywhere."""
    write_extreme(chance, data, chance.randrange(len(data)))


def write_extreme(chance: Random, data: bytearray, place: int) -> None:
    """Write an extreme number at a place, as wide as fits, or change the number that is there a little."""
    width = chance.choice((1, 2, 4, 8))
    if place < 0 or place + width > len(data):
        return
    if chance.random() < 0.3:
        number = int.from_bytes(data[place : place + width], "little") + chance.choice((-8, -1, 1, 8))
    else:
        number = chance.choice(_EXTREMES)
    data[place : place + width] = (number & (1 << 8 * width) - 1).to_bytes(width, "little")


ANY: Final[tuple[Change, ...]] = (
    flip_bits, flip_bits, set_bytes, truncate, remove_bytes, double_bytes, copy_block, set_number,
)  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ EVTX


def set_header_field(chance: Random, data: bytearray) -> None:
    """Write an extreme number into the header of the file or of a chunk."""
    if chance.random() < 0.2:
        write_extreme(chance, data, chance.choice((0, 8, 16, 24, 32, 36, 38, 40, 42, 120, 124)))
    else:
        fields = (0, 8, 16, 24, 32, 40, 44, 48, 52, 120, 124, *range(128, 512, 4))
        write_extreme(chance, data, _chunk(chance, data) + chance.choice(fields))


def set_record_field(chance: Random, data: bytearray) -> None:
    """Write an extreme number into a record's header, or into its size at the end."""
    record = _record(chance, data)
    if record is not None:
        start, size = record
        write_extreme(chance, data, start + chance.choice((0, 4, 4, 8, 8, 16, size - 4)))


def change_content(chance: Random, data: bytearray) -> None:
    """Change a record's BinXML: tokens, sizes, offsets, types."""
    record = _record(chance, data)
    if record is None:
        return
    start, size = record
    for _ in range(chance.choice((1, 1, 2, 5))):
        place = start + 24 + chance.randrange(max(min(size - 28, 400), 1))
        if place >= len(data):
            return
        if chance.random() < 0.5:
            data[place] = chance.choice((*range(16), 0x41, 0x81, 0x95, 0xFF, chance.randrange(256)))
        else:
            write_extreme(chance, data, place)


def swap_chunks(chance: Random, data: bytearray) -> None:
    """Exchange, double or drop chunks."""
    one, other = _chunk(chance, data), _chunk(chance, data)
    first = bytes(data[one : one + CHUNK])
    match chance.randrange(3):
        case 0:
            data[one : one + CHUNK] = data[other : other + CHUNK]
            data[other : other + CHUNK] = first
        case 1:
            data[other:other] = first
        case _:
            del data[one : one + CHUNK]


def move_record(chance: Random, data: bytearray) -> None:
    """Write one record over another place."""
    one, other = _record(chance, data), _record(chance, data)
    if one is not None and other is not None:
        data[other[0] : other[0] + one[1]] = data[one[0] : one[0] + one[1]]


def reseal(chance: Random, data: bytearray) -> None:
    """Make the checksums fit, as somebody would who means harm."""
    del chance
    try:
        data[:] = damage.resealed(bytes(data))
    except (EvtxWriterError, struct.error, IndexError):
        return


EVTX: Final[tuple[Change, ...]] = (
    set_header_field, set_header_field, set_record_field, set_record_field, change_content, change_content,
    change_content, swap_chunks, move_record, *ANY,
)  # fmt: skip


def _chunk(chance: Random, data: bytearray) -> int:
    return HEADER + CHUNK * chance.randrange(max((len(data) - HEADER) // CHUNK, 1))


def _record(chance: Random, data: bytearray) -> tuple[int, int] | None:
    """Return place and size of some record, by walking there."""
    place = _chunk(chance, data) + FIRST_RECORD
    found: list[tuple[int, int]] = []
    while place + 28 <= len(data) and data[place : place + 4] == b"**\0\0" and len(found) < 40:
        (size,) = struct.unpack_from("<I", data, place + 4)
        if size < 28:
            break
        found.append((place, size))
        place += size
    return chance.choice(found) if found else None


# ------------------------------------------------------------------------------------------------------------ text


_TOKENS: Final = (
    b'"', b"\\", b"{", b"}", b"[", b"]", b":", b",", b"\n", b"\r\n", b"\0", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf",
    b"\\ud800", b"\\u0000", b"1e999", b"-", b"9" * 40, b"null", b"true", b"NaN", b"[" * 200, b'{"a":' * 200, b"'", b"|",
    b"&a ", b"*a ", b"<<: ", b"? ", b"- ", b"---\n", b"...\n", b"!!python/object:os.system ", b"\t", b"#", b"%", b"|re",
    b"|all", b"|base64offset|contains", b"1 of them", b"(a+)+$", b"<", b">", b"&lt;", b"&x;", b"]]>", b"<!--", b"-->",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"<?xml version='1.0' encoding='utf-16'?>", b"\xfe\xff", b"x" * 3_000,
    b"\xe2\x80\xae", b"\x1b[2J", b"2026-03-11T09:00:00Z", b'"Event"', b'"System"', b"EventID",
)  # fmt: skip


def insert_token(chance: Random, data: bytearray) -> None:
    """Put something in that means something to a parser."""
    place = chance.randrange(len(data) + 1)
    data[place:place] = chance.choice(_TOKENS) * chance.choice((1, 1, 1, 3, 50))


def replace_token(chance: Random, data: bytearray) -> None:
    """Write something that means something to a parser over what is there."""
    token = chance.choice(_TOKENS)
    place = chance.randrange(len(data))
    data[place : place + len(token)] = token


def swap_lines(chance: Random, data: bytearray) -> None:
    """Exchange two lines, or put one in again."""
    lines = bytes(data).split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    if chance.random() < 0.5:
        lines[one], lines[other] = lines[other], lines[one]
    else:
        lines.insert(other, lines[one])
    data[:] = b"\n".join(lines)


TEXT: Final[tuple[Change, ...]] = (insert_token, insert_token, replace_token, swap_lines, *ANY)


def mutated(chance: Random, seeds: Sequence[bytes], changes: Sequence[Change]) -> bytes:
    """Return one of the files, changed in one or several ways, now and then with a part of another one in it."""
    data = bytearray(chance.choice(seeds))
    if chance.random() < 0.1 and data:
        other = chance.choice(seeds)
        size = min(chance.choice(_SIZES) * 8, len(other))
        start = chance.randrange(len(other) - size + 1)
        place = chance.randrange(len(data))
        data[place : place + size] = other[start : start + size]
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        if data:
            chance.choice(changes)(chance, data)
    return bytes(data)
