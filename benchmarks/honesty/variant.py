"""One variant of the estate: its name, its kind, the story that it is played on, and what was done to that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from benchmarks.honesty.base import Story, estate
from benchmarks.honesty.kinds import DEFENDER, POWERSHELL, SESSIONS, SYSMON, TASKS
from benchmarks.honesty.logs import Estate

Change = Callable[[Estate], Estate]

STORIES: Final[tuple[Story, ...]] = ("clean", "intruded")
SERVERS: Final = ("DC01", "JUMP01", "APP01", "FS02")
_SHORT: Final = {SYSMON: "Sysmon", DEFENDER: "Defender", TASKS: "Tasks", SESSIONS: "Sessions", POWERSHELL: "PowerShell"}


@dataclass(frozen=True)
class Variant:
    """One estate that is hunted.

    Attributes:
        name: what was done to which story.
        kind: the sort of change.
        story: the estate that it was done to.
        change: what was done.
    """

    name: str
    kind: str
    story: Story
    change: Change

    def build(self) -> Estate:
        """Return the estate."""
        return self.change(estate(self.story))


def each(kind: str, what: str, change: Change, stories: tuple[Story, ...] = STORIES) -> Iterator[Variant]:
    """Give a variant for each story."""
    for story in stories:
        yield Variant(f"{kind}: {what} ({story})", kind, story, change)


def label(host: str, channel: str) -> str:
    """Return a short name of a log."""
    return f"{host} {_SHORT.get(channel, channel)}"


def in_turn(one: Estate, changes: tuple[Change, ...]) -> Estate:
    """Make several changes, one after the other."""
    for change in changes:
        one = change(one)
    return one
