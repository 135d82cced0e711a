"""One host as it lives: takes what happens on it, keeps the records that it writes of that."""

from __future__ import annotations

import random
import zlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from benchmarks.honesty.clock import END, START, TICKS
from benchmarks.honesty.logs import Log, Part, file_name, longest_pauses, numbered
from benchmarks.honesty.records import DOMAIN, Host, Payload, Record

SYSTEM_SID: Final = "S-1-5-18"
DOMAIN_SID: Final = "S-1-5-21-1104733862-2290116045-871326419"


@dataclass(frozen=True)
class Account:
    """An account as events name it."""

    name: str
    sid: str
    domain: str = DOMAIN

    @property
    def full(self) -> str:
        """Domain and name."""
        return f"{self.domain}\\{self.name}"


@dataclass(frozen=True)
class Session:
    """A logon session: whose, its id as events write it, and the terminal session that it has."""

    account: Account
    logon_id: str
    terminal: int = 0


@dataclass(frozen=True)
class Process:
    """A running process."""

    process_id: int
    image: str
    command: str
    session: Session


SYSTEM_ACCOUNT: Final = Account("SYSTEM", SYSTEM_SID, "NT AUTHORITY")
LOCAL_SYSTEM: Final = Session(SYSTEM_ACCOUNT, "0x3e7")


@dataclass
class Journal:
    """What one host writes.

    Attributes:
        host: the host.
        chance: the source of all that looks like chance; the same each time.
        records: what it wrote, in no order.
    """

    host: Host
    chance: random.Random = field(init=False)
    records: list[Record] = field(default_factory=list)
    _signs: frozenset[str] = frozenset()
    _ids: int = 0x3A_0000

    def __post_init__(self) -> None:
        self.chance = random.Random(self.host.name)  # noqa: S311 - the estate must be the same each time

    @property
    def machine(self) -> Account:
        """The account of the computer."""
        return machine_account(self.host.name)

    @contextmanager
    def showing(self, *signs: str) -> Iterator[None]:
        """Within this, all that is written is a sign of some behaviours (see `Record.signs`)."""
        before = self._signs
        self._signs = frozenset(signs)
        try:
            yield
        finally:
            self._signs = before

    def write(
        self,
        kind: tuple[str, int],
        ticks: int,
        payload: Payload,
        *,
        user: str | None = None,
        process_id: int = 0,
    ) -> None:
        """Write an event, unless it is outside of the week."""
        if START <= ticks < END:
            channel, event_id = kind
            self.records.append(
                Record(
                    channel=channel,
                    event_id=event_id,
                    ticks=ticks,
                    payload=payload,
                    user=user,
                    process_id=process_id,
                    signs=self._signs,
                )
            )

    def new_session(self, account: Account, terminal: int = 0) -> Session:
        """A session with an id of its own."""
        self._ids += self.chance.randrange(0x100, 0x4000)
        return Session(account, f"{self._ids:#x}", terminal)

    def new_process_id(self) -> int:
        """A process id."""
        return self.chance.randrange(400, 3900) * 4

    def logs(self) -> list[Log]:
        """What it wrote, in one file for each channel, numbered as logs are that were there long before."""
        channels: dict[str, list[Record]] = defaultdict(list)
        for record in sorted(self.records, key=lambda record: record.ticks):
            channels[record.channel].append(record)
        return [self._log(channel, records) for channel, records in sorted(channels.items())]

    def _log(self, channel: str, records: list[Record]) -> Log:
        part = Part(file_name(channel), numbered(records, self._first_number(channel)))
        return Log(self.host, channel, (part,), pauses=longest_pauses(records))

    def _first_number(self, channel: str) -> int:
        return 10_000 + zlib.crc32(f"{self.host.name}/{channel}".encode()) % 90_000


def machine_account(name: str) -> Account:
    """The account of a computer."""
    return Account(f"{name}$", f"{DOMAIN_SID}-{1000 + zlib.crc32(name.encode()) % 90}")


def after(ticks: int, seconds: float) -> int:
    """A time some seconds after another."""
    return ticks + round(seconds * TICKS)
