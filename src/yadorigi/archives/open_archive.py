"""Opens an archive of any kind."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from yadorigi.archives.contract import Contents, Member, PassedOver, Passwords
from yadorigi.archives.decompress import Decompressor, blocks_of, bzip2, concatenated, gzip, xz, zstandard
from yadorigi.archives.kinds import BZIP2, GZIP, SEVEN_ZIP, TAR, XZ, ZIP, ZSTANDARD, begins_frame, kind_of
from yadorigi.archives.tar_archive import tar_members
from yadorigi.archives.zip_archive import zip_members
from yadorigi.errors import ArchiveError

_MAKE: Final[dict[str, Callable[[], Decompressor]]] = {GZIP: gzip, BZIP2: bzip2, XZ: xz, ZSTANDARD: zstandard}
_SHORT: Final = {".tgz": ".tar", ".tbz": ".tar", ".tbz2": ".tar", ".txz": ".tar", ".tzst": ".tar"}
_LONG: Final = frozenset({".gz", ".bz2", ".xz", ".zst"})
_TAR_BLOCK: Final = 512


def members_of(path: Path, kind: str, name: str, passwords: Passwords) -> Generator[Member | PassedOver, None, None]:
    """Give the members of an archive.

    A compressed tar counts as one archive: its members are those of the tar. Any other compressed file has one member.

    Args:
        path: where it lies.
        kind: one of `kinds.ARCHIVES`.
        name: the archive's own name, by which its only member is called where it has one.
        passwords: to try.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        if not stream.read(1):
            yield PassedOver("", "it is empty: no archive")
            return
        stream.seek(0)
        if kind == ZIP:
            yield from zip_members(stream, passwords)
        elif kind == SEVEN_ZIP:
            from yadorigi.archives.seven_zip import seven_zip_members  # noqa: PLC0415 - its library takes 0.1 s

            yield from seven_zip_members(stream, passwords)
        elif kind == TAR:
            yield from tar_members(blocks_of(stream))
        else:
            yield from _compressed(stream, kind, name)


def _compressed(stream: BinaryIO, kind: str, name: str) -> Contents:
    chunks = concatenated(blocks_of(stream), _MAKE[kind], begins_frame(kind), kind)
    head, problem = b"", ""
    try:
        while len(head) < _TAR_BLOCK and (chunk := next(chunks, b"")):
            head += chunk
    except ArchiveError as error:
        problem = str(error)
    whole = _with_problem(chain((head,) if head else (), chunks), problem)
    if kind_of(head) == TAR:
        yield from tar_members(whole)
    else:
        yield Member(_inner_name(name), whole, alone=True)


def _with_problem(chunks: Iterator[bytes], problem: str) -> Iterator[bytes]:
    yield from chunks
    if problem:
        raise ArchiveError(problem)


def _inner_name(name: str) -> str:
    """Return the name of what a compressed file holds: its own without the last ending."""
    base = PurePosixPath(name.replace("\\", "/")).name
    suffix = PurePosixPath(base).suffix
    if suffix.lower() in _SHORT:
        return base[: -len(suffix)] + _SHORT[suffix.lower()]
    return base[: -len(suffix)] if suffix.lower() in _LONG and len(base) > len(suffix) else "content"
