"""The readers of files of settings under test."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Final

from tests.fuzz.findings import Seeds, Target, require
from tests.fuzz.mutations import TEXT, mutated
from tests.sources.settings import files
from yadorigi.sources.settings.contract import PROBLEMS_LIMIT, SETTINGS_KINDS, STATEMENTS_LIMIT
from yadorigi.sources.settings.read_settings import read_settings_file, recognise_settings

_ENCODINGS: Final = ("utf-8", "utf-16", "cp932")


def _seeds() -> Seeds:
    """Every sort of file, in the encodings that Windows writes."""
    return [
        text.replace("\n", "\r\n").encode(encoding, "replace")
        for texts in files.ALL.values()
        for text in texts
        for encoding in _ENCODINGS
    ]


def _changed(chance: Random, seeds: Seeds) -> bytes:
    return mutated(chance, seeds, TEXT)


def _check(data: bytes, folder: Path) -> None:
    """Read a file as what it passes for, and as everything that it is not."""
    del folder
    kind = recognise_settings(data[:8_192], "x")
    require(kind in SETTINGS_KINDS or not kind, f"a kind of no name: {kind}")
    for tried in SETTINGS_KINDS:
        stated = read_settings_file(data, tried)
        require(len(stated.statements) <= STATEMENTS_LIMIT, "more statements than the limit")
        require(len(stated.problems) <= PROBLEMS_LIMIT, "more problems than the limit")
        require(bool(stated.problems) or not stated.damaged, "damage without words")
        for one in stated.statements:
            require(not one.policy or one.policy in stated.policies, "a statement of a policy that is not there")


TARGETS: Final = (Target("settings-files", _seeds, _changed, _check),)
