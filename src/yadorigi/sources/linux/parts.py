"""Messages are taken apart by expressions whose groups have the names of fields."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any


def taking(expression: str) -> Callable[[str], dict[str, Any] | None]:
    """Return what takes a message apart that begins as an expression says; it gives None for others.

    Parts that are empty or that do not take part are left out.

    Args:
        expression: all of its groups have names; those of alternatives may end in 2, 3 or 4, which is taken off.

    Raises:
        ValueError: a group has no name.
    """
    pattern = re.compile(expression)
    match, names = pattern.match, [name.rstrip("234") for name in pattern.groupindex]
    if len(names) != pattern.groups:
        raise ValueError(f"a group without a name: {expression}")

    def take(message: str) -> dict[str, Any] | None:
        found = match(message)
        if found is None:
            return None
        return {name: value for name, value in zip(names, found.groups(), strict=True) if value}

    return take
