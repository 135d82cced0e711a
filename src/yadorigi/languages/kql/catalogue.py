"""All functions of KQL that are honoured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yadorigi.languages.kql.functions import FUNCTIONS, present
from yadorigi.languages.kql.lists import LIST_FUNCTIONS, NUMBER_FUNCTIONS
from yadorigi.languages.kql.text_functions import TEXT_FUNCTIONS
from yadorigi.languages.kql.time_functions import TIME_FUNCTIONS

if TYPE_CHECKING:
    from yadorigi.languages.kql.function import Function


def functions(now: int) -> dict[str, Function]:
    """Return them by name; those of the present take ``now``, in microseconds since 1970."""
    return FUNCTIONS | TEXT_FUNCTIONS | TIME_FUNCTIONS | LIST_FUNCTIONS | NUMBER_FUNCTIONS | present(now)
