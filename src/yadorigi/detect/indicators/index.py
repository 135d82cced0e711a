"""The look-up: which rows of a table of indicators a text of an event holds."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

import ahocorasick_rs

from yadorigi.detect.indicators.fields import TYPES_OF, Role
from yadorigi.detect.indicators.observables import EXTRACTORS, Forms, address_forms, many_at_once, overflows, parts_of
from yadorigi.languages.indicators.paths import path_form, registry_form
from yadorigi.limits import INDICATOR_VALUE_LIMIT, OBSERVED_PLACES_LIMIT
from yadorigi.query.regexes import SafeRegex, TogetherSearched
from yadorigi.schema.indicator import TYPE_NUMBERS, TYPES, IndicatorType

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from yadorigi.languages.indicators.table import IndicatorTable
    from yadorigi.schema.event import Value

_ABOVE: Final = frozenset({TYPE_NUMBERS["domain"], TYPE_NUMBERS["registry_key"]})
_AGENT: Final = TYPE_NUMBERS["user_agent"]
_PATHS: Final = frozenset({"file_path", "registry_key", "registry_value"})
_AGENT_LENGTH: Final = 8
"""Characters of a user agent that is looked for inside of texts; a shorter one stands in too many."""
_WHOLE_TEXT: Final = frozenset({"url", "command_line", "user_agent", "detection_name", "registry_data"})
_WORDS: Final = frozenset({
    "sha256", "sha1", "md5", "imphash", "ja3", "ja4", "ipv4", "ipv6", "cidr", "domain",
})  # fmt: skip
"""Types whose values are words of a text, or are found by their signs; of others a text as a whole may be one."""
_AT_ONCE: Final = 128
_CHARACTERS_AT_ONCE: Final = 32_768
_WITHOUT_SCHEME: Final = re.compile(r"^https?://", re.IGNORECASE)


class IndicatorIndex:
    """Looks values up in a table; what takes memory beside the table is made when it is first needed."""

    def __init__(self, table: IndicatorTable) -> None:
        """Take the table."""
        self._table = table
        self._known = table.by_form.keys()
        self._lengths = {
            version: sorted(length for own, length in table.networks if own == version) for version in (4, 6)
        }
        self._allowed = {role: frozenset(TYPE_NUMBERS[kind] for kind in kinds) for role, kinds in TYPES_OF.items()}
        present = table.present_types()
        self._with_paths = not present.isdisjoint(_PATHS)
        self._with_urls = "url" in present
        self._with_above = "domain" in present
        self._with_texts = not present <= _WORDS
        self._patterns: dict[int, tuple[list[int], TogetherSearched]] = {}
        self._agents: tuple[list[int], ahocorasick_rs.AhoCorasick] | None = None
        for kind, rows in table.patterns.items():
            expressions = [_expression(table, row) for row in rows]
            self._patterns[kind] = (rows, TogetherSearched(expressions))
        agents = [
            row
            for row, kind in enumerate(table.types)
            if kind == _AGENT and len(table.forms[row]) >= _AGENT_LENGTH and row in table.rows_of(table.forms[row])
        ]
        if agents:
            self._agents = (agents, ahocorasick_rs.AhoCorasick([_encodable(table.forms[row]) for row in agents]))

    def wanted_roles(self) -> frozenset[Role]:
        """Return the roles of fields that can hold what the table has."""
        present = self._table.present_types()
        return frozenset(role for role, kinds in TYPES_OF.items() if kinds & present)

    def rows_in(self, role: Role, value: Value) -> tuple[int, ...]:
        """Return the rows that a field's value holds, by its role, in the table's order."""
        found: set[int] = set()
        for text in parts_of(value):
            self._look(role, text, found)
        return tuple(sorted(found))

    def overflows(self, text: str) -> bool:
        """Say whether a text holds more of what the table has than is looked up of it."""
        return overflows(text, with_urls=self._with_urls, with_paths=self._with_paths)

    def suspects(self, role: Role, texts: Collection[str]) -> list[str]:
        """Return of some texts those that may hold something known.

        Nearly all texts hold nothing, which is seen of many at once.
        """
        if not self._allowed[role].isdisjoint(self._patterns):
            return list(texts)
        found: list[str] = []
        for block in _blocks(texts):
            if len(block) == 1 or self._is_any_in(role, block):
                found += block
        return found

    def _is_any_in(self, role: Role, texts: Sequence[str]) -> bool:
        forms = self._forms_wanted()
        if not many_at_once(role, texts, forms):
            return True
        found: set[int] = set()
        self._look_up(role, forms, found)
        return bool(found) or self._has_agent(role, "\n".join(texts), found)

    def _forms_wanted(self) -> Forms:
        return Forms(
            with_paths=self._with_paths,
            with_urls=self._with_urls,
            with_above=self._with_above,
            with_texts=self._with_texts,
        )

    def _look(self, role: Role, text: str, found: set[int]) -> None:
        forms = self._forms_wanted()
        EXTRACTORS[role](text, forms)
        self._look_up(role, forms, found)
        self._has_agent(role, text, found)
        for kind, (rows, together) in self._patterns.items():
            if kind in self._allowed[role]:
                for candidate in _candidates(TYPES[kind], text, forms):
                    found.update(rows[place] for place in together.found_in(candidate.encode("utf-8", "replace")))

    def _look_up(self, role: Role, forms: Forms, found: set[int]) -> None:
        allowed = self._allowed[role]
        table = self._table
        types = table.types
        for form in self._known & forms.whole:
            found.update(row for row in table.rows_of(form) if types[row] in allowed)
        if forms.above:
            for form in self._known & forms.above:
                found.update(row for row in table.rows_of(form) if types[row] in _ABOVE and types[row] in allowed)
        if table.networks and TYPE_NUMBERS["cidr"] in allowed:
            self._look_in_networks(forms.whole, found)

    def _has_agent(self, role: Role, text: str, found: set[int]) -> bool:
        if self._agents is None or _AGENT not in self._allowed[role] or role == "user_agents":
            return False
        rows, automaton = self._agents
        hits = [
            hit
            for written in _with_blanks(text.casefold())
            for hit in automaton.find_matches_as_indexes(_encodable(written), overlapping=True)
        ]
        found.update(rows[index] for index, _, _ in hits)
        return bool(hits)

    def _look_in_networks(self, forms: Iterable[str], found: set[int]) -> None:
        for form in forms:
            first = form[:1]
            if not (first.isdigit() or ":" in form[:5]) or not address_forms(form):
                continue
            address = ip_address(form)
            number, bits = int(address), address.max_prefixlen
            for length in self._lengths[address.version]:
                row = self._table.networks[address.version, length].get(number >> (bits - length))
                if row is not None:
                    found.update(self._table.rows_of(self._table.forms[row]))


def _blocks(texts: Collection[str]) -> Iterator[list[str]]:
    """Give texts in blocks; those in ASCII apart, since they are gone through several times faster."""
    for plain in (True, False):
        block: list[str] = []
        characters = 0
        for text in [text for text in texts if text.isascii() is plain]:
            if block and (len(block) >= _AT_ONCE or characters + len(text) > _CHARACTERS_AT_ONCE):
                yield block
                block, characters = [], 0
            block.append(text)
            characters += len(text)
        if block:
            yield block


def _with_blanks(text: str) -> list[str]:
    """Return a text, and as it was before a server wrote blanks as ``+`` (W3C, Extended Log File Format)."""
    return [text, text.replace("+", " ")] if "+" in text else [text]


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _expression(table: IndicatorTable, row: int) -> SafeRegex:
    indicator = table.indicator(row)
    if indicator.operator == "matches":
        return SafeRegex(indicator.normal, "i")
    return SafeRegex(like_expression(indicator.type, indicator.normal), "is")


def like_expression(kind: IndicatorType, value: str) -> str:
    """Return a value with ``%`` and ``_`` for anything as a regular expression over forms of its type."""
    if kind == "file_path":
        value = path_form(value)
    elif kind in ("registry_key", "registry_value"):
        value = registry_form(value)
    elif kind == "url":
        value = _WITHOUT_SCHEME.sub("", value)
    parts = ["." if sign == "_" else ".*" if sign == "%" else re.escape(sign) for sign in value.casefold()]
    return rf"\A(?:{''.join(parts)})\z"


def _candidates(kind: IndicatorType, text: str, forms: Forms) -> Iterable[str]:
    """Return what a pattern of a type is tried on: the values in a text, and the text where it may be one."""
    whole = [form for form in forms.whole if len(form) <= INDICATOR_VALUE_LIMIT][: 2 * OBSERVED_PLACES_LIMIT]
    match kind:
        case "file_path" | "registry_key" | "registry_value":
            return [form for form in whole if "\\" in form]
        case "file_name":
            return [form for form in whole if "\\" not in form and "/" not in form and " " not in form] + (
                [text.casefold()] if text.casefold() in forms.whole else []
            )
        case "url":
            return [text.strip(), *(form for form in whole if "/" in form)]
        case "user_agent":
            return _with_blanks(text.strip())
        case _ if kind in _WHOLE_TEXT:
            return [text.strip()]
        case _:
            return whole
