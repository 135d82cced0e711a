"""The one rule for missing values, on which every evaluator and printer leans.

Sigma's reading: a test on a field that the event does not have is **false**, so its negation is true; only `Null` and
``Exists(False)`` hold on a missing field. A field that is present and empty is not missing: it is the empty text, and
`Null` holds on it as well, because in the XML of a Windows event an element without text has no other form.
See docs/adr/0002-missing-values.md.
"""

from __future__ import annotations

from typing import Final

from msgspec import UNSET, UnsetType

from yadorigi.query.nodes import Exists, Null, Test

MISSING: Final[UnsetType] = UNSET
"""Stands for the value of a field that the event does not have."""


def holds_on_missing(test: Test) -> bool:
    """Say whether the test holds on an event that does not have the field."""
    if isinstance(test, Null):
        return True
    return isinstance(test, Exists) and not test.expected


def holds_on_empty(test: Test) -> bool | None:
    """Say whether the test holds on a field that is present without text; None where its text decides."""
    if isinstance(test, Null):
        return True
    if isinstance(test, Exists):
        return test.expected
    return None
