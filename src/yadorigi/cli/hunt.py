"""``yadorigi hunt``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from yadorigi.cli.arguments import (
    Debug,
    NoColour,
    PasswordFile,
    Paths,
    Quiet,
    SettingsFile,
    Since,
    Sources,
    Timezone,
    Until,
    Workers,
    check_choice,
    level_of,
    period_of,
    zone_of,
)
from yadorigi.cli.exit_codes import DAMAGED_INPUT, DONE, INTERRUPTED, LEVEL_REACHED, WRONG_USE

if TYPE_CHECKING:
    from yadorigi.app.hunt_options import HuntOptions, HuntOutcome

EXAMPLES: Final = """Examples:

  yadorigi hunt C:\\evidence

  yadorigi hunt dc01 fs01 --rules sigma/rules --rules builtin --case case-042 --timezone Asia/Tokyo

  yadorigi hunt Security.evtx --since 2026-03-01 --until 2026-04-01 --fail-on high

Exit codes: 0 done; 1 done, and a finding reached --fail-on; 2 wrong use, or no rule loaded; 3 done, but some input was
damaged or unreadable; 5 could not finish; 130 interrupted.
"""


AnswerLanguage = Annotated[str, typer.Option("--lang", metavar="en|ja", help="Language of the answer on the terminal.")]
FailOn = Annotated[
    str, typer.Option("--fail-on", metavar="LEVEL", help="Exit with 1 if a finding has this level or a higher one.")
]


def hunt(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    paths: Paths,
    rules: Annotated[
        list[str],
        typer.Option("--rules", metavar="PATH|builtin", help="Sigma rules: files, folders, zips; may be repeated."),
    ] = ["builtin"],  # noqa: B006 - typer copies it
    case: Annotated[
        Path | None, typer.Option("--case", metavar="DIR", help="Case folder (default: a new one, named by the time).")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Start the case anew if there is one.")] = False,
    site: Annotated[str | None, typer.Option("--site", metavar="NAME", help="Site of all inputs.")] = None,
    since: Since = "",
    until: Until = "",
    timezone: Timezone = "UTC",
    language: AnswerLanguage = "en",
    fail_on: FailOn = "",
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 2 if any rule could not be loaded.")] = False,
    password_file: PasswordFile = None,
    sources: Sources = None,
    workers: Workers = 0,
    no_store: Annotated[
        bool, typer.Option("--no-store", help="Keep no events in the case, so that later rules cannot look at them.")
    ] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write no HTML report.")] = False,
    settings_file: SettingsFile = None,
    quiet: Quiet = False,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Read event logs, run every rule on every event, and leave a case: what was found, and what was not read."""
    from yadorigi.app.explain_inputs import source_choices  # noqa: PLC0415 - so that help answers at once
    from yadorigi.app.hunt_options import HuntOptions  # noqa: PLC0415 - so that help answers at once
    from yadorigi.app.run_hunt import run_hunt  # noqa: PLC0415 - so that help answers at once
    from yadorigi.settings import read_settings  # noqa: PLC0415 - so that help answers at once

    zone = zone_of(timezone)
    level = level_of("--fail-on", fail_on)
    check_choice("--lang", language, ("en", "ja"))
    begin, end = period_of(since, until, zone)
    options = HuntOptions(
        paths=tuple(paths),
        rules=tuple(rules),
        case=case,
        force=force,
        site=site,
        since=begin,
        until=end,
        workers=workers,
        zone=zone,
        settings=read_settings(settings_file),
        password_file=password_file,
        choices=source_choices(sources),
        report=not no_report,
        store=not no_store,
    )
    outcome = (
        run_hunt(options) if quiet and not debug else _shown_hunt(options, _Shown(language, quiet, no_colour, debug))
    )
    if strict and not outcome.all_rules_loaded:
        refused = len(outcome.summary.rules.unsupported)
        typer.echo(f"--strict: {refused} rules could not be loaded; see summary.json", err=True)
    raise typer.Exit(_exit_code(outcome, level, strict=strict))


class _Shown(NamedTuple):
    """How a hunt is shown."""

    language: str
    quiet: bool
    no_colour: bool
    debug: bool


def _shown_hunt(options: HuntOptions, shown: _Shown) -> HuntOutcome:
    """Hunt with progress and a summary on the terminal, unless it is to be quiet."""
    from yadorigi.app.load_case import verdicts_of  # noqa: PLC0415 - so that help answers at once
    from yadorigi.app.report_case import document_of  # noqa: PLC0415 - so that help answers at once
    from yadorigi.app.run_hunt import run_hunt  # noqa: PLC0415 - so that help answers at once
    from yadorigi.cli.console import consoles, debugging, shown_progress  # noqa: PLC0415 - nothing is shown when quiet
    from yadorigi.reports.page.answer import answer_sentences  # noqa: PLC0415 - nothing is shown when quiet
    from yadorigi.reports.page.voice import name_of  # noqa: PLC0415 - nothing is shown when quiet
    from yadorigi.reports.terminal import JudgedCase, print_hunt  # noqa: PLC0415 - nothing is shown when quiet

    out, err = consoles(shown.no_colour)
    with debugging(shown.debug, err), shown_progress(err, shown.quiet) as progress:
        outcome = run_hunt(options, progress)
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
    if outcome.summary.interrupted:
        return INTERRUPTED
    if strict and not outcome.all_rules_loaded:
        return WRONG_USE
    if level and outcome.reaches(level):
        return LEVEL_REACHED
    return DAMAGED_INPUT if outcome.damaged else DONE
