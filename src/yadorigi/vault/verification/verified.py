"""What verifying a case came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from yadorigi.vault.notes import VerifierKey
    from yadorigi.vault.verification.faults import Fault
    from yadorigi.vault.verification.protection import Protection
    from yadorigi.vault.verification.verify_vault import VaultFound


@dataclass(slots=True)
class LakeFound:
    """What was read of a lake.

    Attributes:
        commits, parts: how many.
        bytes: of the parts.
    """

    commits: int = 0
    parts: int = 0
    bytes: int = 0


@dataclass(slots=True)
class ResultsFound:
    """What was read of results.

    Attributes:
        files, bytes: how many.
    """

    files: int = 0
    bytes: int = 0


@dataclass(slots=True)
class Verified:
    """What came out.

    Attributes:
        case: the folder.
        faults: what is wrong, what explains others first.
        counts: how many faults of each kind there are; of each, only some are kept.
        notices: what is worth knowing.
        key: the verifier key that counted, or None; and where it came from.
        key_place: see ``key``.
        older: where each older checkpoint came from, with its records.
        proven: name of each witness that signed, the time (POSIX seconds), and how many records.
        unproven: what this cannot prove, in sentences.
        vault, lake, results: what was read.
        protection: of the sealed files, or None where there is no vault.
        seconds: that it took.
    """

    case: Path
    faults: list[Fault] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    key: VerifierKey | None = None
    key_place: str = ""
    older: list[tuple[str, int]] = field(default_factory=list)
    proven: list[tuple[str, int, int]] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    vault: VaultFound | None = None
    lake: LakeFound = field(default_factory=LakeFound)
    results: ResultsFound = field(default_factory=ResultsFound)
    protection: Protection | None = None
    seconds: float = 0.0

    @property
    def sound(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.counts
