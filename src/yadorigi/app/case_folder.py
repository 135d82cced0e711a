"""The case folder: made, added to or started anew, and never anything else overwritten."""

from __future__ import annotations

import glob
import hashlib
import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from yadorigi.app.case_lock import LOCK, CaseLock
from yadorigi.digests import sha256_of
from yadorigi.durability import sync_file, sync_folder
from yadorigi.errors import CaseError
from yadorigi.lake.commits import LAKE
from yadorigi.limits import MEBIBYTE
from yadorigi.schema.summary import Summary
from yadorigi.schema.warning import ParseWarning

FINDINGS: Final = "findings.jsonl"
WARNINGS: Final = "warnings.jsonl"
SUMMARY: Final = "summary.json"
TIMELINE: Final = "timeline.csv"
VERDICTS: Final = "verdicts.jsonl"
RESULTS: Final = "hunts"
"""The folder with tables of hunts."""

VAULT: Final = "vault"
_WORK: Final = ".work"
_PART: Final = ".part"
_AT_ONCE: Final = 4
"""New versions that are written out, or hashed, at the same time."""


def waiting_results(case: Path, results: Mapping[str, str]) -> dict[str, Path]:
    """Return where new versions of results lie that were recorded, and wait to be put in their places.

    Args:
        case: the folder.
        results: SHA-256 of each result by its name; that of a name that ends in ``/`` is of the list of all files in
            the folder (`listing_of`).

    Raises:
        OSError: they cannot be read.
    """
    found = {}
    for name, sha256 in results.items():
        if name.endswith("/"):
            found.update(_waiting_folder(case, name, sha256))
            continue
        for part in sorted((case / _WORK).glob(f"*/{glob.escape(name)}{_PART}")):
            if _is_plain(part) and sha256_of(part) == sha256:
                found[name] = part
    return found


def _waiting_folder(case: Path, name: str, sha256: str) -> dict[str, Path]:
    """Return what waits for a folder, where the folder is as recorded with it."""
    there = {path.name: path for path in (case / name).glob("*") if _is_plain(path)}
    for folder in sorted((case / _WORK).glob(f"*/{glob.escape(name)}")):
        parts = {path.name.removesuffix(_PART): path for path in folder.glob(f"*{_PART}") if _is_plain(path)}
        for together in (there | parts, parts):
            if parts and listing_of({one: sha256_of(path) for one, path in together.items()}) == sha256:
                return {f"{name}{one}": path for one, path in parts.items()}
    return {}


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def listing_of(files: Mapping[str, str]) -> str:
    """Return the SHA-256 of a list of files as ``sha256sum`` writes it, sorted by name.

    Args:
        files: SHA-256 of each by its name.
    """
    lines = (f"{digest}  {name}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


class CaseFolder:
    """A folder that holds the results of hunts.

    What a case held before stays until a hunt has written all that takes its place. Until a case is closed, nobody else
    can open it.

    Attributes:
        path: the folder.
        work: a folder inside it for what a running hunt keeps on disk.
        anew: whether the case is started anew, so that what it holds counts for nothing.
        notices: what is to be told about the folder.
    """

    def __init__(self, path: Path, anew: bool = False) -> None:
        """Take the folder as it is; `opened` is the way to get one that can be used."""
        self.path = path
        # Workers of a run that was killed may still write into its folder for a while.
        self.work = path / _WORK / secrets.token_hex(4)
        self.anew = anew
        self.notices: list[str] = []
        self._parts: dict[Path, Path] = {}
        self._unsettled: set[Path] = set()
        self._lock: CaseLock | None = None
        self._held = False

    @classmethod
    def opened(cls, path: Path | None, force: bool) -> CaseFolder:
        """Return a case to write to; `close` it, or use it as a context.

        Args:
            path: the folder; None for a new one below the current folder, named by the time.
            force: start the case anew if there is one.

        Raises:
            CaseError: the folder holds something else, somebody else writes to it, or it cannot be made.
        """
        if path is None:
            path = Path(f"yadorigi-case-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        case = cls(path, anew=force)
        try:
            if path.exists() and not path.is_dir():
                raise CaseError(f"{path} is a file; --case takes a folder")
            if path.is_dir() and any(path.iterdir()) and not case._is_case():
                raise CaseError(f"{path} holds files that are no case; name a new or empty folder")
            path.mkdir(parents=True, exist_ok=True)
            case._lock = CaseLock.taken(path)
            if (path / _WORK).is_dir() and (path / VAULT).is_dir():
                from yadorigi.app.sealed_results import results_of_case  # noqa: PLC0415 - imports what signs

                case.put_waiting(results_of_case(path))
            case.make_work()
        except OSError as error:
            case.close()
            raise CaseError(f"case folder {path}: {error.strerror or error}") from error
        except BaseException:
            case._held = True  # what waits may be what a vault that cannot be read now has recorded
            case.close()
            raise
        if case._lock.problem:
            case.notices.append(case._lock.problem)
        return case

    def __enter__(self) -> CaseFolder:
        """Return the case."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the case."""
        self.close()

    def close(self) -> None:
        """Remove what a hunt kept on disk while it ran, and let others open the case."""
        if self._lock is not None:
            self.clear_work()
            self._lock.release()
            self._lock = None

    def _is_case(self) -> bool:
        # A hunt may have ended before it left anything else.
        own = {LOCK, VAULT, LAKE} if (self.path / VAULT / "verifier-key").is_file() else {LOCK}
        begun = (self.path / _WORK).is_dir() or {entry.name for entry in self.path.iterdir()} <= own
        return begun or all((self.path / name).is_file() for name in (FINDINGS, SUMMARY))

    def make_work(self) -> None:
        """Make an empty folder for what a hunt keeps on disk; what other runs left is removed.

        Raises:
            OSError: the disk is full or failing.
        """
        self.clear_work()
        self.work.mkdir(parents=True)

    def clear_work(self) -> None:
        """Remove what hunts kept on disk while they ran; what `hold` named stays until it is in its place."""
        if self._held:
            for path in self.work.rglob("*"):
                if path not in self._parts and not path.is_dir():
                    with suppress(OSError):
                        path.unlink()
            return
        self._parts.clear()
        self._unsettled.clear()
        shutil.rmtree(self.path / _WORK, ignore_errors=True)

    def file(self, name: str) -> Path:
        """Return the path of one of the case's files."""
        return self.path / name

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """Give a stream to a new version of a file, which `publish` puts in its place.

        Raises:
            OSError: the disk is full or failing.
        """
        part = self.work / f"{name}{_PART}"
        part.parent.mkdir(exist_ok=True)
        with part.open("wb", MEBIBYTE) as stream:
            yield stream
        self._parts[part] = self.file(name)
        self._unsettled.add(part)

    def newest(self, name: str) -> Path:
        """Return where the newest version of a file is: the one that waits for `publish`, or the one in its place."""
        part = self.work / f"{name}{_PART}"
        return part if part in self._parts else self.file(name)

    def put_waiting(self, results: Mapping[str, str]) -> None:
        """Put new versions that an earlier run recorded, and had no time to put in their places, there.

        Args:
            results: SHA-256 of each result by its name, as the case's vault recorded it last.

        Raises:
            OSError: the disk is full or failing.
        """
        for name, part in waiting_results(self.path, results).items():
            place = self.file(name)
            place.parent.mkdir(exist_ok=True)
            part.replace(place)
            sync_folder(place.parent)

    def hold(self) -> dict[str, str]:
        """Make what waits for `publish` last until it is in its place, whatever happens: it is about to be recorded.

        Returns:
            The SHA-256 of each new version by the name of its file.

        Raises:
            OSError: the disk is full or failing.
        """
        parts = {place.relative_to(self.path).as_posix(): part for part, place in self._parts.items()}
        digests = dict(zip(parts, self._settled(parts.values()), strict=True))
        for folder in {self.path, self.work.parent, self.work, *(part.parent for part in self._parts)}:
            sync_folder(folder)
        self._held = True
        return digests

    def _settled(self, wanted: Collection[Path] = ()) -> list[str]:
        """Make the content of new versions last, and return the SHA-256 of some of them.

        Raises:
            OSError: the disk is full or failing.
        """
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - most commands write nothing

        # One waits for the disk while another is read, and neither for Python.
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            syncing = [threads.submit(sync_file, part) for part in sorted(self._unsettled)]
            digests = list(threads.map(sha256_of, wanted))
            for synced in syncing:
                synced.result()
        self._unsettled.clear()
        return digests

    def publish(self) -> None:
        """Put all new versions in their places, one after the other at once.

        Raises:
            OSError: the disk is full or failing.
        """
        if self._unsettled:
            self._settled()
        folders = {self.path}
        for part, place in list(self._parts.items()):
            place.parent.mkdir(exist_ok=True)
            part.replace(place)
            folders.add(place.parent)
            del self._parts[part]
        if self._held:
            for folder in folders:
                sync_folder(folder)
            self._held = False

    def earlier_summary(self) -> Summary | None:
        """Return the summary of earlier runs, or None.

        Raises:
            CaseError: there is one, and it cannot be read.
        """
        path = self.file(SUMMARY)
        if self.anew or not path.exists():
            return None
        try:
            return msgspec.json.decode(path.read_bytes(), type=Summary)
        except (OSError, msgspec.MsgspecError) as error:
            raise CaseError(f"{path} cannot be read ({error}); name another --case, or use --force") from error

    def earlier_warnings(self) -> list[ParseWarning]:
        """Return the warnings of earlier runs.

        Raises:
            CaseError: they cannot be read.
        """
        path = self.file(WARNINGS)
        if self.anew or not path.exists():
            return []
        try:
            return msgspec.json.decode(b"[" + b",".join(path.read_bytes().splitlines()) + b"]", type=list[ParseWarning])
        except (OSError, msgspec.MsgspecError) as error:
            raise CaseError(f"{path} cannot be read ({error}); name another --case, or use --force") from error
