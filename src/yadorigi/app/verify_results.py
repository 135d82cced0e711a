"""Whether a case's result files are those that its newest act left."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from yadorigi.app.case_folder import VAULT, listing_of, waiting_results
from yadorigi.app.case_lock import LOCK
from yadorigi.app.verify_files import hashed_files
from yadorigi.lake.commits import LAKE
from yadorigi.vault.verification.verified import ResultsFound

if TYPE_CHECKING:
    from yadorigi.vault.verification.account import Account
    from yadorigi.vault.verification.faults import Faults
    from yadorigi.vault.verification.verify_vault import Telling

_is_name: Final = re.compile(r"(?!\.)[^/\\:\0]+(?:/(?!\.)[^/\\:\0]+){0,8}").fullmatch
"""Whether a name can only lead below the case."""

_OWN: Final = frozenset({VAULT, LAKE, LOCK, ".work"})
_ENTRIES_LIMIT: Final = 100_000


def verify_results(case: Path, account: Account, workers: int, faults: Faults, telling: Telling) -> ResultsFound:
    """Check the result files of a case.

    Raises:
        OSError: a folder cannot be read.
    """
    found = ResultsFound()
    stated = _stated(account, faults)
    folders = {name: _names_in(case, name) for name in stated if name.endswith("/")}
    own = {name for name in stated if name not in folders}.union(*folders.values())
    paths = {case / name: name for name in sorted(own)}
    telling.stage("results", sum(path.lstat().st_size for path in paths if os.path.lexists(path)))
    there: dict[str, str] = {}
    problems: dict[str, str] = {}
    for path, read in hashed_files(paths, workers, telling.advance):
        name = paths[path]
        found.files += 1
        found.bytes += read.size
        if _leads_elsewhere(case, name):
            problems[name] = "a file in a folder that is a link"
        elif read.problem:
            problems[name] = read.problem
        else:
            there[name] = read.sha256
    wrong: dict[str, str] = {}
    for name, digest in stated.items():
        if name in folders:
            listed = {one.removeprefix(name): there.get(one, "") for one in folders[name]}
            if listing_of(listed) != digest:
                wrong[name] = f"{len(listed):,} files, whose list has another"
        elif there.get(name) != digest:
            wrong[name] = problems.get(name) or f"a file with the SHA-256 {there[name]}"
    _tell(case, stated, wrong, faults)
    _tell_others(case, own, faults)
    return found


def _stated(account: Account, faults: Faults) -> dict[str, str]:
    """Return the SHA-256 of each result by its name; tell of names that cannot be."""
    outcome = account.outcome
    if outcome is None:
        return {}
    stated = dict(outcome.files)
    for name in [name for name in stated if not _is_name(name.removesuffix("/"))]:
        place = f"record {outcome.index}"
        faults.add("record_unreadable", place, "names of files below the case", f"the name {name[:200]!r}")
        del stated[name]
    return stated


def _tell(case: Path, stated: dict[str, str], wrong: dict[str, str], faults: Faults) -> None:
    waiting = waiting_results(case, {name: stated[name] for name in wrong}) if wrong else {}
    for name, told in sorted(wrong.items()):
        if name in waiting or any(one.startswith(name) for one in waiting if name.endswith("/")):
            faults.notice(f"{name}: its newest version waits in .work; the next act puts it in its place")
        else:
            what = "files whose list has" if name.endswith("/") else "the file with"
            faults.add("report_foreign", name, f"{what} the SHA-256 {stated[name]}", told)


def _tell_others(case: Path, own: set[str], faults: Faults) -> None:
    for count, name in enumerate(_others(case, own)):
        if count >= _ENTRIES_LIMIT:
            faults.notice("there are more files in the case than are looked at")
            break
        faults.notice(f"{name}: not of the program; no record names it")


def _names_in(case: Path, folder: str) -> set[str]:
    """Return the names of the files in a folder, links among them."""
    place = case / folder
    if place.is_symlink() or not place.is_dir():
        return set()
    return {f"{folder}{entry.name}" for entry in os.scandir(place)}


def _leads_elsewhere(case: Path, name: str) -> bool:
    return any((case / folder).is_symlink() for folder in list(Path(name).parents)[:-1])


def _others(case: Path, stated: set[str]) -> Iterator[str]:
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
