"""Proofs as texts that can be handed to somebody: of inclusion (C2SP tlog-proof), and of consistency."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from yadorigi.errors import CaseError
from yadorigi.limits import VAULT_NOTE_BYTES_LIMIT, VAULT_RECORD_BYTES_LIMIT, VAULT_TREE_LIMIT
from yadorigi.vault.checkpoints import Checkpoint
from yadorigi.vault.merkle import HASH_BYTES, is_consistent, leaf_hash, root_by_inclusion
from yadorigi.vault.notes import decoded, encoded

if TYPE_CHECKING:
    from yadorigi.vault.notes import VerifierKey

_INCLUSION: Final = "c2sp.org/tlog-proof@v1"
_CONSISTENCY: Final = "yadorigi/consistency-proof@v1"
_EXTRA: Final = "extra "
_INDEX: Final = "index "
_OLDER: Final = "from "
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,12}", re.ASCII).fullmatch
_HASHES_LIMIT: Final = 64
_BYTES_LIMIT: Final = VAULT_NOTE_BYTES_LIMIT + 2 * VAULT_RECORD_BYTES_LIMIT + 8192


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """What proves that a record is in a log.

    Attributes:
        index: place of the record.
        hashes: from the record's sibling up.
        checkpoint: of the log.
        entry: the record's bytes, which the proof carries as extra data, or None.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Checkpoint
    entry: bytes | None = None

    def text(self) -> bytes:
        """Return the proof as a file."""
        lines = [_INCLUSION]
        if self.entry is not None:
            lines.append(f"{_EXTRA}{encoded(self.entry)}")
        lines += [f"{_INDEX}{self.index}", *map(encoded, self.hashes)]
        return "\n".join(lines).encode() + b"\n\n" + self.checkpoint.data()

    @classmethod
    def parsed(cls, data: bytes) -> InclusionProof:
        """Return the proof that a file is; nothing of it is checked.

        Raises:
            CaseError: it is none.
        """
        lines, checkpoint = _opened(data, _INCLUSION)
        entry = None
        if lines and lines[0].startswith(_EXTRA):
            entry = _decoded(lines.pop(0).removeprefix(_EXTRA))
        return cls(_number(lines, _INDEX), _hashes(lines), checkpoint, entry)

    def require(self, key: VerifierKey, entry: bytes) -> None:
        """Check that a log, known by its key, holds an entry.

        Raises:
            CaseError: this does not prove it.
        """
        self.checkpoint.require(key)
        try:
            root = root_by_inclusion(self.index, self.checkpoint.size, leaf_hash(entry), self.hashes)
        except ValueError as error:
            raise CaseError(f"the proof is none: {error}") from error
        if root != self.checkpoint.root:
            raise CaseError("the proof does not lead to the checkpoint: the log does not hold this record there")


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """What proves that a log was only added to since an older checkpoint.

    Attributes:
        older: size of the log then.
        hashes: as RFC 6962, section 2.1.2, has them.
        checkpoint: of the log now.
    """

    older: int
    hashes: tuple[bytes, ...]
    checkpoint: Checkpoint

    def text(self) -> bytes:
        """Return the proof as a file."""
        lines = [_CONSISTENCY, f"{_OLDER}{self.older}", *map(encoded, self.hashes)]
        return "\n".join(lines).encode() + b"\n\n" + self.checkpoint.data()

    @classmethod
    def parsed(cls, data: bytes) -> ConsistencyProof:
        """Return the proof that a file is; nothing of it is checked.

        Raises:
            CaseError: it is none.
        """
        lines, checkpoint = _opened(data, _CONSISTENCY)
        return cls(_number(lines, _OLDER), _hashes(lines), checkpoint)

    def require(self, key: VerifierKey, older: Checkpoint) -> None:
        """Check that the log of the newer checkpoint begins with the older one's.

        Raises:
            CaseError: this does not prove it.
        """
        older.require(key)
        self.checkpoint.require(key)
        newer = self.checkpoint
        if older.size != self.older:
            raise CaseError(f"the proof begins at {self.older} records, the older checkpoint has {older.size}")
        # Any log begins with the empty one; RFC 6962 has no proof of that, and none is needed.
        proven = is_consistent(older.size, older.root, newer.size, newer.root, self.hashes)
        if not proven and (older.size or self.hashes):
            raise CaseError("the proof does not lead from the older checkpoint to the newer: the log was changed")


def _opened(data: bytes, kind: str) -> tuple[list[str], Checkpoint]:
    head, found, checkpoint = data[:_BYTES_LIMIT].partition(b"\n\n")
    lines = head.decode("ascii", "replace").split("\n")
    if not found or len(data) > _BYTES_LIMIT or lines[0] != kind:
        raise CaseError(f"no proof: it does not begin with {kind}")
    return lines[1:], Checkpoint.parsed(checkpoint)


def _number(lines: list[str], what: str) -> int:
    line = lines.pop(0) if lines else ""
    text = line.removeprefix(what)
    if not line.startswith(what) or not _NUMBER(text) or int(text) > VAULT_TREE_LIMIT:
        raise CaseError(f"no proof: a line with {what.strip()!r} and a number is expected")
    return int(text)


def _hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    hashes = tuple(map(_decoded, lines))
    if len(hashes) > _HASHES_LIMIT or any(len(hashed) != HASH_BYTES for hashed in hashes):
        raise CaseError("no proof: lines with one hash each are expected")
    return hashes


def _decoded(text: str) -> bytes:
    data = decoded(text)
    if data is None:
        raise CaseError("no proof: a line is no base64")
    return data
