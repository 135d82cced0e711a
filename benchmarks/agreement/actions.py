"""What words for an action mean in OCSF, and outcomes that devices and connections see differently."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

TABLE: Final = Path(__file__).with_name("actions.toml")
_OUTCOMES: Final = {"success": 1, "failure": 2, "unknown": 0}
_STOPPED: Final = frozenset((2, 3, 5, 6, 21, 25, 26))
"""Dispositions of OCSF: blocked, quarantined, deleted, dropped, reset, rejected, unauthorized."""
_FINDING: Final = 2
"""OCSF's category of findings, whose status is that of who looks into them, and no outcome."""
_NOT_LETTERS: Final = re.compile(r"[^a-z0-9]+")

Leaves = dict[str, list[Any]]


def letters(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a value without case and signs."""
    return _NOT_LETTERS.sub("", str(value).lower())


@cache
def meanings() -> dict[str, list[dict[str, list[str]]]]:
    """Return the table of words: of each, what our event may say, as values by leaf."""
    groups = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {word: ways for group in groups.values() for word, ways in group.items()}


def means(word: str, ours: Leaves) -> bool:
    """Say whether our event says what a word means that somebody made up for it.

    Titles of findings are looked into, because they name what was found among other words; an empty list asks only for
    the leaf to be there.
    """
    return any(all(_says(ours.get(leaf, []), leaf, values) for leaf, values in way.items())
               for way in meanings().get(word, ()))  # fmt: skip


def _says(own: list[Any], leaf: str, values: list[str]) -> bool:
    if not values:
        return bool(own)
    said = [letters(value) for value in own]
    wanted = [letters(value) for value in values]
    if leaf == "finding_info.title":
        return any(part in whole for part in wanted for whole in said)
    return not set(said).isdisjoint(wanted)


def same_outcome(wanted: str, ours: Leaves, types: frozenset[str]) -> bool:
    """Say whether our event ended as an expected one did.

    The Elastic Common Schema asks for the outcome as who wrote the event sees it, and parsers differ in what that is
    for what a firewall denied: a success of the firewall or a failure of the connection. In OCSF ``status_id`` is the
    outcome of the activity, here of what was denied, and ``disposition_id`` what the firewall did. So the expected
    success of a denial is one of ours that was stopped.

    Args:
        wanted: ``success``, ``failure`` or ``unknown``.
        ours: the leaves of our event.
        types: the expected event's ``event.type``.
    """
    stopped = not _STOPPED.isdisjoint(ours.get("disposition_id", ()))
    if ours.get("category_uid") == [_FINDING]:
        return wanted == "success" or (stopped and wanted == "failure")
    status = (ours.get("status_id") or [2 if stopped else 0])[0]
    if wanted == "success" and status == _OUTCOMES["failure"]:
        return stopped and "denied" in types
    return bool(status == _OUTCOMES.get(wanted, -1))
