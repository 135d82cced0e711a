"""``yadorigi vault``: look at what a case has sealed, give it to others, and record what was decided."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from yadorigi.cli import vault_proofs
from yadorigi.cli.accounts import write_bytes
from yadorigi.cli.arguments import Debug, NoColour, Quiet, SettingsFile, check_choice, command_line
from yadorigi.cli.exit_codes import DAMAGED_INPUT, DONE, INTERRUPTED
from yadorigi.cli.expire import at_a_terminal
from yadorigi.cli.vault_arguments import Case, Output
from yadorigi.errors import UsageError

if TYPE_CHECKING:
    from yadorigi.app.vault_restore import Restored

CHECKPOINT_EXAMPLES: Final = """Examples:

  yadorigi vault checkpoint case-042

  yadorigi vault checkpoint case-042 --output case-042.checkpoint

Print it, mail it, or let a witness sign it (yadorigi vault cosign): whoever holds it can show later whether the case
was rolled back or forked (yadorigi verify case-042 --checkpoint case-042.checkpoint).
"""

KEY_EXAMPLES: Final = """Examples:

  yadorigi vault key case-042

  yadorigi vault key case-042 --export case-042.key

  yadorigi vault key case-042 --import case-042.key

Give the verifier key to whoever is to check the case, by another way than the case itself. Whoever has the signing key
can seal anything in the case's name: carry it by hand, and delete the file when it has arrived.
"""

LIST_EXAMPLES: Final = """Examples:

  yadorigi vault list case-042

  yadorigi vault list case-042 --type receipt --text .evtx

  yadorigi vault list case-042 --type custody --type decision --format jsonl
"""

RESTORE_EXAMPLES: Final = """Examples:

  yadorigi vault restore case-042 --all --into originals

  yadorigi vault restore case-042 --file C:\\evidence\\Security.evtx --into originals

Writes SHA-256 and path of each file, as sha256sum does; each was checked as it was written. No file is written over.
Exit codes: 0 done; 2 wrong use; 3 some originals are not there or damaged; 5 could not finish.
"""

DECIDE_EXAMPLES: Final = """Examples:

  yadorigi vault decide case-042 T1003.003@dc01 --decision "false alarm" --reason "backup of 3 March, ticket 1188"

The record is sealed like all others: it can be proven later, and not taken back without leaving a trace.
"""

EXPIRE_EXAMPLES: Final = """Examples:

  yadorigi vault expire-object case-042 SHA256 --reason "personal data, request of 2 May"

The original's bytes go for good. Its receipt stays, and the record of who took it out, when and why. Its events stay in
the lake: yadorigi expire drops events. Exit codes: 0 done; 2 wrong use; 5 could not finish; 130 not confirmed.
"""

_FORMATS: Final = ("table", "jsonl")

app: Final = typer.Typer(
    help="Look at what a case has sealed, prove it to others, witness it, restore originals, record decisions.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("list", epilog=LIST_EXAMPLES)
def list_(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    case: Case,
    types: Annotated[
        list[str] | None, typer.Option("--type", metavar="TYPE", help="Only records of this type; may be repeated.")
    ] = None,
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="Only records with this text in them.")] = "",
    first: Annotated[int, typer.Option("--from", metavar="N", min=0, help="Only records from this one on.")] = 0,
    form: Annotated[
        str, typer.Option("--format", metavar="|".join(_FORMATS), help="A line for people, or the records as sealed.")
    ] = "table",
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """List the records of a case: what was received, who did what, what was decided."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.vault_proofs import records_of  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging  # noqa: PLC0415 - see above
    from yadorigi.reports.account import counted, print_line  # noqa: PLC0415 - see above
    from yadorigi.reports.vault import TYPES, print_records, record_lines  # noqa: PLC0415 - see above

    check_choice("--format", form, _FORMATS)
    for name in types or ():
        check_choice("--type", name, TYPES)
    out, err = consoles(no_colour)
    with debugging(debug, err):
        records = records_of(case, frozenset(types or TYPES), text, first)
        if form == "jsonl":
            write_bytes(record_lines(records))
            return
        many = print_records(out, records)
    print_line(err, counted(many, "record"), "dim", 0)


@app.command("checkpoint", epilog=CHECKPOINT_EXAMPLES)
def checkpoint(case: Case, output: Output = None, debug: Debug = False) -> None:
    """Write the newest checkpoint of a case: one signed line that stands for everything in it."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.vault_files import write_file  # noqa: PLC0415 - see above
    from yadorigi.app.vault_proofs import opened_vault  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging  # noqa: PLC0415 - see above

    with debugging(debug, consoles(no_colour=True)[1]):
        data = opened_vault(case).checkpoint.data()
        if output is None:
            write_bytes([data])
        else:
            write_file(output, data)


@app.command("key", epilog=KEY_EXAMPLES)
def key(
    case: Case,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Write the signing key into this new file.")
    ] = None,
    take: Annotated[
        Path | None, typer.Option("--import", metavar="FILE", help="Take the signing key from this file.")
    ] = None,
    settings_file: SettingsFile = None,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Print a case's verifier key; move its signing key to another machine."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.vault_keys import case_key, export_key, home_of, import_key  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging  # noqa: PLC0415 - see above
    from yadorigi.reports.account import print_line  # noqa: PLC0415 - see above
    from yadorigi.reports.cells import one_line  # noqa: PLC0415 - see above
    from yadorigi.settings import read_settings  # noqa: PLC0415 - see above

    if export is not None and take is not None:
        raise UsageError("give one of --export and --import")
    _, err = consoles(no_colour)
    with debugging(debug, err):
        home = home_of(read_settings(settings_file))
        if take is not None:
            import_key(case, home, take)
        found = case_key(case, home)
        if export is not None:
            export_key(case, home, export)
    write_bytes([f"{found.verifier}\n".encode()])
    if export is not None:
        told = "holds the signing key: whoever has it can seal anything in the case's name; delete it once it is used"
        print_line(err, f"{one_line(str(export), 200)} {told}", "bold", 0)
    elif take is not None:
        told = "this machine can add to the case now, and notices when it is rolled back; delete the key's file"
        print_line(err, told, indent=0)
    place = f"in {found.signing}" if found.signing is not None else f"not in {found.home}: nothing can be added here"
    print_line(err, f"signing key: {one_line(place, 300)}", "dim", 0)


@app.command("restore", epilog=RESTORE_EXAMPLES)
def restore(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    case: Case,
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="Folder to write to.", show_default=False)],
    files: Annotated[
        list[str] | None, typer.Option("--file", metavar="NAME", help="Input file, as it was given; may be repeated.")
    ] = None,
    objects: Annotated[
        list[str] | None, typer.Option("--object", metavar="SHA256", help="Original by its hash; may be repeated.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every original.")] = False,
    quiet: Quiet = False,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Write originals out of a case, byte for byte as they were read; archives as they are."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.vault_restore import Selected, restored_files  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging, shown_progress  # noqa: PLC0415 - see above
    from yadorigi.reports.account import counted, print_line  # noqa: PLC0415 - see above
    from yadorigi.reports.cells import one_line  # noqa: PLC0415 - see above

    if every is bool(files or objects):
        raise UsageError("say what to restore: --file, --object, or --all for everything")
    selected = Selected(frozenset(files or ()), frozenset(one.lower() for one in objects or ()), every)
    _, err = consoles(no_colour)
    done: list[Restored] = []
    failed: list[Restored] = []
    with debugging(debug, err), shown_progress(err, quiet) as progress:
        for one in restored_files(case, selected, into, progress):
            (failed if one.path is None else done).append(one)
    if not quiet:
        write_bytes(f"{one.sha256}  {one_line(str(one.path), 4_000)}\n".encode("utf-8", "replace") for one in done)
        print_line(err, f"{counted(len(done), 'file')} restored", "dim", 0)
    for one in failed:
        print_line(err, f"NOT RESTORED {one_line(one.name, 300)}: {one_line(one.problem, 300)}", "bold", 0)
    raise typer.Exit(DAMAGED_INPUT if failed else DONE)


@app.command("decide", epilog=DECIDE_EXAMPLES)
def decide(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    case: Case,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT",
            help="What it is about: a finding, a technique, a host, in your words.",
            show_default=False,
        ),
    ],
    decision: Annotated[str, typer.Option("--decision", metavar="TEXT", help="What was decided.", show_default=False)],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.", show_default=False)],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who decided, if not who types this.")] = "",
    settings_file: SettingsFile = None,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Record and seal what an analyst decided, and why."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.vault_acts import Decided, record_decision  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging  # noqa: PLC0415 - see above
    from yadorigi.reports.account import print_line  # noqa: PLC0415 - see above
    from yadorigi.settings import read_settings  # noqa: PLC0415 - see above

    out, err = consoles(no_colour)
    with debugging(debug, err):
        decided = Decided(subject, decision, reason, by)
        index = record_decision(case, decided, read_settings(settings_file), command_line())
    print_line(out, f"record {index} (yadorigi vault prove {case} {index})", indent=0)


@app.command("expire-object", epilog=EXPIRE_EXAMPLES)
def expire_object(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    case: Case,
    sha256: Annotated[str, typer.Argument(metavar="SHA256", help="Hash of the original.", show_default=False)],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is sealed.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take it out without asking.")] = False,
    settings_file: SettingsFile = None,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Take the bytes of one original out of a case for good; that it was there stays proven."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.vault_acts import expire_original, original_to_expire  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging  # noqa: PLC0415 - see above
    from yadorigi.reports.account import counted, few, print_line  # noqa: PLC0415 - see above
    from yadorigi.settings import read_settings  # noqa: PLC0415 - see above

    digest = sha256.lower()
    if not yes and not at_a_terminal():
        raise UsageError("the original is taken out for good, and there is no terminal to ask at; give --yes")
    out, err = consoles(no_colour)
    with debugging(debug, err):
        found = original_to_expire(case, digest)
        print_line(out, f"{digest}, {counted(found.size, 'byte')}: {few(found.names)}", indent=0)
        if not yes and not _confirmed():
            out.print("Nothing was taken out.")
            raise typer.Exit(INTERRUPTED)
        index = expire_original(case, digest, reason, read_settings(settings_file), command_line())
    print_line(out, f"Taken out; record {index} says so.", indent=0)


def _confirmed() -> bool:
    try:
        return typer.confirm("Take this original out for good?")
    except typer.Abort:
        return False


app.command("prove", epilog=vault_proofs.PROVE_EXAMPLES)(vault_proofs.prove)
app.command("consistency", epilog=vault_proofs.CONSISTENCY_EXAMPLES)(vault_proofs.consistency)
app.command("check-proof", epilog=vault_proofs.CHECK_EXAMPLES)(vault_proofs.check_proof)
app.command("witness-key", epilog=vault_proofs.WITNESS_KEY_EXAMPLES)(vault_proofs.witness_key)
app.command("cosign", epilog=vault_proofs.COSIGN_EXAMPLES)(vault_proofs.cosign)
app.command("add-cosignature", epilog=vault_proofs.ADD_EXAMPLES)(vault_proofs.add_cosignature)
