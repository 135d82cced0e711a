"""Lines of a shape that is known: read in one step, with the same result as by `LineFormat.read`.

The lines of a device repeat a few sequences of names. A shape is learned from lines that were read the plain way: one
expression takes all values, the native fields are put together around them as JSON, and what else the reading says -
channel, host, number, level - is kept by those values that decide it. Only the time is read for each line. Whatever is
not plain about a line (a backslash before a quote, control characters, a quote where none is due, a time that cannot be
read) sends it the plain way, which is the specification; tests hold the two together.

Most values of a device are always the same. After some hundred lines these become part of an expression of their own,
which has fewer values to take (`Shape.narrowed`); lines that are other than that are taken as before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from yadorigi.sources.lines.format import TIME_VALUE, Learned, LearnedField, ShapeFacts, Values

if TYPE_CHECKING:
    from yadorigi.sources.lines.format import Reading

_ENCODE: Final = msgspec.json.Encoder().encode
_DECIDED: Final = 4_096
"""Readings that are kept of one shape."""
_BSD_TIME: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d"
_ISO_TIME: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"
_HOST: Final = r"(?!std(?:out|err) )[A-Za-z0-9][\w.\-]{0,63}"
_PROGRAM: Final = r"[\w./()\-@]{1,64}(?:\[[\w.\-]{1,32}\])?:"
HEADER_GROUPS: Final = 4
"""Groups of the expression of a header: what stands before its time, the version of RFC 5424 in that, the time, and
what stands behind it."""


def header_form(times: str, behind: str, behind_5424: str) -> str:
    """Return the expression for headers of syslog: nothing, a priority, or what times and hosts are found by.

    Args:
        times: of headers of RFC 3164, besides those of ISO 8601.
        behind: what stands behind the time in a header of RFC 3164.
        behind_5424: what stands behind host, application, process and number in one of RFC 5424.
    """
    return (
        rf"((?:<\d{{1,3}}> {{0,2}})?(1 )?)(?:((?(2){_ISO_TIME}|(?:{times}|{_ISO_TIME})))"
        rf"((?(2) \S{{1,255}} \S{{1,48}} \S{{1,128}} \S{{1,32}} {behind_5424}|{behind}))|(?(2)(?!)))"
    )


_HEADER: Final = header_form(_BSD_TIME, rf" {_HOST}(?: {_PROGRAM})? (?=\S)", r"(?:- (?=\S)|(?=\[))")
"""Headers of syslog that most lines have: a priority, a time and a host with or without a program, or both."""
_BLANKS: Final = 2
"""Of what stands behind the time in a header of RFC 3164 without a program."""
_BLANKS_5424: Final = 5
"""Of the same of RFC 5424, where structured data follow."""
_CLASSES: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
"""Classes of signs in an expression, and what is escaped."""
_BRACKET: Final = re.escape("[")
_SIGNS: Final = re.compile(rf"{_CLASSES.pattern}|\(\??|\)", re.DOTALL)
_BY_NUMBER: Final = "(?("
"""What of an expression counts its groups."""
_SPARED: Final = 4
"""Values that a shape has to be spared before it is worth an expression of its own."""
_WORD: Final = " [^ =]++"
_NAMED: Final = re.compile(r'([\w.\-]+)=(?:"([^"]*)"|([^\s"]*(?: (?![\w.\-]+=)[^\s"=]+)*))( +|$)')


def prepared(text: str) -> str:
    """Return a text whose values are JSON as they stand; "" where it is not plain.

    A backslash is a sign like others, unless a quote follows; JSON wants it doubled.
    """
    if not text.isprintable() or '\\"' in text:
        return ""
    return text.replace("\\", "\\\\")


class Known(NamedTuple):
    """What a reading says besides its time and the fields of the expression.

    Attributes:
        reading: without its time and fields.
        lead, tail: fields in front of those of the expression and behind them, as the inside of a JSON object, with the
            comma between.
    """

    reading: Reading
    lead: str = ""
    tail: str = ""


class Shape:
    """A shape of messages.

    Attributes:
        match: takes a whole line that `prepared` gave, with its header.
        quotes: how many quotes the expression takes; in a line with more of them some value holds one.
        head: how many characters of a message stand before its first value.
        deciding: gives, of all groups, those of its values that decide what is read, apart from the time.
        fixed: these values, where they are the same in all lines, or None.
        times: gives, of all groups, those of the fields of the time.
        time_places: of these groups, -1 for a field that no line has.
        fields: gives, of all groups, those of the native fields.
        parts: of a record's text: one for all before the fields, then in turn what stands before a value, and the
            value; what stands behind the last one; at last the end. Those that differ from line to line are filled in.
        holes: which of the parts are the values.
        decided: what else the reading says, by what of the header decides, and the deciding values.
        sound: says whether all values are as those of the fields (`Learned.solid`), or None where they are in any case.
        ready: what was made of it, by the number of the header before it and the deciding values.
        wide: the shape of which it is the one of lines that share some values (`narrowed`), or None.
        missed: how many lines of late were of its guess and not of it, where it is narrow.
    """

    __slots__ = (
        "_around", "_facts", "_learned", "_sound", "decided", "deciding", "fields", "fixed", "head", "holes", "match",
        "missed", "parts", "quotes", "ready", "sound", "time_places", "times", "wide",
    )  # fmt: skip

    def __init__(
        self, learned: Learned, facts: ShapeFacts, same: Mapping[str, str] | None = None, header: str = ""
    ) -> None:
        """Make the expression, and note where the values are that matter.

        Args:
            learned: the expression and the names of its values.
            facts: what the format states.
            same: values by name that are the same in all lines, to be no values of the expression.
            header: expression of some of the headers, with the groups of all, where lines have these alone.
        """
        same = same or {}
        self._learned, self._facts = learned, facts
        self.wide: Shape | None = None
        self.missed = 0
        self.match = re.compile(
            f"(?>{header or facts.header or _HEADER}){_with_values(learned, same)}", re.ASCII
        ).fullmatch
        self.quotes = _CLASSES.sub("", learned.expression).count('"')
        self.head = 0
        names = [name for name in learned.names if name not in same]
        places = {name: place for place, name in enumerate(names, HEADER_GROUPS)}
        fields = [places[own.group] for own in fields_of(learned) if own.group in places]
        are_all = fields == list(places.values())
        self.fields = itemgetter(slice(HEADER_GROUPS, None)) if are_all else _getter(fields)
        self.parts = _parts(learned, same)
        self._around = _around_values(learned, same)
        self.holes = slice(2, 2 * len(fields) + 1, 2)
        decide = [name for name in sorted(_deciding(learned, facts)) if name in learned.names]
        fixed = tuple(same[name] for name in decide if name in same)
        self.fixed = fixed if fixed or not decide else None
        self.deciding = _getter([places[name] for name in decide]) if not fixed else lambda _: fixed
        self.sound = _sound(learned, places)
        self._sound = [places[name] for name in learned.solid], [places[name] for name in learned.hollow]
        self.time_places = [places.get(name, -1) for name in facts.time_fields]
        while self.time_places and self.time_places[-1] < 0:
            self.time_places.pop()
        self.times = _times_getter(self.time_places)
        self.decided: dict[tuple[Hashable, Values], Known] = {}
        self.ready: dict[tuple[int, Values], Any] = {}

    def narrowed(self, lines: Sequence[Values]) -> Shape | None:
        """Return the shape of lines of this one that share what all of some lines do; None where that is too little.

        What only it takes is read the same: the values that it has not are those of the lines.
        """
        header = _same_header(lines, self._facts)
        same = self._same_values(lines)
        if len(same) < _SPARED and not (header and self._facts.header):
            return None
        shape = Shape(self._learned, self._facts, same, header)
        shape.head, shape.quotes, shape.decided, shape.ready = self.head, self.quotes, self.decided, self.ready
        shape.wide = self
        return shape

    def _same_values(self, lines: Sequence[Values]) -> dict[str, str]:
        """Return values of the expression that are the same in all lines and may be part of it."""
        names, decide = self._learned.names, _deciding(self._learned, self._facts)
        if _BY_NUMBER in self._learned.expression or self._learned.solid or self._learned.hollow:
            return {}
        # The first value says where the header ends, and times go on.
        kept = {names[0], TIME_VALUE, *self._facts.time_fields}
        columns = list(zip(*lines, strict=True))[HEADER_GROUPS:]
        same = {name: column[0] for name, column in zip(names, columns, strict=True) if len(set(column)) == 1}
        same = {name: value for name, value in same.items() if name not in kept and value is not None}
        if not decide.intersection(names) <= same.keys():
            same = {name: value for name, value in same.items() if name not in decide}
        return same

    def are_sound(self, columns: Sequence[Sequence[str]]) -> bool:
        """Say whether what `sound` says certainly holds of many lines, whose values come group by group."""
        solid, hollow = self._sound
        if any(any(columns[place]) for place in hollow):
            return False
        for place in solid:
            text = "\n".join(("", *columns[place], ""))
            if "\n\n" in text or "\n " in text or " \n" in text:
                return False
        return True

    def woven(self, columns: Sequence[Sequence[str]]) -> list[str | Sequence[str]]:
        """Return the parts of the native fields of many lines, one text for all or one for each of them.

        Args:
            columns: values of the lines, group by group.
        """
        parts: list[Any] = self.parts[:]
        parts[self.holes] = self.fields(columns)
        return parts[1:-1]

    def woven_around(self, columns: Sequence[Sequence[str]]) -> list[str | Sequence[str]]:
        """Return the parts of `structured` of many lines in the same way."""
        parts: list[Any] = self._around[:]
        parts[1::2] = columns[HEADER_GROUPS:]
        return parts

    def data(self, values: Values) -> str:
        """Return the native fields as JSON."""
        self.parts[0] = "{"
        self.parts[self.holes] = self.fields(values)
        self.parts[-1] = "}"
        return "".join(self.parts)

    def structured(self, values: Values) -> str:
        """Return structured data with these values of the expression as JSON has them, without its quotes."""
        self._around[1::2] = values[HEADER_GROUPS:]
        return "".join(self._around)

    def around(self, fields: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]:
        """Return the fields of a reading in three: those in front of the expression's, these, and those behind."""
        own = fields_of(self._learned)
        items = list(fields.items())
        start = next((place for place, (name, _) in enumerate(items) if name == own[0].name), 0)
        return dict(items[:start]), dict(items[start : start + len(own)]), dict(items[start + len(own) :])

    def is_read(self, values: Values, reading: Reading) -> bool:
        """Say whether the fields that were read are those of the expression, and others only where these may be."""
        fields = msgspec.json.decode(self.data(values))
        front, own, behind = self.around(reading.fields)
        same = fields == own and list(fields) == list(own)
        return same and (self._facts.by_header or not (front or behind))

    def remember(self, values: Values, reading: Reading, header: Hashable) -> None:
        """Keep what was read of a line with these values; there may be any number of hosts in a file.

        Args:
            values: those of the expression.
            reading: what was read.
            header: what of the header decides.
        """
        key = header, self.deciding(values)
        # The header may say that the same text is read otherwise.
        if key not in self.decided and not self.is_read(values, reading):
            return
        lead = tail = ""
        if self._facts.by_header:
            front, _, behind = self.around(reading.fields)
            lead = f"{_ENCODE(front).decode()[1:-1]}," if front else ""
            tail = f",{_ENCODE(behind).decode()[1:-1]}" if behind else ""
        if len(self.decided) >= _DECIDED:
            self.decided.clear()
        self.decided[key] = Known(reading._replace(time=None, fields={}), lead, tail)

    def make_ready(self, key: tuple[int, Values], made: object) -> None:
        """Keep what was made of a reading and a header."""
        if len(self.ready) >= _DECIDED:
            self.ready.clear()
        self.ready[key] = made


def _same_header(lines: Sequence[Values], facts: ShapeFacts) -> str:
    """Return an expression for headers that differ from those of some lines in their time alone, or "".

    It takes of them what `_HEADER` does: what looks ahead keeps out headers that go on in the message.
    """
    before, version, _, behind = lines[0][:HEADER_GROUPS]
    if (facts.header and not facts.header_times) or not behind:
        return ""
    if any(line[0] != before or line[3] != behind for line in lines):
        return ""
    times = _ISO_TIME if version else facts.header_times or _BSD_TIME
    if not all(re.fullmatch(times, line[2], re.ASCII) for line in lines):
        return ""
    blanks = behind.count(" ")
    if facts.header:
        ahead = ""
    elif version:
        ahead = r"(?=\S)" if blanks > _BLANKS_5424 else r"(?=\[)"
    else:
        ahead = r"(?=\S)" if blanks > _BLANKS else rf"(?!{_PROGRAM} \S)(?=\S)"
    return rf"({re.escape(before)}((?!))?)({times})({re.escape(behind)}){ahead}"


def fields_of(learned: Learned) -> tuple[LearnedField, ...]:
    """Return the native fields of lines of a shape."""
    return learned.fields or tuple(LearnedField(name, name) for name in learned.names if name != TIME_VALUE)


def _deciding(learned: Learned, facts: ShapeFacts) -> frozenset[str]:
    return facts.deciding if learned.deciding is None else learned.deciding


def _parts(learned: Learned, same: Mapping[str, str]) -> list[str]:
    """Return the parts of a record's text, those of values empty that are not the same in all lines."""
    parts, before = [""], ""
    for own in fields_of(learned):
        before += f'{_ENCODE(own.name).decode()}:"'
        if not own.group or own.group in same:
            before += f'{same[own.group] if own.group else own.text}",'
        else:
            parts += [before, ""]
            before = '",'
    parts += [before.removesuffix(","), ""]
    return parts


def _around_values(learned: Learned, same: Mapping[str, str]) -> list[str]:
    """Return the parts of structured data, those of values empty that are not the same in all lines."""
    parts, outside, depth, end = [], "", 0, 0
    whole = _with_values(learned, same) if learned.expression.startswith(_BRACKET) else ""
    for found in _SIGNS.finditer(whole):
        sign = found[0]
        if not depth:
            outside += whole[end : found.start()]
            if sign == "(":
                parts += [outside, ""]
                outside = ""
            elif sign[0] == "\\":
                outside += sign[1]
        depth += (sign[0] == "(") - (sign == ")")
        end = found.end()
    return [_ENCODE(part).decode()[1:-1] for part in (*parts, outside + whole[end:])]


def _with_values(learned: Learned, same: Mapping[str, str]) -> str:
    """Return the expression of a shape with the values that are the same in all lines in place of their groups."""
    if not same:
        return learned.expression
    made, group, start, depth, within = [], -1, 0, 0, -1
    for found in _SIGNS.finditer(learned.expression):
        sign = found[0]
        if sign in ("(", "(?"):
            group += sign == "("
            if within < 0 and sign == "(" and learned.names[group] in same:
                made.append(learned.expression[start : found.start()])
                within = depth
            depth += 1
        elif sign == ")":
            depth -= 1
            if depth == within:
                made.append(re.escape(same[learned.names[group]]))
                start, within = found.end(), -1
    return "".join(made) + learned.expression[start:]


def _sound(learned: Learned, places: Mapping[str, int]) -> Callable[[Values], bool] | None:
    if not learned.solid and not learned.hollow:
        return None
    solid = _getter([places[name] for name in learned.solid])
    hollow = _getter([places[name] for name in learned.hollow])

    def sound(values: Values) -> bool:
        for value in solid(values):
            if not value or value[0] == " " or value[-1] == " ":
                return False
        return not any(hollow(values))

    return sound


def _getter(places: Sequence[int]) -> Callable[[Any], Any]:
    if len(places) > 1:
        return itemgetter(*places)
    return itemgetter(slice(places[0], places[0] + 1) if places else slice(0))


def _times_getter(places: list[int]) -> Callable[[Values], Values]:
    """Return what gives the values at some places, "" for those of -1."""
    if -1 not in places:
        return _getter(places)
    some = itemgetter(*places)
    return lambda values: some((*values, ""))


def key_value_shape(message: str) -> Learned | None:
    """Return the shape of ``key=value key="value"``, blanks between them; None where it is another.

    A value without quotes may be several words, none of them with an equals sign but the first one.
    """
    expression, names, end = "", [], 0
    for found in _NAMED.finditer(message):
        if found.start() != end:
            return None
        name, quoted, bare, blanks = found.groups()
        names.append(name)
        words = bare.count(" ") if bare else 0
        value = "[^ ]*+" if not words else f"[^ ]++{_WORD * words}"
        expression += f"{re.escape(name)}=" + ('"([^"]*+)"' if quoted is not None else f"({value})") + blanks
        end = found.end()
    if end != len(message) or not names or message.endswith(" "):
        return None
    return Learned(expression, tuple(names))
