"""Read a case back: its summary, its verdicts, and what is known of its logs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from yadorigi.app.case_folder import FINDINGS, SUMMARY, VERDICTS
from yadorigi.app.keep_coverage import COVERAGE
from yadorigi.audits.judge import Judge, period_of
from yadorigi.audits.overview import overview_of
from yadorigi.errors import CaseError
from yadorigi.limits import MEBIBYTE
from yadorigi.packs.behaviours import load_behaviours
from yadorigi.schema.coverage import Coverage
from yadorigi.schema.summary import Summary
from yadorigi.schema.verdict import Verdict

if TYPE_CHECKING:
    from yadorigi.schema.overview import CaseOverview
    from yadorigi.schema.stated_log import StatedLog

Shape = TypeVar("Shape")


@dataclass(frozen=True)
class LoadedCase:
    """A case as its hunts left it.

    Attributes:
        path: the folder.
        summary: of the hunts.
        coverage: what they noted of logs.
    """

    path: Path
    summary: Summary
    coverage: Coverage

    @property
    def findings(self) -> Path:
        """Return the file of findings."""
        return self.path / FINDINGS

    @property
    def rules(self) -> frozenset[str]:
        """Return the ids of the rules of the last hunt."""
        return frozenset(self.coverage.hunts[-1].rules) if self.coverage.hunts else frozenset()

    @property
    def log_sizes(self) -> tuple[StatedLog, ...]:
        """Return what files of settings say of logs."""
        return tuple(log for hunt in self.coverage.hunts for log in hunt.log_sizes)

    @cached_property
    def overview(self) -> CaseOverview | None:
        """Return the case's hosts with their logs, or None where no event was read."""
        period = period_of(self.coverage)
        return overview_of(Judge(self.coverage, load_behaviours(), period)) if period is not None else None

    def verdicts(self) -> Iterator[Verdict]:
        """Give the verdicts.

        Raises:
            CaseError: they cannot be read.
        """
        return verdicts_of(self.path)


def verdicts_of(case: Path) -> Iterator[Verdict]:
    """Give the verdicts of a case folder.

    Raises:
        CaseError: they cannot be read.
    """
    decode = msgspec.json.Decoder(Verdict).decode
    path = case / VERDICTS
    number = 0
    try:
        with path.open("rb", MEBIBYTE) as lines:
            for number, line in enumerate(lines, 1):  # noqa: B007 - the error names it
                yield decode(line)
    except (OSError, msgspec.MsgspecError) as error:
        raise CaseError(f"{path}, line {number}: cannot be read ({error}); hunt again with --case {case}") from error


def load_case(path: Path) -> LoadedCase:
    """Read a case.

    Raises:
        CaseError: the folder holds no case, one of an earlier version, or it cannot be read.
    """
    if not path.is_dir():
        raise CaseError(f"{path} is no folder; name the case that a hunt left")
    missing = [name for name in (SUMMARY, COVERAGE, VERDICTS) if not (path / name).is_file()]
    if missing:
        raise CaseError(f"{path} is no case with verdicts: {', '.join(missing)} is not there; hunt with --case {path}")
    return LoadedCase(path, _read(path / SUMMARY, Summary), _read(path / COVERAGE, Coverage))


def _read(path: Path, shape: type[Shape]) -> Shape:
    try:
        return msgspec.json.decode(path.read_bytes(), type=shape)
    except (OSError, msgspec.MsgspecError) as error:
        raise CaseError(f"{path} cannot be read ({error}); hunt again with --force --case {path.parent}") from error
