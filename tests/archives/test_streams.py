"""Compressed files: one stream or several, cut off or followed by something else, larger than memory."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.archives.making import found_in, zstandard_packed
from yadorigi.archives import decompress
from yadorigi.archives.contract import Member, Passwords
from yadorigi.archives.kinds import is_document, kind_of, unopened
from yadorigi.archives.names import ShownNames
from yadorigi.archives.open_archive import members_of
from yadorigi.errors import ArchiveError
from yadorigi.limits import MEMBER_NAME_LIMIT

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": cache(gzip.compress), "bz2": cache(bz2.compress), "xz": cache(lzma.compress), "zst": cache(zstandard_packed)
}  # fmt: skip
"""Each packs the same only once: xz takes more than a second for the text."""
TEXT = b"".join(b"line %d\n" % number for number in range(200_000))


@pytest.mark.parametrize("kind", PACK)
def test_one_stream_and_several(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"log.txt.{kind}"
    for parts in ([TEXT], [TEXT, b"more", b"", TEXT]):
        path.write_bytes(b"".join(map(PACK[kind], parts)))
        found = found_in(path)
        assert found.content == {"log.txt": b"".join(parts)}
        assert found.problems == {}


@pytest.mark.parametrize("kind", PACK)
def test_padding_is_no_damage_and_anything_else_is(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"log.txt.{kind}"
    path.write_bytes(PACK[kind](TEXT) + bytes(512))
    assert found_in(path).problems == {}
    path.write_bytes(PACK[kind](TEXT) + b"something else")
    found = found_in(path)
    assert found.content == {"log.txt": TEXT}
    assert "what follows" in found.problems["log.txt"]


@pytest.mark.parametrize("kind", PACK)
def test_what_came_before_a_cut_is_kept(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"log.txt.{kind}"
    whole = PACK[kind](TEXT)
    for size in (1, 10, 30, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        found = found_in(path)
        assert TEXT.startswith(found.content["log.txt"])
        assert "end before" in found.problems["log.txt"]
    # A bzip2 block is the smallest thing that can be decompressed.
    assert len(found.content["log.txt"]) > (0 if kind in {"bz2", "xz", "zst"} else len(TEXT) - 100_000)


def test_what_came_before_damage_is_kept_to_the_byte(tmp_path: Path) -> None:
    """zlib throws away what it gave along with the error; a short log would be lost whole."""
    path = tmp_path / "log.txt.gz"
    whole = bytearray(gzip.compress(TEXT))
    whole[-8] ^= 1
    path.write_bytes(whole)
    found = found_in(path)
    assert found.content == {"log.txt": TEXT}
    assert found.problems == {
        "log.txt": "its data are damaged: Error -3 while decompressing data: incorrect data check"
    }
    short = zlib.compressobj(wbits=-15)
    sound = short.compress(TEXT[:4_000]) + short.flush(zlib.Z_FULL_FLUSH)
    parts = list(_given(decompress.decompressed(iter([sound + b"\x07" + bytes(100)]), decompress.deflate)))
    assert b"".join(parts) == TEXT[:4_000]


def _given(chunks: Iterator[bytes]) -> Iterator[bytes]:
    with pytest.raises(ArchiveError, match="damaged"):
        yield from chunks


@pytest.mark.parametrize("kind", PACK)
def test_a_bomb_comes_out_piece_by_piece(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"bomb.{kind}"
    path.write_bytes(PACK[kind](bytes(64 * 1024 * 1024)))
    members = members_of(path, kind, path.name, Passwords())
    member = next(members)
    assert isinstance(member, Member)
    assert max(map(len, member.chunks)) <= 1024 * 1024


def test_memory_over_the_limit_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.xz"
    path.write_bytes(PACK["xz"](TEXT))
    monkeypatch.setattr(decompress, "DICTIONARY_BYTES_LIMIT", 1_000_000)
    assert "emory" in found_in(path).problems["x"]


def test_kinds_go_by_content() -> None:
    for kind, pack in PACK.items():
        assert kind_of(pack(TEXT)[:64], "Security.evtx") == kind
    assert kind_of(b"ElfFile\0", "Security.evtx") is None
    assert kind_of(b"ElfFile\0", "Security.zip") == "zip"
    assert kind_of(b"", "") is None
    assert kind_of(bytes(512)) is None
    assert kind_of(b"a line of text " * 100) is None
    assert unopened(b"Rar!\x1a\x07\x01\x00") == "RAR archive"
    assert unopened(b"text") == ""


def test_documents_are_told_from_archives() -> None:
    head = b"PK\3\4" + bytes(26)
    assert is_document(head + b"[Content_Types].xml", "C:\\a\\b.DOCX")
    assert not is_document(head + b"[Content_Types].xml", "logs.zip")
    assert not is_document(head + b"Security.evtx", "logs.docx")


def test_names_are_shown_once_each() -> None:
    names = ShownNames()
    shown = [names.shown("a.zip", name)[0] for name in ("x", "x", "x#2", "", "x", "\udcff", "\ud800", "y" * 5_000)]
    assert len(set(shown)) == len(shown)
    assert shown[:2] == ["a.zip!x", "a.zip!x#2"]
    assert max(map(len, shown)) < MEMBER_NAME_LIMIT + 40
    for name in shown:
        name.encode()
    assert names.shown("a.zip", "x")[1]
    assert not names.shown("b.zip", "x")[1]
