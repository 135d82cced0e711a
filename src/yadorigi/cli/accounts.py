"""What the verbs that read logs and are no hunt share: their options, their account, and how they write bytes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from yadorigi.cli.arguments import period_of, zone_of

if TYPE_CHECKING:
    from rich.console import Console

    from yadorigi.app.scan_files import Scan, ScanOptions


def scan_options(
    paths: list[str],
    period: tuple[str, str],
    timezone: str,
    workers: int,
    password_file: Path | None,
    sources: list[str] | None,
) -> ScanOptions:
    """Return what to read, from the texts of the command line.

    Raises:
        UsageError: a time or the zone is none, the period is empty, or there is no such source.
    """
    from yadorigi.app.explain_inputs import source_choices  # noqa: PLC0415 - help and completion answer at once
    from yadorigi.app.scan_files import ScanOptions  # noqa: PLC0415 - help and completion answer at once

    zone = zone_of(timezone)
    choices = source_choices(sources)
    return ScanOptions(tuple(paths), *period_of(*period, zone), workers, zone, password_file, choices)


def print_account(err: Console, scan: Scan) -> None:
    """Say which files were read and what could not be."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.reports.account import counted, losses, print_line, print_warnings  # noqa: PLC0415 - see above

    files = scan.inputs.files
    unknown = [file.name for file in files if file.source is None]
    print_line(err, f"{counted(scan.events, 'event')} read from {counted(len(files) - len(unknown), 'file')}", "dim", 0)
    if scan.outside:
        print_line(err, f"{counted(scan.outside, 'event')} outside of the period were not looked at", "dim", 0)
    if scan.interrupted:
        print_line(err, "INTERRUPTED: not everything was read", "bold red", 0)
    if scan.warnings or unknown:
        print_line(err, ": ".join(part for part in ("NOT READ", losses(scan.warnings)) if part), "bold", 0)
        print_warnings(err, unknown, scan.warnings)


def write_bytes(lines: Iterable[bytes]) -> None:
    """Write lines to standard output as they are, whatever the terminal's encoding.

    Whoever stops reading early (``| head``) has seen enough: the rest is not written, and nothing has failed.
    """
    stream = sys.stdout.buffer
    try:
        for line in lines:
            stream.write(line)
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
