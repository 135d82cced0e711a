"""Plain lists: a value a line, comments behind ``#``, ``//`` or ``;``; the type of each line is told by its form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.languages.indicators.decoding import lines_of
from yadorigi.languages.indicators.form_error import FormError
from yadorigi.languages.indicators.forms import form_of, recognised
from yadorigi.languages.indicators.type_names import type_named
from yadorigi.languages.indicators.web import refanged
from yadorigi.limits import INDICATOR_LINE_LIMIT
from yadorigi.schema.indicator import IndicatorContext

if TYPE_CHECKING:
    from yadorigi.languages.indicators.reading import Reading
    from yadorigi.schema.indicator import IndicatorType

_COMMENTS: Final = ("#", "//", ";")
_INNER_COMMENT: Final = re.compile(r"\s[#;].*|\s//\s.*")
_SINKS: Final = frozenset({"0.0.0.0", "127.0.0.1", "::", "::1"})  # noqa: S104 - what files of hosts send names to
_HOSTS_WORDS: Final = 2
_QUOTES: Final = "\"'`"
_BULLET: Final = re.compile(r"[-*+]\s+|[•・]\s*|\d{1,4}[.)]\s+")
_LABEL: Final = re.compile(r"\[?([^\W\d_][\w /()\-]{0,39}?)\]?(\s*[:=]\s*|\s*\uff1a\s*|(?<=\])\s+)(\S.*)")
"""What a value is called before it stands: "C2: ", "[IP] "."""
_PLAIN: Final = frozenset({"sha256", "sha1", "md5", "ipv4", "ipv6", "cidr", "url", "domain"})
"""Types whose values are one word, which words about it may follow: lists of ``sha256sum``, addresses with a remark."""


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
    shorter = _BULLET.sub("", shorter, count=1)
    if not shorter:
        reading.refuse(number, text, reason)
        return
    try:
        kind, form, given = recognised(shorter) if shorter != text else _within(text)
    except FormError:
        try:
            kind, form, given = _within(shorter)
        except FormError as error:
            reading.refuse(number, text, str(error))
            return
    reading.value(number, kind, form, given, context)


def _within(text: str) -> tuple[IndicatorType, str, str]:
    """Return the value in a text that says as well what it is, before it or behind it.

    Raises:
        FormError: there is none.
    """
    labelled = _LABEL.fullmatch(text)
    if labelled is not None:
        label, sign, value = labelled.groups()
        stated = type_named(label)
        if stated is not None:
            return *form_of(stated, refanged(value)), value
        # A sign alone may be a part of the value, as in URLs.
        text = text if sign in ":=" else value
    try:
        return recognised(text)
    except FormError:
        word = text.split(maxsplit=1)[0].rstrip(",;").strip(_QUOTES)
        kind, form, given = recognised(word)
        if kind not in _PLAIN:
            raise
        return kind, form, given
