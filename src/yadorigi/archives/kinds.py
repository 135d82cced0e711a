"""Which kind of archive a file is, by its beginning; by its name only where it is damaged."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Final

ZIP: Final = "zip"
SEVEN_ZIP: Final = "7z"
TAR: Final = "tar"
GZIP: Final = "gz"
BZIP2: Final = "bz2"
XZ: Final = "xz"
ZSTANDARD: Final = "zst"

COMPRESSED: Final = frozenset({GZIP, BZIP2, XZ, ZSTANDARD})
"""Kinds that hold one file, which may be a tar."""

ARCHIVES: Final = COMPRESSED | {ZIP, SEVEN_ZIP, TAR}
"""All kinds that are opened."""

_MAGIC: Final[tuple[tuple[str, re.Pattern[bytes]], ...]] = (
    (ZIP, re.compile(rb"PK(?:\x03\x04|\x05\x06|\x07\x08PK\x03\x04|00PK\x03\x04)")),
    (SEVEN_ZIP, re.compile(rb"7z\xbc\xaf\x27\x1c")),
    (GZIP, re.compile(rb"\x1f\x8b\x08")),
    (BZIP2, re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")),
    (XZ, re.compile(rb"\xfd7zXZ\x00")),
    (ZSTANDARD, re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")),
)

_ENDINGS: Final = {
    ".zip": ZIP, ".7z": SEVEN_ZIP, ".tar": TAR, ".gz": GZIP, ".tgz": GZIP, ".bz2": BZIP2, ".tbz": BZIP2,
    ".tbz2": BZIP2, ".xz": XZ, ".txz": XZ, ".zst": ZSTANDARD, ".tzst": ZSTANDARD,
}  # fmt: skip

_UNOPENED: Final[tuple[tuple[str, re.Pattern[bytes]], ...]] = (
    ("RAR archive", re.compile(rb"Rar!\x1a\x07")),
    ("cabinet", re.compile(rb"MSCF\x00\x00\x00\x00")),
    ("LZ4 stream", re.compile(rb"\x04\x22\x4d\x18")),
    ("compress stream (.Z)", re.compile(rb"\x1f\x9d")),
    ("Windows image (WIM)", re.compile(rb"MSWIM\x00\x00\x00")),
    ("VHDX disk image", re.compile(rb"vhdxfile")),
    ("EnCase disk image (E01)", re.compile(rb"EVF\x09\x0d\x0a\xff\x00")),
    ("AFF4 or VMDK disk image", re.compile(rb"KDMV|COWD")),
)

_DOCUMENT_FIRST: Final = re.compile(
    rb"\[Content_Types\]\.xml|_rels/|docProps/|word/|xl/|ppt/|mimetype|META-INF/|AndroidManifest\.xml|classes\.dex|"
    rb"customXml/|extension\.vsixmanifest|[^/]*\.nuspec"
)
"""First names of zip files that are documents and programs."""

_DOCUMENT_ENDINGS: Final = frozenset({
    ".docx", ".docm", ".dotx", ".xlsx", ".xlsm", ".xltx", ".xlsb", ".pptx", ".pptm", ".ppsx", ".vsdx", ".odt", ".ods",
    ".odp", ".epub", ".jar", ".war", ".ear", ".apk", ".aar", ".nupkg", ".vsix", ".appx", ".msix", ".xpi", ".oxps",
    ".xps", ".thmx",
})  # fmt: skip

_TAR_BLOCK: Final = 512
_TAR_CHECKSUM: Final = slice(148, 156)
_ZIP_NAME_AT: Final = 30

_FRAMES: Final = {kind: magic for kind, magic in _MAGIC if kind in COMPRESSED}


def kind_of(head: bytes, name: str = "") -> str | None:
    """Return the kind of archive that a file is, or None.

    Args:
        head: the file's beginning; some hundred bytes are enough.
        name: the file's name, or "". By it a file is an archive whose beginning does not say so, because it is damaged
            or something else.
    """
    for kind, magic in _MAGIC:
        if magic.match(head):
            return kind
    if _is_tar(head):
        return TAR
    return _ENDINGS.get(PurePosixPath(name.replace("\\", "/")).suffix.lower()) if name else None


def is_document(head: bytes, name: str) -> bool:
    """Say whether a zip file is a document or program that happens to be one, by its ending and its first member."""
    ending = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    return ending in _DOCUMENT_ENDINGS and bool(_DOCUMENT_FIRST.match(head, _ZIP_NAME_AT))


def unopened(head: bytes) -> str:
    """Return what a file is that holds others and cannot be opened here, in words; "" where it is none."""
    return next((words for words, magic in _UNOPENED if magic.match(head)), "")


def begins_frame(kind: str) -> Callable[[bytes], bool]:
    """Return a function that says whether some bytes begin a stream of a compressed kind."""
    magic = _FRAMES[kind]
    return lambda head: magic.match(head) is not None


def _is_tar(head: bytes) -> bool:
    """Say whether a file begins with a tar header: its checksum fits, and it is not all zeros."""
    if len(head) < _TAR_BLOCK or not head[0] or not head[_TAR_CHECKSUM].strip(b" \0"):
        return False
    try:
        tarfile.TarInfo.frombuf(head[:_TAR_BLOCK], "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return False
    return True
