"""The keys of cases: one that checks, which anybody may have, and one that signs, which moves with its owner."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yadorigi.app.vault_files import signing_key_in, write_file
from yadorigi.app.vault_proofs import opened_vault, require_signed
from yadorigi.errors import CaseError, UnfinishedError, UnprovenError, UsageError
from yadorigi.vault.keys import VaultHome

if TYPE_CHECKING:
    from yadorigi.settings import Settings


@dataclass(frozen=True, slots=True)
class CaseKey:
    """What is known of a case's keys.

    Attributes:
        verifier: the verifier key that lies in the case.
        signing: where the signing key is kept on this machine, or None where it is not here.
        home: where this machine keeps keys and checkpoints.
    """

    verifier: str
    signing: Path | None
    home: Path


def home_of(settings: Settings) -> VaultHome:
    """Return where this machine keeps keys and checkpoints."""
    return VaultHome.found(settings.vault_folder)


def case_key(case: Path, home: VaultHome) -> CaseKey:
    """Return what is known of a case's keys.

    Raises:
        CaseError: the case has no vault, or it cannot be read.
    """
    vault = opened_vault(case)
    here = home.has_key(vault.origin)
    return CaseKey(str(vault.key), home.key_path(vault.origin) if here else None, home.folder)


def export_key(case: Path, home: VaultHome, path: Path) -> None:
    """Write a case's signing key into a new file that only its owner can read.

    Raises:
        CaseError: the key is not here, or the case has no vault.
        UsageError: the file is there already, or cannot be written.
    """
    vault = opened_vault(case)
    key = home.key_of(vault.origin)
    if key.verifier != vault.key:
        raise CaseError(f"{home.key_path(vault.origin)} is not the key that signs this case")
    write_file(path, f"{key.text()}\n".encode(), secret=True)


def import_key(case: Path, home: VaultHome, path: Path) -> None:
    """Take a case's signing key from a file, so that this machine can add to the case.

    The case's newest checkpoint is kept too, if this machine has none: from now on it notices when the case is rolled
    back.

    Raises:
        UsageError: the file holds no signing key, or it cannot be kept.
        CaseError: it is not the key of this case, or the case has no vault.
        UnprovenError: this machine knows a later checkpoint of the case than the case has.
    """
    vault = opened_vault(case)
    key = signing_key_in(path)
    if key.verifier != vault.key:
        raise UsageError(f"{path} is the key {key.verifier}, and the case is checked with {vault.key}")
    home = home.for_case(case)
    known = home.checkpoint_of(vault.origin)
    if known is not None:
        require_signed(known, vault.key)
        if known.size > vault.size or (known.size == vault.size and known.root != vault.checkpoint.root):
            raise UnprovenError(
                f"this machine knows a checkpoint of {known.size:,} records, and the case has {vault.size:,}: it was"
                f" rolled back or forked; yadorigi verify {case} says more"
            )
    home.keep_key(key)
    if known is None:
        try:
            home.keep_checkpoint(vault.checkpoint)
        except OSError as error:
            raise UnfinishedError(f"{error.strerror or error}: {error.filename or home.folder}") from error
