"""Arguments that several verbs share: how they are written, and how their text becomes a value."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Annotated, Final, TypeAlias
from zoneinfo import ZoneInfo

import typer

from yadorigi.errors import UsageError
from yadorigi.schema.finding import LEVELS
from yadorigi.schema.times import canonical_time

Paths: TypeAlias = Annotated[
    list[str], typer.Argument(help="Files, folders (recursive) and archives.", show_default=False)
]
Since: TypeAlias = Annotated[
    str, typer.Option("--since", metavar="TIME", help="Only events from this time on, e.g. 2026-03-11T09:00.")
]
Until: TypeAlias = Annotated[str, typer.Option("--until", metavar="TIME", help="Only events before this time.")]
Timezone: TypeAlias = Annotated[
    str,
    typer.Option(
        "--timezone", metavar="TZ", help="Zone for display and for times without one: UTC, local, Asia/Tokyo, +09:00."
    ),
]
Workers: TypeAlias = Annotated[
    int, typer.Option("--workers", min=0, max=256, help="Worker processes; 0 is one per processor.")
]
SettingsFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        metavar="FILE",
        help="Settings file (default: yadorigi.toml here, then in the user's configuration).",
    ),
]
PasswordFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--password-file", metavar="FILE", help='Passwords of archives, one a line (UTF-8); "infected" is always tried.'
    ),
]
Sources: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--source",
        metavar="[PATTERN=]NAME|MAPPING.toml|SERVER.conf",
        help="Read files whose name fits PATTERN as this source, as a table by this mapping, or as an access log by the"
        " directives of this configuration of Apache or nginx, whatever they hold;"
        " may be repeated, the last counts.",
    ),
]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary, only errors.")]
NoColour: TypeAlias = Annotated[
    bool, typer.Option("--no-colour", "--no-color", help="No colours (NO_COLOR works too).")
]
Debug: TypeAlias = Annotated[bool, typer.Option("--debug", help="On an error, show where it came from.")]

_OFFSET_LENGTH: Final = 6


def command_line() -> tuple[str, ...]:
    """Return what was typed behind the program's name, for the record of who did what."""
    return tuple(sys.argv[1:])


def zone_of(text: str) -> tzinfo:
    """Return the time zone that a text names: ``UTC``, ``local``, an IANA name, or an offset such as ``+09:00``.

    Raises:
        UsageError: there is no such zone.
    """
    if text.upper() in ("", "UTC", "Z"):
        return UTC
    if text == "local":
        from datetime import datetime  # noqa: PLC0415 - rarely asked for

        return datetime.now().astimezone().tzinfo or UTC
    if (
        len(text) == _OFFSET_LENGTH
        and text[0] in "+-"
        and text[3] == ":"
        and (text[1:3] + text[4:]).isdecimal()
        and text[4] < "6"
    ):
        offset = timedelta(hours=int(text[1:3]), minutes=int(text[4:]))
        if offset < timedelta(hours=24):
            return timezone(-offset if text[0] == "-" else offset)
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(
            f"--timezone {text}: no such zone; give UTC, local, an IANA name or an offset like +09:00"
        ) from error


def moment_of(option: str, text: str, zone: tzinfo) -> str:
    """Return a time of the command line as canonical time, "" where none was given.

    A date is its first moment; a time without a zone is in ``zone``.

    Raises:
        UsageError: it is no time.
    """
    if not text:
        return ""
    whole = f"{text}T00:00" if len(text) == len("2026-03-11") else text
    time = canonical_time(whole, zone)
    if time is None:
        raise UsageError(f"{option} {text}: no time; write 2026-03-11, 2026-03-11T09:00 or 2026-03-11T09:00:00+09:00")
    return time


def period_of(since: str, until: str, zone: tzinfo) -> tuple[str, str]:
    """Return ``--since`` and ``--until`` as canonical times, "" for one that was not given.

    Raises:
        UsageError: one is no time, or no time lies between them.
    """
    begin, end = moment_of("--since", since, zone), moment_of("--until", until, zone)
    if begin and end and begin >= end:
        raise UsageError("--since is not before --until")
    return begin, end


def level_of(option: str, text: str) -> str:
    """Return a level of the command line in lower case, "" where none was given.

    Raises:
        UsageError: there is no such level.
    """
    level = text.lower()
    if level:
        check_choice(option, level, LEVELS)
    return level


def check_choice(option: str, text: str, choices: Sequence[str]) -> None:
    """Check that an option's text is one of a few.

    Raises:
        UsageError: it is none of them.
    """
    if text not in choices:
        raise UsageError(f"{option} {text}: one of {', '.join(choices)}")
