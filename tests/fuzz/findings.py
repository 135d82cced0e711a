"""What a fuzzing run may find, and what every reader of the program is held to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeAlias

Seeds: TypeAlias = Sequence[bytes]


class BrokenPromiseError(AssertionError):
    """A reader did what its contract rules out, without raising anything."""


@dataclass(frozen=True, slots=True)
class Target:
    """A reader under test.

    Attributes:
        name: as the command line knows it.
        seeds: makes the files that are changed.
        make: makes the input of one run from chance and the seeds.
        check: reads an input; raises whatever the reader raises against its contract, or `BrokenPromiseError`.
        seconds: that one run may take.
    """

    name: str
    seeds: Callable[[], Seeds]
    make: Callable[[Random, Seeds], bytes]
    check: Callable[[bytes, Path], None]
    seconds: float = 10.0


def require(holds: bool, broken: str) -> None:
    """Raise unless a promise holds."""
    if not holds:
        raise BrokenPromiseError(broken)
