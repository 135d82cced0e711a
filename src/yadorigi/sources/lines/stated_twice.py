"""Fields that a line states twice: whoever chooses a part of its text may have written one of them.

Which of the two is the device's own is not known from the line alone, so that both are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def put_other(fields: dict[str, Any], name: str, value: object) -> None:
    """Put a value; where there is another one of that name, both are kept. The same one again says nothing new."""
    known = fields.get(name)
    if known is None or known in ("", value):
        fields[name] = value
    elif not isinstance(known, list):
        fields[name] = [known, value]
    elif value not in known:
        known.append(value)


def with_others(fields: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields with others, of which both values are kept where two have one name."""
    found = {name: list(value) if isinstance(value, list) else value for name, value in fields.items()}
    for name, value in more.items():
        for one in value if isinstance(value, list) else [value]:
            put_other(found, name, one)
    return found
