"""All indicators of a run in columns: an object for each of a million would take gigabytes.

A row is one value that is looked for. Rows that stand alone are found by their form; rows of a conjunction (all of
several values in one event) count only together. A row without an id of its own gets one that follows from what it is.
"""

from __future__ import annotations

import uuid
from array import array
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_network
from typing import Final, TypeAlias

from yadorigi.languages.indicators.form_error import FormError
from yadorigi.limits import INDICATOR_PATTERNS_LIMIT, INDICATORS_LIMIT
from yadorigi.schema.indicator import TYPE_NUMBERS, TYPES, Indicator, IndicatorContext, IndicatorType, Operator

OPERATORS: Final[tuple[Operator, ...]] = ("equals", "like", "matches")
_NAMESPACE: Final = uuid.UUID("6d1f4c0e-5b7a-5d3e-9a55-3d8f6f0c2b71")
_LAST_PLACE: Final = 0xFFFF_FFFF
_CIDR: Final = TYPE_NUMBERS["cidr"]
_WITHOUT_CASE: Final = frozenset(
    TYPE_NUMBERS[kind] for kind in ("sha256", "sha1", "md5", "imphash", "ja3", "ja4", "ipv6", "domain")
)
"""Types whose letter case says nothing, so that it need not be kept."""

Networks: TypeAlias = dict[tuple[int, int], dict[int, int]]
"""IP version and length of the prefix to the network's bits as a number to a row."""
Screen: TypeAlias = Callable[[IndicatorType, str], str]
"""Says why a value would only make noise, or "" where it would not."""


def no_screen(kind: IndicatorType, form: str) -> str:
    """Leave nothing out."""
    del kind, form
    return ""


class Values:
    """Values that stand alone, are compared as a whole and have no id of their own, in columns.

    Attributes:
        kinds: numbers of their types.
        forms: of the values.
        given: the values as given.
        places: in their file.
        contexts: numbers of their contexts.
    """

    __slots__ = ("contexts", "forms", "given", "kinds", "places")

    def __init__(self) -> None:
        """Start empty."""
        self.kinds = bytearray()
        self.forms: list[str] = []
        self.given: list[str] = []
        self.places: list[int] = []
        self.contexts: list[int] = []


class IndicatorTable:
    """The columns.

    Attributes:
        forms: the form of each row's value.
        types: number of the type of each row (`schema.indicator.TYPES`).
        by_form: form to the first row that has it and stands alone.
        more: that row to the further ones of the same form.
        networks: networks that stand alone.
        patterns: rows with wildcards or regular expressions, by their type's number.
        groups: conjunctions, as rows.
        groups_of: row to the conjunctions that it is a part of; such a row does not stand alone.
        files: names of files.
        contexts: contexts; equal ones of one file are one.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.forms: list[str] = []
        self.types = bytearray()
        self.by_form: dict[str, int] = {}
        self.more: dict[int, list[int]] = {}
        self.networks: Networks = {}
        self.patterns: dict[int, list[int]] = {}
        self.groups: list[tuple[int, ...]] = []
        self.groups_of: dict[int, list[int]] = {}
        self.files: list[str] = []
        self.contexts: list[IndicatorContext] = []
        self._operators: dict[int, int] = {}
        self._given: dict[int, str] = {}
        self._ids: dict[int, str] = {}
        self._context_numbers = array("I")
        self._file_numbers = array("I")
        self._places = array("I")

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.forms)

    def present_types(self) -> frozenset[IndicatorType]:
        """Return the types of which there are rows."""
        return frozenset(TYPES[number] for number in set(self.types))

    def rows_of(self, form: str) -> Sequence[int]:
        """Return the rows of a form, whatever their type."""
        row = self.by_form.get(form)
        if row is None:
            return ()
        further = self.more.get(row)
        return (row,) if further is None else (row, *further)

    def identity(self, row: int) -> object:
        """Return what rows of one indicator have in common: its own id, or the row where it has none."""
        return self._ids.get(row, row)

    def indicator(self, row: int) -> Indicator:
        """Return a row as an indicator."""
        kind = TYPES[self.types[row]]
        context = self.contexts[self._context_numbers[row]]
        form = self.forms[row]
        return Indicator(
            id=self._ids.get(row) or _derived_id(kind, form, context),
            type=kind,
            value=self._given.get(row, form),
            normal=form,
            operator=OPERATORS[self._operators.get(row, 0)],
            context=context,
            file=self.files[self._file_numbers[row]],
            place=self._places[row],
        )

    def indicators(self) -> Iterator[Indicator]:
        """Give all rows as indicators."""
        return map(self.indicator, range(len(self)))

    def add_context(self, context: IndicatorContext) -> int:
        """Return the number of a new context."""
        self.contexts.append(context)
        return len(self.contexts) - 1

    def add(self, kind: int, form: str, given: str, source: tuple[int, int, int], identifier: str = "") -> bool:
        """Add a value that stands alone and is compared as a whole; return whether it says anything new.

        Args:
            kind: number of its type.
            form: of the value.
            given: the value as given.
            source: number of the file, place in it, number of the context.
            identifier: of its origin, or "".

        Raises:
            FormError: there are too many.
        """
        row = len(self.forms)
        known = self.by_form.setdefault(form, row)
        if known != row:
            for other in (known, *self.more.get(known, ())):
                if self.types[other] == kind and self._context_numbers[other] == source[2]:
                    return False
        if row >= INDICATORS_LIMIT:
            if known == row:
                del self.by_form[form]
            raise FormError(f"over the limit of {INDICATORS_LIMIT:,} indicators")
        if known != row:
            self.more.setdefault(known, []).append(row)
        elif kind == _CIDR:
            network = ip_network(form)
            bits = int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
            self.networks.setdefault((network.version, network.prefixlen), {})[bits] = row
        self._append(kind, form, given, source, identifier)
        return True

    def add_many(self, values: Values, file: int) -> bool:
        """Add values of one file at once, if each of them is new and there is room; return whether they were added."""
        forms = values.forms
        row, count = len(self.forms), len(forms)
        fresh = dict(zip(forms, range(row, row + count), strict=True))
        if (
            len(fresh) < count
            or row + count > INDICATORS_LIMIT
            or _CIDR in values.kinds
            or not self.by_form.keys().isdisjoint(fresh)
        ):
            return False
        self.by_form.update(fresh)
        self.forms += forms
        self.types += values.kinds
        for number, given, form, kind in zip(range(row, row + count), values.given, forms, values.kinds, strict=True):
            if given != form and (kind not in _WITHOUT_CASE or given.lower() != form):
                self._given[number] = given
        self._file_numbers.extend([file] * count)
        self._places.extend([min(place, _LAST_PLACE) for place in values.places])
        self._context_numbers.extend(values.contexts)
        return True

    def add_pattern(
        self, kind: int, operator: Operator, value: str, source: tuple[int, int, int], identifier: str = ""
    ) -> int:
        """Add a value with wildcards or a regular expression; return its row.

        Raises:
            FormError: there are too many.
        """
        row = self._checked_row()
        rows = self.patterns.setdefault(kind, [])
        if sum(map(len, self.patterns.values())) >= INDICATOR_PATTERNS_LIMIT:
            raise FormError(f"over the limit of {INDICATOR_PATTERNS_LIMIT:,} patterns")
        rows.append(row)
        self._operators[row] = OPERATORS.index(operator)
        self._append(kind, value, value, source, identifier)
        return row

    def add_part(self, kind: int, form: str, given: str, source: tuple[int, int, int], identifier: str = "") -> int:
        """Add a value of a conjunction, which `join` completes; return its row.

        Raises:
            FormError: there are too many.
        """
        row = self._checked_row()
        known = self.by_form.setdefault(form, row)
        if known != row:
            self.more.setdefault(known, []).append(row)
        elif kind == _CIDR:
            network = ip_network(form)
            bits = int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
            self.networks.setdefault((network.version, network.prefixlen), {})[bits] = row
        self._append(kind, form, given, source, identifier)
        return row

    def join(self, rows: Sequence[int]) -> None:
        """Make a conjunction of rows."""
        number = len(self.groups)
        self.groups.append(tuple(rows))
        for row in rows:
            self.groups_of.setdefault(row, []).append(number)

    def _checked_row(self) -> int:
        if len(self.forms) >= INDICATORS_LIMIT:
            raise FormError(f"over the limit of {INDICATORS_LIMIT:,} indicators")
        return len(self.forms)

    def _append(self, kind: int, form: str, given: str, source: tuple[int, int, int], identifier: str) -> None:
        row = len(self.forms)
        self.forms.append(form)
        self.types.append(kind)
        if given != form and (kind not in _WITHOUT_CASE or given.lower() != form):
            self._given[row] = given
        if identifier:
            self._ids[row] = identifier
        file, place, context = source
        self._file_numbers.append(file)
        self._places.append(min(place, _LAST_PLACE))
        self._context_numbers.append(context)


def _derived_id(kind: str, form: str, context: IndicatorContext) -> str:
    parts = (kind, form, context.producer, context.origin)
    return f"indicator--{uuid.uuid5(_NAMESPACE, chr(0).join(parts))}"
