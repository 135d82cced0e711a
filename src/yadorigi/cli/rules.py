"""``yadorigi rules``: list rules, check them, explain what they do, run their examples."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from yadorigi.cli.accounts import write_bytes
from yadorigi.cli.arguments import Debug, NoColour, SettingsFile, Timezone, check_choice, level_of, zone_of
from yadorigi.cli.exit_codes import DAMAGED_INPUT, DONE, LEVEL_REACHED, WRONG_USE

LIST_EXAMPLES: Final = """Examples:

  yadorigi rules list

  yadorigi rules list --rules sigma/rules --level high --technique T1003

  yadorigi rules list --rules sigma/rules --text portproxy --format csv > rules.csv
"""

CHECK_EXAMPLES: Final = """Examples:

  yadorigi rules check sigma/rules/windows

  yadorigi rules check my-rules.zip --strict

Exit codes: 0 done; 2 wrong use, not one rule can run, or (--strict) a rule was refused.
"""

EXPLAIN_EXAMPLES: Final = """Examples:

  yadorigi rules explain my-rule.yml --event Security.jsonl:601

  yadorigi rules explain "Port Proxy Added by Command" --event jump01/Sysmon.evtx:104667

  yadorigi rules explain 5af54681-df95-4c26-854f-2565e13cfab0 --rules sigma/rules --event Security.evtx --limit 1

The number after the colon is a line of a text file, or a record number. Without one, the events that match are
explained first, then those that the log source covers.
"""

TEST_EXAMPLES: Final = """Examples:

  yadorigi rules test builtin

  yadorigi rules test my-pack

A pack is a folder with rules/*.yml and examples/*.yml of the same names. Exit codes: 0 every example is as it says;
1 some are not; 2 wrong use.
"""

_FORMATS: Final = ("table", "jsonl", "csv")

RulePaths = Annotated[
    list[str],
    typer.Option("--rules", metavar="PATH|builtin", help="Sigma rules: files, folders, zips; may be repeated."),
]

app: Final = typer.Typer(
    help="List rules, check and test them, or explain why one matches an event.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("list", epilog=LIST_EXAMPLES)
def list_(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    rules: RulePaths = ["builtin"],  # noqa: B006 - typer copies it
    level: Annotated[str, typer.Option("--level", metavar="LEVEL", help="Only this level and higher ones.")] = "",
    technique: Annotated[
        str, typer.Option("--technique", metavar="T1003", help="Only this ATT&CK technique and its sub-techniques.")
    ] = "",
    text: Annotated[str, typer.Option("--text", help="Only with this in title, id, path, author, log source.")] = "",
    form: Annotated[str, typer.Option("--format", metavar="|".join(_FORMATS), help="What to write.")] = "table",
    settings_file: SettingsFile = None,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """List rules: level, title, log source, techniques and id."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.list_rules import RuleFilter, list_rules  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging  # noqa: PLC0415 - see above
    from yadorigi.reports.rules import print_rules, rule_lines, rule_rows  # noqa: PLC0415 - see above
    from yadorigi.settings import read_settings  # noqa: PLC0415 - see above

    check_choice("--format", form, _FORMATS)
    wanted = RuleFilter(level_of("--level", level), technique, text)
    out, err = consoles(no_colour)
    with debugging(debug, err):
        found = list_rules(rules, read_settings(settings_file), wanted)
        if form == "table":
            print_rules(out, found.rules)
        else:
            write_bytes(rule_rows(found.rules) if form == "csv" else rule_lines(found.rules))
    err.print(f"{len(found.rules):,} of {found.loaded:,} rules", highlight=False)
    if found.refused:
        err.print(f"{len(found.refused):,} more cannot be loaded; `yadorigi rules check` says why", highlight=False)


@app.command("check", epilog=CHECK_EXAMPLES)
def check(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Rule files, folders and zips.", show_default=False)
    ],
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 2 if any rule is refused.")] = False,
    settings_file: SettingsFile = None,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Name each rule that cannot be loaded, and why, and what is odd about those that can."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.list_rules import check_rules  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging  # noqa: PLC0415 - see above
    from yadorigi.reports.rules import print_check  # noqa: PLC0415 - see above
    from yadorigi.settings import read_settings  # noqa: PLC0415 - see above

    out, err = consoles(no_colour)
    with debugging(debug, err):
        found = check_rules(paths, read_settings(settings_file))
        print_check(out, found.loaded, found.refused, found.notes)
    raise typer.Exit(WRONG_USE if not found.loaded or (strict and found.refused) else DONE)


@app.command("explain", epilog=EXPLAIN_EXAMPLES)
def explain(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule file, or the id or title of a rule of --rules.")],
    event: Annotated[
        str, typer.Option("--event", metavar="FILE[:NUMBER]", help="Events, or one by its line or record number.")
    ],
    rules: RulePaths = ["builtin"],  # noqa: B006 - typer copies it
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Explain this many events at most.")] = 5,
    whole: Annotated[bool, typer.Option("--all", help="Show every alternative, also beside one that holds.")] = False,
    timezone: Timezone = "UTC",
    settings_file: SettingsFile = None,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Show why a rule matches events or does not: each test of its condition, and what the event has."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.explain_rule import explain as explained  # noqa: PLC0415 - see above
    from yadorigi.app.explain_rule import find_rule  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging  # noqa: PLC0415 - see above
    from yadorigi.reports.account import counted, print_line, print_warnings  # noqa: PLC0415 - see above
    from yadorigi.reports.rules import print_explained_event, print_explained_rule  # noqa: PLC0415 - see above
    from yadorigi.settings import read_settings  # noqa: PLC0415 - see above

    zone = zone_of(timezone)
    out, err = consoles(no_colour)
    with debugging(debug, err):
        file, number = _place(event)
        found = explained(find_rule(rule, rules, read_settings(settings_file)), file, number, limit, zone)
        print_explained_rule(out, found.rule, found.log_source)
        for explanation in found.explained:
            print_explained_event(out, explanation, zone, whole)
        out.print()
        counts = f"{counted(found.events, 'event')} read, {found.covered:,} covered by the log source"
        print_line(out, f"{counts}, {found.matched:,} matched; {len(found.explained):,} explained", indent=0)
        print_warnings(err, (), found.warnings)
    raise typer.Exit(DAMAGED_INPUT if found.warnings else DONE)


@app.command("test", epilog=TEST_EXAMPLES)
def run_examples(
    pack: Annotated[str, typer.Argument(help="A pack's folder, or builtin.", metavar="PACK|builtin")],
    settings_file: SettingsFile = None,
    no_colour: NoColour = False,
) -> None:
    """Run the rules of a pack on their examples: what must hit, and what must be left alone."""
    from yadorigi.app.try_examples import try_examples  # noqa: PLC0415 - so that help answers at once
    from yadorigi.cli.console import consoles  # noqa: PLC0415 - so that help answers at once
    from yadorigi.settings import read_settings  # noqa: PLC0415 - so that help answers at once

    out, _ = consoles(no_colour)
    trials = try_examples(pack, read_settings(settings_file))
    for trial in trials:
        out.print(f"{'FAILED' if trial.failures else 'ok    '} {trial.rule} ({trial.examples} examples)")
        for failure in trial.failures:
            out.print(f"       {failure}")
    failed = sum(1 for trial in trials if trial.failures)
    out.print(f"{len(trials)} rules, {sum(trial.examples for trial in trials)} examples, {failed} rules failed")
    raise typer.Exit(LEVEL_REACHED if failed else DONE)


def _place(event: str) -> tuple[str, int | None]:
    """Return the file and the number of ``FILE[:NUMBER]``; a file's own name goes first."""
    from pathlib import Path  # noqa: PLC0415 - help and completion answer at once

    name, colon, number = event.rpartition(":")
    if colon and number.isascii() and number.isdigit() and not Path(event).exists():
        return name, int(number)
    return event, None
