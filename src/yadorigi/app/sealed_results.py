"""The results of a case as its vault recorded them last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from yadorigi.digests import sha256_of
from yadorigi.errors import UnprovenError
from yadorigi.vault.reader import Vault
from yadorigi.vault.records import Outcome

if TYPE_CHECKING:
    from pathlib import Path


def digest_of(path: Path) -> str | None:
    """Return the SHA-256 of a file, or None where there is none.

    Raises:
        OSError: it cannot be read.
    """
    try:
        return sha256_of(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def changed(case: Path, name: str) -> UnprovenError:
    """Return the error that says that a file of a case is not what was sealed."""
    return UnprovenError(
        f"{case / name} is not what the case has sealed, and nothing is built on it; yadorigi verify {case} says more;"
        " bring it back, or hunt again with --force, which starts the results anew"
    )


def require_unchanged(case: Path, names: Iterable[str], sealed: Mapping[str, str] | None = None) -> None:
    """Check results: from what somebody changed, nothing is answered and on it nothing is built.

    Args:
        case: its folder.
        names: of the results; those that were never sealed are passed over.
        sealed: SHA-256 of the results by name, where they are known; otherwise the case's vault says them.

    Raises:
        UnprovenError: one is not what was sealed.
        CaseError: the vault is damaged.
        OSError: one cannot be read.
    """
    files = results_of_case(case) if sealed is None else sealed
    for name in names:
        if name in files and digest_of(case / name) != files[name]:
            raise changed(case, name)


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
