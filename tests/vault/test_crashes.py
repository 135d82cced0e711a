"""What is left of a vault after a disk failed, or a machine lost its power: all that was acknowledged."""

from __future__ import annotations

import errno
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.vault.disks import Disk, Failing, Unsynced, Watched, check, commits, kept, originals
from yadorigi.errors import CaseError, UnfinishedError
from yadorigi.vault.checkpoints import Checkpoint
from yadorigi.vault.keys import VaultHome
from yadorigi.vault.reader import Vault
from yadorigi.vault.writer import VaultWriter

_SHARE = 0.1
"""Of what may be left that is looked at; all of it, some four thousand states, takes a minute."""

Step = tuple[Any, ...]
Before = tuple[list[bytes], Checkpoint | None]


@pytest.mark.parametrize(("number", "first"), [(errno.ENOSPC, 1), (errno.EIO, 3)])
def test_whatever_step_fails_nothing_that_was_acknowledged_is_lost(tmp_path: Path, number: int, first: int) -> None:
    paths = originals(tmp_path / "files")
    for when in range(first, 1_000, 4):  # every one was tried with both; it takes four times as long
        case, home = tmp_path / f"case-{when}", VaultHome(tmp_path / f"home-{when}")
        case.mkdir()
        storage, acknowledged = Failing(case / "vault", when, number), []
        try:
            for entries in commits(storage, home, paths, rounds=2):
                acknowledged = entries
        except (CaseError, UnfinishedError, OSError):
            pass
        check(Vault.open(case), acknowledged)
        writer = VaultWriter.on(Unsynced(case / "vault"), home)
        check(kept(writer, paths), acknowledged)
        assert not list((case / "vault").rglob("*.part"))
        shutil.rmtree(case)
        if storage.steps < when:
            break
    assert when > 60


def test_a_writer_whose_commit_failed_does_nothing_more(tmp_path: Path) -> None:
    paths = originals(tmp_path / "files")
    writer = VaultWriter.on(Failing(tmp_path / "vault", 20, errno.ENOSPC), VaultHome(tmp_path / "home"))
    with pytest.raises(OSError, match="space"):
        kept(writer, paths)
    with pytest.raises(UnfinishedError, match="start again"):
        kept(writer, [])


class ToldHome(VaultHome):
    """A home that tells of each checkpoint that it is given to keep."""

    tell: Callable[..., None]

    def keep_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Tell, and keep it."""
        self.tell("outside", self.folder, checkpoint)
        super().keep_checkpoint(checkpoint)


class Crashes:
    """Lets the power go after each step that was taken, in some ways, and looks at what is left.

    Attributes:
        opened: how many cases were.
    """

    def __init__(self, folder: Path, home: VaultHome, share: float) -> None:
        self._left = folder / "left"
        self._home = home
        self._share = share
        self._chance = random.Random(7)  # noqa: S311 - chance must be repeatable
        self.opened = 0

    def look(self, case: Path, disk: Disk, steps: list[Step], before: Before = ([], None), *, again: bool) -> None:
        """Look at a case after its steps, and what is left of that after steps of who opens it."""
        acknowledged, outside = before
        for step in [("begin", case), *steps]:
            if step[0] == "acknowledged":
                acknowledged = step[2]
            elif step[0] == "outside":
                outside = step[2]
            elif step[0] != "begin":
                disk.step(*step)
            for likely in (0.0, 1.0, 0.5):
                if self._chance.random() >= self._share:
                    continue
                disk.crashed(case, self._left, self._chance, likely)
                self._write_on((acknowledged, outside), again=again and self._chance.random() < 0.05)
                shutil.rmtree(self._left)

    def _write_on(self, before: Before, *, again: bool) -> None:
        acknowledged, outside = before
        self.opened += 1
        shutil.rmtree(self._home.folder / "checkpoints", ignore_errors=True)
        check(Vault.open(self._left), acknowledged)
        if outside is not None:
            self._home.keep_checkpoint(outside)
        steps: list[Step] = []
        disk = Disk.of(self._left)
        storage = Watched(self._left / "vault", lambda *step: steps.append(step))
        writer = VaultWriter.on(storage, self._home)
        check(writer.vault, acknowledged)
        if again:
            inner = Crashes(self._left.parent / "inner", self._home, self._share / 2)
            inner.look(self._left, disk, steps, before, again=False)
            self.opened += inner.opened
        elif self._chance.random() < 0.2:
            more = self._left / "more"
            more.write_bytes(b"more")
            check(kept(writer, [more]), acknowledged)


def test_whatever_a_crash_of_the_machine_leaves_holds_what_was_acknowledged(tmp_path: Path) -> None:
    paths = originals(tmp_path / "files")
    case, steps = tmp_path / "case", list[Step]()
    case.mkdir()
    told = type("Told", (ToldHome,), {"tell": staticmethod(lambda *step: steps.append(step))})
    home = told(tmp_path / "home")
    for entries in commits(Watched(case / "vault", lambda *step: steps.append(step)), home, paths):
        steps.append(("acknowledged", case, entries))
    crashes = Crashes(tmp_path, VaultHome(tmp_path / "home"), _SHARE)
    crashes.look(case, Disk(), steps, again=True)
    assert crashes.opened > 50


def test_a_disk_that_syncs_nothing_is_found_out(tmp_path: Path) -> None:
    """That the test above can fail: without syncing, what was acknowledged is lost."""
    case, steps = tmp_path / "case", list[Step]()
    case.mkdir()
    home = VaultHome(tmp_path / "home")
    for entries in commits(Watched(case / "vault", lambda *step: steps.append(step)), home, originals(tmp_path / "f")):
        steps.append(("acknowledged", case, entries))
    synced = [step for step in steps if step[0] not in ("sync", "folder")]
    with pytest.raises((AssertionError, CaseError)):
        Crashes(tmp_path, home, 0.5).look(case, Disk(), synced, again=False)


def test_nothing_is_lost_or_wrong_after_a_writer_was_killed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.kills", "--kills", "20"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "20 kills" in done.stdout
