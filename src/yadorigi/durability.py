"""What makes files last on a disk that may lose its power."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_NO_SYNC: Final = frozenset(
    {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF, errno.EACCES, errno.EPERM, errno.EISDIR}
)
"""What file systems answer that cannot sync a folder; a full or failing disk answers otherwise."""


def sync_file(path: Path) -> None:
    """Make what was written to a file last.

    Raises:
        OSError: the disk is full or failing.
    """
    with path.open("r+b", buffering=0) as stream:  # Windows syncs only what may be written to
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Make names in a folder last, where the system can: Windows and some network shares do without.

    Raises:
        OSError: the disk is full or failing.
    """
    if os.name == "nt":
        return
    try:
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


def name_new(part: Path, place: Path) -> None:
    """Give a file that is written a name that nobody has yet; its old name may stay beside the new one.

    Without hard links a name that somebody else takes at the same moment is lost, so that another lock must keep him
    away.

    Raises:
        FileExistsError: somebody has the name.
        OSError: the disk is full or failing.
    """
    try:
        place.hardlink_to(part)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):
        # A file system without hard links; whatever else is wrong is wrong with the other way too.
        if os.path.lexists(place):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(place)) from None
        part.rename(place)
