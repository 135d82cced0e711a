"""Lines that are read in one step are what the plain way makes of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.lines import varied
from tests.sources.lines.golden import CASES, WRITTEN
from yadorigi.sources.contract import ReadingLog
from yadorigi.sources.formats import FORMATS
from yadorigi.sources.lines import source as line_source
from yadorigi.sources.lines.at_once import ShapedLines
from yadorigi.sources.lines.shapes import key_value_shape, prepared
from yadorigi.sources.lines.source import LineSource
from yadorigi.sources.lines.survey import Formats

if TYPE_CHECKING:
    from yadorigi.sources.lines.format import LineFormat

SHAPED = [own for own in FORMATS if own.shapes is not None]
PLAIN = Formats([replace(own, shapes=None) for own in FORMATS])
FAST = Formats(FORMATS)


def lines_of(own: LineFormat) -> list[bytes]:
    logs = [path for path in sorted((CASES / own.name).iterdir()) if not path.name.endswith(".golden.json")]
    return [line for log in logs for line in log.read_bytes().splitlines() if line.strip()]


def read(formats: Formats, name: str, path: Path) -> tuple[list[object], list[str]]:
    own = next(one for one in formats.every if one.name == name)
    source, log, found = LineSource(own, formats), ReadingLog(), []
    for gathered in source.read(list(source.pieces(0, path, path.name, path.stat().st_size)), log):
        for batch in gathered.batches():
            found += [
                (batch.origin(place).line, batch.event(place), batch.texts()[place]) for place in range(len(batch))
            ]
    return sorted(found, key=str), sorted(warning.reason for _, warning in log.warnings)


def plain_lines_of(own: LineFormat) -> list[bytes]:
    return [line for line in lines_of(own) if prepared(line.decode("utf-8", "replace"))]


@pytest.mark.parametrize("chosen", [lines_of, plain_lines_of])
@pytest.mark.parametrize("own", SHAPED, ids=lambda own: own.name)
def test_one_step_is_the_plain_way(
    own: LineFormat, chosen: Callable[[LineFormat], list[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_source, "_COMPARED", 5)
    path = tmp_path / "log"
    path.write_bytes(varied(chosen(own), 1_100))
    os.utime(path, (WRITTEN, WRITTEN))
    fast, plain = read(FAST, own.name, path), read(PLAIN, own.name, path)
    assert fast == plain


@pytest.mark.parametrize("own", SHAPED, ids=lambda own: own.name)
def test_some_lines_are_read_in_one_step(own: LineFormat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    take = ShapedLines.take

    def noted(*about: Any) -> int:
        taken.append(take(*about))
        return taken[-1]

    monkeypatch.setattr(ShapedLines, "take", noted)
    path = tmp_path / "log"
    path.write_bytes(varied(plain_lines_of(own), 1_200))
    read(FAST, own.name, path)
    assert sum(taken) > 100


@settings(max_examples=60)
@given(data=st.data())
def test_changed_lines_too(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    own = data.draw(st.sampled_from(SHAPED))
    known = [line.decode("utf-8", "replace") for line in lines_of(own)]
    piece = st.sampled_from(['"', "=", " ", "\\", "\t", "%", "a=1 ", '"x"', "<9>", "\x1b", "é", "[", "]", "0", "時"])
    lines = []
    for _ in range(data.draw(st.integers(2, 6))):
        line = data.draw(st.sampled_from(known))
        place = data.draw(st.integers(0, len(line)))
        lines += [line, line[:place] + data.draw(piece) + line[place + data.draw(st.integers(0, 3)) :]]
    path = tmp_path_factory.mktemp("changed") / "log"
    path.write_bytes("\n".join(lines).encode())
    os.utime(path, (WRITTEN, WRITTEN))
    assert read(FAST, own.name, path) == read(PLAIN, own.name, path)


@pytest.mark.parametrize(
    ("message", "names"),
    [
        ('a=1 b="x y" c=', ("a", "b", "c")),
        ("a=1  b=2", None),
        ("a=1 b=2 ", None),
        ('a=1 b="x', None),
        ("text", None),
        ("", None),
        ("a=1 a=2", ("a", "a")),
    ],
)
def test_the_shape_of_key_and_value(message: str, names: tuple[str, ...] | None) -> None:
    learned = key_value_shape(message)
    assert (learned.names if learned is not None else None) == names
