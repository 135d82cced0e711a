"""A burst becomes a finding."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from yadorigi.limits import DISPLAY_CELL_LIMIT
from yadorigi.schema.finding import Finding
from yadorigi.schema.times import ticks_of

if TYPE_CHECKING:
    from yadorigi.detect.correlate.group import GroupEntry
    from yadorigi.detect.correlate.measures import Measured
    from yadorigi.languages.sigma.rule import CompiledCorrelation

_TICKS_PER_SECOND = 10_000_000


@dataclass(slots=True)
class OneOf:
    """A value that all entries share, or none."""

    values: set[Any] = field(default_factory=set)

    def see(self, value: Any) -> None:  # noqa: ANN401 - whatever is compared
        """Take note of one entry's value."""
        if len(self.values) <= 1:
            self.values.add(value)

    @property
    def is_one(self) -> bool:
        """Say whether there is just one value."""
        return len(self.values) == 1

    def common(self) -> Any:  # noqa: ANN401 - as it was seen
        """Return the value, or None where there are several or none."""
        return next(iter(self.values)) if self.is_one else None


@dataclass(slots=True)
class BurstAccount:
    """What a burst is about, gathered entry by entry; ``left_out`` counts events that its evidence does not list."""

    events: int = 0
    left_out: int = 0
    first: str = ""
    last: str = ""
    group: tuple[str, ...] = ()
    members: Counter[int] = field(default_factory=Counter)
    host: OneOf = field(default_factory=OneOf)
    user: OneOf = field(default_factory=OneOf)
    event_id: OneOf = field(default_factory=OneOf)
    channel: OneOf = field(default_factory=OneOf)
    file: OneOf = field(default_factory=OneOf)
    site: OneOf = field(default_factory=OneOf)

    def see(self, group_entry: GroupEntry) -> None:
        """Add an entry; entries come in the order of their times."""
        item = group_entry.items[0]
        if not self.events:
            self.first, self.group = item.key.time, item.group
        self.events += 1
        self.last = item.key.time
        self.members.update(group_entry.entry.members)
        self.host.see(item.key.host)
        self.user.see(item.user)
        self.event_id.see(item.event_id)
        self.channel.see(item.key.channel)
        self.file.see(item.key.file)
        if item.burst is None:
            # A moment is not of one place: whoever knows the burst below says of which sites its records are.
            self.site.see(item.site)


def burst_finding(compiled: CompiledCorrelation, account: BurstAccount, measured: Measured) -> Finding:
    """Return the finding without its evidence, which the caller knows."""
    correlation = compiled.correlation
    matched: dict[str, Any] = dict(zip(correlation.group_by, account.group, strict=True))
    if measured is not None:
        # A field of the group may be named as the type is.
        name = correlation.type if correlation.type not in matched else f"{correlation.type} (measured)"
        matched[name] = float(measured) if isinstance(measured, Fraction) else measured
    left_out = {"evidence_left_out": account.left_out} if account.left_out else {}
    rules = [correlation.members[place].reference for place in sorted(account.members)]
    title = compiled.title or compiled.rule_id
    return Finding(
        rule_id=compiled.rule_id,
        title=title,
        level=compiled.level,
        time=account.first,
        host=account.host.common() or "",
        user=account.user.common(),
        event_id=account.event_id.common(),
        message=_message(title, account, compiled),
        matched=matched,
        fields={
            "first_time": account.first,
            "last_time": account.last,
            "events": account.events,
            "rules": rules,
            **left_out,
        },
        evidence=(),
        techniques=compiled.techniques,
        rule_author=compiled.author,
        rule_path=compiled.path,
        references=compiled.references,
        site=account.site.common(),
        correlated=True,
    )


def _message(title: str, account: BurstAccount, compiled: CompiledCorrelation) -> str:
    seconds = (ticks_of(account.last) - ticks_of(account.first)) / _TICKS_PER_SECOND
    shown = [f"{name}={value}" for name, value in zip(compiled.correlation.group_by, account.group, strict=True)]
    what = f"{account.events:,} event{'s' if account.events != 1 else ''} in {seconds:,.1f} s"
    return f"{title}: {', '.join((what, *shown))}"[:DISPLAY_CELL_LIMIT]
