"""Find the events that hold a text, or that a regular expression is found in, in the order of their times."""

from __future__ import annotations

import fnmatch
import heapq
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import re2

from yadorigi.app.progress import Progress, Silent
from yadorigi.app.scan_files import Kept, Scan, ScanOptions, scanned
from yadorigi.app.scan_lakes import Wanted
from yadorigi.detect.columns import KeywordScreen
from yadorigi.detect.findings import user_of
from yadorigi.errors import RegexError, UsageError
from yadorigi.packs.address_databases import AddressBook
from yadorigi.query.evaluate import scalar_holds
from yadorigi.query.literals import required_literals
from yadorigi.query.nodes import Regex, Test, Text
from yadorigi.query.regexes import compiled
from yadorigi.query.values import text_of
from yadorigi.reports.hits import Found, Place, csv_hit, jsonl_hit, ocsf_hit, shown_hit
from yadorigi.schema.address import addresses_in
from yadorigi.schema.batch import screened

if TYPE_CHECKING:
    from yadorigi.app.runs import Frame
    from yadorigi.schema.address import AddressFacts
    from yadorigi.schema.batch import EventBatch
    from yadorigi.schema.event import Event, EventKind, Value

HitFormat: TypeAlias = Literal["table", "jsonl", "csv", "ocsf"]
ELSEWHERE: Final = "elsewhere"
"""Count of events that hold the text, but not in the field that was asked for."""
_AROUND: Final = 80
_PREVIEW: Final = 160
_PREVIEWED_FIELDS: Final = 4
_TRIM_AT: Final = 4


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for.

    Attributes:
        text: the text, or the regular expression; "" finds every event.
        regex: whether the text is a regular expression.
        cased: whether letter case counts.
        field: the native field to look in, letter case aside; "" for all.
        channels, hosts: names, letter case aside, in which ``*`` and ``?`` are wildcards; none for all. A host's first
            label will do.
        event_ids: none for all.
        limit: how many events to give, the earliest first; 0 for all.
        format: what is given of each event.
        databases: of countries and networks of addresses, with which JSON lines and the terminal say what is known of
            the addresses in an event.
    """

    text: str
    regex: bool = False
    cased: bool = False
    field: str = ""
    channels: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    event_ids: frozenset[int] = frozenset()
    limit: int = 0
    format: HitFormat = "table"
    databases: tuple[str, ...] = ()

    def asks_for(self, kind: EventKind) -> bool:
        """Say whether events of a kind may be found."""
        return (not self.event_ids or kind.event_id in self.event_ids) and (
            not self.channels or _like_one(kind.channel, self.channels)
        )

    def asks_for_host(self, host: str) -> bool:
        """Say whether events of a host may be found."""
        return not self.hosts or _like_one(host, self.hosts) or _like_one(host.partition(".")[0], self.hosts)

    def test(self) -> Test | None:
        """Return the test on one value, or None where every event is wanted.

        Raises:
            UsageError: the regular expression cannot be compiled.
        """
        if not self.text:
            return None
        if not self.regex:
            return Text("contains", self.text, self.cased)
        flags = "" if self.cased else "i"
        try:
            compiled(self.text, flags)
        except RegexError as error:
            raise UsageError(str(error)) from error
        return Regex(self.text, flags)


@dataclass(slots=True)
class Search:
    """What a search found.

    Attributes:
        scan: what was read, how many events were found, what could not be read.
        limit: as asked for.
    """

    scan: Scan
    limit: int

    @property
    def shown(self) -> int:
        """How many events `hits` gives."""
        return min(self.scan.hits, self.limit) if self.limit else self.scan.hits

    def hits(self) -> Iterator[bytes]:
        """Give the events found, in the order of time, host, channel and record, in the form asked for."""
        frames = self.scan.frames()
        for frame in islice(frames, self.limit or None):
            yield frame[0][-1]


@contextmanager
def search_events(query: Query, options: ScanOptions, progress: Progress | None = None) -> Iterator[Search]:
    """Search.

    Raises:
        UsageError: the query cannot be understood, no input path exists, or a database of addresses is none.
        UnfinishedError: the disk is full, say.
    """
    query.test()
    for notice in AddressBook.opened(query.databases).notices:
        raise UsageError(notice)
    wanted = Wanted(query.asks_for, query.asks_for_host if query.hosts else None)
    shown = progress if progress is not None else Silent()
    with scanned(options, partial(_SearchScanner, query), shown, wanted) as scan:
        yield Search(scan, query.limit)


class _SearchScanner:
    """Looks for the query in batches, in a worker."""

    def __init__(self, query: Query, names: tuple[str, ...]) -> None:
        self._query = query
        self._names = names
        self._test = query.test()
        self._screen = _screen(self._test)
        self._span = _span_finder(query, self._test)
        self._field = query.field.casefold()
        self._wanted: dict[EventKind, bool] = {}
        self._hosts: dict[str, bool] = {}
        self._addresses = AddressBook.opened(query.databases)

    def see(self, batch: EventBatch, kept: Kept) -> None:
        """Keep the events that the query finds."""
        wanted = self._wanted.get(batch.kind)
        if wanted is None:
            wanted = self._wanted[batch.kind] = self._query.asks_for(batch.kind)
        if not wanted:
            return
        if self._query.hosts:
            places = [place for place, host in enumerate(batch.hosts) if self._asks_for_host(host)]
            if not places:
                return
            batch = batch.select(places)
        for place in self._candidates(batch):
            self._look(batch, place, kept)
        if self._query.limit and len(kept.frames) > _TRIM_AT * self._query.limit:
            self.finish(kept)

    def finish(self, kept: Kept) -> None:
        """Forget what can no longer be among the first events; note regular expressions that took too long."""
        if self._query.limit and len(kept.frames) > self._query.limit:
            kept.frames = heapq.nsmallest(self._query.limit, kept.frames, key=lambda frame: frame[0])
        if isinstance(self._test, Regex):
            expression = compiled(self._test.pattern, self._test.flags)
            if expression.timed_out:
                kept.timed_out[expression.pattern] += expression.timed_out
                expression.timed_out = 0

    def _asks_for_host(self, host: str) -> bool:
        found = self._hosts.get(host)
        if found is None:
            found = self._hosts[host] = self._query.asks_for_host(host)
        return found

    def _candidates(self, batch: EventBatch) -> Sequence[int]:
        """Return the places of the events that may hold the text, by a look at their raw text."""
        if self._screen is None:
            return range(len(batch))
        texts = batch.texts()
        if not self._screen.may_be_in(screened("\n".join(texts))):
            return ()
        return [place for place, text in enumerate(texts) if self._screen.may_be_in(screened(text))]

    def _look(self, batch: EventBatch, place: int, kept: Kept) -> None:
        event = batch.event(place)
        matched: dict[str, Value] = {}
        if self._test is not None:
            matched = self._matched(event)
            if self._field:
                own = {name: value for name, value in matched.items() if name.casefold() == self._field}
                kept.counts[ELSEWHERE] += not own and bool(matched)
                matched = own
            if not matched:
                return
        elif self._field and not any(name.casefold() == self._field for name in (*event.data, *event.system)):
            return
        kept.hits += 1
        kept.frames.append(self._frame(batch, place, event, matched))

    def _matched(self, event: Event) -> dict[str, Value]:
        """Return the fields that the text is found in."""
        test = self._test
        found: dict[str, Value] = {}
        for fields in (event.data, event.system):
            for name, value in fields.items():
                parts = value if isinstance(value, tuple) else (value,)
                if test is not None and any(scalar_holds(test, part) for part in parts):
                    found.setdefault(name, value)
        return found

    def _frame(self, batch: EventBatch, place: int, event: Event, matched: dict[str, Value]) -> Frame:
        origin, time = batch.origin(place), batch.times[place]
        where = Place(self._names[origin.file], origin.line)
        user = user_of(event)
        match self._query.format:
            case "jsonl":
                shown = jsonl_hit(event, time, user, where, matched, self._facts(event))
            case "csv":
                shown = csv_hit(event, time, user, where, matched)
            case "ocsf":
                shown = ocsf_hit(event)
            case "table":
                shown = shown_hit(event, time, user, self._snippets(event, matched), self._facts(event))
        key = (time, event.host, event.kind.channel, event.record_id or 0, where.line or 0, where.file, shown)
        return (key,)

    def _facts(self, event: Event) -> dict[str, AddressFacts]:
        """Return what databases say of the addresses in an event; nothing where there is no database."""
        if not self._query.databases:
            return {}
        return {name: known for name in addresses_in(event.data) if (known := self._addresses.about(name)) is not None}

    def _snippets(self, event: Event, matched: dict[str, Value]) -> list[Found]:
        if self._test is None:
            shown = list(event.data.items()) or list(event.system.items())
            return [Found(name, _joined(value)[:_PREVIEW], "", "") for name, value in shown[:_PREVIEWED_FIELDS]]
        found: list[Found] = []
        for name, value in matched.items():
            for part in value if isinstance(value, tuple) else (value,):
                if scalar_holds(self._test, part):
                    found.append(_snippet(name, text_of(part), self._span(text_of(part))))
                    break
        return found


def _like_one(name: str, patterns: tuple[str, ...]) -> bool:
    folded = name.casefold()
    return any(fnmatch.fnmatchcase(folded, pattern.casefold().replace("[", "[[]")) for pattern in patterns)


def _screen(test: Test | None) -> KeywordScreen | None:
    """Return what looks at the raw text of events first, or None where every event must be decoded."""
    if isinstance(test, Regex):
        literals = required_literals(test.pattern)
        return KeywordScreen([Text("contains", literal) for literal in sorted(literals)]) if literals else None
    return None if test is None else KeywordScreen([test])


Span: TypeAlias = tuple[int, int]


def _span_finder(query: Query, test: Test | None) -> Callable[[str], Span]:
    """Return what says where in a value the text is; (0, 0) where that cannot be said."""
    if isinstance(test, Text):
        pattern = re2.escape(query.text)
    elif isinstance(test, Regex) and compiled(test.pattern, test.flags).linear:
        pattern = test.pattern
    else:
        return lambda _: (0, 0)
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = query.cased
    try:
        expression = re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError):
        return lambda _: (0, 0)

    def span(value: str) -> Span:
        try:
            found = expression.search(value)
        except UnicodeEncodeError:
            return 0, 0
        return (0, 0) if found is None else (found.start(), found.end())

    return span


def _snippet(name: str, value: str, span: Span) -> Found:
    start, end = span
    begin = max(0, start - _AROUND)
    before = ("…" if begin else "") + value[begin:start]
    room = max(2 * _AROUND - (end - start), _AROUND)
    after = value[end : end + room] + ("…" if len(value) > end + room else "")
    return Found(name, before, value[start:end], after)


def _joined(value: Value) -> str:
    return " | ".join(map(text_of, value)) if isinstance(value, tuple) else text_of(value)
