"""Unpacks an archive, in a worker: logs and archives go to disk under numbers, everything else is hashed and let go.

What was found is noted in a journal as it comes, so that a worker that dies loses what it had not reached, no more.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TypeAlias

import msgspec

from yadorigi.archives.contract import Contents, Member, PassedOver, Passwords
from yadorigi.archives.names import ShownNames
from yadorigi.archives.open_archive import members_of
from yadorigi.errors import ArchiveError
from yadorigi.ingest.allowance import Allowance, AllowanceSpentError
from yadorigi.ingest.collections import CLIENT_INFO, host_told_in
from yadorigi.ingest.recognition import Look, look_at
from yadorigi.limits import (
    ARCHIVE_DEPTH_LIMIT,
    DISK_RESERVE_BYTES,
    MEBIBYTE,
    MEMBER_BYTES_LIMIT,
    MEMBERS_LIMIT,
    TASK_SECONDS_LIMIT,
    UNPACK_BYTES_PER_SECOND,
)
from yadorigi.schema.warning import ParseWarning
from yadorigi.sources.choice import SourceChoices
from yadorigi.sources.registry import HEAD_BYTES

if TYPE_CHECKING:
    from yadorigi.digests import Digest, Fingerprints

_JOURNAL: Final = "members.jsonl"
_DISK_LOOK_BYTES: Final = 64 * MEBIBYTE
"""Bytes written between two looks at the free disk."""


@dataclass(frozen=True, slots=True)
class UnpackTask:
    """An archive to unpack.

    Attributes:
        number: the archive's place among the archives.
        path: where it lies.
        name: as given.
        kind: one of ``archives.kinds.ARCHIVES``.
        size: bytes.
        spool: a folder for what comes out; it is made.
        passwords: to try; shown nowhere.
        choices: sources that the user chose for some files.
        part, parts: which of how many parts this task is; each takes its share of the members.
    """

    number: int
    path: Path
    name: str
    kind: str
    size: int
    spool: Path
    passwords: tuple[str, ...] = field(default=(), repr=False)
    choices: SourceChoices = field(default_factory=SourceChoices)
    part: int = 0
    parts: int = 1

    @property
    def seconds_limit(self) -> float:
        """Return the time that it may take."""
        return TASK_SECONDS_LIMIT + self.size / UNPACK_BYTES_PER_SECOND


class UnpackedMember(msgspec.Struct, frozen=True, tag="member"):
    """A member.

    Attributes:
        name: as shown, with the archive's.
        file: name of the file in the spool, or "" where it is not kept.
        size: bytes.
        sha256: of these bytes, or "" where there were none to be had.
        source: as in `recognition.Look`.
        is_archive: as there.
        reason: as there.
        problem: why it has no bytes, or "".
    """

    name: str
    file: str = ""
    size: int = 0
    sha256: str = ""
    source: str | None = None
    is_archive: bool = False
    reason: str = ""
    problem: str = ""


class Told(msgspec.Struct, frozen=True, tag="told"):
    """A warning about the archive or a member."""

    warning: ParseWarning


class HostTold(msgspec.Struct, frozen=True, tag="host"):
    """A host that a collection names as its own: of all files below a folder."""

    folder: str
    host: str


Entry: TypeAlias = UnpackedMember | Told | HostTold


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A task's result: its journal is complete.

    Attributes:
        fingerprints: of the files in the spool, by their names. They stand in no journal, for nobody may see them.
    """

    fingerprints: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def unpack(task: UnpackTask, fingerprints: Fingerprints | None = None) -> Unpacked:
    """Unpack an archive into its spool.

    Args:
        task: which, and where to.
        fingerprints: of this run, by which whoever reads the members later knows them again, or None.

    Raises:
        OSError: the disk is full, or the archive cannot be read.
    """
    task.spool.mkdir(parents=True, exist_ok=True)
    with (task.spool / _JOURNAL).open("wb", buffering=0) as stream:
        unpacking = _Unpacking(task, stream, fingerprints)
        unpacking.run()
    return Unpacked(unpacking.taken)


def journal(task: UnpackTask) -> Iterator[Entry]:
    """Give what an unpacking noted, as far as it came."""
    decode = msgspec.json.Decoder(UnpackedMember | Told | HostTold).decode
    try:
        stream = (task.spool / _JOURNAL).open("rb")
    except FileNotFoundError:
        return
    with stream:
        for line in stream:
            if line.endswith(b"\n"):  # else its worker died over it
                yield decode(line)


class _Unpacking:
    """One archive while it is unpacked, with all archives inside it."""

    def __init__(self, task: UnpackTask, journal: BinaryIO, fingerprints: Fingerprints | None) -> None:
        self.task = task
        self.fingerprints = fingerprints
        self.taken: dict[str, bytes] = {}
        self._journal = journal
        self._encode = msgspec.json.Encoder().encode
        self._passwords = Passwords(task.passwords)
        self._names = ShownNames()
        self._members = 0
        self._spooled = 0
        self.allowance = Allowance(task.size)
        self._unseen = _DISK_LOOK_BYTES

    def run(self) -> None:
        """Open the archive."""
        self._open(self.task.path, self.task.kind, self.task.name, depth=1)

    def _open(self, path: Path, kind: str, shown: str, depth: int) -> None:
        own = shown.replace("\\", "/").rpartition("/")[2].rpartition("!")[2]
        parts = self.task.parts if depth == 1 else 1
        try:
            # Closed at once, however it ends: Windows removes no file that is open.
            with closing(members_of(path, kind, own, self._passwords)) as contents:
                self._members_of(contents, shown, depth, parts)
        except OSError:
            raise
        except AllowanceSpentError as limit:
            self._tell(shown, "file", f"{limit}; what lies behind is not read")
        except Exception as error:  # noqa: BLE001 - a fault of a reader costs this archive alone, and is told
            self._tell(shown, "file", f"{_fault(error)}; what lies behind is not read")

    def _members_of(self, contents: Contents, shown: str, depth: int, parts: int) -> None:
        for place, found in enumerate(contents):
            # Other parts take the others, which are named all the same, so that all parts name them alike.
            ours = place % parts == self.task.part % parts
            if isinstance(found, Member):
                self._count()
                name, told = self._names.shown(shown, found.name)
                if ours and told:
                    self._tell(name, "notice", told)
                if ours:
                    self._take(found, name, depth)
            else:
                self._pass_over(found, shown, ours=ours)

    def _count(self) -> None:
        self._members += 1
        if self._members > MEMBERS_LIMIT:
            raise AllowanceSpentError(f"it has more than {MEMBERS_LIMIT:,} members, which is the limit")

    def _pass_over(self, passed: PassedOver, shown: str, *, ours: bool) -> None:
        if passed.is_member:
            self._count()
            name, _ = self._names.shown(shown, passed.name)
            if ours:
                self._note(UnpackedMember(name, problem=passed.reason))
        elif ours:
            reason = passed.reason if not passed.name else f"{passed.name!r}: {passed.reason}"
            self._tell(shown, passed.kind, reason, passed.offset)

    def _take(self, member: Member, name: str, depth: int) -> None:
        """Read a member to its end, keep it if it is a log, and open it if it is an archive."""
        with self.allowance.member(depth, alone=member.alone):
            take = _Take(self, member, name)
            problem = take.whole()
            look = take.look
            if problem and not take.size:
                self._note(UnpackedMember(name, problem=problem))
                return
            if take.fingerprint is not None:
                self.taken[take.file] = take.fingerprint.digest()
            self._note(
                UnpackedMember(
                    name,
                    file=take.file if not look.is_archive else "",
                    size=take.size,
                    sha256=take.digest.hexdigest(),
                    source=look.source,
                    is_archive=look.is_archive,
                    reason=look.reason,
                )
            )
            if problem:
                self._tell(name, "file", problem)
            if look.left_closed:
                self._tell(name, "notice", look.reason)
            if take.host:
                self._note(HostTold(name[: -len(CLIENT_INFO)], take.host))
            if look.is_archive and look.source is not None:
                self._open_inner(self.task.spool / take.file, look.source, name, depth + 1)

    def _open_inner(self, path: Path, kind: str, name: str, depth: int) -> None:
        if depth > ARCHIVE_DEPTH_LIMIT:
            reason = f"archives more than {ARCHIVE_DEPTH_LIMIT} deep inside each other are not opened"
            self._tell(name, "file", reason)
        else:
            self._open(path, kind, name, depth)
        path.unlink()

    def _note(self, entry: Entry) -> None:
        self._journal.write(self._encode(entry) + b"\n")

    def _tell(self, name: str, kind: str, reason: str, offset: int | None = None) -> None:
        self._note(Told(ParseWarning(name, offset, kind, None, reason)))  # type: ignore[arg-type]  # one of the kinds

    def next_file(self) -> str:
        """Return a new name in the spool."""
        self._spooled += 1
        return f"{self._spooled:08}"

    def look_at_disk(self, size: int) -> None:
        """Look at the free disk from time to time.

        Raises:
            OSError: too little is left.
        """
        self._unseen += size
        if self._unseen >= _DISK_LOOK_BYTES:
            self._unseen = 0
            require_disk(self.task.spool)


def require_disk(folder: Path) -> None:
    """Check that there is disk to unpack to.

    Raises:
        OSError: too little is left.
    """
    free = shutil.disk_usage(folder).free
    if free < DISK_RESERVE_BYTES:
        reason = (
            f"unpacking archives needs disk: {free // MEBIBYTE:,} MiB are free, and "
            f"{DISK_RESERVE_BYTES // MEBIBYTE:,} MiB are to stay free"
        )
        raise OSError(errno.ENOSPC, reason, str(folder))


def _fault(error: Exception) -> str:
    return f"reading it failed ({type(error).__name__}: {str(error)[:200]}), which is our fault"


class _Take:
    """One member while it is read: hashed, looked at, and written where it is kept."""

    def __init__(self, owner: _Unpacking, member: Member, shown: str) -> None:
        self._owner = owner
        self._member = member
        self._shown = shown
        self._head: bytearray | None = bytearray()
        self._out: BinaryIO | None = None
        self.file = ""
        self.size = 0
        self.digest = hashlib.sha256()
        self.fingerprint: Digest | None = None
        self.look = Look(None)
        self.host = ""

    def whole(self) -> str:
        """Take the member; return what is wrong with it, or "".

        Raises:
            OSError: the disk is full, or the archive cannot be read.
        """
        try:
            self._read()
        except ArchiveError as error:
            return f"{error}; {self.size:,} bytes of it are read"
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of a reader costs this member alone, and is told
            return f"{_fault(error)}; {self.size:,} bytes of it are read"
        finally:
            self._close()
        return ""

    def _read(self) -> None:
        """Take all bytes.

        Raises:
            ArchiveError: they are damaged, or more than the member may have.
            OSError: the disk is full.
        """
        for chunk in self._member.chunks:
            room = min(self._owner.allowance.take(len(chunk)), MEMBER_BYTES_LIMIT - self.size)
            part = chunk if room >= len(chunk) else chunk[:room]
            self._add(part)
            if self.size >= MEMBER_BYTES_LIMIT and len(part) < len(chunk):
                raise ArchiveError(f"it has more than {MEMBER_BYTES_LIMIT:,} bytes, the limit for one member")
            if len(part) < len(chunk):
                raise ArchiveError(f"it gives more than its part of {self._owner.allowance}")

    def _close(self) -> None:
        """Decide about a short member, and end writing."""
        self._decide()
        if self._out is not None:
            self._out.close()
            # Times of lines without a year are no later than their file; when it was unpacked says nothing of them.
            written = self._owner.task.path.stat().st_mtime_ns
            os.utime(self._out.name, ns=(written, written))

    def _add(self, part: bytes) -> None:
        self.size += len(part)
        self.digest.update(part)
        if self._head is not None:
            self._head += part
            if len(self._head) >= HEAD_BYTES:
                self._decide()
        elif self._out is not None:
            self._write(part)

    def _decide(self) -> None:
        """Say what the member is by its beginning; from here on it is written, or only hashed."""
        if self._head is None:
            return
        head, self._head = bytes(self._head), None
        task = self._owner.task
        self.look = look_at(io.BytesIO(head).read, self._member.name, task.choices.for_file(self._shown))
        if self._shown.endswith(CLIENT_INFO):
            self.host = host_told_in(head)
        if self.look.source is not None:
            self.file = self._owner.next_file()
            self._out = (task.spool / self.file).open("wb")
            if self._owner.fingerprints is not None:
                self.fingerprint = self._owner.fingerprints.begin()
            self._write(head)

    def _write(self, part: bytes) -> None:
        """Write what is kept.

        Raises:
            OSError: the disk is full.
        """
        self._owner.look_at_disk(len(part))
        if self._out is not None:
            self._out.write(part)
        if self.fingerprint is not None:
            self.fingerprint.update(part)
