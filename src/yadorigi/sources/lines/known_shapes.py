"""The shapes that lines of a file have: learned of those that were read the plain way, and guessed by little of others.

Lines of which `ShapeFacts.guess` says the same are mostly of one shape. Where they are not, `ShapeFacts.apart` tells
more of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import compress
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.shapes import HEADER_GROUPS, Shape, prepared

if TYPE_CHECKING:
    import re

    from yadorigi.sources.lines.format import Header, Learned, Reading, ShapeFacts, Values

_SHAPES: Final = 64
"""Shapes that are kept of one file; a log with more sequences of names than these repeats none often."""
_TRIES: Final = 1_000
"""Lines of a file that are looked at for new shapes."""
_WORTH: Final = 3
"""Lines of a shape after which it is worth to make its expression, which takes as long as fifty lines."""
_GUESSES: Final = 4_096
_DECIDED: Final = 4_096
"""Readings that are kept of all shapes for the next file."""
_ALIKE: Final = 64
"""Lines of one guess that say what the lines of a device have in common."""
_SAMPLES: Final = 2_048
"""The same, at most."""
_MISSED: Final = 64
"""Lines that were read together after so many of which a narrow shape is no longer tried."""
_APART: Final = None
"""What is guessed where lines are of several shapes, which `ShapeFacts.apart` has to tell apart."""


def header_key(header: Header, facts: ShapeFacts) -> Hashable:
    """Return what of a header decides what is read: all but the time, or whether it names a host."""
    return header._replace(time="", structured="") if facts.by_header else bool(header.host)


class Alike:
    """Lines of one guess and shape.

    Attributes:
        guess: what is known of them.
        shape: theirs.
        places: which lines of those that were looked at, in their order.
        values: of each of them, what the expression took.
    """

    __slots__ = ("guess", "places", "shape", "values")

    def __init__(self, guess: Hashable, shape: Shape, places: list[int], values: list[Values]) -> None:
        """Take them."""
        self.guess = guess
        self.shape = shape
        self.places = places
        self.values = values


class KnownShapes:
    """The shapes of one file's lines.

    Attributes:
        facts: what the format states.
    """

    def __init__(self, facts: ShapeFacts) -> None:
        """Know none."""
        self.facts = facts
        self._guesses: dict[Hashable, Shape | None] = {}
        self._every: list[Shape] = []
        self._samples: dict[Hashable, list[Values]] = {}
        self._wanted: dict[Hashable, int] = {}
        self._seen: Counter[Learned] = Counter()
        self._tries = 0

    def alike(self, texts: Sequence[str], quotes: int) -> list[Alike]:
        """Return the lines whose shapes are guessed rightly, those of one guess and shape together.

        Args:
            texts: as `prepared` gives them.
            quotes: how many quotes they have, all in all, or -1 where that is not known.
        """
        found: list[Alike] = []
        guesses = self._guesses
        for guess, places in self._by_guess(texts).items():
            shape = guesses[guess]
            if shape is not _APART:
                self._match(guess, shape, texts, places, found)
                continue
            by_more: dict[Hashable, list[int]] = {}
            for place in places:
                by_more.setdefault((guess, self.facts.apart(texts[place])), []).append(place)
            for more, some in by_more.items():
                own = guesses.get(more)
                if own is not None:
                    self._match(more, own, texts, some, found)
        if quotes < 0 or quotes != _quotes_of(found, texts):
            found = [_with_its_quotes(some, texts) for some in found]
        return [some for some in found if some.places]

    def _by_guess(self, texts: Sequence[str]) -> dict[Hashable, list[int]]:
        """Return the places of lines by what is guessed of them, if that says anything of their shape."""
        found: dict[Hashable, list[int]] = {}
        if not self._guesses:
            return found
        for place, guess in enumerate(self.facts.guess(texts)):
            if guess in found:
                found[guess].append(place)
            elif guess in self._guesses:
                found[guess] = [place]
        return found

    def _match(
        self, guess: Hashable, shape: Shape, texts: Sequence[str], places: list[int], found: list[Alike]
    ) -> None:
        """Match lines with the shape that is guessed, and those that are not as most are with the wide one."""
        match = shape.match
        # Each match is let go at once, so that the next one has its memory.
        values = [(taken := match(texts[place])) and taken.groups() for place in places]
        fit = list(filter(None, values))
        if len(fit) == len(places):
            found.append(Alike(guess, shape, places, fit))
            return
        found.append(Alike(guess, shape, list(compress(places, values)), fit))
        rest = [place for place, own in zip(places, values, strict=True) if own is None]
        if shape.wide is not None:
            shape.missed += len(rest)
            if shape.missed > _MISSED:
                self._guesses[guess] = shape.wide
            self._match(guess, shape.wide, texts, rest, found)

    def find(self, text: str, quotes: int) -> tuple[Shape, re.Match[str]] | None:
        """Return the shape of a text that `prepared` gave with what its expression took, or None.

        Args:
            text: the text.
            quotes: how many quotes it has.
        """
        for place, shape in enumerate(self._every):
            if shape.quotes == quotes and (found := shape.match(text)) is not None:
                if place:
                    self._every.insert(0, self._every.pop(place))
                self._guess(text, shape)
                return shape, found
        return None

    def _guess(self, text: str, shape: Shape) -> None:
        """Guess that lines of which the same is known as of one are of its shape, too."""
        guess = self.facts.guess((text,))[0]
        guesses = self._guesses
        if len(guesses) >= _GUESSES:
            self._forget_guesses()
        known = guesses.get(guess, shape)
        if known is not _APART and shape not in (known, known.wide):
            guesses[guess] = known = _APART
        if known is _APART:
            guess = (guess, self.facts.apart(text))
        known = guesses.get(guess)
        if known is not None and known.wide is not None:
            known.missed += shape not in (known, known.wide)
            if known.missed <= _MISSED:
                return
        guesses[guess] = shape

    def narrow(self, alike: Iterable[Alike]) -> None:
        """Learn what lines have in common that were read together, of more lines each time that too little was."""
        for some in alike:
            if some.shape.wide is not None or self._guesses.get(some.guess) is not some.shape:
                continue
            samples = self._samples.setdefault(some.guess, [])
            samples += some.values[:_SAMPLES]
            if len(samples) >= self._wanted.get(some.guess, _ALIKE):
                self._guesses[some.guess] = some.shape.narrowed(samples) or some.shape
                self._wanted[some.guess] = min(_SAMPLES, 4 * len(samples))
                samples.clear()

    def _forget_guesses(self) -> None:
        self._guesses.clear()
        self._samples.clear()
        self._wanted.clear()

    def forgive(self) -> None:
        """Count anew how many lines narrow shapes do not take."""
        for shape in self._guesses.values():
            if shape is not None:
                shape.missed = 0

    def begin_anew(self) -> None:
        """Know the shapes for another piece, or another file of the same format; headers are others there."""
        self._tries = 0
        self._seen.clear()
        self.forget_headers()
        if sum(len(shape.decided) for shape in self._every) > _DECIDED:
            for shape in self._every:
                shape.decided.clear()

    def forget_headers(self) -> None:
        """Forget what was made of headers; their numbers begin anew."""
        for shape in self._every:
            shape.ready.clear()

    def learn(self, message: str, reading: Reading, header: Header) -> None:
        """Learn of a message that was read the plain way: its shape, and what the values that decide mean.

        Args:
            message: the message, or the structured data of the header.
            reading: what was read of it.
            header: its header.
        """
        if reading.time is None and not self.facts.header_time:
            return
        text = (self.facts.prepare or prepared)(message)
        if not text:
            return
        known = self.find(text, text.count('"')) or self._learned(text, reading)
        if known is not None and known[1].start(HEADER_GROUPS + 1) == known[0].head:
            known[0].remember(known[1].groups(), reading, header_key(header, self.facts))

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
        values = found.groups()[HEADER_GROUPS:] if found is not None else ()
        if found is None or (None in values and not learned.nested) or shape.quotes != text.count('"'):
            return None
        if not shape.is_read(found.groups(), reading):
            return None
        shape.head = found.start(HEADER_GROUPS + 1)
        self._every.insert(0, shape)
        if len(self._every) > _SHAPES:
            self._every.pop()
            self._forget_guesses()
        return shape, found


def _quotes_of(alike: Iterable[Alike], texts: Sequence[str]) -> int:
    """Return how many quotes lines have if those of a shape have as many as it takes."""
    count = sum(some.shape.quotes * len(some.places) for some in alike)
    if sum(len(some.places) for some in alike) < len(texts):
        others = set(range(len(texts))).difference(*(some.places for some in alike))
        count += sum(texts[place].count('"') for place in others)
    return count


def _with_its_quotes(some: Alike, texts: Sequence[str]) -> Alike:
    """Return those of some lines that have as many quotes as their shape takes."""
    quotes = some.shape.quotes
    fit = [at for at, place in enumerate(some.places) if texts[place].count('"') == quotes]
    return Alike(some.guess, some.shape, [some.places[at] for at in fit], [some.values[at] for at in fit])
