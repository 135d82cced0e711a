"""The reading of one file: what readers tell, with an account of every indicator that the file gives."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import re2

from yadorigi.languages.indicators.expressions import Alternative, Condition, Expression, Refused, alternatives_of
from yadorigi.languages.indicators.form_error import FormError
from yadorigi.languages.indicators.forms import form_of
from yadorigi.languages.indicators.table import Values
from yadorigi.limits import (
    INDICATOR_CONTEXTS_REMEMBERED,
    INDICATOR_LIST_LIMIT,
    INDICATOR_TEXT_LIMIT,
    INDICATOR_TROUBLES_LIMIT,
    INDICATOR_VALUE_LIMIT,
    REGEX_MEMORY_BYTES,
)
from yadorigi.schema.indicator import TYPE_NUMBERS, IndicatorContext, IndicatorFile, IndicatorTrouble, IndicatorType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yadorigi.languages.indicators.table import IndicatorTable, Screen

_SHOWN: Final = 200
_AT_ONCE: Final = 1_024
_NEVER_ALONE: Final = frozenset({"port"})
_PATTERN_FREE: Final = frozenset({"sha256", "sha1", "md5", "imphash", "ja3", "ja4", "cidr", "port"})
"""Types whose values nobody compares in part."""


@dataclass(slots=True)
class Troubles:
    """What is not looked for, over all files: one by one up to a limit, then counted by reason."""

    told: list[IndicatorTrouble] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)

    def add(self, trouble: IndicatorTrouble) -> None:
        """Take one."""
        if len(self.told) < INDICATOR_TROUBLES_LIMIT:
            self.told.append(trouble)
        else:
            self.counted[trouble.reason] += 1


@dataclass(slots=True)
class Account:
    """What all readings share.

    Attributes:
        table: all indicators.
        screen: says which would make noise.
        refused, left_out: what is not looked for.
        notes: what else is to be known, such as parts of patterns that are not looked for.
    """

    table: IndicatorTable
    screen: Screen
    refused: Troubles = field(default_factory=Troubles)
    left_out: Troubles = field(default_factory=Troubles)
    notes: Troubles = field(default_factory=Troubles)


class Reading:
    """The reading of one file.

    Attributes:
        file: the file's account.
    """

    def __init__(self, path: str, account: Account) -> None:
        """Open an account for the file."""
        self.file = IndicatorFile(path)
        self._account = account
        self._table = account.table
        self._number = len(account.table.files)
        account.table.files.append(path)
        self._contexts: dict[IndicatorContext, int] = {}
        self._waiting = Values()

    def context(self, context: IndicatorContext) -> int:
        """Return the number of a context."""
        known = self._contexts.get(context)
        if known is None:
            if len(self._contexts) >= INDICATOR_CONTEXTS_REMEMBERED:
                self._contexts.clear()
            known = self._contexts[context] = self._table.add_context(context)
        return known

    def value(self, place: int, kind: IndicatorType, form: str, given: str, context: int, identifier: str = "") -> None:
        """Take an indicator of one value in its form."""
        file = self.file
        file.given += 1
        reason = self._account.screen(kind, form)
        if reason:
            file.left_out += 1
            self._tell(self._account.left_out, place, given, reason)
        elif identifier:
            self._add(TYPE_NUMBERS[kind], form, given, (place, context), identifier)
        else:
            waiting = self._waiting
            waiting.kinds.append(TYPE_NUMBERS[kind])
            waiting.forms.append(form)
            waiting.given.append(given)
            waiting.places.append(place)
            waiting.contexts.append(context)
            if len(waiting.forms) >= _AT_ONCE:
                self.finish()

    def finish(self) -> None:
        """Put into the table what waits for more of its kind, which together takes a fraction of the time."""
        waiting, self._waiting = self._waiting, Values()
        if self._table.add_many(waiting, self._number):
            self.file.loaded += len(waiting.forms)
            return
        columns = (waiting.kinds, waiting.forms, waiting.given, waiting.places, waiting.contexts)
        for kind, form, given, place, context in zip(*columns, strict=True):
            self._add(kind, form, given, (place, context), "")

    def _add(self, kind: int, form: str, given: str, where: tuple[int, int], identifier: str) -> None:
        file = self.file
        place, context = where
        try:
            new = self._table.add(kind, form, given, (self._number, place, context), identifier)
        except FormError as error:
            file.refused += 1
            self._tell(self._account.refused, place, given, str(error))
            return
        if new:
            file.loaded += 1
        else:
            file.repeated += 1

    def typed(self, place: int, kind: IndicatorType, text: str, context: int, identifier: str = "") -> None:
        """Take an indicator of one value that is said to be of a type."""
        try:
            narrowed, form = form_of(kind, text)
        except FormError as error:
            self.refuse(place, text, str(error))
            return
        self.value(place, narrowed, form, text.strip(), context, identifier)

    def expression(self, place: int, text: str, expression: Expression, context: int, identifier: str = "") -> None:
        """Take an indicator of several values.

        Of its alternatives those are looked for that can be; where none can be, the indicator is refused.
        """
        source = (self._number, place, context)
        try:
            alternatives = alternatives_of(expression)
        except FormError as error:
            self.refuse(place, text, str(error))
            return
        self.file.given += 1
        added = 0
        repeated = False
        noise: list[str] = []
        reasons: list[str] = []
        for alternative in alternatives:
            try:
                outcome = self._alternative(alternative, source, identifier)
            except FormError as error:
                reasons.append(str(error))
                continue
            if isinstance(outcome, str):
                noise.append(outcome)
            elif outcome:
                added += 1
            else:
                repeated = True
        self._settle(place, text, (added, repeated), noise, reasons)

    def _settle(self, place: int, text: str, found: tuple[int, bool], noise: list[str], reasons: list[str]) -> None:
        added, repeated = found
        account = self._account
        told = "; ".join(dict.fromkeys((*reasons, *noise)))
        if added or repeated:
            if added:
                self.file.loaded += 1
            else:
                self.file.repeated += 1
            if told:
                self._tell(account.notes, place, text, f"a part is not looked for: {told}")
        elif reasons:
            self.file.refused += 1
            self._tell(account.refused, place, text, told)
        else:
            self.file.left_out += 1
            self._tell(account.left_out, place, text, told)

    def _alternative(self, alternative: Alternative, source: tuple[int, int, int], identifier: str) -> bool | str:
        """Add an alternative; return whether it is new, or why it would make noise.

        Raises:
            FormError: it cannot be honoured.
        """
        conditions: list[Condition] = []
        for condition in alternative:
            if isinstance(condition, Refused):
                raise FormError(f"{condition.text}: {condition.reason}" if condition.text else condition.reason)
            conditions.append(condition)
        ready = [_ready(condition) for condition in conditions]
        if all(kind in _NEVER_ALONE for kind, _, _ in ready):
            raise FormError("nothing but a port, which says too little")
        if len(ready) == 1:
            kind, form, condition = ready[0]
            if condition.operator != "equals":
                self._table.add_pattern(TYPE_NUMBERS[kind], condition.operator, form, source, identifier)
                return True
            reason = self._account.screen(kind, form)
            return reason or self._table.add(TYPE_NUMBERS[kind], form, condition.value, source, identifier)
        rows = []
        for kind, form, condition in ready:
            number = TYPE_NUMBERS[kind]
            if condition.operator == "equals":
                rows.append(self._table.add_part(number, form, condition.value, source, identifier))
            else:
                rows.append(self._table.add_pattern(number, condition.operator, form, source, identifier))
        self._table.join(rows)
        return True

    def refuse(self, place: int, value: str, reason: str, count: int = 1) -> None:
        """Refuse indicators."""
        self.file.given += count
        self.file.refused += count
        self._tell(self._account.refused, place, value, reason)

    def leave_out(self, place: int, value: str, reason: str) -> None:
        """Leave an indicator out that its origin does not want looked for."""
        self.file.given += 1
        self.file.left_out += 1
        self._tell(self._account.left_out, place, value, reason)

    def note(self, place: int, value: str, reason: str) -> None:
        """Note what concerns no indicator of the file as such."""
        self._tell(self._account.notes, place, value, reason)

    def _tell(self, troubles: Troubles, place: int, value: str, reason: str) -> None:
        troubles.add(IndicatorTrouble(self.file.path, place, value[:_SHOWN], reason[: _SHOWN * 5]))


def _ready(condition: Condition) -> tuple[IndicatorType, str, Condition]:
    """Return a condition's type and form.

    Raises:
        FormError: its value is not of its type, or its expression cannot be run in linear time.
    """
    if condition.operator == "equals":
        return *form_of(condition.type, condition.value), condition
    if condition.type in _PATTERN_FREE:
        raise FormError(f"{condition.operator.upper()} on {condition.type}")
    if len(condition.value) > INDICATOR_VALUE_LIMIT:
        raise FormError(f"over the limit of {INDICATOR_VALUE_LIMIT} characters for a value")
    if condition.operator == "matches":
        check_expression(condition.value)
    elif not condition.value.strip("%_ "):
        raise FormError("wildcards alone")
    return condition.type, condition.value, condition


def check_expression(pattern: str) -> None:
    """Make sure that a regular expression runs in linear time.

    Raises:
        FormError: it does not, or is none.
    """
    try:
        re2.compile(pattern, expression_options())
    except (re2.error, UnicodeEncodeError) as error:
        raise FormError(f"a regular expression that cannot be run in linear time: {error}") from None


def expression_options() -> re2.Options:
    """Return the options under which indicators' expressions are compiled."""
    options = re2.Options()
    options.max_mem = REGEX_MEMORY_BYTES
    options.log_errors = False
    options.never_capture = True
    return options


def short(text: object) -> str:
    """Return a text of an indicator as far as it is kept; "" for what is no text."""
    return text.strip()[:INDICATOR_TEXT_LIMIT] if isinstance(text, str) else ""


def texts(values: Iterable[object]) -> tuple[str, ...]:
    """Return texts of an indicator, each once, as many as are kept."""
    found = dict.fromkeys(kept for value in values if (kept := short(value)))
    return tuple(found)[:INDICATOR_LIST_LIMIT]
