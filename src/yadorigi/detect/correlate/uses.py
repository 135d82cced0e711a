"""How correlations use rules and each other, and what an event is to one of them: its group, its value."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from yadorigi.limits import COUNTED_VALUE_LENGTH, NUMBER_TEXT_LIMIT
from yadorigi.query.values import fold, number_of
from yadorigi.schema.identity import KEYS

if TYPE_CHECKING:
    from yadorigi.languages.sigma.rule import CompiledCorrelation
    from yadorigi.query.correlations import Correlation, Member


HOST_NAMES: Final = frozenset({"Computer", "ComputerName", "Hostname", "host_key"})
"""Names for the host in rules; an event that has no such field of its own has its ``Computer``."""


@dataclass(frozen=True, slots=True)
class Use:
    """One correlation's use of a rule, or of another correlation.

    Attributes:
        number, height, correlation: which correlation.
        place, member: as which of its members.
        carried: names of fields that correlations above it ask for.
    """

    number: int
    height: int
    place: int
    member: Member
    correlation: Correlation
    carried: tuple[str, ...]


class Placed(NamedTuple):
    """What an event is to a correlation: the group's values as it has them and without letter case, value, carried."""

    group: tuple[str, ...]
    folded: tuple[str, ...]
    value: str | None
    carried: dict[str, str]


class LeftOut(NamedTuple):
    """Why an event is left out of a correlation: it lacks a field of the group, or the value."""

    correlation: int
    field: str


def uses_of(correlations: Sequence[CompiledCorrelation], *, nested: bool) -> dict[int, list[Use]]:
    """Return, by the number of a rule (of a correlation where ``nested``), the correlations that use it."""
    found: defaultdict[int, list[Use]] = defaultdict(list)
    carried = _carried_fields(correlations)
    for number, compiled in enumerate(correlations):
        for place, member in enumerate(compiled.correlation.members):
            if member.nested == nested:
                use = Use(number, compiled.height, place, member, compiled.correlation, tuple(carried[number]))
                found[member.number].append(use)
    return dict(found)


def _carried_fields(correlations: Sequence[CompiledCorrelation]) -> list[dict[str, None]]:
    """Return, for each correlation, the names of event fields that correlations above it ask for."""
    carried: list[dict[str, None]] = [{} for _ in correlations]
    # From the top down: what is asked of a correlation and is no field of its group is asked of its events.
    for number in sorted(range(len(correlations)), key=lambda number: -correlations[number].height):
        correlation = correlations[number].correlation
        for member in correlation.members:
            if member.nested:
                below = correlations[member.number].correlation.group_by
                asked = (*member.group_fields, *member.value_fields, *carried[number])
                carried[member.number].update((name, None) for name in asked if name not in below)
    return carried


def placed(use: Use, text_of: Callable[[str], str | None]) -> Placed | LeftOut:
    """Return what an event is to a correlation.

    Args:
        use: the correlation.
        text_of: gives a field's text by its name, or None where the event has no such field or it is empty.
    """
    group: list[str] = []
    for name, field in zip(use.correlation.group_by, use.member.group_fields, strict=True):
        text = _joined(name, text_of(field))
        if text is None:
            return LeftOut(use.number, name)
        group.append(text)
    value = value_of([_joined(name, text_of(name)) for name in use.member.value_fields], use.correlation)
    if value is None and use.correlation.type.startswith("value_"):
        return LeftOut(use.number, ", ".join(use.member.value_fields))
    texts = ((name, text_of(name)) for name in use.carried)
    carried = {name: text for name, text in texts if text is not None}
    return Placed(tuple(group), tuple(map(fold, group)), value, carried)


def placed_at(use: Use, found: Placed, site: str | None) -> Placed:
    """Return what an event is to a correlation, hosts of one name at two sites told apart in groups and counts."""
    if site is None:
        return found
    if not HOST_NAMES.isdisjoint(use.member.group_fields):
        found = found._replace(folded=(*found.folded, site))
    if use.correlation.type == "value_count" and not HOST_NAMES.isdisjoint(use.member.value_fields):
        found = found._replace(value=f"{found.value}\0{site}")
    return found


def _joined(name: str, text: str | None) -> str | None:
    """Return a field's text, or its key where the field's name, or the alias, asks for one (`schema.identity`)."""
    key = KEYS.get(name)
    return text if key is None or text is None else key(text)


def amount_in(text: str) -> int | Fraction | None:
    """Return the number that a text spells, exactly, or None."""
    number = number_of(text)
    if number is None or isinstance(number, int):
        return number
    return Fraction(text.strip()) if len(text) <= NUMBER_TEXT_LIMIT else None


def value_of(texts: Sequence[str | None], correlation: Correlation) -> str | None:
    """Return the value that is counted or reckoned as a text, None where a part of it is missing or is no number."""
    parts = [text for text in texts if text is not None]
    if len(parts) < len(texts) or not texts:
        return None
    if correlation.type == "value_count":
        text = fold(parts[0]) if len(parts) == 1 else msgspec.json.encode([fold(part) for part in parts]).decode()
        if len(text) <= COUNTED_VALUE_LENGTH:
            return text
        return f"SHA-256 {hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
    return parts[0] if amount_in(parts[0]) is not None else None
