"""How many bytes an archive may give, and each member of it: a bomb is cut off, and its neighbours still have room."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from yadorigi.limits import (
    UNPACKED_BYTES_FREE,
    UNPACKED_BYTES_LEAST,
    UNPACKED_BYTES_LIMIT,
    UNPACKED_RATIO_LIMIT,
)


class AllowanceSpentError(Exception):
    """An archive has given all that it may, or has all the members that it may have; the text says what."""


class Allowance:
    """The bytes that may still come out of an archive.

    A member may give half of what is left of the archive, with all that is in it; a member of an archive inside it,
    all but an eighth of what is left of that one. So a bomb leaves room for what stands behind it, and archives inside
    each other do not run out of it.
    """

    def __init__(self, size: int) -> None:
        """Begin with what an archive of so many bytes may give."""
        self._allowed = min(UNPACKED_BYTES_LIMIT, max(UNPACKED_BYTES_FREE, UNPACKED_RATIO_LIMIT * size))
        self._bound = self._allowed
        self._given = 0

    def __str__(self) -> str:
        """Return the limit in words."""
        return f"the {self._allowed:,} bytes that the whole archive may give (a bomb?)"

    @contextmanager
    def member(self, depth: int, *, alone: bool) -> Iterator[None]:
        """Give a member its part.

        Args:
            depth: 1 for a member of the archive, more for members of archives inside it.
            alone: whether nothing can follow it.

        Raises:
            AllowanceSpentError: there is too little left for any member.
        """
        outer = self._bound
        left = outer - self._given
        if left < min(UNPACKED_BYTES_LEAST, self._allowed):
            raise AllowanceSpentError(f"it gives more than its part of {self}")
        kept = 0 if alone else left // 2 if depth == 1 else left // 8
        self._bound = outer - kept
        try:
            yield
        finally:
            self._bound = outer

    def take(self, size: int) -> int:
        """Count bytes that came out, and return how many of them are let through."""
        let = min(size, max(0, self._bound - self._given))
        self._given += let
        return let
