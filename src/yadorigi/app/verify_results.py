"""Whether a case's result files are those that its newest act left."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from yadorigi.app.case_folder import VAULT, waiting_results
from yadorigi.app.case_lock import LOCK
from yadorigi.app.verify_files import hashed_files
from yadorigi.lake.commits import LAKE

if TYPE_CHECKING:
    from yadorigi.vault.verification.account import Account
    from yadorigi.vault.verification.faults import Faults
    from yadorigi.vault.verification.verify_vault import Telling

_is_name: Final = re.compile(r"(?!\.)[^/\\:\0]+(?:/(?!\.)[^/\\:\0]+){0,8}").fullmatch
"""Whether a name can only lead below the case."""

_OWN: Final = frozenset({VAULT, LAKE, LOCK, ".work"})
_ENTRIES_LIMIT: Final = 100_000


@dataclass(slots=True)
class ResultsFound:
    """What was read of results.

    Attributes:
        files, bytes: how many.
    """

    files: int = 0
    bytes: int = 0


def verify_results(case: Path, account: Account, workers: int, faults: Faults, telling: Telling) -> ResultsFound:
    """Check the result files of a case.

    Raises:
        OSError: a folder cannot be read.
    """
    found = ResultsFound()
    outcome = account.outcome
    stated = dict(outcome.files) if outcome is not None else {}
    for name in [name for name in stated if not _is_name(name)]:
        place = f"record {outcome.index if outcome is not None else 0}"
        faults.add("record_unreadable", place, "names of files below the case", f"the name {name[:200]!r}")
        del stated[name]
    own = {case / name: name for name in sorted(stated)}
    telling.stage("results", sum(path.lstat().st_size for path in own if os.path.lexists(path)))
    wrong: dict[str, str] = {}
    for path, read in hashed_files(own, workers, telling.advance):
        found.files += 1
        found.bytes += read.size
        if _leads_elsewhere(case, own[path]):
            wrong[own[path]] = "a file in a folder that is a link"
        elif read.problem or read.sha256 != stated[own[path]]:
            wrong[own[path]] = read.problem or f"a file with the SHA-256 {read.sha256}"
    waiting = waiting_results(case, {name: stated[name] for name in wrong}) if wrong else {}
    for name, told in sorted(wrong.items()):
        if name in waiting:
            faults.notice(f"{name}: its newest version waits in .work; the next act puts it in its place")
        else:
            faults.add("report_foreign", name, f"the file with the SHA-256 {stated[name]}", told)
    for count, name in enumerate(_others(case, stated)):
        if count >= _ENTRIES_LIMIT:
            faults.notice("there are more files in the case than are looked at")
            break
        faults.notice(f"{name}: not of the program; no record names it")
    return found


def _leads_elsewhere(case: Path, name: str) -> bool:
    return any((case / folder).is_symlink() for folder in list(Path(name).parents)[:-1])


def _others(case: Path, stated: dict[str, str]) -> Iterator[str]:
    """Give the files of a case that no record names, apart from what has a check of its own."""
    folders = [""]
    while folders:
        below = folders.pop()
        for entry in sorted(os.scandir(case / below), key=lambda entry: entry.name):
            name = f"{below}/{entry.name}" if below else entry.name
            if name in _OWN:
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(name)
            elif name not in stated:
                yield name
