"""The record of one commit, by which it is done again where it was broken off: it is what makes a commit whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from yadorigi.errors import CaseError
from yadorigi.limits import VAULT_JOURNAL_BYTES_LIMIT, VAULT_RECORD_BYTES_LIMIT, VAULT_TREE_LIMIT
from yadorigi.vault.checkpoints import Checkpoint
from yadorigi.vault.growth import Growth, Read, grown
from yadorigi.vault.merkle import EMPTY_ROOT

if TYPE_CHECKING:
    from yadorigi.vault.notes import VerifierKey
    from yadorigi.vault.storage import Storage

JOURNAL: Final = "journal"
CHECKPOINT: Final = "checkpoint"
VERIFIER_KEY: Final = "verifier-key"
OBJECTS: Final = "objects"

is_segment: Final = re.compile(r"objects/(?!0{8,12}\Z)(?:[0-9]{8}|[1-9][0-9]{8,11})", re.ASCII).fullmatch
"""Whether a path is one of a segment."""

_is_part: Final = re.compile(r"objects/[0-9a-z]{1,32}(?:-[0-9a-z]{1,32})?\.part", re.ASCII).fullmatch


class Journal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One commit.

    Attributes:
        size: of the log before.
        entries: the new ones, one at least.
        renamed: parts and the names that they get, as segments; "" where the segment goes.
        checkpoint: of the log with the new entries, signed.
    """

    size: Annotated[int, msgspec.Meta(ge=0, le=VAULT_TREE_LIMIT)]
    entries: Annotated[tuple[bytes, ...], msgspec.Meta(min_length=1)]
    renamed: tuple[tuple[str, str], ...]
    checkpoint: bytes

    def encoded(self) -> bytes:
        """Return its bytes."""
        return msgspec.json.encode(self, order="sorted")

    def is_done(self, checkpoint: Checkpoint | None, key: VerifierKey) -> bool:
        """Say whether a vault with a checkpoint has this commit already; if not, it comes next.

        Raises:
            CaseError: neither; or the log's key did not sign it.
        """
        after = Checkpoint.parsed(self.checkpoint)
        after.require(key)
        if after.size != self.size + len(self.entries):
            raise CaseError("the vault's journal does not lead to its checkpoint")
        if checkpoint is not None and (checkpoint.size, checkpoint.root) == (after.size, after.root):
            return True
        if self.size != (checkpoint.size if checkpoint is not None else 0):
            raise CaseError(
                f"the vault's journal goes on from {self.size:,} records, its checkpoint has"
                f" {checkpoint.size if checkpoint is not None else 0:,}: it was changed by somebody else"
            )
        return False

    def growth(self, before: Checkpoint | None, read: Read) -> Growth:
        """Return what the log comes to by this commit, which comes next.

        Raises:
            CaseError: this is no commit of this log, or what is there of the log is damaged.
        """
        after = Checkpoint.parsed(self.checkpoint)
        growth = grown(self.size, before.root if before is not None else EMPTY_ROOT, read, self.entries)
        if (growth.size, growth.root) != (after.size, after.root):
            raise CaseError("the vault's journal does not lead to its checkpoint")
        return growth


_DECODE: Final = msgspec.json.Decoder(Journal).decode


def read_journal(storage: Storage) -> Journal | None:
    """Return the commit that was broken off, or None.

    Raises:
        CaseError: it is damaged.
        OSError: it cannot be read.
    """
    try:
        journal = _DECODE(storage.read(JOURNAL, VAULT_JOURNAL_BYTES_LIMIT))
    except FileNotFoundError:
        return None
    except (msgspec.MsgspecError, UnicodeError, ValueError, RecursionError) as error:
        raise CaseError(f"the vault's journal is damaged: {error}") from error
    if any(len(entry) > VAULT_RECORD_BYTES_LIMIT for entry in journal.entries):
        raise CaseError("the vault's journal has a record that is longer than one can be")
    if not all((not part or _is_part(part)) and is_segment(path) for part, path in journal.renamed):
        raise CaseError("the vault's journal names files that are no originals")
    return journal
