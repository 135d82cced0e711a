"""How large a query of KQL may become: names that ``let`` gives can double a plan with every line."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from yadorigi.limits import QUERY_DEPTH_LIMIT, QUERY_PARTS_LIMIT, QUERY_WORDS_LIMIT

_WORD: Final = re.compile(r"""//[^\n]*|@?"[^"\n]*"|@?'[^'\n]*'|\w+|[^\w\s]""")


class TooLargeError(Exception):
    """A query is larger than it may be; says how."""


def count_words(text: str) -> None:
    """Look whether a text has more words than a query may have.

    Raises:
        TooLargeError: it has.
    """
    for number, _ in enumerate(_WORD.finditer(text)):
        if number >= QUERY_WORDS_LIMIT:
            raise TooLargeError(f"the query has more than {QUERY_WORDS_LIMIT:,} words, numbers and signs")


class Budget:
    """Adds up what the parts of a query come to."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._parts = 0

    def take(self, part: object) -> None:
        """Count the parts of a part of a plan, each as often as it is there.

        Raises:
            TooLargeError: there are too many, also together with those before, or they are too deep in each other.
        """
        pending: list[tuple[object, int]] = [(part, 0)]
        while pending:
            current, depth = pending.pop()
            if isinstance(current, tuple):
                pending.extend((one, depth) for one in current)
            elif isinstance(current, msgspec.Struct):
                self._parts += 1
                if self._parts > QUERY_PARTS_LIMIT:
                    raise TooLargeError(f"the query comes to more than {QUERY_PARTS_LIMIT:,} parts")
                if depth > QUERY_DEPTH_LIMIT:
                    raise TooLargeError(f"more than {QUERY_DEPTH_LIMIT} steps or values are inside of each other")
                pending.extend((getattr(current, name), depth + 1) for name in current.__struct_fields__)
