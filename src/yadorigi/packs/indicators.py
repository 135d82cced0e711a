"""Load indicators: from files, folders and archives, from the pack that ships, with noise left out and named."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from yadorigi.languages.indicators.documents import read_document
from yadorigi.languages.indicators.reading import Account, Troubles
from yadorigi.languages.indicators.table import IndicatorTable
from yadorigi.packs.find_indicators import find_indicators
from yadorigi.packs.warning_lists import load_noise
from yadorigi.schema.indicator import TYPES, IndicatorFile, IndicatorTrouble

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(slots=True)
class IndicatorSet:
    """Indicators ready to be looked for, with the account of all that were given.

    Attributes:
        table: the indicators.
        files: the account of each file.
        refused: indicators that cannot be honoured.
        left_out: indicators that would only make noise, or that their origin withdrew.
        notes: what else is to be known, such as parts of patterns that are not looked for.
    """

    table: IndicatorTable
    files: list[IndicatorFile] = field(default_factory=list)
    refused: Troubles = field(default_factory=Troubles)
    left_out: Troubles = field(default_factory=Troubles)
    notes: Troubles = field(default_factory=Troubles)

    def __len__(self) -> int:
        """Return the number of values that are looked for."""
        return len(self.table)

    @property
    def given(self) -> int:
        """How many indicators the files hold: the sum of the loaded, repeated, left-out and refused ones."""
        return sum(file.given for file in self.files)

    @property
    def loaded(self) -> int:
        """How many indicators are looked for."""
        return sum(file.loaded for file in self.files)

    def counts(self) -> dict[str, int]:
        """Return how many values of each type are looked for."""
        found = Counter(self.table.types)
        return {TYPES[number]: found[number] for number in sorted(found)}

    def reasons(self) -> dict[str, Counter[str]]:
        """Return how many were refused and left out, by reason."""
        return {
            name: troubles.counted + Counter(trouble.reason for trouble in troubles.told)
            for name, troubles in (("refused", self.refused), ("left_out", self.left_out), ("notes", self.notes))
        }


def load_indicators(given: Iterable[str], warning_lists: Iterable[str] = ()) -> IndicatorSet:
    """Return the indicators below the given paths.

    Args:
        given: files, folders, ``.zip`` archives, or ``builtin``.
        warning_lists: files, folders or archives with warning lists in MISP's form.

    Raises:
        UsageError: a path does not exist, there are too many files, or a warning list is none.
    """
    noise = load_noise(warning_lists)
    account = Account(IndicatorTable(), noise.reason)
    found = IndicatorSet(account.table, [], account.refused, account.left_out, account.notes)
    for source in find_indicators(given):
        if source.problem:
            found.files.append(IndicatorFile(source.path, given=1, refused=1))
            account.refused.add(IndicatorTrouble(source.path, 0, "", source.problem))
        else:
            found.files.append(read_document(source.path, source.data, account))
    for name, entry, reason in noise.problems:
        account.notes.add(IndicatorTrouble(f"warning list {name}", 0, entry, reason))
    return found
