"""What can be wrong with a case, by kind. The names of the kinds are an interface: programs act on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from yadorigi.limits import VERIFY_FAULTS_LIMIT

_COPY: Final = "leave the case as it is, and look for a copy of it that is sound"
_ORIGINAL: Final = "take the segment from a copy of the case, or hunt the original file again"

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "vault_missing": "look for a copy of the case that has its folder vault; without it nothing is proven",
        "wrong_key": f"somebody without the case's key signed it: {_COPY}",
        "key_changed": "put the key back that you know (yadorigi vault key, of a copy), and find out who changed it",
        "checkpoint_missing": f"{_COPY}; the newest checkpoint may be kept on the machine that hunted",
        "checkpoint_damaged": f"{_COPY}; the newest checkpoint may be kept on the machine that hunted",
        "rolled_back": "this is an older state of the case: look for the newest, and ask who put this one back",
        "forked": "this is another case than the one that you know, with the same beginning: ask who signed it",
        "not_witnessed": "ask the witness to sign, or give the checkpoint that it signed (--checkpoint)",
        "leaf_removed": _COPY,
        "leaf_added": _COPY,
        "leaf_reordered": _COPY,
        "leaf_changed": _COPY,
        "record_unreadable": "what this version does not know was signed: use a later one, or ask who signed it",
        "tile_missing": f"{_COPY}; the records themselves are checked apart from it",
        "tile_changed": f"{_COPY}; the records themselves are checked apart from it",
        "journal_damaged": _COPY,
        "object_swapped": _ORIGINAL,
        "object_truncated": _ORIGINAL,
        "object_changed": _ORIGINAL,
        "object_missing": _ORIGINAL,
        "object_added": "nothing vouches for it: do not use it, and ask where it comes from",
        "lake_foreign": "make the lake anew from the originals: yadorigi lake rebuild",
        "report_foreign": "do not rely on this file: take it from a copy, or make it anew (yadorigi report, or detect)",
        "foreign_file": "the program did not put it there: ask who did, and take it out of the case",
    }
)
"""Every kind with what to do about it, what is to be told first at the beginning."""

_RANK: Final = {kind: place for place, kind in enumerate(KINDS)}


class Fault(NamedTuple):
    """One thing that is wrong.

    Attributes:
        kind: one of `KINDS`.
        place: file below the case, and where in it.
        expected, found: what should be there, and what is.
    """

    kind: str
    place: str
    expected: str
    found: str

    @property
    def advice(self) -> str:
        """Return what to do."""
        return KINDS[self.kind]


class Faults:
    """What was found to be wrong so far.

    Attributes:
        counts: how many faults there are of each kind, those that are not kept among them.
        notices: what is worth knowing and no fault.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.counts: Counter[str] = Counter()
        self.notices: list[str] = []
        self._kept: list[Fault] = []
        self._more_notices = 0

    def add(self, kind: str, place: str, expected: str, found: str) -> None:
        """Note a fault; of each kind only so many are kept."""
        self.counts[kind] += 1
        if self.counts[kind] <= VERIFY_FAULTS_LIMIT:
            self._kept.append(Fault(kind, place, expected, found))

    def take(self, others: Faults) -> None:
        """Take over what was noted apart."""
        for kind, place, expected, found in others._kept:
            self.add(kind, place, expected, found)
        self.counts.update({kind: count - min(count, VERIFY_FAULTS_LIMIT) for kind, count in others.counts.items()})
        for notice in others.notices:
            self.notice(notice)

    def notice(self, text: str) -> None:
        """Note what is no fault; only so many are kept."""
        if len(self.notices) < VERIFY_FAULTS_LIMIT:
            self.notices.append(text)
        else:
            self._more_notices += 1
            self.notices[-1] = f"and {self._more_notices + 1:,} more such notices"

    def __bool__(self) -> bool:
        """Say whether anything is wrong."""
        return bool(self.counts)

    def sorted(self) -> list[Fault]:
        """Return the faults that were kept; what explains others comes first."""
        return sorted(self._kept, key=lambda fault: _RANK[fault.kind])
