"""A short fuzzing run of every reader, and proof that fuzzing finds what there is to find."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.fuzz.findings import BrokenPromiseError, Seeds
from tests.fuzz.run_targets import Account, fuzz, input_of
from tests.fuzz.targets import TARGETS
from yadorigi.sources.contract import ReadingLog

SECONDS = 2.0
RUNS = 2_000
AT_ONCE = 100


@pytest.mark.parametrize("name", TARGETS)
def test_a_reader_keeps_its_promises(name: str) -> None:
    account = Account()
    fuzz(TARGETS[name], "ci", range(RUNS), account, SECONDS)
    assert [finding.text for finding in account.findings] == []
    assert account.runs[name] > 0


@pytest.mark.parametrize("name", TARGETS)
def test_a_run_can_be_done_again(name: str) -> None:
    seeds = TARGETS[name].seeds()
    assert [input_of(TARGETS[name], seeds, "ci", run) for run in range(20)] == [
        input_of(TARGETS[name], TARGETS[name].seeds(), "ci", run) for run in range(20)
    ]


def test_a_lost_record_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The promise that matters most: what cannot be read is counted."""
    if sys.platform != "linux":
        pytest.skip("only a forked process has the fault that is put in here")
    monkeypatch.setattr(ReadingLog, "warn", lambda *_: None)
    account = Account()
    for start in range(0, RUNS, AT_ONCE):
        fuzz(TARGETS["evtx"], "ci", range(start, start + AT_ONCE), account)
        if any("declared" in finding.what or "lost" in finding.what for finding in account.findings):
            return
    pytest.fail(f"{account.runs['evtx']} runs found no lost record")


def seeds() -> Seeds:
    return [b"seed"]


def make(chance: Random, _: Seeds) -> bytes:
    return bytes([chance.randrange(6)])


def misbehave(data: bytes, _: Path) -> None:
    match data[0]:
        case 1:
            os.kill(os.getpid(), signal.SIGKILL)
        case 2:
            time.sleep(60)
        case 3:
            raise KeyError("key")
        case 4:
            raise BrokenPromiseError("broken")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_crashes_hangs_and_errors_are_found_and_the_rest_is_run() -> None:
    target = replace(TARGETS["settings"], name="bad", seeds=seeds, make=make, check=misbehave, seconds=0.7)
    account = Account()
    runs = range(16)
    fuzz(target, "x", runs, account)
    assert account.runs["bad"] == len(runs)
    expected = {1: "ended with code -9", 2: "took longer", 3: "KeyError: 'key'", 4: "BrokenPromiseError: broken"}
    wanted = {run: expected[kind] for run in runs if (kind := input_of(target, [], "x", run)[0]) in expected}
    assert set(wanted.values()) == set(expected.values())
    found = {finding.run: finding.what for finding in account.findings}
    assert found.keys() == wanted.keys()
    assert all(wanted[run] in what for run, what in found.items())


def test_targets_are_named_as_they_are_called() -> None:
    assert [target.name for target in TARGETS.values()] == [*TARGETS]
