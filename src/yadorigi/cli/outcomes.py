"""How a hunt of any kind - of files, of a case's events, or without rules - is shown and which exit code it gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, NoReturn, TypeAlias

import typer

from yadorigi.cli.arguments import check_choice, level_of
from yadorigi.cli.exit_codes import DAMAGED_INPUT, DONE, INTERRUPTED, LEVEL_REACHED, WRONG_USE

if TYPE_CHECKING:
    from yadorigi.app.hunt_options import HuntOptions, HuntOutcome
    from yadorigi.app.progress import Progress

    Run: TypeAlias = Callable[[HuntOptions, Progress | None], HuntOutcome]

AnswerLanguage = Annotated[str, typer.Option("--lang", metavar="en|ja", help="Language of the answer on the terminal.")]
FailOn = Annotated[
    str, typer.Option("--fail-on", metavar="LEVEL", help="Exit with 1 if a finding has this level or a higher one.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 2 if any rule could not be loaded.")]
NoReport = Annotated[bool, typer.Option("--no-report", help="Write no HTML report.")]
RulePaths = Annotated[
    list[str],
    typer.Option("--rules", metavar="PATH|builtin", help="Sigma rules: files, folders, zips; may be repeated."),
]
Indicators = Annotated[
    list[str],
    typer.Option(
        "--indicators",
        metavar="PATH|builtin",
        help="Indicators (STIX 2.1, MISP, OpenIOC, CSV, plain lists): files, folders, zips; may be repeated.",
    ),
]
WarningLists = Annotated[
    list[str] | None,
    typer.Option(
        "--warning-list",
        metavar="PATH",
        help="Values that are no sign of anything (MISP warning lists).",
    ),
]
Hunts = Annotated[
    list[str] | None,
    typer.Option(
        "--hunts",
        metavar="PATH",
        help="Hunts (files of hunts, or of queries in .xql, .kql, .sql): files, folders, zips; may be repeated.",
        show_default=False,
    ),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--parameter",
        metavar="ID.NAME=VALUE",
        help="Value for a hunt's parameter; may be repeated.",
        show_default=False,
    ),
]
Geo = Annotated[
    list[str] | None,
    typer.Option(
        "--geo",
        metavar="FILE",
        help="Database of countries or networks of addresses (MaxMind's format); may be repeated.",
    ),
]
Site = Annotated[
    str | None, typer.Option("--site", metavar="NAME", help="Site of all inputs of which the sites file says nothing.")
]
SitesFile = Annotated[
    Path | None,
    typer.Option(
        "--sites",
        metavar="FILE",
        help="Sites file: which hosts are of which site (default: sites.toml in this folder or the user's).",
    ),
]


class Shown(NamedTuple):
    """How a hunt is shown."""

    language: str
    quiet: bool
    no_colour: bool
    debug: bool


def run_and_exit(run: Run, options: HuntOptions, shown: Shown, fail_on: str = "", *, strict: bool = False) -> NoReturn:
    """Hunt as it is to be shown, and end with the exit code that the hunt gives.

    Args:
        run: hunts.
        options: what to hunt.
        shown: how to show it.
        fail_on: text of ``--fail-on``, or "".
        strict: whether every rule must have been loaded.

    Raises:
        UsageError: there is no such language or level; nothing was run.
        typer.Exit: always, after the hunt.
    """
    level = level_of("--fail-on", fail_on)
    check_choice("--lang", shown.language, ("en", "ja"))
    raise typer.Exit(_exit_code(_run_shown(run, options, shown), level, strict=strict))


def _run_shown(run: Run, options: HuntOptions, shown: Shown) -> HuntOutcome:
    """Hunt with progress and a summary on the terminal, unless it is to be quiet."""
    if shown.quiet and not shown.debug:
        return run(options, None)
    from yadorigi.app.load_case import verdicts_of  # noqa: PLC0415 - so that help answers at once
    from yadorigi.app.report_case import document_of  # noqa: PLC0415 - so that help answers at once
    from yadorigi.cli.console import consoles, debugging, shown_progress  # noqa: PLC0415 - nothing is shown when quiet
    from yadorigi.reports.page.answer import answer_sentences  # noqa: PLC0415 - nothing is shown when quiet
    from yadorigi.reports.page.voice import name_of  # noqa: PLC0415 - nothing is shown when quiet
    from yadorigi.reports.terminal import JudgedCase, print_hunt  # noqa: PLC0415 - nothing is shown when quiet

    out, err = consoles(shown.no_colour)
    with debugging(shown.debug, err), shown_progress(err, shown.quiet) as progress:
        outcome = run(options, progress)
    if not shown.quiet:
        overview, judged = outcome.judged.overview, None
        if overview is not None:
            document = outcome.document
            if document is None:
                document = document_of(outcome.summary, overview, outcome.case.joinpath, name_of(options.zone))
            answer = answer_sentences(document, "ja" if shown.language == "ja" else "en")
            judged = JudgedCase(overview, verdicts_of(outcome.case), answer)
        print_hunt(out, outcome.summary, outcome.warnings, outcome.case, options.zone, judged)
    return outcome


def _exit_code(outcome: HuntOutcome, level: str, *, strict: bool) -> int:
    """Return the exit code of a hunt, and say where ``--strict`` is why."""
    refused = len(outcome.summary.rules.unsupported)
    if strict and refused:
        typer.echo(f"--strict: {refused} rules could not be loaded; see summary.json", err=True)
    if strict and outcome.hunts_refused:
        typer.echo(f"--strict: {outcome.hunts_refused} hunts were not run; see summary.json", err=True)
    if outcome.summary.interrupted:
        return INTERRUPTED
    if strict and (refused or outcome.hunts_refused):
        return WRONG_USE
    if level and outcome.reaches(level):
        return LEVEL_REACHED
    return DAMAGED_INPUT if outcome.damaged else DONE
