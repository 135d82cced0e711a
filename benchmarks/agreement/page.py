"""The page docs/SOURCES.md: how far events agree with expected ones, by vendor and field."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

from benchmarks.agreement.compare import HELD_RIGHT, LEFT_OUT, Agreement, agreement_of, vendors

PAGE: Final = Path(__file__).parents[2] / "docs" / "SOURCES.md"
LEAST: Final = 0.97
_BEGINNING: Final = """# Sources and how right they are

Written by `python -m benchmarks.agreement --write`. Do not edit. Which formats there are, and what each reads, is
in [log formats](reference/log-formats.md).

Public parser tests carry lines of logs with the event that another parser makes of them, in the Elastic Common Schema.
Here our events of the same lines, in OCSF, are held against them: time, action and outcome, user, source and
destination address and port, host, URL, method and status, process and command line, file and hash, wherever the
expected event has them. `benchmarks/agreement/ecs.py` says which fields mean the same. A time of which the log states
no year counts by what it states. A value in which we hold ours to be right, or that the other parser took from
elsewhere, counts neither way and is listed below with the reason.

| vendor | files | values | agree | held right | agree, of these too | events not read |
|---|---|---|---|---|---|---|
"""


def page(corpora: Path) -> str:
    """Return the whole page."""
    found = {name: agreement_of(paths, name) for name, paths in vendors(corpora).items()}
    rows = [_row(name, one) for name, one in found.items()]
    fields = sorted({field for one in found.values() for field in (*one.agreed, *one.differed)})
    by_field = [_field_row(field, list(found.values())) for field in fields]
    return "".join((
        _BEGINNING,
        *rows,
        "\n## By field\n\n| field of ECS | values | agree |\n|---|---|---|\n",
        *by_field,
        "\n## Where they differ, and we hold ours to be right\n\n",
        *_reasons(),
        "\n## What is compared with nothing\n\n",
        *(f"- {name}: {reason}\n" for name, reason in LEFT_OUT.items()),
    ))  # fmt: skip


def _row(name: str, one: Agreement) -> str:
    agreed, held = one.agreed.total(), one.held_right.total()
    total = agreed + one.differed.total()
    share = f"{one.share:.1%}" if one.share >= LEAST else f"**{one.share:.1%}**"
    whole = f"{agreed / (total + held):.1%}" if total + held else "-"
    return f"| {name} | {one.files} | {total:,} | {share if total else '-'} | {held} | {whole} | {one.unread} |\n"


def _field_row(field: str, every: list[Agreement]) -> str:
    agreed, differed = (sum(counts[field] for counts in own) for own in
                        ([one.agreed for one in every], [one.differed for one in every]))  # fmt: skip
    return f"| `{field}` | {agreed + differed:,} | {agreed / (agreed + differed):.1%} |\n"


def _reasons() -> list[str]:
    held = tomllib.loads(HELD_RIGHT.read_text(encoding="utf-8"))
    return [
        f"- {vendor}, `{field}`: {rule['reason']}\n"
        for vendor, fields in held.items()
        for field, rules in fields.items()
        for rule in rules
    ]
