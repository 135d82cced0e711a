"""The page docs/SOURCES.md: how far events agree with expected ones, by vendor and field."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

from benchmarks.agreement.compare import HELD_RIGHT, LEFT_OUT, NOT_READ, Agreement, agreement_of, vendors

PAGE: Final = Path(__file__).parents[2] / "docs" / "SOURCES.md"
LEAST: Final = 0.97
_BEGINNING: Final = """# Sources and how right they are

Written by `python -m benchmarks.agreement --write`. Do not edit. Which formats there are, and what each reads, is
in [log formats](reference/log-formats.md).

Public parser tests carry lines of logs with the event that another parser makes of them, in the Elastic Common Schema.
Here our events of the same lines, in OCSF, are held against them: time, action and outcome, user, source and
destination address and port (also after translation), host, URL, method and status, process and command line, file and
hash, wherever the expected event has them. A time of which the log states no year counts by what it states.

`benchmarks/agreement/ecs.py` says which fields mean the same. For actions parsers have words of their own, where OCSF
has a class, an activity and what was done: `benchmarks/agreement/actions.toml` says what our event must say where
theirs has such a word. For the outcome of what a firewall denied, parsers differ among each other: some say success,
because the firewall did its work, some failure, because the connection did not come about. Ours is as in OCSF's own
example of a denied connection (Cisco ASA, 106023): `status_id` is the outcome of the activity and so Failure, and
`disposition_id` says that it was blocked. An expected success agrees if the expected event is a denial and ours was
blocked. A finding has no outcome in OCSF, where its status is that of who looks into it: that there is one is the
success.

A value in which we hold ours to be right, and one that a setting of the other parser's says in place of the line,
counts neither way in the first share and is listed below with the reason. Those held right count as disagreements in
the second.

| vendor | files | values | agree | held right | agree, of these too | by a setting of theirs | events not read |
|---|---|---|---|---|---|---|---|
"""


def every_agreement(corpora: Path) -> dict[str, Agreement]:
    """Compare the files of all vendors."""
    return {name: agreement_of(paths, name) for name, paths in vendors(corpora).items()}


def page(found: dict[str, Agreement]) -> str:
    """Return the whole page."""
    rows = [_row(name, one) for name, one in found.items()]
    fields = sorted({field for one in found.values() for field in (*one.agreed, *one.differed)})
    by_field = [_field_row(field, list(found.values())) for field in fields]
    return "".join((
        _BEGINNING,
        *rows,
        "\n## By field\n\n| field of ECS | values | agree |\n|---|---|---|\n",
        *by_field,
        "\n## Where they differ, how often, and why\n\n",
        *_reasons(found),
        "\n## What is not read\n\n",
        *(f"- {name} ({one.unread}): {NOT_READ.get(name, 'not looked into')}\n"
          for name, one in found.items() if one.unread),
        "\n## What is compared with nothing\n\n",
        *(f"- {name}: {reason}\n" for name, reason in LEFT_OUT.items()),
    ))  # fmt: skip


def _row(name: str, one: Agreement) -> str:
    agreed, held = one.agreed.total(), one.held_right.total()
    total = agreed + one.differed.total()
    share = f"{one.share:.1%}" if one.share >= LEAST else f"**{one.share:.1%}**"
    whole = f"{agreed / (total + held):.1%}" if total + held else "-"
    counts = f"{held} | {whole} | {one.elsewhere.total()} | {one.unread}"
    return f"| {name} | {one.files} | {total:,} | {share if total else '-'} | {counts} |\n"


def _field_row(field: str, every: list[Agreement]) -> str:
    agreed, differed = (sum(counts[field] for counts in own) for own in
                        ([one.agreed for one in every], [one.differed for one in every]))  # fmt: skip
    return f"| `{field}` | {agreed + differed:,} | {agreed / (agreed + differed):.1%} |\n"


def _reasons(found: dict[str, Agreement]) -> list[str]:
    held = tomllib.loads(HELD_RIGHT.read_text(encoding="utf-8"))
    return [
        f"- {vendor}, {', '.join(f'`{field}`' for field in rule['fields'])} ({found[vendor].reasons[place]}): "
        f"{rule['reason']}\n"
        for vendor, rules in held.items()
        for place, rule in enumerate(rules)
    ]


def unneeded(found: dict[str, Agreement]) -> list[str]:
    """Return reasons that no value needs, with their vendors."""
    held = tomllib.loads(HELD_RIGHT.read_text(encoding="utf-8"))
    return [
        f"{vendor}: {rule['reason']}"
        for vendor, rules in held.items()
        for place, rule in enumerate(rules)
        if vendor not in found or not found[vendor].reasons[place]
    ]
