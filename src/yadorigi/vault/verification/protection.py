"""What really keeps a case's files from being changed on this machine, for the user who asks."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

_ANY_WRITE: Final = 0o222
_GET_FLAGS: Final = 0x80086601
"""FS_IOC_GETFLAGS of Linux on machines with 64 bits."""

_LINUX_IMMUTABLE: Final = 0x10
_LINUX_APPEND: Final = 0x20
_WITHOUT_PERMISSIONS: Final = frozenset(
    {
        "vfat",
        "msdos",
        "fat",
        "fat32",
        "exfat",
        "ntfs",
        "ntfs3",
        "fuseblk",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "drvfs",
        "v9fs",
    }
)
"""File systems on which bits of permissions are made up, or kept by somebody else."""


@dataclass(frozen=True, slots=True)
class Protection:
    """What protects sealed files.

    Attributes:
        files: how many were looked at.
        writable: how many of them have a bit that lets somebody write.
        others: how many belong to somebody else than the user.
        immutable: how many have a flag of their file system that forbids changes.
        file_system: its name, or "".
        read_only: whether it is mounted for reading only.
        administrator: whether the user may do all, whatever permissions say.
        replaceable: whether the user may exchange files in the folder.
    """

    files: int
    writable: int
    others: int
    immutable: int
    file_system: str
    read_only: bool
    administrator: bool
    replaceable: bool

    def sentences(self) -> list[str]:
        """Say in words what protects the files, the weakest first."""
        found = [f"{self.files - self.writable:,} of {self.files:,} sealed files are read-only by their permissions"]
        if self.file_system.lower() in _WITHOUT_PERMISSIONS:
            found.append(f"but permissions mean little on this file system ({self.file_system})")
        if self.administrator:
            found.append("but you are the administrator, whom permissions do not stop")
        elif self.replaceable and self.others < self.files:
            found.append("but they belong to you, so you can change that, and exchange files")
        elif self.replaceable:
            found.append("but you may exchange files in their folder")
        if self.immutable:
            found.append(
                f"{self.immutable:,} files have a flag that forbids changes (an administrator can take it off)"
            )
        if self.read_only:
            found.append("the file system is mounted for reading only")
        if not self.immutable and not self.read_only:
            found.append("nothing here keeps whoever has the disk from changing them: only proofs show it")
        return found


def protection_of(folder: Path, paths: Iterable[str]) -> Protection:
    """Look at what protects files below a folder; what cannot be known counts as no protection."""
    user = os.getuid() if hasattr(os, "getuid") else None
    files = writable = others = immutable = 0
    for path in paths:
        with contextlib.suppress(OSError):
            found = (folder / path).lstat()
            files += 1
            writable += bool(found.st_mode & _ANY_WRITE)
            others += user is not None and found.st_uid != user
            immutable += _is_immutable(folder / path, found)
    flags = 0
    if hasattr(os, "statvfs"):
        with contextlib.suppress(OSError):
            flags = os.statvfs(folder).f_flag
    read_only = bool(flags & getattr(os, "ST_RDONLY", 0))
    return Protection(
        files, writable, others, immutable, _file_system(folder), read_only, _is_administrator(),
        os.access(folder, os.W_OK) and not read_only,
    )  # fmt: skip


def _is_immutable(path: Path, found: os.stat_result) -> bool:
    own = getattr(found, "st_flags", None)
    if own is not None:
        return bool(own & (stat.UF_IMMUTABLE | stat.SF_IMMUTABLE))
    if not stat.S_ISREG(found.st_mode):
        return False
    try:
        import fcntl  # noqa: PLC0415 - not on Windows

        with path.open("rb") as stream:
            flags = int.from_bytes(fcntl.ioctl(stream, _GET_FLAGS, bytes(8))[:4], "little")
    except (ImportError, OSError):
        return False
    return bool(flags & (_LINUX_IMMUTABLE | _LINUX_APPEND))


def _is_administrator() -> bool:
    if hasattr(os, "geteuid"):
        return os.geteuid() == 0
    try:
        import ctypes  # noqa: PLC0415 - only Windows is asked in this way

        return bool(ctypes.windll.shell32.IsUserAnAdmin())  # type: ignore[attr-defined]  # on Windows it is there
    except (ImportError, AttributeError, OSError):
        return False


def _file_system(folder: Path) -> str:
    """Return the name of the file system that a folder lies on, or ""."""
    try:
        place = folder.resolve()
        mounts = psutil.disk_partitions(all=True)
    except (OSError, RuntimeError, psutil.Error):
        return ""
    above = {place, *place.parents}
    found = [mount for mount in mounts if Path(mount.mountpoint) in above]
    return max(found, key=lambda mount: len(mount.mountpoint)).fstype if found else ""
