"""A log of lines: takes lines with their times, gives the files in which they stand and the truth about them."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from two_sites_story.records import COLLECTED, Mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Told:
    """One line before it has its place in a file."""

    ticks: int
    kind: str
    """The kind in the channel that the program gives such lines, such as `vpn`."""
    text: str
    mark: Mark | None


@dataclass(kw_only=True)
class TextLog:
    """A log whose files hold a line per record."""

    site: str
    host: str
    """The host that the lines name."""
    family: str
    """The format, which begins the channel."""
    file_of: Callable[[int], str]
    """The name of the file in which a line of a time stands."""
    header: Sequence[str] = ()
    """Lines that each file begins with; `{start}` stands for the time of the first line behind them."""
    start_of: Callable[[int], str] = str
    lines: list[Told] = field(default_factory=list)
    _mark: Mark | None = None

    @contextmanager
    def marked(self, step: str, technique: str) -> Iterator[None]:
        """Within this, every line is the intruder's, and belongs to a step of the story."""
        self._mark = Mark(step=step, technique=technique)
        try:
            yield
        finally:
            self._mark = None

    def tell(self, ticks: int, kind: str, text: str) -> None:
        """Add one line."""
        self.lines.append(Told(ticks=ticks, kind=kind, text=text, mark=self._mark))

    def write(self, folder: Path) -> list[dict[str, str | int]]:
        """Write the files into a folder and give the truth about them: which lines are the intruder's."""
        folder.mkdir(parents=True, exist_ok=True)
        files: dict[str, list[Told]] = defaultdict(list)
        for told in sorted(self.lines, key=lambda told: told.ticks):
            if told.ticks < COLLECTED:
                files[self.file_of(told.ticks)].append(told)
        truth: list[dict[str, str | int]] = []
        for name, lines in sorted(files.items()):
            start = self.start_of(lines[0].ticks)
            text = [line.format(start=start) for line in self.header]
            for told in lines:
                text.append(told.text)
                if told.mark is not None:
                    truth.append(self._where(name, len(text), told, told.mark))
            (folder / name).write_text("".join(f"{line}\n" for line in text), encoding="utf-8", newline="\n")
        return truth

    def _where(self, file: str, line: int, told: Told, mark: Mark) -> dict[str, str | int]:
        return {
            "site": self.site,
            "host": self.host,
            "channel": f"{self.family}/{told.kind}",
            "file": file,
            "line": line,
            "step": mark.step,
            "technique": mark.technique,
        }
