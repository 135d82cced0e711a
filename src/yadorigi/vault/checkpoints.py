"""Checkpoints (C2SP tlog-checkpoint): origin, size and root of a log, signed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from yadorigi.errors import CaseError
from yadorigi.limits import VAULT_TREE_LIMIT
from yadorigi.vault.merkle import EMPTY_ROOT, HASH_BYTES
from yadorigi.vault.notes import Note, SigningKey, VerifierKey, decoded, encoded, signed_note

_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,19}", re.ASCII).fullmatch
_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log is at a moment.

    Attributes:
        origin: name of the log.
        size: number of its leaves.
        root: hash of its tree.
        note: as it was signed, or None of one that is not signed yet.
    """

    origin: str
    size: int
    root: bytes
    note: Note | None = None

    @classmethod
    def parsed(cls, data: bytes) -> Checkpoint:
        """Return the checkpoint that some bytes are; no signature of it is checked.

        Raises:
            CaseError: they are none.
        """
        note = Note.parsed(data)
        lines = note.text.split("\n")[:-1]
        if len(lines) < _LINES or not all(lines):
            raise CaseError("no checkpoint: three lines or more, none of them empty, are expected")
        origin, size, hashed = lines[:_LINES]
        root = decoded(hashed)
        if not _NUMBER(size) or int(size) > VAULT_TREE_LIMIT:
            raise CaseError("no checkpoint: its second line is no size of a tree")
        if root is None or len(root) != HASH_BYTES:
            raise CaseError("no checkpoint: its third line is no hash")
        if int(size) == 0 and root != EMPTY_ROOT:
            raise CaseError("no checkpoint: an empty tree has another hash")
        return cls(origin, int(size), root, note)

    @property
    def text(self) -> str:
        """Return what is signed."""
        if self.note is not None:
            return self.note.text
        return f"{self.origin}\n{self.size}\n{encoded(self.root)}\n"

    def signed(self, key: SigningKey) -> Checkpoint:
        """Return the checkpoint with a key's signature."""
        return Checkpoint.parsed(signed_note(self.text, [key]))

    def data(self) -> bytes:
        """Return the bytes of a checkpoint that is signed.

        Raises:
            ValueError: it is not.
        """
        if self.note is None:
            raise ValueError("a checkpoint that is not signed")
        return self.note.data()

    def require(self, key: VerifierKey) -> None:
        """Check that a log's key signed it, and for this log.

        Raises:
            CaseError: it did not.
        """
        if self.origin != key.name:
            raise CaseError(f"the checkpoint is of {self.origin}, the key of {key.name}")
        if self.note is None or self.note.signed_by(key) is None:
            raise CaseError(f"the checkpoint is not signed with the key {key}")
