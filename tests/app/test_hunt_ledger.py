"""The account of a hunt: warnings beyond the limit of a file are counted, and keep what they mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from yadorigi.app import hunt_ledger
from yadorigi.app.hunt_ledger import DAMAGE_KINDS, Ledger
from yadorigi.app.hunt_worker import ReadResult
from yadorigi.ingest.discover import InputFile, Inputs
from yadorigi.schema.warning import ParseWarning, WarningKind
from yadorigi.sources import contract
from yadorigi.sources.contract import Piece, ReadingLog


@pytest.mark.parametrize(
    ("kinds", "damage"), [(("notice", "gap"), False), (("notice", "record"), True), (("file", "notice"), True)]
)
def test_warnings_beyond_the_limit_are_damage_only_where_one_of_them_is(
    monkeypatch: pytest.MonkeyPatch, kinds: tuple[WarningKind, ...], damage: bool
) -> None:
    monkeypatch.setattr(contract, "WARNINGS_PER_FILE_LIMIT", 3)
    monkeypatch.setattr(hunt_ledger, "WARNINGS_PER_FILE_LIMIT", 3)
    ledger = Ledger(Inputs((InputFile(0, Path("a"), "a", 1, "evtx"),), ()))
    log = ReadingLog()
    piece = Piece(0, Path("a"), "a", "evtx", 0, 1)
    for number in range(3):
        log.warn(piece, number, "notice", None, "known")
    for number, kind in enumerate(kinds, 3):
        log.warn(piece, number, kind, 2 if kind == "record" else None, "more")
    ledger.take(ReadResult(log.events, log.declared, log.warnings, log.folded))
    found = ledger.warnings()
    assert any(warning.kind in DAMAGE_KINDS for warning in found) == damage
    reason = "2 more warnings about this file are counted here, not listed"
    last = ParseWarning("a", None, "record" if damage else "notice", 2 if "record" in kinds else None, reason)
    assert [warning for warning in found if warning.reason == reason] == [last]
    assert ledger.input_summaries()[0].warnings == 5
