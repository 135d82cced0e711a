"""Lines of a shape that is known: read in one step, with the same result as by `LineFormat.read`.

The lines of a device repeat a few sequences of names. A shape is learned from lines that were read the plain way: one
expression takes all values, the native fields are put together around them as JSON, and what else the reading says -
channel, host, number, level - is kept by those values that decide it. Only the time is read for each line. Whatever is
not plain about a line (a backslash before a quote, control characters, a quote where none is due, a time that cannot be
read) sends it the plain way, which is the specification; tests hold the two together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from yadorigi.sources.lines.format import TIME_VALUE, Learned, ShapeFacts, Values

if TYPE_CHECKING:
    from yadorigi.sources.lines.format import Reading

_ENCODE: Final = msgspec.json.Encoder().encode
_SHAPES: Final = 64
"""Shapes that are kept of one file; a log with more sequences of names than these repeats none often."""
_TRIES: Final = 1_000
"""Lines of a file that are looked at for new shapes."""
_WORTH: Final = 3
"""Lines of a shape after which it is worth to make its expression, which takes as long as fifty lines."""
_DECIDED: Final = 4_096
"""Readings that are kept of one shape."""
_GUESSES: Final = 4_096
_BSD_TIME: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d"
_ISO_TIME: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"
_HEADER: Final = (
    rf"(?:<\d{{1,3}}>)?(?:(?:1 {_ISO_TIME} \S{{1,255}} \S{{1,48}} \S{{1,128}} \S{{1,32}} -"
    rf"|(?:{_BSD_TIME}|{_ISO_TIME}) (?!std(?:out|err) )[A-Za-z0-9][\w.\-]{{0,63}}"
    r"(?: [\w./()\-@]{1,64}(?:\[[\w.\-]{1,32}\])?:)?) (?=\S))?"
)
"""Headers of syslog that most lines have: a priority, a time and a host with or without a program, or both."""
_NAMED: Final = re.compile(r'([\w.\-]+)=(?:"([^"]*)"|([^\s"=]*))(?: |$)')


def prepared(text: str) -> str:
    """Return a text whose values are JSON as they stand; "" where it is not plain.

    A backslash is a sign like others, unless a quote follows; JSON wants it doubled.
    """
    if not text.isprintable() or '\\"' in text:
        return ""
    return text.replace("\\", "\\\\")


class Shape:
    """A shape of messages.

    Attributes:
        match: takes a whole line that `prepared` gave, with its header.
        bare: whether the expression knows no quotes, so that a line with one is of no such shape.
        head: how many characters of a message stand before its first value.
        deciding: gives, of all values, those that decide what is read, apart from the time.
        times: gives, of all values and one more that is empty, those of the fields of the time.
        fields: gives, of all values, those of the native fields.
        parts: of a record's text: one for all before the fields, then in turn what stands before a value, and the
            value; at last the end. Those that differ from line to line are filled in.
        decided: the reading without its time and fields, by the deciding values.
        ready: what was made of it, by the number of the header before it and the deciding values.
    """

    __slots__ = ("bare", "decided", "deciding", "fields", "head", "match", "parts", "ready", "times")

    def __init__(self, learned: Learned, facts: ShapeFacts) -> None:
        """Make the expression, and note where the values are that matter."""
        self.match = re.compile(f"(?>{_HEADER}){learned.expression}", re.ASCII).fullmatch
        self.bare = '"' not in learned.expression
        self.head = 0
        fields = [place for place, name in enumerate(learned.names) if name != TIME_VALUE]
        self.fields = _getter(fields) if len(fields) != len(learned.names) else None
        self.parts = [""]
        for name in (learned.names[place] for place in fields):
            self.parts += [f"{'{' if len(self.parts) == 1 else _BETWEEN}{_ENCODE(name).decode()}{_BEFORE}", ""]
        self.parts.append('"}}}' if fields else "{}}}")
        places = {name: place for place, name in enumerate(learned.names)}
        self.deciding = _getter([places[name] for name in sorted(facts.deciding) if name in places])
        # One value more than there are stands for fields that lines of this shape do not have.
        self.times = _getter([places.get(name, len(learned.names)) for name in facts.time_fields])
        self.decided: dict[Values, Reading] = {}
        self.ready: dict[tuple[int, Values], Any] = {}

    def data(self, values: Values) -> str:
        """Return the native fields as JSON."""
        self.parts[0] = ""
        self.parts[2::2] = values if self.fields is None else self.fields(values)
        return "".join(self.parts)[: -len("}}")]

    def remember(self, values: Values, reading: Reading) -> None:
        """Keep what was read of a line with these values; there may be any number of hosts in a file."""
        if len(self.decided) >= _DECIDED:
            self.decided.clear()
        self.decided[self.deciding(values)] = reading._replace(time=None, fields={})

    def make_ready(self, key: tuple[int, Values], made: object) -> None:
        """Keep what was made of a reading and a header."""
        if len(self.ready) >= _DECIDED:
            self.ready.clear()
        self.ready[key] = made


_BETWEEN: Final = '",'
_BEFORE: Final = ':"'


def _getter(places: Sequence[int]) -> Callable[[Values], Values]:
    if len(places) > 1:
        return itemgetter(*places)
    return itemgetter(slice(places[0], places[0] + 1) if places else slice(0))


class KnownShapes:
    """The shapes of one file's lines.

    Attributes:
        facts: what the format states.
        guesses: the shape of the last text of which `ShapeFacts.guess` said the same.
    """

    def __init__(self, facts: ShapeFacts) -> None:
        """Know none."""
        self.facts = facts
        self.guesses: dict[Hashable, Shape] = {}
        self._every: list[Shape] = []
        self._seen: Counter[Learned] = Counter()
        self._tries = 0

    def find(self, text: str, guess: Hashable) -> tuple[Shape, re.Match[str]] | None:
        """Return the shape of a text that `prepared` gave with what its expression took, or None."""
        for place, shape in enumerate(self._every):
            if (found := shape.match(text)) is not None and not (shape.bare and '"' in text):
                if place:
                    self._every.insert(0, self._every.pop(place))
                if len(self.guesses) >= _GUESSES:
                    self.guesses.clear()
                self.guesses[guess] = shape
                return shape, found
        return None

    def forget_headers(self) -> None:
        """Forget what was made of headers; their numbers begin anew."""
        for shape in self._every:
            shape.ready.clear()

    def learn(self, message: str, reading: Reading) -> None:
        """Learn of a message that was read the plain way: its shape, and what the values that decide mean."""
        text = prepared(message)
        if not text:
            return
        known = self.find(text, self.facts.guess(text)) or self._learned(text, reading)
        if known is not None and known[1].start(1) == known[0].head:
            known[0].remember(known[1].groups(), reading)

    def _learned(self, text: str, reading: Reading) -> tuple[Shape, re.Match[str]] | None:
        """Learn a shape, if the fields of its lines are their values as they stand."""
        if self._tries >= _TRIES:
            return None
        self._tries += 1
        learned = self.facts.learn(text)
        if learned is None or len(set(learned.names)) != len(learned.names):
            return None
        self._seen[learned] += 1
        if self._seen[learned] < _WORTH:
            return None
        shape = Shape(learned, self.facts)
        found = shape.match(text)
        if found is None or None in found.groups() or (shape.bare and '"' in text):
            return None
        fields = msgspec.json.decode(shape.data(found.groups()))
        if fields != reading.fields or list(fields) != list(reading.fields):
            return None
        shape.head = found.start(1)
        self._every.insert(0, shape)
        if len(self._every) > _SHAPES:
            self._every.pop()
            self.guesses.clear()
        return shape, found


def key_value_shape(message: str) -> Learned | None:
    """Return the shape of ``key=value key="value"``, single blanks between them; None where it is another."""
    parts, names, end = [], [], 0
    for found in _NAMED.finditer(message):
        if found.start() != end:
            return None
        names.append(found[1])
        parts.append(
            f'{re.escape(found[1])}="([^"]*+)"' if found[2] is not None else rf'{re.escape(found[1])}=([^ "=]*+)'
        )
        end = found.end()
    if end != len(message) or not names or message.endswith(" "):
        return None
    return Learned(" ".join(parts), tuple(names))
