"""``yadorigi detect``: other rules, the events that a case keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from yadorigi.cli.arguments import (
    Debug,
    NoColour,
    Quiet,
    SettingsFile,
    Since,
    Timezone,
    Until,
    Workers,
    command_line,
    period_of,
    zone_of,
)
from yadorigi.cli.outcomes import (
    AnswerLanguage,
    FailOn,
    Geo,
    Hunts,
    NoReport,
    Parameters,
    Shown,
    Strict,
    WarningLists,
    run_and_exit,
)
from yadorigi.errors import UsageError

EXAMPLES: Final = """Examples:

  yadorigi detect case-042 --rules sigma/rules

  yadorigi detect case-042 --rules new-rule.yml --since 2025-03-01 --fail-on high

  yadorigi detect case-042 --indicators feed.json --indicators hashes.txt --warning-list misp-warninglists/lists

Findings are added to those of the case; verdicts and pages are made anew. Exit codes: 0 done; 1 done, and a finding of
the case reaches --fail-on; 2 wrong use, no rule loaded, or another run writes to the case; 3 done, but some input, or
some of what the case keeps, was damaged or unreadable; 5 could not finish; 130 interrupted.
"""


Case = Annotated[
    Path, typer.Argument(metavar="CASE", help="The folder that a hunt or ingest left.", show_default=False)
]
Rules = Annotated[
    list[str] | None,
    typer.Option(
        "--rules",
        metavar="PATH|builtin",
        help="Sigma rules: files, folders, zips; may be repeated (builtin, unless --indicators or --hunts is there).",
    ),
]
Indicators = Annotated[
    list[str] | None,
    typer.Option(
        "--indicators",
        metavar="PATH|builtin",
        help="Indicators: files, folders, zips; may be repeated (builtin, unless --rules or --hunts is there).",
    ),
]
FieldsOnly = Annotated[
    bool,
    typer.Option(
        "--fields-only",
        help="Look for indicators only in columns of hashes, addresses, names and paths: far sooner, but not in"
        " command lines, scripts and other texts. Without --rules.",
    ),
]


def detect(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    case: Case,
    rules: Rules = None,
    indicators: Indicators = None,
    warning_lists: WarningLists = None,
    fields_only: FieldsOnly = False,
    since: Since = "",
    until: Until = "",
    timezone: Timezone = "UTC",
    hunts: Hunts = None,
    parameters: Parameters = None,
    geo: Geo = None,
    language: AnswerLanguage = "en",
    fail_on: FailOn = "",
    strict: Strict = False,
    workers: Workers = 0,
    no_report: NoReport = False,
    settings_file: SettingsFile = None,
    quiet: Quiet = False,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Run rules over the events that a case keeps: new rules find what old hunts could not, without the old files."""
    from yadorigi.app.hunt_options import HuntOptions  # noqa: PLC0415 - so that help answers at once
    from yadorigi.app.run_detect import run_detect  # noqa: PLC0415 - so that help answers at once
    from yadorigi.settings import read_settings  # noqa: PLC0415 - so that help answers at once

    zone = zone_of(timezone)
    begin, end = period_of(since, until, zone)
    if fields_only and (rules or not indicators):
        raise UsageError("--fields-only is for indicators alone: give --indicators, and leave --rules out")
    options = HuntOptions(
        paths=(),
        rules=tuple(rules or () if indicators or hunts else rules or ("builtin",)),
        indicators=tuple(indicators or () if rules or hunts else indicators or ("builtin",)),
        warning_lists=tuple(warning_lists or ()),
        fields_only=fields_only,
        case=case,
        since=begin,
        until=end,
        workers=workers,
        zone=zone,
        settings=read_settings(settings_file),
        hunts=tuple(hunts or ()),
        parameters=tuple(parameters or ()),
        geo=tuple(geo or ()),
        report=not no_report,
        arguments=command_line(),
    )
    run_and_exit(run_detect, options, Shown(language, quiet, no_colour, debug), fail_on, strict=strict)
