"""The record of one commit, by which it is done again where it was broken off: it is what makes a commit whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from yadorigi.errors import CaseError
from yadorigi.limits import VAULT_JOURNAL_BYTES_LIMIT
from yadorigi.vault.checkpoints import Checkpoint
from yadorigi.vault.growth import Growth, Read, grown

if TYPE_CHECKING:
    from yadorigi.vault.notes import VerifierKey
    from yadorigi.vault.storage import Storage

JOURNAL: Final = "journal"
CHECKPOINT: Final = "checkpoint"
VERIFIER_KEY: Final = "verifier-key"


class Journal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One commit.

    Attributes:
        size: of the log before.
        entries: the new ones.
        renamed: parts and the names that they get, as segments.
        checkpoint: of the log with the new entries, signed.
    """

    size: int
    entries: tuple[bytes, ...]
    renamed: tuple[tuple[str, str], ...]
    checkpoint: bytes

    def encoded(self) -> bytes:
        """Return its bytes."""
        return msgspec.json.encode(self, order="sorted")

    def growth(self, read: Read, key: VerifierKey) -> Growth:
        """Return what the log comes to by this commit.

        Raises:
            CaseError: this is no commit of this log.
        """
        checkpoint = Checkpoint.parsed(self.checkpoint)
        checkpoint.require(key)
        growth = grown(self.size, read, self.entries)
        if (growth.size, growth.root) != (checkpoint.size, checkpoint.root):
            raise CaseError("the journal does not lead to its checkpoint")
        return growth


_DECODE: Final = msgspec.json.Decoder(Journal).decode


def read_journal(storage: Storage) -> Journal | None:
    """Return the commit that was broken off, or None.

    Raises:
        CaseError: it is damaged.
        OSError: it cannot be read.
    """
    try:
        return _DECODE(storage.read(JOURNAL, VAULT_JOURNAL_BYTES_LIMIT))
    except FileNotFoundError:
        return None
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise CaseError(f"the vault's journal is damaged: {error}") from error
