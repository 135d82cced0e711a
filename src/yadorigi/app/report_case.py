"""Write what a case comes to for people: two pages, and two layers for ATT&CK Navigator."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, Final, TypeVar

import msgspec

from yadorigi.app.acts import act_begun
from yadorigi.app.case_folder import FINDINGS, VERDICTS, WARNINGS, CaseFolder
from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.load_case import load_case
from yadorigi.errors import CaseError, UnfinishedError
from yadorigi.lake.commits import newest_commit
from yadorigi.limits import MEBIBYTE
from yadorigi.reports.navigator import detected_layer, visible_layer, write_layer
from yadorigi.reports.page.gather import CaseParts, report_document
from yadorigi.schema.finding import Finding
from yadorigi.schema.verdict import Verdict
from yadorigi.schema.warning import ParseWarning

if TYPE_CHECKING:
    from yadorigi.schema.overview import CaseOverview
    from yadorigi.schema.report import ReportDocument
    from yadorigi.schema.summary import Summary

REPORTS: Final = {"report.html": "en", "report.ja.html": "ja"}
LAYERS: Final = {"navigator-detected.json": detected_layer, "navigator-visible.json": visible_layer}
Shape = TypeVar("Shape")
Writing = Callable[[str], AbstractContextManager[BinaryIO]]
"""Gives a stream to a new version of a file of the case."""


def report_case(
    path: Path,
    zone: str = "UTC",
    options: HuntOptions = HuntOptions(()),  # noqa: B008 - it cannot change
) -> list[Path]:
    """Write the reports of a case anew; return their places.

    Args:
        path: the case.
        zone: name of the time zone for display.
        options: of which settings and arguments count.

    Raises:
        CaseError: the folder holds no case, no event was read, or it cannot be read.
        UnprovenError: it is not what its vault says.
        UnfinishedError: the disk is full, say.
    """
    load_case(path)  # tells what is wrong before anything is written
    try:
        with CaseFolder.opened(path, force=False) as folder:
            act = act_begun(path, "report", replace(options, store=False), None, folder.earlier_summary())
            _write_anew(path, zone, folder)
            if act is not None:
                act.conclude(folder, newest_commit(path))
            folder.publish()
    except OSError as error:
        raise UnfinishedError(f"{error.strerror or error}: {error.filename or path}") from error
    return [path / name for name in (*REPORTS, *LAYERS)]


def _write_anew(path: Path, zone: str, folder: CaseFolder) -> None:
    case = load_case(path)
    if case.overview is None:
        raise CaseError(f"{path}: no event was read, so there is nothing to report")
    write_all(document_of(case.summary, case.overview, path.joinpath, zone), folder.writing)


def document_of(
    summary: Summary, overview: CaseOverview, newest: Callable[[str], Path], zone: str = "UTC"
) -> ReportDocument:
    """Return the document of a case.

    Args:
        summary: of the case.
        overview: of its hosts.
        newest: says where the newest version of a file of the case is.
        zone: name of the time zone for display.

    Raises:
        CaseError: a file cannot be read.
    """
    parts = CaseParts(
        summary,
        overview,
        _lines(newest(VERDICTS), Verdict),
        _lines(newest(FINDINGS), Finding),
        _lines(newest(WARNINGS), ParseWarning),
    )
    return report_document(parts, zone)


def write_all(document: ReportDocument, writing: Writing) -> None:
    """Write all pages and layers.

    Raises:
        OSError: the disk is full or failing.
    """
    from yadorigi.reports.page.write import write_report  # noqa: PLC0415 - templates take a tenth of a second to import

    for name, language in REPORTS.items():
        with writing(name) as stream:
            text: IO[str] = io.TextIOWrapper(stream, "utf-8", "replace", newline="\n", write_through=True)
            write_report(text, document, "ja" if language == "ja" else "en")
            text.flush()
            text.detach()  # type: ignore[attr-defined]  # a TextIOWrapper has it
    for name, layer in LAYERS.items():
        with writing(name) as stream:
            write_layer(stream, layer(document))


def _lines(path: Path, shape: type[Shape]) -> Iterator[Shape]:
    decode = msgspec.json.Decoder(shape).decode
    number = 0
    try:
        with path.open("rb", MEBIBYTE) as lines:
            for number, line in enumerate(lines, 1):  # noqa: B007 - the error names it
                yield decode(line)
    except (OSError, msgspec.MsgspecError) as error:
        raise CaseError(f"{path}, line {number}: cannot be read ({error}); hunt again with --case") from error
