"""Tables of indicators (CSV): columns by the words of a header, or by what their values look like."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from yadorigi.languages.indicators.decoding import lines_of
from yadorigi.languages.indicators.form_error import FormError
from yadorigi.languages.indicators.forms import form_of, recognised
from yadorigi.languages.indicators.misp import composite
from yadorigi.languages.indicators.reading import short, texts
from yadorigi.languages.indicators.type_names import type_named, word_form
from yadorigi.languages.indicators.words import confidence_in, techniques_in, time_in, tlp_in
from yadorigi.limits import INDICATOR_COLUMNS_LIMIT, INDICATOR_CONTEXTS_REMEMBERED, INDICATOR_LINE_LIMIT
from yadorigi.schema.indicator import IndicatorContext, IndicatorType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from yadorigi.languages.indicators.reading import Reading

_DELIMITERS: Final = ",;\t|"
_SAMPLE_LINES: Final = 50
_SPLIT: Final = re.compile(r"[\s|;,]+")
_ROLES: Final[dict[str, frozenset[str]]] = {
    "value": frozenset([
        "indicator", "value", "ioc", "iocvalue", "observable", "indicatorvalue", "artifact", "entity",
        "attributevalue", "hash", "filehash", "値", "インジケータ", "インジケーター", "指標", "痕跡", "ハッシュ",
        "ハッシュ値", "ファイルハッシュ", "通信先", "接続先",
    ]),
    "type": frozenset([
        "type", "ioctype", "indicatortype", "attributetype", "valuetype", "kind", "datatype",
        "observabletype", "種別", "種類", "タイプ", "分類", "区分",
    ]),
    "title": frozenset([
        "title", "malware", "malwareprintable", "malwarefamily", "threat", "threatname", "family",
        "signature", "name", "マルウェア", "マルウェア名", "脅威", "脅威名", "名称", "件名",
    ]),
    "description": frozenset([
        "description", "comment", "comments", "details", "note", "notes", "context", "info", "説明", "備考", "概要",
        "コメント", "補足", "詳細", "メモ", "用途",
    ]),
    "valid_from": frozenset([
        "validfrom", "firstseen", "firstseenutc", "date", "dateadded", "created", "start", "firstsubmission", "日付",
        "観測日", "初回観測日", "確認日", "登録日", "公開日", "作成日", "有効開始日",
    ]),
    "valid_until": frozenset([
        "validuntil", "validto", "expires", "expiration", "expirationdate", "expirationtime", "expiry", "end",
        "有効期限", "失効日",
    ]),
    "confidence": frozenset(["confidence", "confidencelevel", "score", "確度", "信頼度", "確信度"]),
    "tlp": frozenset(["tlp", "tlplevel", "sharing", "marking", "共有範囲"]),
    "reference": frozenset(["reference", "references", "link", "report", "referenceurl", "externalreference",
                            "参考", "参照", "参考url", "参考情報", "関連url"]),
    "labels": frozenset(["tags", "tag", "labels", "label"]),
    "origin": frozenset(["origin", "source", "feed", "document", "provider", "情報源", "出典", "提供元"]),
    "producer": frozenset(["producer", "reporter", "author", "creator", "createdby"]),
    "techniques": frozenset(["techniques", "technique", "attack", "mitre"]),
    "id": frozenset(["id", "uuid", "stixid", "indicatorid", "iocid"]),
    "detected": frozenset(["toids"]),
}  # fmt: skip
_OFF: Final = frozenset({"0", "false", "no"})
_NOTHING: Final = frozenset({"n/a", "-", "none", "null"})
_LONGEST_NOTHING: Final = 4
_QUOTED: Final = ' "'


@dataclass(slots=True)
class _Columns:
    """Which column holds what.

    Attributes:
        values: columns of values with their type, None where it is told by each value.
        roles: what else there is, by `_ROLES`.
    """

    values: list[tuple[int, IndicatorType | None]] = field(default_factory=list)
    roles: dict[str, int] = field(default_factory=dict)


def delimiter_of(lines: Sequence[str]) -> str:
    """Return the character that parts the columns of a table, "" where the lines are no table."""
    rows = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not rows:
        return ""
    head = rows[0].lstrip(_QUOTED)
    counts = {sign: Counter(line.count(sign) for line in rows) for sign in _DELIMITERS if sign in head}
    # Most rows of a table have as many columns as the first, or more where texts hold the sign.
    steady = {
        sign: sum(number for count, number in found.items() if count >= rows[0].count(sign))
        for sign, found in counts.items()
    }
    best = max(steady, key=lambda sign: (steady[sign], rows[0].count(sign)), default="")
    if not best or steady[best] * 2 < len(rows):
        return ""
    return best


def is_header(cells: Sequence[str]) -> bool:
    """Say whether a row names columns of which one holds values, and holds none itself."""
    return bool(_columns(cells).values) and not any(map(_is_value, cells[:INDICATOR_COLUMNS_LIMIT]))


def _is_value(cell: str) -> bool:
    """Say whether a cell holds an indicator: a row of these may have names of types beside them."""
    if type_named(cell) is not None or any(word_form(cell) in names for names in _ROLES.values()):
        return False
    try:
        kind, _, _ = recognised(cell.strip())
    except FormError:
        return False
    return kind != "file_name"


def header_in(lines: Sequence[str]) -> tuple[str, list[str]] | None:
    """Return the delimiter and the cells of a header, which may stand in a comment, or None."""
    for line in lines[:_SAMPLE_LINES]:
        text = line.strip().lstrip("#").strip()
        for sign in _DELIMITERS:
            if sign in text:
                cells = next(csv.reader([text], delimiter=sign, skipinitialspace=True), [])
                if is_header(cells):
                    return sign, cells
        if text.strip('"').lower() in ("indicator", "ioc", "observable", "value") or (
            line.strip() == text and type_named(text.strip('"')) is not None
        ):
            return ",", [text.strip('"')]
    return None


def read_table(data: bytes, reading: Reading) -> None:
    """Read a table."""
    sample = _first_lines(data)
    found = header_in(sample)
    if found is not None:
        delimiter, columns = found[0], _columns(found[1])
        header: list[str] | None = found[1]
    else:
        delimiter, header = delimiter_of(sample) or ",", None
        columns = _guessed(sample, delimiter)
    if not columns.values:
        reading.refuse(0, "", "a table without a column of values: none has a name or values that are known")
        return
    _Rows(reading, columns).read(_rows(data, delimiter), header)


def _first_lines(data: bytes) -> list[str]:
    lines = lines_of(data)
    return [lines.readline(INDICATOR_LINE_LIMIT) for _ in range(_SAMPLE_LINES)]


def _rows(data: bytes, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Give the rows with their lines, or why one cannot be read."""
    place = 0

    def lines() -> Iterator[str]:
        nonlocal place
        for line in lines_of(data):
            place += 1
            if not line.startswith("#"):
                yield line.replace("\0", "") if "\0" in line else line

    # Text without anything of that kind needs no look at each line, and the reader counts lines as well.
    plain = b"\0" not in data and b"#" not in data
    rows = csv.reader(lines_of(data) if plain else lines(), delimiter=delimiter, skipinitialspace=True)
    while True:
        try:
            for row in rows:
                yield rows.line_num if plain else place, row
        except csv.Error as error:
            yield rows.line_num if plain else place, f"a row that cannot be read: {error}"
            continue
        return


def _columns(cells: Sequence[str]) -> _Columns:
    found = _Columns()
    for place, cell in enumerate(cells[:INDICATOR_COLUMNS_LIMIT]):
        name, kind = word_form(cell), type_named(cell)
        role = next((role for role, names in _ROLES.items() if name in names), None)
        if kind is not None:
            found.values.append((place, kind))
        elif role == "value":
            found.values.append((place, None))
        elif role is not None:
            found.roles.setdefault(role, place)
    return found


def _guessed(lines: Sequence[str], delimiter: str) -> _Columns:
    """Return the column whose values are most often of a known type, and one that names these, if there is one."""
    hits: Counter[int] = Counter()
    named: Counter[int] = Counter()
    for row in csv.reader([line.replace("\0", "") for line in lines if not line.startswith("#")], delimiter=delimiter):
        for place, cell in enumerate(row[:INDICATOR_COLUMNS_LIMIT]):
            named[place] += type_named(cell) is not None
            try:
                recognised(cell.strip())
            except FormError:
                continue
            hits[place] += 1
    found = _Columns()
    if hits:
        most = max(hits.values())
        value = min(place for place, count in hits.items() if count == most)
        found.values.append((value, None))
        told = [place for place, count in named.items() if count * 2 >= most and place != value]
        if told:
            found.roles["type"] = min(told)
    return found


def _none(row: list[str]) -> tuple[str, ...]:
    del row
    return ()


class _Rows:
    """Takes the rows of a table."""

    def __init__(self, reading: Reading, columns: _Columns) -> None:
        self._reading = reading
        self._columns = columns
        roles = columns.roles
        self._type = roles.get("type")
        self._id = roles.get("id")
        self._detected = roles.get("detected")
        self._context_places = [place for role, place in roles.items() if role not in ("type", "id", "detected")]
        places = self._context_places
        # One place alone would be given without a tuple around it.
        self._cells_of: Callable[[list[str]], tuple[str, ...]] = itemgetter(*places, places[0]) if places else _none
        self._contexts: dict[tuple[str, ...], int] = {}

    def read(self, rows: Iterator[tuple[int, list[str] | str]], header: list[str] | None) -> None:
        wanted = None if header is None else [cell.strip() for cell in header]
        plain = len(self._columns.values) == 1 and self._type is None and self._detected is None
        single = self._columns.values[0] if plain else None
        # Most tables have one column of values and one of their types.
        place, kind = self._columns.values[0]
        one = len(self._columns.values) == 1 and kind is None and self._detected is None
        typed = (place, self._type) if one and self._type is not None else None
        for line, row in rows:
            if isinstance(row, str):
                self._reading.refuse(line, "", row)
            elif not row:
                continue
            elif wanted is not None and row[0].strip() == wanted[0] and [cell.strip() for cell in row] == wanted:
                wanted = None
            elif single is not None and single[0] < len(row):
                self._cell(line, row[single[0]].strip(), single[1], self._context(row), row)
            elif typed is None or not self._typed_row(line, row, *typed):
                self._row(line, row)

    def _typed_row(self, line: int, row: list[str], value: int, stated: int) -> bool:
        """Take a row whose cells say what is in them, as nearly all do; return False for any other one."""
        try:
            cell, kind = row[value].strip(), type_named(row[stated])
        except IndexError:
            return False
        if kind is None or len(cell) <= _LONGEST_NOTHING:
            return False
        self._cell(line, cell, kind, self._context(row), row)
        return True

    def _row(self, line: int, row: list[str]) -> None:
        context = self._context(row)
        stated = row[self._type].strip() if self._type is not None and self._type < len(row) else ""
        filled = False
        detected = row[self._detected].strip() if self._detected is not None and self._detected < len(row) else ""
        if detected.lower() in _OFF:
            self._reading.leave_out(line, " ".join(row), "not meant for detection (to_ids is off)")
            return
        for place, kind in self._columns.values:
            cell = row[place].strip() if place < len(row) else ""
            if not cell or (len(cell) <= _LONGEST_NOTHING and cell.lower() in _NOTHING):
                continue
            filled = True
            if kind is None and "|" in stated and "|" in cell:
                self._two(line, cell, stated, context)
                continue
            self._cell(line, cell, (type_named(stated) if stated else None) if kind is None else kind, context, row)
        if not filled and any(cell.strip() for cell in row):
            self._reading.refuse(line, " ".join(row), "a row without a value")

    def _two(self, line: int, cell: str, stated: str, context: int) -> None:
        """Take two values in one cell, as MISP writes them."""
        try:
            expression, _ = composite(stated, cell)
        except FormError as error:
            self._reading.refuse(line, cell, f"{stated}: {error}")
            return
        self._reading.expression(line, cell, expression, context)

    def _cell(self, line: int, cell: str, kind: IndicatorType | None, context: int, row: list[str]) -> None:
        identifier = short(row[self._id]) if self._id is not None and self._id < len(row) else ""
        try:
            if kind is None:
                narrowed, form, cell = recognised(cell)
            else:
                narrowed, form = form_of(kind, cell)
        except FormError as error:
            self._reading.refuse(line, cell, str(error))
            return
        self._reading.value(line, narrowed, form, cell, context, identifier)

    def _context(self, row: list[str]) -> int:
        try:
            cells = self._cells_of(row)
        except IndexError:
            cells = tuple([row[place] if place < len(row) else "" for place in self._context_places])
        known = self._contexts.get(cells)
        if known is None:
            if len(self._contexts) >= INDICATOR_CONTEXTS_REMEMBERED:
                self._contexts.clear()
            known = self._contexts[cells] = self._reading.context(self._made_context(row))
        return known

    def _made_context(self, row: list[str]) -> IndicatorContext:
        def of(role: str) -> str:
            place = self._columns.roles.get(role)
            return short(row[place]) if place is not None and place < len(row) else ""

        return IndicatorContext(
            title=of("title"),
            description=of("description"),
            origin=of("origin"),
            producer=of("producer"),
            valid_from=time_in(of("valid_from")),
            valid_until=time_in(of("valid_until")),
            confidence=confidence_in(of("confidence")),
            tlp=tlp_in(of("tlp")),
            references=texts(_SPLIT.split(of("reference"))),
            labels=texts(_SPLIT.split(of("labels"))),
            techniques=techniques_in([of("techniques"), of("labels")]),
        )
