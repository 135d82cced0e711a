"""Shuts a process in, as tightly as its system lets it: limits for all, and on Linux a fence of the kernel's.

Nothing here is what a query is held by in the first place (that is `gate` and DuckDB's own settings); it holds what
gets past those.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable
from typing import Final

from yadorigi.lake.sql.confine_linux import die_with_parent, fence_calls, fence_files

_OPEN_FILES: Final = 64
_SPARE_SECONDS: Final = 5
_SPARE_MEMORY: Final = 1 << 30
"""Memory beside what DuckDB counts: libraries, stacks, rows on their way out."""


def limit_resources(seconds: float, memory: int, threads: int) -> None:
    """Set the system's limits for this process: no byte written to a file, few open files, processor time, memory.

    Systems without such limits (Windows) have the parent alone to watch.
    """
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - not on Windows

    processor = int(seconds * max(1, threads)) + _SPARE_SECONDS
    wanted = [
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CPU, processor),
        (resource.RLIMIT_DATA, memory + _SPARE_MEMORY),
    ]
    for number, value in wanted:
        most = resource.getrlimit(number)[1]
        least = value if most == resource.RLIM_INFINITY else min(value, most)
        try:
            resource.setrlimit(number, (least, least))
        except (OSError, ValueError):
            continue


def end_with_parent() -> None:
    """End this process when its parent does: on Linux by the kernel, elsewhere when its input ends."""
    die_with_parent()
    threading.Thread(target=_wait_for_end, daemon=True).start()


def _wait_for_end() -> None:
    # The parent writes nothing more; what comes is the end.
    while os.read(0, 1):
        pass
    os._exit(1)


def forget_environment() -> None:
    """Forget the environment's variables: nothing in here needs them, and they may hold secrets."""
    os.environ.clear()


def fence(readable: Iterable[str]) -> tuple[str, ...]:
    """Let this process, and threads that it starts from now on, open the given files to read them, and nothing else.

    Returns:
        What holds: ``calls`` where the kernel refuses to write, run or connect; ``files`` where it refuses to read
        other files.
    """
    held = []
    if fence_files(readable):
        held.append("files")
    if fence_calls():
        held.append("calls")
    return tuple(held)
