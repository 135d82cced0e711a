"""Write originals out of a vault: the bytes that were read then, under names that do no harm.

Names of inputs are written by whoever made the evidence. They become paths below one folder, never lead out of it, and
never take the place of a file that is there.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from yadorigi.app.vault_files import put_new
from yadorigi.app.vault_proofs import opened_vault
from yadorigi.errors import CaseError, UnfinishedError, UsageError
from yadorigi.limits import MEBIBYTE
from yadorigi.reports.cells import one_line
from yadorigi.schema.times import ticks_of
from yadorigi.vault.records import Receipt

if TYPE_CHECKING:
    from yadorigi.app.progress import Progress
    from yadorigi.vault.reader import Vault

_SEPARATORS: Final = re.compile(r"[/\\]")
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]')
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE).fullmatch
_NAME_BYTES: Final = 200
_PATH_PARTS: Final = 40
_NANOSECONDS_PER_TICK: Final = 100
_SHOWN: Final = 300


@dataclass(frozen=True, slots=True)
class Selected:
    """Which originals are wanted: all of those that any of these names.

    Attributes:
        names: of input files, as given.
        digests: SHA-256 of originals.
        every: all that the vault holds.
    """

    names: frozenset[str] = frozenset()
    digests: frozenset[str] = frozenset()
    every: bool = False


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of one input file.

    Attributes:
        name: as given.
        sha256: of its original.
        path: where it is now, or None.
        problem: why it is not there, or "".
    """

    name: str
    sha256: str
    path: Path | None
    problem: str = ""


def restored_files(case: Path, selected: Selected, into: Path, progress: Progress) -> Iterator[Restored]:
    """Write originals below a folder, each under the names that it was given by; what cannot be is told and left out.

    Raises:
        UsageError: nothing that is wanted was ever given, or the folder cannot be used.
        CaseError: the vault cannot be read.
        UnfinishedError: the disk is full or failing.
    """
    vault = opened_vault(case)
    wanted = _wanted(vault, selected)
    target = _Target(into)
    objects = vault.objects
    size = sum(objects[one.object or ""][1].size for one in wanted if one.object in objects)
    target.require_room(size)
    progress.stage("restore", size)
    for receipt in wanted:
        digest = receipt.object or ""
        if digest not in objects:
            yield Restored(receipt.name, digest, None, _why_not(vault, receipt))
            continue
        try:
            path = target.take(receipt, vault.original(digest), progress)
        except CaseError as error:
            yield Restored(receipt.name, digest, None, str(error))
            continue
        yield Restored(receipt.name, digest, path)


def _wanted(vault: Vault, selected: Selected) -> list[Receipt]:
    """Return the first receipt of each name and original that is wanted."""
    found: dict[tuple[str, str], Receipt] = {}
    missing = set(selected.names | selected.digests)
    for record in vault.records():
        if not isinstance(record, Receipt) or record.object is None:
            continue
        if selected.every or record.name in selected.names or record.object in selected.digests:
            found.setdefault((record.name, record.object), record)
            missing -= {record.name, record.object}
    if missing:
        named = one_line(min(missing), _SHOWN)
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise UsageError(
            f"the vault knows nothing of {named}{more}; yadorigi vault list CASE --type receipt names all files, as"
            " they were given"
        )
    return list(found.values())


def _why_not(vault: Vault, receipt: Receipt) -> str:
    if receipt.object in vault.kept:
        return "its original is missing from the vault, which should hold it: yadorigi verify says more"
    return "its original is not kept: it was hunted with --no-store, or taken out since"


class _Target:
    """The folder that originals are written to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"--into {folder}: {error.strerror or error}") from error

    def require_room(self, size: int) -> None:
        """Check that the disk takes so many bytes.

        Raises:
            UnfinishedError: it does not.
        """
        with contextlib.suppress(OSError):
            free = shutil.disk_usage(self._folder).free
            if free < size:
                raise UnfinishedError(
                    f"{free // MEBIBYTE:,} MiB are free at {self._folder} for {size // MEBIBYTE:,} MiB of originals"
                )

    def take(self, receipt: Receipt, blocks: Iterable[bytes], progress: Progress) -> Path:
        """Write an original under its name, or one like it where that is taken by another; return the path.

        Raises:
            CaseError: it is damaged, or its place is taken.
            UnfinishedError: the disk is full or failing.
        """
        path = self._folder.joinpath(*safe_parts(receipt.name))
        digest = receipt.object or ""
        try:
            self._make_folder(path.parent)
            if os.path.lexists(path) and not _is_same(path, digest):
                path = path.with_name(f"{path.stem[: _NAME_BYTES - 40]}~{digest[:12]}{path.suffix}")
            if os.path.lexists(path):
                if _is_same(path, digest):
                    return path
                raise CaseError(f"{path} is there already, and is another file")
            return _written(path, blocks, receipt, progress)
        except UsageError as error:
            raise CaseError(str(error)) from error
        except OSError as error:
            raise UnfinishedError(f"{error.strerror or error}: {error.filename or path}") from error

    def _make_folder(self, folder: Path) -> None:
        """Make a folder below the target, through no link.

        Raises:
            CaseError: a file or a link is in its way.
        """
        place = self._folder
        for name in folder.relative_to(self._folder).parts:
            place /= name
            if place.is_symlink() or (os.path.lexists(place) and not place.is_dir()):
                raise CaseError(f"{place} is in the way: no plain folder")
            place.mkdir(exist_ok=True)


def _written(path: Path, blocks: Iterable[bytes], receipt: Receipt, progress: Progress) -> Path:
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as stream:
            for block in blocks:
                stream.write(block)
                progress.advance(len(block))
        ticks = ticks_of(receipt.modified) if receipt.modified is not None else None
        if ticks is not None:
            with contextlib.suppress(OSError, OverflowError, ValueError):
                os.utime(part, ns=(ticks * _NANOSECONDS_PER_TICK,) * 2)
        put_new(part, path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return path


def _is_same(path: Path, digest: str) -> bool:
    """Say whether a plain file has a SHA-256."""
    if path.is_symlink() or not path.is_file():
        return False
    found = sha256()
    with path.open("rb") as stream:
        while block := stream.read(MEBIBYTE):
            found.update(block)
    return found.hexdigest() == digest


def safe_parts(name: str) -> tuple[str, ...]:
    r"""Return the name of an input as parts of a path that leads downwards on any system.

    ``C:\logs\a.evtx`` becomes ``C_/logs/a.evtx``, ``../a`` becomes ``__/a``.
    """
    parts = [_safe(part) for part in _SEPARATORS.split(name) if part not in ("", ".")]
    if len(parts) > _PATH_PARTS:
        parts = [_hashed(name), parts[-1]]
    return tuple(parts) or ("_",)


def _safe(part: str) -> str:
    shown = _UNSAFE.sub("_", part)
    if shown.strip(".") == "":
        return "_" * len(shown)
    if shown.endswith((".", " ")):
        shown = f"{shown[:-1]}_"
    if _RESERVED(shown):
        shown = f"_{shown}"
    if len(shown.encode()) > _NAME_BYTES:
        stem, _, suffix = shown.rpartition(".")
        kept = f".{suffix}" if stem and len(suffix) <= 8 else ""  # noqa: PLR2004 - an ending, and no text behind a dot
        shown = f"{shown.encode()[: _NAME_BYTES - 40].decode('utf-8', 'ignore')}~{_hashed(part)}{kept}"
    return shown


def _hashed(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
