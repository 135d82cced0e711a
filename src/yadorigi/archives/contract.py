"""What every reader of archives gives: members, and what it had to pass over.

A reader is a generator over one archive. Nothing is ever written under a member's name; whoever takes a member's bytes
puts them where it likes. A reader keeps a bounded number of bytes in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from yadorigi.errors import ArchiveError
from yadorigi.limits import MEBIBYTE

CHUNK_BYTES: Final = MEBIBYTE
"""Bytes of content handed on at a time, at most."""

INFECTED: Final = "infected"
"""The password under which analysts send each other what is dangerous."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive.

    Attributes:
        name: as the archive has it: may be empty, absolute, climb out of folders, hold any character.
        chunks: its bytes, to be taken before the next member is asked for. Raises `ArchiveError` where they end before
            they should or are not what they should be; what came until then is all there is.
        size: bytes as the archive declares them, or None.
        alone: whether this archive can have no other member.
    """

    name: str
    chunks: Iterator[bytes]
    size: int | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Something in an archive that gives no bytes.

    Attributes:
        name: the member's, or "" for the archive itself.
        reason: why, in words.
        kind: ``file`` where something is lost, ``notice`` where nothing is (a link, say).
        offset: where in the archive, or None.
        is_member: whether it is a file in the archive, to be listed as such.
    """

    name: str
    reason: str
    kind: Literal["file", "notice"] = "file"
    offset: int | None = None
    is_member: bool = False


Contents: TypeAlias = Iterator[Member | PassedOver]


class Passwords:
    """Passwords to try, the one that fitted last first. They show in no text made of this object."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """Take passwords; `INFECTED` is always tried as well."""
        self._texts = list(dict.fromkeys((*texts, INFECTED)))

    def __repr__(self) -> str:
        """Return how many they are."""
        return f"<{len(self._texts)} passwords>"

    def __iter__(self) -> Iterator[str]:
        """Give the passwords in the order in which to try them."""
        return iter(tuple(self._texts))

    def fitted(self, password: str) -> None:
        """Note that a password fitted: it is tried first from now on."""
        self._texts.remove(password)
        self._texts.insert(0, password)


__all__ = ["CHUNK_BYTES", "INFECTED", "ArchiveError", "Contents", "Member", "PassedOver", "Passwords"]
