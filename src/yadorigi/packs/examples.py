"""The examples of a pack: for each rule, events that it must find and events that it must leave alone.

The form is described in docs/how-to/write-a-rule.md. An event becomes the line that evtx_dump would write of it, so
that whoever checks an example sends it the way that every event goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
import yaml

from yadorigi.errors import RuleError
from yadorigi.limits import RULE_FILE_LIMIT
from yadorigi.schema.times import TICKS_PER_SECOND, ticks_of, time_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Scalar: TypeAlias = str | int | float | bool | None
Fields: TypeAlias = dict[str, Scalar | list[Scalar]]

RULES: Final = "rules"
EXAMPLES: Final = "examples"
_ENDINGS: Final = (".yml", ".yaml")
_LARGEST_EVENT_ID: Final = 9_999_999
"""Of Windows 65,535; makers of appliances have numbers of six and seven digits."""
_LONGEST_EXAMPLE: Final = 366 * 86_400
_TIME: Final = "2026-03-11T00:14:05.1234567Z"


class ExampleEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event as it stands in the log.

    Attributes:
        channel: as logged.
        provider: as logged.
        event_id: a number of up to seven digits, 0 where the log has none.
        computer: the host.
        data: fields of ``EventData``.
        user_data: fields of the one element inside ``UserData``, in the place of ``data``.
        after: seconds after the beginning of the example, for those of several events.
    """

    channel: str
    provider: str
    event_id: int
    computer: str = "host"
    data: Fields | None = None
    user_data: Fields | None = None
    after: int | float = 0


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event, or several for a correlation, and what they stand for."""

    why: str
    event: ExampleEvent | None = None
    events: tuple[ExampleEvent, ...] = ()

    def lines(self) -> bytes:
        """Return the events as evtx_dump would write them, numbered from 1."""
        events = self.events if self.event is None else (self.event,)
        return b"".join(evtx_dump_line(event, number) for number, event in enumerate(events, 1))


class Examples(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The examples of one rule."""

    hit: tuple[Example, ...]
    miss: tuple[Example, ...]


def read_examples(path: Path) -> Examples:
    """Read the examples of one rule.

    Raises:
        RuleError: the file is not of the form; the reason says where.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(RULE_FILE_LIMIT + 1)
        if len(data) > RULE_FILE_LIMIT:
            raise RuleError(f"over the limit of {RULE_FILE_LIMIT} bytes", str(path))
        examples = msgspec.yaml.decode(data, type=Examples)
    except OSError as error:
        raise RuleError(f"cannot be read: {error.strerror or error}", str(path)) from error
    except (msgspec.MsgspecError, yaml.YAMLError, ValueError, RecursionError) as error:
        raise RuleError(f"no examples: {' '.join(str(error).split())}", str(path)) from error
    for problem in _problems(examples):
        raise RuleError(f"no examples: {problem}", str(path))
    return examples


def _problems(examples: Examples) -> Iterator[str]:
    """Yield what the types cannot say."""
    for name, entries in (("hit", examples.hit), ("miss", examples.miss)):
        if not entries:
            yield f"{name} is empty"
        reasons = [entry.why.strip() for entry in entries]
        if "" in reasons:
            yield f"{name}: an example without a reason"
        if len(set(reasons)) < len(reasons):
            yield f"{name}: two examples with one reason"
        for entry in entries:
            if (entry.event is None) == (not entry.events):
                yield f"{name}, {entry.why!r}: one of event and events"
            for event in entry.events if entry.event is None else (entry.event,):
                yield from (f"{name}, {entry.why!r}: {problem}" for problem in _problems_of_event(event))


def _problems_of_event(event: ExampleEvent) -> Iterator[str]:
    if (event.data is None) == (event.user_data is None):
        yield "one of data and user_data"
    if not 0 <= event.event_id <= _LARGEST_EVENT_ID:
        yield "event_id is no number of up to seven digits"
    if not 0 <= event.after <= _LONGEST_EXAMPLE:
        yield "after is no number of seconds within a year"


def examples_of(pack: Path) -> dict[str, tuple[Path, Examples]]:
    """Return the examples of all rules of a pack by the rule's file name, each with the rule's path.

    Raises:
        RuleError: a rule has no examples, or the other way round, or a file of examples is not of the form.
    """
    rules, examples = ({path.stem: path for path in _files(pack / folder)} for folder in (RULES, EXAMPLES))
    for stem in sorted(rules.keys() ^ examples.keys()):
        if stem in rules:
            raise RuleError("a rule without examples", str(rules[stem]))
        raise RuleError("examples without a rule", str(examples[stem]))
    return {stem: (rules[stem], read_examples(examples[stem])) for stem in sorted(rules)}


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in _ENDINGS]


def evtx_dump_line(event: ExampleEvent, record_id: int = 1) -> bytes:
    """Return the line that evtx_dump writes of an event, with its line end."""
    time = time_of(ticks_of(_TIME) + round(event.after * TICKS_PER_SECOND))
    system = {
        "Provider": {"#attributes": {"Name": event.provider}},
        "EventID": event.event_id,
        "TimeCreated": {"#attributes": {"SystemTime": time}},
        "EventRecordID": record_id,
        "Channel": event.channel,
        "Computer": event.computer,
    }
    payload: dict[str, Any] = {"EventData": _event_data(event.data)} if event.data is not None else {}
    if event.user_data is not None:
        payload = {"UserData": {"Event": dict(event.user_data)}}
    return msgspec.json.encode({"Event": {"System": system, **payload}}) + b"\n"


def _event_data(fields: Mapping[str, Scalar | list[Scalar]]) -> dict[str, Any] | None:
    """Return the fields as evtx_dump writes them: values without a name are the text of one ``Data`` element."""
    return {name: {"#text": value} if name == "Data" else value for name, value in fields.items()} or None
