"""What a worker keeps of a match that serves correlations: where it was read, its group, its value.

A field is looked up under the name that it has in the rule's log source, so a group by ``User`` works on all logs
that know a user. An event without one of the group's fields, or without the value that is counted, is left out and
counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import UNSET, UnsetType

from yadorigi.detect.correlate.uses import HOST_NAMES, LeftOut, placed, placed_at, uses_of
from yadorigi.detect.findings import user_of
from yadorigi.detect.rows import EventRow
from yadorigi.query.values import text_of
from yadorigi.schema.ocsf import normalise

if TYPE_CHECKING:
    from yadorigi.detect.plan import BoundRule
    from yadorigi.languages.sigma.rule import CompiledCorrelation
    from yadorigi.schema.batch import Origin
    from yadorigi.schema.event import Event, Value


def _host_of(event: Event) -> str:
    return event.host


def _address_of(event: Event) -> str | None:
    found: str | None = normalise(event).get("src_endpoint", {}).get("ip")
    return found


_OF_EVENTS: Final[dict[str, Callable[[Event], str | None]]] = {
    **dict.fromkeys(HOST_NAMES, _host_of),
    "account_key": user_of,
    "address_key": _address_of,
}
"""Names in rules for what an event says without a field of that name: its host, the account as in findings, and the
normalised address that it came from."""


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
        site: of the event, or None.
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
    site: str | None = None


class ItemMaker:
    """Makes items of matches in a worker."""

    def __init__(self, correlations: Sequence[CompiledCorrelation]) -> None:
        """Find which rules serve which correlations."""
        self._uses = uses_of(correlations, nested=False)

    def serves(self, rule: int) -> bool:
        """Say whether a rule's matches are asked for."""
        return rule in self._uses

    def items(
        self, event: Event, bound: BoundRule, time: str, place: tuple[Origin, str, str | None]
    ) -> Iterator[Item | LeftOut]:
        """Give the items of one match.

        Args:
            event: the event that matched.
            bound: the rule, as it reads on the event's kind.
            time: the event's canonical time.
            place: where the event was read, with the file's name and the site.
        """
        row = EventRow(event, bound.sources[0][1])
        origin, file, site = place
        for use in self._uses.get(bound.number, ()):
            found = placed(use, partial(_text, row))
            if isinstance(found, LeftOut):
                yield found
                continue
            found = placed_at(use, found, site)
            key = ItemKey(
                use.height, use.number, found.folded, time, event.host, event.kind.channel,
                _known(origin.record_id), _known(origin.line), file, use.place,
            )  # fmt: skip
            yield Item(
                key=key, file=origin.file, rule=bound.number, event_id=event.kind.event_id, user=user_of(event),
                group=found.group, value=found.value, carried=found.carried, site=site,
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
    if value is UNSET and name in _OF_EVENTS:
        value = _OF_EVENTS[name](row.event)
    if isinstance(value, UnsetType):
        return None
    text = ", ".join(map(text_of, value)) if isinstance(value, tuple) else text_of(value)
    return text or None
