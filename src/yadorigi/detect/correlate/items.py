"""What a worker keeps of a match that serves correlations: where it was read, its group, its value.

A field is looked up under the name that it has in the rule's log source, so a group by ``User`` works on all logs
that know a user. An event without one of the group's fields, or without the value that is counted, is left out and
counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import UNSET, UnsetType

from yadorigi.detect.correlate.uses import LeftOut, placed, uses_of
from yadorigi.detect.findings import user_of
from yadorigi.detect.rows import EventRow
from yadorigi.query.values import text_of

if TYPE_CHECKING:
    from yadorigi.detect.plan import BoundRule
    from yadorigi.languages.sigma.rule import CompiledCorrelation
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


class ItemMaker:
    """Makes items of matches in a worker."""

    def __init__(self, correlations: Sequence[CompiledCorrelation]) -> None:
        """Find which rules serve which correlations."""
        self._uses = uses_of(correlations, nested=False)

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
            found = placed(use, partial(_text, row))
            if isinstance(found, LeftOut):
                yield found
                continue
            key = ItemKey(
                use.height, use.number, found.folded, time, event.host, event.kind.channel,
                _known(origin.record_id), _known(origin.line), file, use.place,
            )  # fmt: skip
            yield Item(
                key=key, file=origin.file, rule=bound.number, event_id=event.kind.event_id, user=user_of(event),
                group=found.group, value=found.value, carried=found.carried,
            )  # fmt: skip


def characters_of(item: Item) -> int:
    """Return about how many characters of its event an item holds."""
    group = sum(map(len, item.group))
    carried = sum(map(len, item.carried.values()))
    return 2 * group + len(item.value or "") + carried


def _known(number: int | None) -> int:
    return -1 if number is None else number


def _text(row: EventRow, name: str) -> str | None:
    """Return a field's text, or None where the event has no such field or it is empty."""
    value: Value | UnsetType = row.value(name)
    if value is UNSET and name in _HOST_NAMES:
        value = row.event.host
    if isinstance(value, UnsetType):
        return None
    text = ", ".join(map(text_of, value)) if isinstance(value, tuple) else text_of(value)
    return text or None
