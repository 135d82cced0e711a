"""``yadorigi hunt``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

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
    command_line,
    period_of,
    zone_of,
)
from yadorigi.cli.outcomes import (
    AnswerLanguage,
    FailOn,
    Geo,
    Hunts,
    Indicators,
    NoReport,
    Parameters,
    RulePaths,
    Shown,
    Site,
    SitesFile,
    Strict,
    WarningLists,
    run_and_exit,
)

EXAMPLES: Final = """Examples:

  yadorigi hunt C:\\evidence

  yadorigi hunt dc01 fs01 --rules sigma/rules --rules builtin --case case-042 --timezone Asia/Tokyo

  yadorigi hunt evidence --indicators feed.json --indicators builtin

  yadorigi hunt Security.evtx --since 2026-03-01 --until 2026-04-01 --fail-on high

The case keeps all events, so that `yadorigi detect` can run other rules over them later (--no-store: it does not).
Exit codes: 0 done; 1 done, and a finding reached --fail-on; 2 wrong use, no rule loaded, or another run writes to the
case; 3 done, but some input was damaged or unreadable; 5 could not finish; 130 interrupted.
"""

CaseFolder = Annotated[
    Path | None, typer.Option("--case", metavar="DIR", help="Case folder (default: a new one, named by the time).")
]
Force = Annotated[bool, typer.Option("--force", help="Start the case anew if there is one.")]
NoStore = Annotated[
    bool, typer.Option("--no-store", help="Keep no events in the case, so that later rules cannot look at them.")
]


def hunt(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    paths: Paths,
    rules: RulePaths = ["builtin"],  # noqa: B006 - typer copies it
    indicators: Indicators = ["builtin"],  # noqa: B006 - typer copies it
    warning_lists: WarningLists = None,
    case: CaseFolder = None,
    force: Force = False,
    site: Site = None,
    sites_file: SitesFile = None,
    since: Since = "",
    until: Until = "",
    timezone: Timezone = "UTC",
    hunts: Hunts = None,
    parameters: Parameters = None,
    geo: Geo = None,
    language: AnswerLanguage = "en",
    fail_on: FailOn = "",
    strict: Strict = False,
    password_file: PasswordFile = None,
    sources: Sources = None,
    workers: Workers = 0,
    no_store: NoStore = False,
    no_report: NoReport = False,
    settings_file: SettingsFile = None,
    quiet: Quiet = False,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Read event logs, run every rule on every event, and leave a case: what was found, and what was not read."""
    from yadorigi.app.explain_inputs import source_choices  # noqa: PLC0415 - so that help answers at once
    from yadorigi.app.given_sites import read_sites  # noqa: PLC0415 - so that help answers at once
    from yadorigi.app.hunt_options import HuntOptions  # noqa: PLC0415 - so that help answers at once
    from yadorigi.app.run_hunt import run_hunt  # noqa: PLC0415 - so that help answers at once
    from yadorigi.settings import read_settings  # noqa: PLC0415 - so that help answers at once

    begin, end = period_of(since, until, zone := zone_of(timezone))
    options = HuntOptions(
        paths=tuple(paths),
        rules=tuple(rules),
        case=case,
        force=force,
        site=site,
        sites=(said := read_sites(sites_file)).sites,
        sites_file=said.found,
        since=begin,
        until=end,
        workers=workers,
        zone=zone,
        settings=read_settings(settings_file),
        hunts=tuple(hunts or ()), parameters=tuple(parameters or ()), geo=tuple(geo or ()),
        password_file=password_file,
        choices=source_choices(sources),
        report=not no_report,
        store=not no_store,
        indicators=tuple(indicators), warning_lists=tuple(warning_lists or ()),
        arguments=command_line(),
    )  # fmt: skip
    run_and_exit(run_hunt, options, Shown(language, quiet, no_colour, debug), fail_on, strict=strict)
