"""Plain lists: a value a line, comments behind ``#``, ``//`` or ``;``; the type of each line is told by its form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.languages.indicators.decoding import lines_of
from yadorigi.languages.indicators.form_error import FormError
from yadorigi.languages.indicators.forms import recognised
from yadorigi.limits import INDICATOR_LINE_LIMIT
from yadorigi.schema.indicator import IndicatorContext

if TYPE_CHECKING:
    from yadorigi.languages.indicators.reading import Reading

_COMMENTS: Final = ("#", "//", ";")
_INNER_COMMENT: Final = re.compile(r"\s[#;].*|\s//\s.*")
_SINKS: Final = frozenset({"0.0.0.0", "127.0.0.1", "::", "::1"})  # noqa: S104 - what files of hosts send names to
_HOSTS_WORDS: Final = 2
_QUOTES: Final = "\"'`"


def read_plain_list(data: bytes, reading: Reading) -> None:
    """Read a list."""
    context = reading.context(IndicatorContext())
    for number, line in enumerate(lines_of(data), 1):
        text = line.strip()
        if not text or text.startswith(_COMMENTS):
            continue
        if len(text) > INDICATOR_LINE_LIMIT:
            reading.refuse(number, text, f"a line of over {INDICATOR_LINE_LIMIT:,} characters")
            continue
        try:
            kind, form, given = recognised(text)
        except FormError as error:
            _again(text, number, str(error), context, reading)
            continue
        reading.value(number, kind, form, given, context)


def _again(text: str, number: int, reason: str, context: int, reading: Reading) -> None:
    """Read a line that is more than a value: with a comment, quotes, a comma, or from a file of hosts."""
    shorter = _INNER_COMMENT.sub("", text).strip().rstrip(",;").strip(_QUOTES).strip()
    words = shorter.split()
    if len(words) == _HOSTS_WORDS and words[0] in _SINKS:
        shorter = words[1]
    if not shorter or shorter == text:
        reading.refuse(number, text, reason)
        return
    try:
        kind, form, given = recognised(shorter)
    except FormError as error:
        reading.refuse(number, text, str(error))
        return
    reading.value(number, kind, form, given, context)
