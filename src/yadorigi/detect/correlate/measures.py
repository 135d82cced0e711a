"""What is measured in a window: events, values, rules. Entries come and go; nothing is measured anew.

Sums are exact: numbers written with a decimal point are fractions here, so that what was added can be taken out.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

from sortedcontainers import SortedList

from yadorigi.query.correlations import Clauses, Correlation, Range, range_holds

if TYPE_CHECKING:
    from collections.abc import Iterable

Amount: TypeAlias = int | Fraction
Measured: TypeAlias = int | Fraction | None
"""What was measured; None where a boolean expression has no number."""

_PERCENT: Final = 100
_NEVER: Final = -(10**30)
"""Before any time from which the longest timespan reaches back, in ticks."""
_MEDIAN: Final = 50


class Entry(NamedTuple):
    """An event in a group, or one moment of a burst of another correlation.

    Attributes:
        time: 100-nanosecond ticks since 1970.
        unit: the same for all moments of one burst, different for all else.
        members: places of the correlation's members that it stands for, ascending.
        value: what is counted (a text) or reckoned (a number), or None.
    """

    time: int
    unit: int
    members: tuple[int, ...]
    value: str | int | Fraction | None = None


class Measure(Protocol):
    """The state of one window."""

    def add(self, entry: Entry) -> None:
        """Let an entry in; entries come in the order of their times."""

    def remove(self, entry: Entry) -> None:
        """Take the oldest entry out."""

    def holds(self, start: int) -> bool:
        """Say whether the condition holds of the window that begins at ``start``, in ticks."""

    def measured(self) -> Measured:
        """Return what the condition is about, as of the last time that `holds` was asked."""

    def clearer(self, one: Measured, other: Measured) -> Measured:
        """Return the one of two measured values that shows the condition more clearly."""


def measure_for(correlation: Correlation) -> Measure:
    """Return an empty window's state."""
    condition = correlation.condition
    if isinstance(condition, Clauses):
        if correlation.type == "temporal_ordered":
            return _OrderedClauses(condition, len(correlation.members))
        return _PresentClauses(condition, len(correlation.members))
    if correlation.type == "temporal_ordered":
        return _OrderedRules(condition, len(correlation.members))
    amounts: dict[str, _Amounts] = {
        "event_count": _EventCount(),
        "value_count": _ValueCount(),
        "value_sum": _Sum(),
        "value_avg": _Average(),
        "value_median": _Median(),
        "value_percentile": _Rank(correlation.percentile or 0),
        "temporal": _PresentRules(),
    }
    return _Bounded(condition, amounts[correlation.type], nested=any(member.nested for member in correlation.members))


class _Amounts(Protocol):
    """One number that entries make up; each unit counts once, as long as one of its entries is in the window."""

    by_unit: bool
    """Whether a burst's moments are one thing to it."""

    def add(self, entry: Entry) -> None: ...

    def remove(self, entry: Entry) -> None: ...

    def amount(self) -> Amount: ...


class _Bounded:
    """Compares an amount with bounds."""

    def __init__(self, condition: Range, amounts: _Amounts, *, nested: bool) -> None:
        self._condition = condition
        self._amounts = amounts
        self._units: Counter[int] | None = Counter() if nested and amounts.by_unit else None
        self._highest = any(bound.operator in ("gt", "gte") for bound in condition.bounds)
        self._amount: Amount = 0

    def add(self, entry: Entry) -> None:
        if self._units is not None:
            self._units[entry.unit] += 1
            if self._units[entry.unit] > 1:
                return
        self._amounts.add(entry)

    def remove(self, entry: Entry) -> None:
        if self._units is not None:
            self._units[entry.unit] -= 1
            if self._units[entry.unit]:
                return
            del self._units[entry.unit]
        self._amounts.remove(entry)

    def holds(self, start: int) -> bool:
        del start
        self._amount = self._amounts.amount()
        return range_holds(self._condition, self._amount)

    def measured(self) -> Measured:
        return self._amount

    def clearer(self, one: Measured, other: Measured) -> Measured:
        return _clearer(one, other, highest=self._highest)


def _clearer(one: Measured, other: Measured, *, highest: bool) -> Measured:
    if one is None or other is None:
        return None
    return max(one, other) if highest else min(one, other)


class _EventCount:
    by_unit = True

    def __init__(self) -> None:
        self._count = 0

    def add(self, entry: Entry) -> None:
        del entry
        self._count += 1

    def remove(self, entry: Entry) -> None:
        del entry
        self._count -= 1

    def amount(self) -> Amount:
        return self._count


class _ValueCount:
    by_unit = False

    def __init__(self) -> None:
        self._values: Counter[object] = Counter()

    def add(self, entry: Entry) -> None:
        self._values[entry.value] += 1

    def remove(self, entry: Entry) -> None:
        self._values[entry.value] -= 1
        if not self._values[entry.value]:
            del self._values[entry.value]

    def amount(self) -> Amount:
        return len(self._values)


class _PresentRules:
    by_unit = False

    def __init__(self) -> None:
        self._members: Counter[int] = Counter()

    def add(self, entry: Entry) -> None:
        self._members.update(entry.members)

    def remove(self, entry: Entry) -> None:
        for member in entry.members:
            self._members[member] -= 1
            if not self._members[member]:
                del self._members[member]

    def amount(self) -> Amount:
        return len(self._members)


def _number(entry: Entry) -> Amount:
    if isinstance(entry.value, int | Fraction):
        return entry.value
    raise TypeError(f"an entry without a number: {entry!r}")


class _Sum:
    by_unit = True

    def __init__(self) -> None:
        self._sum: Amount = 0

    def add(self, entry: Entry) -> None:
        self._sum += _number(entry)

    def remove(self, entry: Entry) -> None:
        self._sum -= _number(entry)

    def amount(self) -> Amount:
        return self._sum


class _Average(_Sum):
    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def add(self, entry: Entry) -> None:
        super().add(entry)
        self._count += 1

    def remove(self, entry: Entry) -> None:
        super().remove(entry)
        self._count -= 1

    def amount(self) -> Amount:
        return Fraction(self._sum) / self._count if self._count else 0


class _Rank:
    """A percentile by nearest rank: the smallest value that at least that share of all values does not exceed."""

    by_unit = True

    def __init__(self, percentile: int) -> None:
        self._percentile = percentile
        self._values: SortedList[Amount] = SortedList()

    def add(self, entry: Entry) -> None:
        self._values.add(_number(entry))

    def remove(self, entry: Entry) -> None:
        self._values.remove(_number(entry))

    def _at(self, place: int) -> Amount:
        value: Amount = self._values[place]
        return value

    def amount(self) -> Amount:
        if not self._values:
            return 0
        rank = -(-self._percentile * len(self._values) // _PERCENT)
        return self._at(max(rank, 1) - 1)


class _Median(_Rank):
    """The value in the middle, or the mean of the two in the middle."""

    def __init__(self) -> None:
        super().__init__(_MEDIAN)

    def amount(self) -> Amount:
        if not self._values:
            return 0
        middle = len(self._values) // 2
        if len(self._values) % 2:
            return self._at(middle)
        return Fraction(self._at(middle - 1) + self._at(middle)) / 2


class _Members:
    """How many entries of each member are in the window."""

    def __init__(self, members: int) -> None:
        self._present = [0] * members

    def add(self, entry: Entry) -> None:
        for member in entry.members:
            self._present[member] += 1

    def remove(self, entry: Entry) -> None:
        for member in entry.members:
            self._present[member] -= 1

    def measured(self) -> Measured:
        return None

    def clearer(self, one: Measured, other: Measured) -> Measured:
        del one, other
        return None

    def _absent(self, members: Iterable[int]) -> bool:
        return not any(self._present[member] for member in members)


class _PresentClauses(_Members):
    def __init__(self, condition: Clauses, members: int) -> None:
        super().__init__(members)
        self._clauses = condition.clauses

    def holds(self, start: int) -> bool:
        del start
        return any(
            all(self._present[member] for member in clause.required) and self._absent(clause.absent)
            for clause in self._clauses
        )


class _OrderedClauses(_Members):
    """Each clause keeps, for each of its rules, the latest beginning of a row of events that ends with that rule."""

    def __init__(self, condition: Clauses, members: int) -> None:
        super().__init__(members)
        self._clauses = condition.clauses
        self._begun = [[_NEVER] * len(clause.required) for clause in self._clauses]

    def add(self, entry: Entry) -> None:
        super().add(entry)
        for clause, begun in zip(self._clauses, self._begun, strict=True):
            # From the last to the first, so that one event does not take two steps.
            for step in range(len(begun) - 1, -1, -1):
                if clause.required[step] in entry.members:
                    begun[step] = max(begun[step], begun[step - 1] if step else entry.time)

    def holds(self, start: int) -> bool:
        return any(
            (not begun or begun[-1] >= start) and self._absent(clause.absent)
            for clause, begun in zip(self._clauses, self._begun, strict=True)
        )


class _OrderedRules:
    """The most rules of which events follow each other in the members' order.

    For each number of rules and each last rule, the latest beginning of such a row of events is kept.
    """

    def __init__(self, condition: Range, members: int) -> None:
        self._condition = condition
        self._begun = [[_NEVER] * members for _ in range(members + 1)]
        self._highest = any(bound.operator in ("gt", "gte") for bound in condition.bounds)
        self._longest = 0

    def add(self, entry: Entry) -> None:
        # The longest rows first and the last rules first, so that one event does not take two steps.
        for length in range(len(self._begun) - 1, 0, -1):
            shorter, begun = self._begun[length - 1], self._begun[length]
            for member in reversed(entry.members):
                before = entry.time if length == 1 else max(shorter[:member], default=_NEVER)
                begun[member] = max(begun[member], before)

    def remove(self, entry: Entry) -> None:
        """Do nothing: a row of events that begins before the window is told by its beginning."""

    def holds(self, start: int) -> bool:
        self._longest = max((length for length, begun in enumerate(self._begun) if max(begun) >= start), default=0)
        return range_holds(self._condition, self._longest)

    def measured(self) -> Measured:
        return self._longest

    def clearer(self, one: Measured, other: Measured) -> Measured:
        return _clearer(one, other, highest=self._highest)
