"""Say how each input would be read, and why, without reading it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from yadorigi.app.progress import Silent
from yadorigi.app.scan_files import ScanOptions, opened_inputs
from yadorigi.ingest.discover import discover
from yadorigi.sources.choice import SourceChoices

if TYPE_CHECKING:
    from yadorigi.app.progress import Progress
    from yadorigi.schema.warning import ParseWarning


class ExplainedInput(msgspec.Struct, frozen=True):
    """One input.

    Attributes:
        path: as given; a member of an archive after ``!``.
        source: name of the source that reads it, or kind of archive; None where it is neither.
        reason: by what it is recognised, or why it is not read; "" where no source knows it.
        size: bytes.
    """

    path: str
    source: str | None
    reason: str
    size: int


@dataclass(frozen=True, slots=True)
class ExplainedInputs:
    """All inputs in their order, and what could not be taken as input."""

    inputs: tuple[ExplainedInput, ...]
    warnings: tuple[ParseWarning, ...]
    interrupted: bool


def source_choices(texts: Iterable[str] | None) -> SourceChoices:
    """Return the sources that the command line chose for some files.

    Raises:
        UsageError: there is no source of a name.
    """
    return SourceChoices.of(texts or ())


def explain_inputs(
    paths: Iterable[str],
    choices: SourceChoices,
    password_file: Path | None = None,
    workers: int = 0,
    progress: Progress | None = None,
) -> ExplainedInputs:
    """Find the inputs, open archives among them, and say how each is recognised.

    Raises:
        UsageError: no input exists, or the password file cannot be read.
        UnfinishedError: there is too little disk to open the archives.
    """
    given = tuple(paths)
    found = discover(given, choices=choices)
    options = ScanOptions(given, workers=workers, password_file=password_file, choices=choices)
    with tempfile.TemporaryDirectory(prefix="yadorigi-") as folder:
        opened = opened_inputs(found, options, Path(folder), progress if progress is not None else Silent())
    inputs = opened.inputs
    explained = tuple(
        ExplainedInput(file.name, file.source, file.problem or file.reason, file.size) for file in inputs.files
    )
    told = tuple(warning for _, warning in inputs.told)
    return ExplainedInputs(explained, (*inputs.warnings, *told), opened.interrupted)
