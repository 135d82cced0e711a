"""What verifying a case came to, for people and for programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from yadorigi.limits import MEBIBYTE
from yadorigi.reports.account import counted, print_line
from yadorigi.reports.cells import one_line

if TYPE_CHECKING:
    from rich.console import Console

    from yadorigi.vault.verification.verified import Verified

_SHOWN_FAULTS: Final = 30
_SHOWN_NOTICES: Final = 12
_CELL: Final = 300


def print_verified(console: Console, found: Verified) -> None:
    """Print what came out: what is wrong, what was checked, against what, and what it cannot prove."""
    _print_faults(console, found)
    _print_checked(console, found)
    _print_against(console, found)
    for title, lines in (
        ("PROTECTION", found.protection.sentences() if found.protection else []),
        ("CANNOT PROVE", found.unproven),
    ):
        if lines:
            print_line(console, title, "bold", 0)
        for line in lines:
            print_line(console, line)
    if found.notices:
        print_line(console, "NOTICES", "bold", 0)
    for notice in found.notices[:_SHOWN_NOTICES]:
        print_line(console, one_line(notice, _CELL), "dim")
    if len(found.notices) > _SHOWN_NOTICES:
        print_line(console, f"and {len(found.notices) - _SHOWN_NOTICES:,} more (--json has them)", "dim")


def _print_faults(console: Console, found: Verified) -> None:
    if found.sound:
        print_line(console, f"SOUND: {one_line(str(found.case), _CELL)}", "bold green", 0)
        return
    many = sum(found.counts.values())
    print_line(console, f"NOT SOUND: {one_line(str(found.case), _CELL)}: {counted(many, 'fault')}", "bold red", 0)
    for fault in found.faults[:_SHOWN_FAULTS]:
        place, expected, instead = (one_line(text, _CELL) for text in (fault.place, fault.expected, fault.found))
        text = f" {place}: expected {expected}; found {instead}. What to do: {fault.advice}"
        print_line(console, Text.assemble((fault.kind, "red"), text))
    if many > _SHOWN_FAULTS:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(found.counts.items()))
        print_line(console, f"and {many - min(many, _SHOWN_FAULTS):,} more; in all {kinds}")


def _print_checked(console: Console, found: Verified) -> None:
    vault, lake, results = found.vault, found.lake, found.results
    if vault is None:
        return
    print_line(console, "CHECKED", "bold", 0)
    counts = vault.log.account.counts
    types = ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
    print_line(console, f"{counted(vault.log.size, 'record')} ({types}) in {counted(vault.log.tiles, 'tile')}")
    stored = f"{counted(vault.originals.originals, 'original')} in {counted(vault.originals.segments, 'segment')}"
    print_line(console, f"{stored}: {vault.originals.stored:,} bytes, which hold {vault.originals.bytes:,}")
    rows = f"{counted(lake.commits, 'commit')} and {counted(lake.parts, 'part')} of the lake: {lake.bytes:,} bytes"
    print_line(console, rows)
    print_line(console, f"{counted(results.files, 'result file')}: {results.bytes:,} bytes")
    rate = _bytes_of(found) / max(found.seconds, 0.001) / MEBIBYTE
    print_line(console, f"in {found.seconds:,.1f} s, {rate:,.0f} MiB/s", "dim")


def _bytes_of(found: Verified) -> int:
    own = found.vault.log.bytes + found.vault.originals.bytes if found.vault is not None else 0
    return own + found.lake.bytes + found.results.bytes


def _print_against(console: Console, found: Verified) -> None:
    if found.vault is None:
        return
    print_line(console, "AGAINST", "bold", 0)
    print_line(
        console, f"key {one_line(str(found.key) if found.key else 'none', _CELL)}, {one_line(found.key_place, _CELL)}"
    )
    for place, size in found.older:
        print_line(console, f"checkpoint of {counted(size, 'record')}: {one_line(place, _CELL)}")
    for name, moment, size in found.proven:
        print_line(console, f"witness {one_line(name, _CELL)}, who signed {counted(size, 'record')} at {_time(moment)}")


def _time(moment: int) -> str:
    try:
        return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (OverflowError, ValueError, OSError):
        return f"{moment} s after 1970"


def verified_json(found: Verified) -> dict[str, Any]:
    """Return what came out as an object of JSON."""
    vault, protection = found.vault, found.protection
    told: dict[str, Any] = {
        "case": str(found.case),
        "sound": found.sound,
        "faults": [
            {"kind": one.kind, "place": one.place, "expected": one.expected, "found": one.found, "advice": one.advice}
            for one in found.faults
        ],
        "counts": found.counts,
        "notices": found.notices,
        "checked": {
            "records": vault.log.size if vault is not None else 0,
            "types": dict(vault.log.account.counts) if vault is not None else {},
            "tiles": vault.log.tiles if vault is not None else 0,
            "originals": vault.originals.originals if vault is not None else 0,
            "segments": vault.originals.segments if vault is not None else 0,
            "stored_bytes": vault.originals.stored if vault is not None else 0,
            "original_bytes": vault.originals.bytes if vault is not None else 0,
            "lake_commits": found.lake.commits,
            "lake_parts": found.lake.parts,
            "lake_bytes": found.lake.bytes,
            "results": found.results.files,
            "result_bytes": found.results.bytes,
        },
        "against": {
            "key": str(found.key) if found.key is not None else None,
            "key_from": found.key_place,
            "checkpoints": [{"from": place, "records": size} for place, size in found.older],
            "witnesses": [{"name": name, "time": moment, "records": size} for name, moment, size in found.proven],
        },
        "protection": protection.sentences() if protection is not None else [],
        "cannot_prove": found.unproven,
        "seconds": round(found.seconds, 3),
    }
    cleaned: dict[str, Any] = _cleaned(told)
    return cleaned


def _cleaned(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return the same without halves of surrogates, which names of files may have and UTF-8 has not."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {key: _cleaned(one) for key, one in value.items()}
    return [_cleaned(one) for one in value] if isinstance(value, list | tuple) else value
