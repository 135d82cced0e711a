"""``yadorigi vault``: proofs for others, how they check them without the case, and witnesses."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from yadorigi.cli.accounts import write_bytes
from yadorigi.cli.arguments import Debug, NoColour, SettingsFile
from yadorigi.cli.exit_codes import VERIFY_FOUND
from yadorigi.cli.vault_arguments import Case, Output, Witnesses
from yadorigi.errors import UnprovenError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from rich.console import Console

    from yadorigi.app.vault_proofs import Checked

PROVE_EXAMPLES: Final = """Examples:

  yadorigi vault prove case-042 17 --output finding.tlog-proof

  yadorigi vault prove case-042 --file C:\\evidence\\Security.evtx --output Security.tlog-proof

A finding's evidence names its record: "leaf" in findings.jsonl. The proof carries the record, and whoever has the
case's verifier key checks it without the case: yadorigi vault check-proof.
"""

CONSISTENCY_EXAMPLES: Final = """Examples:

  yadorigi vault consistency case-042 monday.checkpoint --output since-monday.proof

It shows that the case was only added to since monday.checkpoint. Exit codes: 0 done; 2 wrong use; 4 it was not.
"""

CHECK_EXAMPLES: Final = """Examples:

  yadorigi vault check-proof Security.tlog-proof --key case-042.vkey --original Security.evtx

  yadorigi vault check-proof since-monday.proof --key case-042.vkey --older monday.checkpoint

Nothing but these files is needed. Exit codes: 0 it is proven; 2 wrong use, or no proof; 4 it is not proven.
"""

WITNESS_KEY_EXAMPLES: Final = """Examples:

  yadorigi vault witness-key witness.key --name witness.example/legal

  yadorigi vault witness-key witness.key

Prints the verifier key, which whoever relies on the witness needs. Whoever has the file can sign as the witness.
"""

COSIGN_EXAMPLES: Final = """Examples:

  yadorigi vault cosign case-042.checkpoint --key-file witness.key --log case-042.vkey --output signed.checkpoint

  yadorigi vault cosign tuesday.checkpoint --key-file witness.key --proof since-monday.proof --output signed.checkpoint

A witness signs only what grew out of what it signed before, which it keeps beside its key. Be one on another machine
than the case's. Exit codes: 0 signed; 2 wrong use, or a proof is missing; 4 rolled back or forked, nothing was signed.
"""

ADD_EXAMPLES: Final = """Examples:

  yadorigi vault add-cosignature case-042 signed.checkpoint --witness witness.vkey

Proofs that are made from now on carry the witness's signature, until the case is added to. Keep the signed checkpoint
outside of the case too: yadorigi verify case-042 --checkpoint signed.checkpoint --witness witness.vkey.
"""


def prove(
    case: Case,
    leaf: Annotated[
        int | None, typer.Argument(metavar="[LEAF]", min=0, help="Number of the record.", show_default=False)
    ] = None,
    name: Annotated[str, typer.Option("--file", metavar="NAME", help="Input file, as it was given.")] = "",
    sha256: Annotated[str, typer.Option("--object", metavar="SHA256", help="Hash of an original.")] = "",
    output: Output = None,
    debug: Debug = False,
) -> None:
    """Write the proof that a case's log holds a record (C2SP tlog-proof)."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.vault_proofs import Wanted, proof_of  # noqa: PLC0415 - see above

    if (leaf is not None) + bool(name) + bool(sha256) != 1:
        raise UsageError("say which record: its number, --file or --object")
    with _proving(debug):
        _write(proof_of(case, Wanted(leaf, name, sha256.lower())).text(), output)


def consistency(
    case: Case,
    older: Annotated[
        Path, typer.Argument(metavar="OLD-CHECKPOINT", help="File with an older checkpoint.", show_default=False)
    ],
    output: Output = None,
    debug: Debug = False,
) -> None:
    """Write the proof that a case was only added to since an older checkpoint."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.vault_proofs import proof_since  # noqa: PLC0415 - see above

    with _proving(debug):
        _write(proof_since(case, older).text(), output)


def check_proof(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    proof: Annotated[Path, typer.Argument(metavar="PROOF", help="File with the proof.", show_default=False)],
    key: Annotated[
        str,
        typer.Option(
            "--key", metavar="VKEY|FILE", help="The case's verifier key, from whom you trust.", show_default=False
        ),
    ],
    witnesses: Witnesses = None,
    older: Annotated[
        Path | None, typer.Option("--older", metavar="FILE", help="The older checkpoint, of a proof of consistency.")
    ] = None,
    original: Annotated[
        Path | None,
        typer.Option("--original", metavar="FILE", help="A file that must be the one that the record names."),
    ] = None,
    record: Annotated[
        Path | None, typer.Option("--record", metavar="FILE", help="The record, where the proof does not carry it.")
    ] = None,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Check a proof without the case: that a record is in its log, or that the log only grew."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.vault_proofs import Against, checked_proof  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles  # noqa: PLC0415 - see above

    with _proving(debug):
        found = checked_proof(proof, Against(key, tuple(witnesses or ()), record, original, older))
    _print_checked(consoles(no_colour)[0], found)


def witness_key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File of the witness's key.", show_default=False)],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Make a new key with this name.")] = "",
    debug: Debug = False,
) -> None:
    """Make the signing key of a witness, or print the verifier key of one."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.vault_witness import key_of_witness  # noqa: PLC0415 - see above

    with _proving(debug):
        write_bytes([f"{key_of_witness(file, name)}\n".encode()])


def cosign(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    checkpoint: Annotated[
        Path, typer.Argument(metavar="CHECKPOINT", help="File with the checkpoint to sign.", show_default=False)
    ],
    key_file: Annotated[
        Path, typer.Option("--key-file", metavar="FILE", help="The witness's signing key.", show_default=False)
    ],
    log: Annotated[
        str, typer.Option("--log", metavar="VKEY|FILE", help="The case's verifier key; needed the first time.")
    ] = "",
    proof: Annotated[
        Path | None,
        typer.Option("--proof", metavar="FILE", help="Proof of consistency since this witness signed last."),
    ] = None,
    older: Annotated[
        Path | None,
        typer.Option("--older", metavar="FILE", help="What this witness signed last, where it has lost it."),
    ] = None,
    output: Output = None,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Be a witness: sign a checkpoint if the case only grew since the last one (C2SP tlog-cosignature)."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.vault_witness import Asked, sign_as_witness  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles  # noqa: PLC0415 - see above
    from yadorigi.reports.account import counted, print_line  # noqa: PLC0415 - see above

    with _proving(debug):
        found = sign_as_witness(Asked(checkpoint, key_file, log, proof, older))
        _write(found.note, output)
    since = f"grown from {found.before:,}" if found.before is not None else "the first of this case that it signs"
    print_line(consoles(no_colour)[1], f"signed: {counted(found.size, 'record')}, {since}", "dim", 0)


def add_cosignature(
    case: Case,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The checkpoint as the witness signed it.", show_default=False)
    ],
    witness: Annotated[
        str, typer.Option("--witness", metavar="VKEY|FILE", help="The witness's verifier key.", show_default=False)
    ],
    settings_file: SettingsFile = None,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Put a witness's signature to the newest checkpoint of a case."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.vault_acts import take_cosignature  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles  # noqa: PLC0415 - see above
    from yadorigi.reports.account import print_line  # noqa: PLC0415 - see above
    from yadorigi.reports.cells import one_line  # noqa: PLC0415 - see above
    from yadorigi.settings import read_settings  # noqa: PLC0415 - see above

    with _proving(debug):
        name, moment = take_cosignature(case, file, witness, read_settings(settings_file))
    print_line(consoles(no_colour)[0], f"witness {one_line(name, 200)}, {_moment(moment)}", indent=0)


def _write(data: bytes, output: Path | None) -> None:
    from yadorigi.app.vault_files import write_file  # noqa: PLC0415 - help and completion answer at once

    if output is None:
        write_bytes([data])
    else:
        write_file(output, data)


def _proving(debug: bool) -> AbstractContextManager[None]:
    """Give a context in which what is not proven ends with its own exit code, in one line."""
    from contextlib import contextmanager  # noqa: PLC0415 - help and completion answer at once

    from yadorigi.cli.console import consoles, debugging  # noqa: PLC0415 - help and completion answer at once
    from yadorigi.reports.cells import visible  # noqa: PLC0415 - help and completion answer at once

    @contextmanager
    def proving() -> Iterator[None]:
        try:
            with debugging(debug, consoles(no_colour=True)[1]):
                yield
        except UnprovenError as error:
            typer.echo(f"yadorigi: NOT PROVEN: {visible(str(error))}", err=True)
            raise typer.Exit(VERIFY_FOUND) from error

    return proving()


def _print_checked(out: Console, found: Checked) -> None:
    from yadorigi.reports.account import counted, print_line  # noqa: PLC0415 - help and completion answer at once
    from yadorigi.reports.cells import one_line  # noqa: PLC0415 - help and completion answer at once
    from yadorigi.reports.vault import print_records  # noqa: PLC0415 - help and completion answer at once

    log = f"{one_line(found.origin, 200)}, {counted(found.size, 'record')}"
    if found.record is not None:
        print_line(out, f"PROVEN: the log {log}, holds this record:", indent=0)
        print_records(out, [found.record])
    else:
        print_line(out, f"PROVEN: the log {log}, was only added to since it had {found.older:,}", indent=0)
    if found.original:
        print_line(out, "the file is the one that the record names, byte for byte", indent=0)
    for name, moment in found.witnesses:
        print_line(out, f"witness {one_line(name, 200)}, {_moment(moment)}", indent=0)
    if not found.witnesses:
        print_line(out, "no witness was asked for: whoever has the case's signing key can have made this", "dim", 0)


def _moment(seconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return f"{seconds} seconds after 1970"
