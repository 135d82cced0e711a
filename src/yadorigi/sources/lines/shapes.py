"""Lines of a shape that is known: read in one step, with the same result as by `LineFormat.read`.

The lines of a device repeat a few sequences of names. A shape is learned from a line that was read the plain way: one
expression takes all values, a template makes the native fields of them as JSON, and what else the reading says -
channel, host, number, level - is kept by those values that decide it. Only the time is read for each line. Whatever is
not plain about a line (escapes, control characters, another number of quotes, a time that cannot be read) sends it the
plain way, which is the specification; tests hold the two together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
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
_DECIDED: Final = 4_096
"""Readings that are kept of one shape."""
_NAMED: Final = re.compile(r'([\w.\-]+)=(?:"([^"\\]*)"|([^\s"=\\]*))(?: |$)')


class Shape:
    """A shape of messages.

    Attributes:
        match: takes a whole message.
        names: native fields, in the order of their values.
        quotes: in a message of it.
        decided: the reading without its time and fields, by the deciding values.
    """

    __slots__ = ("_deciding", "_template", "_times", "_values", "decided", "match", "names", "quotes")

    def __init__(self, learned: Learned, facts: ShapeFacts) -> None:
        """Make the expression, and note where the values are that matter."""
        self.match = re.compile(learned.expression, re.ASCII).fullmatch
        self.quotes = learned.quotes
        fields = [place for place, name in enumerate(learned.names) if name != TIME_VALUE]
        self.names = tuple(learned.names[place] for place in fields)
        pairs = [_ENCODE(name).decode().replace("%", "%%") + ':"%s"' for name in self.names]
        self._template = f"{{{','.join(pairs)}}}"
        self._values = _getter(fields) if len(fields) != len(learned.names) else None
        places = {name: place for place, name in enumerate(learned.names)}
        self._deciding = _getter([places[name] for name in sorted(facts.deciding) if name in places])
        # One value more than there are stands for fields that lines of this shape do not have.
        self._times = _getter([places.get(name, len(learned.names)) for name in facts.time_fields])
        self.decided: dict[object, Any] = {}

    def data(self, values: Values) -> str:
        """Return the native fields as JSON."""
        return self._template % (values if self._values is None else self._values(values))

    def deciding(self, values: Values) -> Values:
        """Return the values that decide what is read, apart from the time."""
        return self._deciding(values)

    def times(self, values: Values) -> Values:
        """Return the values of the fields of the time."""
        return self._times((*values, ""))


def _getter(places: Sequence[int]) -> Callable[[Values], Values]:
    if len(places) > 1:
        return itemgetter(*places)
    if not places:
        return lambda _: ()
    return lambda values: tuple([values[place] for place in places])


class KnownShapes:
    """The shapes of one file's lines.

    Attributes:
        facts: what the format states.
        every: the shapes, the one that was learned or found last first.
    """

    def __init__(self, facts: ShapeFacts) -> None:
        """Know none."""
        self.facts = facts
        self.every: list[Shape] = []
        self._tries = 0

    def find(self, message: str) -> tuple[Shape, Values] | None:
        """Return the shape of a message with its values, or None."""
        if "\\" in message or not message.isprintable():
            return None
        quotes = message.count('"')
        for place, shape in enumerate(self.every):
            if shape.quotes == quotes and (found := shape.match(message)) is not None:
                if place:
                    self.every.insert(0, self.every.pop(place))
                return shape, found.groups()
        return None

    def learn(self, message: str, reading: Reading) -> None:
        """Learn the shape of a message that was read the plain way, if its fields are its values as they stand."""
        if self._tries >= _TRIES or "\\" in message or not message.isprintable() or self.find(message) is not None:
            return
        self._tries += 1
        learned = self.facts.learn(message)
        if learned is None or len(set(learned.names)) != len(learned.names):
            return
        shape = Shape(learned, self.facts)
        found = shape.match(message)
        if found is None or msgspec.json.decode(shape.data(found.groups())) != dict(reading.fields):
            return
        self.every.insert(0, shape)
        del self.every[_SHAPES:]


def remember(shape: Shape, key: object, value: object) -> None:
    """Keep what was read by deciding values; there may be any number of hosts in a file."""
    if len(shape.decided) >= _DECIDED:
        shape.decided.clear()
    shape.decided[key] = value


def key_value_shape(message: str) -> Learned | None:
    """Return the shape of ``key=value key="value"``, single blanks between them; None where it is another."""
    parts, names, end = [], [], 0
    for found in _NAMED.finditer(message):
        if found.start() != end:
            return None
        names.append(found[1])
        parts.append(
            f'{re.escape(found[1])}="([^"]*)"' if found[2] is not None else rf'{re.escape(found[1])}=([^\s"=]*)'
        )
        end = found.end()
    if end != len(message) or not names or message.endswith(" "):
        return None
    return Learned(" ".join(parts), tuple(names), 2 * sum(part.endswith('"') for part in parts))
