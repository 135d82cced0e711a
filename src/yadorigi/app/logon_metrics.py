"""Count logons: successful, failed, with explicit credentials, and over remote desktop.

Which events and fields tell of them is data: ``content/windows/logons.toml``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import msgspec
import rtoml
from msgspec import UNSET

from yadorigi.app.progress import Progress, Silent
from yadorigi.app.scan_files import Kept, Scan, ScanOptions, scanned
from yadorigi.app.scan_lakes import Wanted
from yadorigi.app.tallies import Others, Row, add, frames_of, largest
from yadorigi.errors import ContentError
from yadorigi.limits import COUNTED_KEYS_LIMIT
from yadorigi.query.values import number_of, text_of
from yadorigi.schema.metrics import LogonCount

if TYPE_CHECKING:
    from msgspec import UnsetType

    from yadorigi.schema.batch import EventBatch
    from yadorigi.schema.event import EventKind, Value

_SECURITY: Final = "microsoft-windows-security-auditing"
_NOT_STATED: Final = ("", "-")
_NONE: Final = -1


class _Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text in the languages of the program."""

    en: str
    ja: str

    def said(self, language: str) -> str:
        return self.ja if language == "ja" else self.en


class _LogonEvents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Events that tell of logons, and the native fields that say who and from where."""

    name: str
    en: str
    ja: str
    provider: str
    event_ids: tuple[int, ...]
    account: tuple[str, str]
    target: tuple[str, str] = ("", "")
    target_server: str = ""
    logon_type: str = ""
    address: str = ""
    workstation: str = ""
    status: tuple[str, ...] = ()


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The data file as it stands."""

    logon_types: dict[int, _Texts]
    reasons: dict[str, _Texts]
    events: tuple[_LogonEvents, ...]


@dataclass(frozen=True, slots=True)
class LogonMetrics:
    """The counts: by kind of event, most first; beyond the limit, the smallest are counted together.

    Attributes:
        headings: what each kind of event is called, in the order of the rows.
    """

    scan: Scan
    rows: tuple[LogonCount, ...]
    others: Others
    headings: dict[str, str]


@contextmanager
def count_logons(
    options: ScanOptions, language: str = "en", progress: Progress | None = None, limit: int = COUNTED_KEYS_LIMIT
) -> Iterator[LogonMetrics]:
    """Count.

    Raises:
        InputMissingError: no input path exists.
        UnfinishedError: the disk is full, say.
    """
    data = _data()
    headings = {events.name: events.ja if language == "ja" else events.en for events in data.events}
    order = {name: place for place, name in enumerate(headings)}
    shown = progress if progress is not None else Silent()
    with scanned(options, _LogonScanner, shown, Wanted(partial(_tells_of_logons, _events_by_kind()))) as scan:
        kept, others = largest(scan.frames(), limit)
        rows = sorted(
            (_count(row, data, language) for row in kept),
            key=lambda row: (order[row.event], -row.events, msgspec.structs.astuple(row)[1:4], row.address, row.host),
        )
        yield LogonMetrics(scan, tuple(rows), others, headings)


def _count(row: Row, data: _Data, language: str) -> LogonCount:
    event, account, target, server, kind, address, workstation, host, status = row.key
    named = data.logon_types.get(int(kind))
    reason = data.reasons.get(str(status))
    return LogonCount(
        event=str(event),
        account=str(account),
        target=str(target),
        target_server=str(server),
        logon_type=None if kind == _NONE else int(kind),
        logon_type_name=named.said(language) if named is not None else "",
        address=str(address),
        workstation=str(workstation),
        host=str(host),
        status=str(status),
        reason=reason.said(language) if reason is not None else "",
        events=row.events,
        first_time=row.first,
        last_time=row.last,
    )


class _LogonScanner:
    """Counts batches, in a worker."""

    def __init__(self, names: tuple[str, ...]) -> None:
        del names
        self._events = _events_by_kind()

    def see(self, batch: EventBatch, kept: Kept) -> None:
        """Count a batch, if it is about logons."""
        events = self._events.get((_provider(batch.kind), batch.kind.event_id))
        if events is None:
            return
        names = dict.fromkeys(
            name
            for name in (
                *events.account, *events.target, events.target_server, events.logon_type, events.address,
                events.workstation, *events.status,
            )
            if name
        )  # fmt: skip
        columns = dict(zip(names, batch.columns(list(names)), strict=True))
        kept.hits += len(batch)
        grouped: dict[tuple[str | int, ...], list[str]] = {}
        for place, (host, time) in enumerate(zip(batch.hosts, batch.times, strict=True)):
            values = {name: column[place] for name, column in columns.items()}
            grouped.setdefault(_key(events, values, host), []).append(time)
        for key, times in grouped.items():
            add(kept.tally, key, times)

    def finish(self, kept: Kept) -> None:
        """Turn the counts into frames."""
        kept.frames = frames_of(kept.tally)


def _events_by_kind() -> dict[tuple[str, int], _LogonEvents]:
    """Return the events that tell of logons by provider (in lower case) and id."""
    return {(events.provider, number): events for events in _data().events for number in events.event_ids}


def _tells_of_logons(events: dict[tuple[str, int], _LogonEvents], kind: EventKind) -> bool:
    return (_provider(kind), kind.event_id) in events


def _provider(kind: EventKind) -> str:
    """Return the provider; some exports have lost it, but nothing else writes such ids to Security."""
    return kind.provider.casefold() or (_SECURITY if kind.channel.casefold() == "security" else "")


def _key(events: _LogonEvents, values: dict[str, Value | UnsetType], host: str) -> tuple[str | int, ...]:
    number = _number(values.get(events.logon_type, UNSET))
    return (
        events.name,
        _account(events.account, values),
        _account(events.target, values),
        _text(values.get(events.target_server, UNSET)),
        _NONE if number is None else number,
        _text(values.get(events.address, UNSET)),
        _text(values.get(events.workstation, UNSET)),
        host,
        _status(events.status, values),
    )


def _number(value: Value | UnsetType) -> int | None:
    number = None if value is UNSET or isinstance(value, tuple) else number_of(value)
    return number if isinstance(number, int) and 0 <= number < 2**31 else None


def _text(value: Value | UnsetType) -> str:
    if value is UNSET:
        return ""
    text = " | ".join(map(text_of, value)) if isinstance(value, tuple) else text_of(value)
    return "" if text.strip() in _NOT_STATED else text


def _account(fields: tuple[str, str], values: dict[str, Value | UnsetType]) -> str:
    domain, name = (_text(values.get(field, UNSET)) for field in fields)
    return f"{domain}\\{name}" if domain and name else name


def _status(fields: Sequence[str], values: dict[str, Value | UnsetType]) -> str:
    """Return the first status that is not zero, as ``0x`` and eight digits."""
    for field in fields:
        text = _text(values.get(field, UNSET))
        number = number_of(text)
        if isinstance(number, int) and number:
            return f"0x{number & 0xFFFFFFFF:08x}"
        if text and number is None:
            return text
    return ""


@lru_cache(maxsize=1)
def _data() -> _Data:
    text = (files("yadorigi") / "content" / "windows" / "logons.toml").read_text("utf-8")
    try:
        return msgspec.convert(rtoml.loads(text), _Data, strict=False, str_keys=True)
    except ValueError as error:
        raise ContentError(f"logons.toml: {error}") from error
