"""Extended logs of the W3C: lines read in one step, pieces of large files, hostile directives."""

from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path

import pytest

from tests.sources.lines.golden import CASES
from yadorigi.sources.contract import Piece, ReadingLog
from yadorigi.sources.lines.clock import Clock
from yadorigi.sources.lines.format import LineError
from yadorigi.sources.web import w3c
from yadorigi.sources.web.w3c_layout import Directives, Layout

FIELDS = "#Fields: date time s-ip cs-method cs-uri-stem c-ip sc-status"
LINE = r"2026-03-11 00:00:01 10.1.0.10 GET /a\b 192.0.2.1 200"
LOGS = [path for path in sorted((CASES / "w3c").iterdir()) if path.suffix == ".log"]


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.name)
def test_one_step_is_the_plain_way(log: Path) -> None:
    directives = Directives()
    for text in log.read_text(encoding="utf-8").splitlines():
        if text.startswith("#"):
            directives.take(text)
            continue
        layout = directives.layout
        at_once = layout.read_at_once(text) if layout is not None and text else None
        if layout is None or at_once is None:
            continue
        decided, time, data = at_once
        reading = layout.read(text, Clock(UTC))
        assert (json.loads(data), time, decided.host or "", decided.kind.channel) == (
            reading.fields, reading.time, reading.host, reading.channel,
        )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        LINE + " ",
        LINE.replace("200", '"200"'),
        LINE.replace("01 10", "61 10"),
        LINE.replace("2026-03-11", "2026-13-11"),
        LINE.replace("GET", "G\x01T"),
        LINE.removesuffix(" 200"),
    ],
)
def test_what_is_not_usual_goes_the_plain_way(text: str) -> None:
    layout = Layout(tuple(FIELDS.split()[1:]), " ", "iis/access")
    assert layout.read_at_once(LINE) is not None
    assert layout.read_at_once(text) is None


def read(pieces: list[Piece]) -> tuple[list[tuple[int, str]], list[str]]:
    log, found = ReadingLog(), []
    for gathered in w3c.W3cSource().read(pieces, log):
        for batch in gathered.batches():
            found += [
                (batch.origin(place).line or 0, str(sorted(batch.event(place).data))) for place in range(len(batch))
            ]
    return sorted(found), [warning.reason for _, warning in log.warnings]


def test_pieces_know_the_directives_before_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "u_ex.log"
    other = FIELDS.replace("s-ip", "s-computername")
    path.write_text("\n".join([FIELDS, *[LINE] * 50, "#Remark: x", other, *[LINE] * 50]) + "\n", encoding="utf-8")
    source, size = w3c.W3cSource(), path.stat().st_size
    whole = read(list(source.pieces(0, path, path.name, size)))
    monkeypatch.setattr("yadorigi.sources.records.line_cuts.PIECE_BYTES", 700)
    pieces = list(source.pieces(0, path, path.name, size))
    assert len(pieces) > 5
    assert read(pieces) == whole
    assert len(whole[0]) == 100


def test_an_endless_line_is_no_directive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "u_ex.log"
    path.write_text(f"{FIELDS}\n#{'x' * 200_000}\n" + f"{LINE}\n" * 20, encoding="utf-8")
    monkeypatch.setattr("yadorigi.sources.records.line_cuts.PIECE_BYTES", 700)
    found, warnings = read(list(w3c.W3cSource().pieces(0, path, path.name, path.stat().st_size)))
    assert len(found) == 20
    assert not warnings


@pytest.mark.parametrize("named", ["#Fields: one", "#Fields: " + "a " * 500, "#Fields: a " + "b" * 500])
def test_fields_that_cannot_be_are_refused(named: str) -> None:
    with pytest.raises(LineError):
        Directives().take(named)
