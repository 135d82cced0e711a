"""What a worker keeps of a match that serves correlations: where it was read, its group, its value.

A field is looked up under the name that it has in the rule's log source, so a group by ``User`` works on all logs
that know a user. An event without one of the group's fields, or without the value that is counted, is left out and
counted.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from yadorigi.detect.findings import user_of
from yadorigi.detect.rows import EventRow
from yadorigi.limits import COUNTED_VALUE_LENGTH, NUMBER_TEXT_LIMIT
from yadorigi.query.values import fold, number_of, text_of

if TYPE_CHECKING:
    from yadorigi.detect.fields import FieldMap
    from yadorigi.detect.plan import BoundRule
    from yadorigi.languages.sigma.rule import CompiledCorrelation
    from yadorigi.query.correlations import Correlation, Member
    from yadorigi.schema.batch import Origin
    from yadorigi.schema.event import Event, Value

_HOST_NAMES: Final = frozenset({"Computer", "ComputerName", "Hostname"})
"""Names for the host in rules; an event that has no such field of its own has its ``Computer``."""


class ItemKey(NamedTuple):
    """What items are sorted by: first those of one correlation and group, then by time.

    Attributes:
        height, correlation: which correlation.
        group: the group's values, letter case aside.
        time: canonical.
        host, channel, record_id, line, file: which record; -1 where a number is not known.
        member: which of the correlation's members it stands for.
    """

    height: int
    correlation: int
    group: tuple[str, ...]
    time: str
    host: str
    channel: str
    record_id: int
    line: int
    file: str
    member: int


class Item(NamedTuple):
    """A match that serves a correlation, or a moment of a burst that does.

    Attributes:
        key: an `ItemKey`.
        file: number of the input file.
        rule: number of the detection rule that matched.
        event_id: of the event.
        user: as in findings, or None.
        group: the group's values as the event has them.
        value: the value that is counted or reckoned, as text; or None.
        carried: values of fields that other correlations ask for, by name.
        burst: number of the burst that this is a moment of, or None for an event.
    """

    key: ItemKey
    file: int
    rule: int
    event_id: int
    user: str | None
    group: tuple[str, ...]
    value: str | None
    carried: dict[str, str]
    burst: int | None = None


class LeftOut(NamedTuple):
    """Why events are left out of a correlation: they lack a field of the group, or the value."""

    correlation: int
    field: str


@dataclass(frozen=True, slots=True)
class _Use:
    """One correlation's use of a rule."""

    number: int
    height: int
    place: int
    member: Member
    correlation: Correlation
    carried: tuple[str, ...]


class ItemMaker:
    """Makes items of matches in a worker."""

    def __init__(self, correlations: Sequence[CompiledCorrelation]) -> None:
        """Find which rules serve which correlations."""
        self._uses: defaultdict[int, list[_Use]] = defaultdict(list)
        carried = carried_fields(correlations)
        for number, compiled in enumerate(correlations):
            for place, member in enumerate(compiled.correlation.members):
                if not member.nested:
                    use = _Use(number, compiled.height, place, member, compiled.correlation, tuple(carried[number]))
                    self._uses[member.number].append(use)
        self._maps: dict[int, tuple[BoundRule, FieldMap]] = {}

    def serves(self, rule: int) -> bool:
        """Say whether a rule's matches are asked for."""
        return rule in self._uses

    def items(self, event: Event, bound: BoundRule, time: str, place: tuple[Origin, str]) -> Iterator[Item | LeftOut]:
        """Give the items of one match.

        Args:
            event: the event that matched.
            bound: the rule, as it reads on the event's kind.
            time: the event's canonical time.
            place: where the event was read, with the file's name.
        """
        row = EventRow(event, bound.sources[0][1])
        origin, file = place
        for use in self._uses.get(bound.number, ()):
            group: list[str] = []
            for name, field in zip(use.correlation.group_by, use.member.group_fields, strict=True):
                text = _text(row, field)
                if text is None:
                    yield LeftOut(use.number, name)
                    break
                group.append(text)
            else:
                value = _value(row, use)
                if value is None and use.correlation.type.startswith("value_"):
                    yield LeftOut(use.number, ", ".join(use.member.value_fields))
                    continue
                key = ItemKey(
                    use.height, use.number, tuple(map(fold, group)), time, event.host, event.kind.channel,
                    _known(origin.record_id), _known(origin.line), file, use.place,
                )  # fmt: skip
                texts = ((name, _text(row, name)) for name in use.carried)
                yield Item(
                    key=key, file=origin.file, rule=bound.number, event_id=event.kind.event_id, user=user_of(event),
                    group=tuple(group), value=value, carried={name: text for name, text in texts if text is not None},
                )  # fmt: skip


def carried_fields(correlations: Sequence[CompiledCorrelation]) -> list[dict[str, None]]:
    """Return, for each correlation, the names of event fields that correlations above it ask for."""
    carried: list[dict[str, None]] = [{} for _ in correlations]
    # From the top down: what is asked of a correlation and is no field of its group is asked of its events.
    for number in sorted(range(len(correlations)), key=lambda number: -correlations[number].height):
        correlation = correlations[number].correlation
        for member in correlation.members:
            if member.nested:
                below = correlations[member.number].correlation.group_by
                asked = (*member.group_fields, *member.value_fields, *carried[number])
                carried[member.number].update((name, None) for name in asked if name not in below)
    return carried


def characters_of(item: Item) -> int:
    """Return about how many characters of its event an item holds."""
    group = sum(map(len, item.group))
    carried = sum(map(len, item.carried.values()))
    return 2 * group + len(item.value or "") + carried


def amount_in(text: str) -> int | Fraction | None:
    """Return the number that a text spells, exactly, or None."""
    number = number_of(text)
    if number is None or isinstance(number, int):
        return number
    return Fraction(text.strip()) if len(text) <= NUMBER_TEXT_LIMIT else None


def value_of(texts: Sequence[str | None], correlation: Correlation) -> str | None:
    """Return the value that is counted or reckoned as a text, None where a part of it is missing or is no number."""
    parts = [text for text in texts if text is not None]
    if len(parts) < len(texts) or not texts:
        return None
    if correlation.type == "value_count":
        text = fold(parts[0]) if len(parts) == 1 else msgspec.json.encode([fold(part) for part in parts]).decode()
        if len(text) <= COUNTED_VALUE_LENGTH:
            return text
        return f"SHA-256 {hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
    return parts[0] if amount_in(parts[0]) is not None else None


def _known(number: int | None) -> int:
    return -1 if number is None else number


def _value(row: EventRow, use: _Use) -> str | None:
    return value_of([_text(row, name) for name in use.member.value_fields], use.correlation)


def _text(row: EventRow, name: str) -> str | None:
    """Return a field's text, or None where the event has no such field or it is empty."""
    value: Value | UnsetType = row.value(name)
    if value is UNSET and name in _HOST_NAMES:
        value = row.event.host
    if isinstance(value, UnsetType):
        return None
    text = ", ".join(map(text_of, value)) if isinstance(value, tuple) else text_of(value)
    return text or None
