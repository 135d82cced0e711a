"""The results of a case as its vault recorded them last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from yadorigi.vault.reader import Vault
from yadorigi.vault.records import Outcome

if TYPE_CHECKING:
    from pathlib import Path


def newest_outcome(records: Iterable[object]) -> Outcome | None:
    """Return the last outcome among some records, or None."""
    found: Outcome | None = None
    for record in records:
        if isinstance(record, Outcome):
            found = record
    return found


def results_of_case(case: Path) -> dict[str, str]:
    """Return the SHA-256 of each result of a case by its name.

    Raises:
        CaseError: the vault is damaged.
    """
    vault = Vault.open(case)
    outcome = newest_outcome(vault.records()) if vault is not None else None
    return outcome.files if outcome is not None else {}
