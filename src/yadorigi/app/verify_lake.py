"""Whether a case's lake is the one that its vault recorded: each commit, each part, and nothing else."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from yadorigi.app.verify_files import hashed_files
from yadorigi.lake.commits import LAKE
from yadorigi.lake.sound import unsound
from yadorigi.limits import LAKE_COMMIT_BYTES_LIMIT, LAKE_COMMITS_BYTES_LIMIT, VAULT_FILES_LIMIT
from yadorigi.schema.stored_lake import Commit, Part
from yadorigi.vault.storage import PART
from yadorigi.vault.verification.verified import LakeFound

if TYPE_CHECKING:
    from yadorigi.vault.verification.account import Account
    from yadorigi.vault.verification.faults import Faults
    from yadorigi.vault.verification.verify_vault import Telling

_COMMIT: Final = re.compile(r"commits/([0-9]{8})\.json", re.ASCII).fullmatch
_PART: Final = re.compile(r"[a-z][a-z0-9_]*/[0-9A-Za-z_-]+\.parquet", re.ASCII).fullmatch


@dataclass(slots=True)
class _Named:
    """What the commits say.

    Attributes:
        parts: those that count.
        earlier: paths of those that counted once.
        sound: whether all commits that must be there are, as they were recorded.
    """

    parts: dict[str, Part] = field(default_factory=dict)
    earlier: set[str] = field(default_factory=set)
    sound: bool = True


class LakeCheck:
    """Checks a lake."""

    def __init__(self, case: Path, account: Account, faults: Faults, telling: Telling) -> None:
        """Take the case, what its vault recorded, and who is told."""
        self._case = case
        self._folder = case / LAKE
        self._account = account
        self._faults = faults
        self._telling = telling
        self.found = LakeFound()

    def run(self, workers: int) -> LakeFound:
        """Check everything.

        Raises:
            OSError: a folder cannot be read.
        """
        outcome = self._account.outcome
        expected = outcome.lake if outcome is not None else None
        if not os.path.lexists(self._folder):
            if expected is not None and not self._is_open:
                self._faults.add("lake_foreign", LAKE, f"a lake of {expected} commits", "no such folder")
            return self.found
        if not stat.S_ISDIR(self._folder.lstat().st_mode):
            self._faults.add("lake_foreign", LAKE, "a folder", "a link or a file")
            return self.found
        paths = list(self._paths())
        numbers = {int(found[1]): path for path in paths if (found := _COMMIT(path))}
        commits = self._commits(numbers, workers)
        named = self._named(numbers, commits, expected)
        self._hold_parts(named, workers)
        self._tell_others(paths, named)
        return self.found

    @property
    def _is_open(self) -> bool:
        """Say whether an act is under way or was killed, so that the lake may be ahead of the newest outcome."""
        return self._account.open_act is not None

    def _fault(self, path: str, expected: str, found: str) -> None:
        self._faults.add("lake_foreign", f"{LAKE}/{path}", expected, found)

    def _paths(self) -> Iterator[str]:
        """Give the paths of all files; tell of what a lake never has."""
        count = 0
        for folder in sorted(os.scandir(self._folder), key=lambda entry: entry.name):
            if not folder.is_dir(follow_symlinks=False):
                if not folder.name.endswith(PART):
                    self._faults.add(
                        "foreign_file", f"{LAKE}/{folder.name}", "folders of tables only", "something else"
                    )
                continue
            for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
                count += 1
                path = f"{folder.name}/{entry.name}"
                if count > VAULT_FILES_LIMIT:
                    self._faults.add("foreign_file", LAKE, f"{VAULT_FILES_LIMIT:,} files at most", "more")
                    return
                if entry.is_file(follow_symlinks=False):
                    yield path
                else:
                    self._faults.add("foreign_file", f"{LAKE}/{path}", "a plain file", "a link, a folder or the like")

    def _commits(self, numbers: dict[int, str], workers: int) -> dict[int, Commit]:
        """Return the commits that are as they were recorded; tell of others."""
        good: dict[int, Commit] = {}
        sizes = sum((self._folder / path).lstat().st_size for path in numbers.values())
        self._telling.stage("lake", sizes)
        own = {self._folder / path: number for number, path in numbers.items()}
        for path, found in hashed_files(sorted(own), workers, self._telling.advance):
            number = own[path]
            self.found.commits += 1
            recorded = self._account.lake.get(number)
            if recorded is None:
                self._fault(numbers[number], "commits that the vault recorded", f"{found.sha256}, which it did not")
            elif found.sha256 != recorded[0]:
                told = found.problem or f"one with the SHA-256 {found.sha256}"
                self._fault(numbers[number], f"the commit with the SHA-256 {recorded[0]}", told)
            elif (commit := self._decoded(numbers[number])) is not None:
                good[number] = commit
        return good

    def _decoded(self, path: str) -> Commit | None:
        try:
            place = self._folder / path
            if place.lstat().st_size > min(LAKE_COMMIT_BYTES_LIMIT, LAKE_COMMITS_BYTES_LIMIT):
                raise ValueError("larger than any commit is")
            commit = msgspec.json.decode(place.read_bytes(), type=Commit)
            wrong = unsound(commit)
        except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as error:
            commit, wrong = None, str(error)
        if wrong:
            self._fault(path, "a commit of a lake", wrong)
            return None
        return commit

    def _named(self, numbers: dict[int, str], commits: dict[int, Commit], expected: int | None) -> _Named:
        """Return what the commits that count say."""
        named = _Named(sound=set(commits) == set(numbers))
        newest = max(numbers, default=0)
        if expected is None:
            self._tell_unexpected(numbers)
        elif newest < expected:
            named.sound = False
            self._fault(f"commits/{expected:08}.json", "the newest commit", f"none that is newer than {newest}")
        elif newest > expected and not (self._is_open and self._is_later(newest)):
            self._fault(numbers[newest], f"{expected} commits, which the newest outcome says", f"{newest}")
        begins = max((number for number, commit in commits.items() if commit.anew), default=1)
        for number in range(begins, newest + 1):
            if number not in numbers:
                named.sound = False
                self._fault(f"commits/{number:08}.json", "every commit from the first that counts on", "no such file")
                break
        for number in sorted(commits):
            self._follow(named, commits[number])
        return named

    def _follow(self, named: _Named, commit: Commit) -> None:
        gone = set(named.parts) if commit.anew else set(commit.removed)
        for path in gone & named.parts.keys():
            named.earlier.add(path)
            del named.parts[path]
        named.parts.update({part.path: part for part in commit.added})

    def _is_later(self, number: int) -> bool:
        outcome, recorded = self._account.outcome, self._account.lake.get(number)
        return recorded is not None and (outcome is None or recorded[1] > outcome.index)

    def _tell_unexpected(self, numbers: dict[int, str]) -> None:
        if not numbers or self._account.outcome is None or self._is_open:
            return
        if (self._case / ".work").exists():
            self._faults.notice(f"{LAKE}: the newest act took the lake away, and was killed before it was gone")
        else:
            self._faults.add("lake_foreign", LAKE, "no lake, which the newest outcome says", f"{len(numbers)} commits")

    def _hold_parts(self, named: _Named, workers: int) -> None:
        self._telling.stage("lake", sum(part.size for part in named.parts.values()))
        own = {self._folder / path: part for path, part in named.parts.items()}
        unhashed = 0
        for path, found in hashed_files(sorted(own), workers, self._telling.advance):
            part = own[path]
            self.found.parts += 1
            self.found.bytes += found.size
            unhashed += not part.sha256
            if found.problem or found.size != part.size or (part.sha256 and found.sha256 != part.sha256):
                told = found.problem or f"{found.size:,} bytes with the SHA-256 {found.sha256}"
                self._fault(part.path, f"{part.size:,} bytes with the SHA-256 {part.sha256 or '(not recorded)'}", told)
        if unhashed:
            self._faults.notice(f"{LAKE}: {unhashed:,} parts are of an earlier version, and held by their size only")

    def _tell_others(self, paths: list[str], named: _Named) -> None:
        """Tell of files that are neither commits nor parts that count."""
        unfinished = left = unnamed = 0
        for path in paths:
            if path in named.parts or _COMMIT(path):
                continue
            if path.endswith(PART):
                unfinished += 1
            elif not _PART(path) or path.startswith("commits/"):
                self._faults.add("foreign_file", f"{LAKE}/{path}", "commits and parts only", "a file of another name")
            elif path in named.earlier:
                left += 1
            elif self._is_open or not named.sound:
                unnamed += 1
            else:
                self._fault(path, "parts that a commit names", "one that none does")
        for count, told in (
            (unfinished, "unfinished files of a writer that ended early"),
            (left, "parts that counted once, and count no more"),
            (unnamed, "parts that no commit names: an act was killed, or a commit is not as it should be"),
        ):
            if count:
                self._faults.notice(f"{LAKE}: {count:,} {told}")
