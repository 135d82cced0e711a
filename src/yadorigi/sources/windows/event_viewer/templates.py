"""Which line of a rendered message shows which field: the lines laid over the template that Windows made them by.

A template says which headings and labels follow each other. Values are written by whoever caused the event, and may
hold line ends and words that look like labels; so a line counts as a label only in its place in the order, and where
more lines than one could be the label, the whole message decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

from yadorigi.limits import EXPORT_LABELS_LIMIT
from yadorigi.sources.windows.event_viewer.wordings import word_key

_LABELLED: Final = re.compile(r"([ \t]*)([^ \t:\uff1a][^:\uff1a\t]{0,80})[:\uff1a][\t ]*(.*)", re.DOTALL).fullmatch
_LABELLED_BY_A_BLANK: Final = re.compile(
    r"([ \t]*)([^ \t:\uff1a][^:\uff1a\t]{0,80})[:\uff1a](?:\t+| ?)(.*)", re.DOTALL
).fullmatch
_WITHOUT_COLON: Final = re.compile(r"([ \t]*)([^ \t][^\t]{0,60})(?:\t+(.*))?", re.DOTALL)
"""Some templates forget the colon behind a heading or a label."""
_GAPS: Final = re.compile(r"\s{4,}")
"""Where a line end and what stands before a line became blanks."""
_SMALL_GAPS: Final = re.compile(r"\s{2,}")
_EXPLANATIONS: Final = re.compile(
    r"\s(?:This event is (?:generated|logged)|This is (?:usually|most commonly)"
    r"|The (?:subject|logon type|impersonation level) (?:fields?|indicates)|Pre-?authentication types"
    r"|Certificate information is only|Ticket options|If the ticket was|Token Elevation Type indicates"
    r"|\u3053\u306e\u30a4\u30d9\u30f3\u30c8\u306f)"
)
"""How explanations of the Security log begin that follow the last value, where no blanks tell them apart."""
_OTHER_LABEL: Final = re.compile(r" ?\t[^\t:\uff1a]{1,80}[:\uff1a](?:[\t ].*)?", re.DOTALL).fullmatch


_OUTER_LABEL: Final = re.compile(r"[^\s:\uff1a][^:\uff1a\t]{0,80}[:\uff1a]\t").match
_MARKS_OF_DIRECTION: Final = dict.fromkeys((0x200E, 0x200F))
"""Event Viewer puts them between the parts of times."""


def without_marks(text: str) -> str:
    """Return a text without the marks of direction that Event Viewer puts into it."""
    return text.translate(_MARKS_OF_DIRECTION) if "\u200e" in text or "\u200f" in text else text


def plain_label(words: str) -> str:
    """Return a label as programs compare it that make names of labels: letters and digits alone."""
    return "".join(filter(str.isalnum, words)).casefold()


class Slot(NamedTuple):
    """One place of a template.

    Attributes:
        section: id of the heading that it is or stands under, "" where it stands under none.
        label: id of the label, "" of a heading.
        field: native name of what stands behind the label or, of a heading without labels, under it; else "".
        open: whether whoever caused the event chose the text, so that it may hold anything.
        long: whether it is a text of many lines, as a rule: a command line, the description of a task.
    """

    section: str
    label: str
    field: str = ""
    open: bool = False
    long: bool = False


class Line(NamedTuple):
    """A line that has the form of a heading or a label.

    Attributes:
        number: which line of the message, from 0.
        words: what stands before the colon.
        value: what stands behind it.
        indented: whether it stands under a heading.
    """

    number: int
    words: str
    value: str
    indented: bool

    @property
    def heading(self) -> bool:
        """Whether it can be a heading."""
        return not self.indented and not self.value.strip()


class Values(NamedTuple):
    """What the lines of a message say.

    Attributes:
        texts: by native name.
        in_order: whether each label stands in its place, and once.
        rest: whether it says more than the texts: there are labels that nothing is known of.
    """

    texts: dict[str, str]
    in_order: bool
    rest: bool


@dataclass(frozen=True)
class Vocabulary:
    """What is known of words.

    Attributes:
        sections, labels: ids by the key of a wording.
        wordless: ids of headings and labels whose wording in Japanese is not known, as ``section:id`` or ``label:id``.
        spellings: how each is written, by such an id.
    """

    sections: Mapping[str, str]
    labels: Mapping[str, str]
    wordless: frozenset[str]
    spellings: Mapping[str, Sequence[str]]


class Template:
    """The order of an event's headings and labels.

    Attributes:
        slots: the places in their order.
    """

    def __init__(
        self, slots: Sequence[Slot], endings: Sequence[str], words: Vocabulary, *, one_blank: bool = False
    ) -> None:
        """Take the places in their order, and how the explanations begin that follow the last value.

        Args:
            slots: the places.
            endings: beginnings of explanations.
            words: what is known of headings and labels.
            one_blank: whether but one blank stands behind a colon, so that others are the value's.
        """
        self.slots = slots
        self._label = _LABELLED_BY_A_BLANK if one_blank else _LABELLED
        self._endings = tuple(endings)
        self._words = words
        self._headings = {slot.section: place for place, slot in enumerate(slots) if not slot.label}
        self._labels: dict[str, list[int]] = {}
        for place, slot in enumerate(slots):
            if slot.label:
                self._labels.setdefault(slot.label, []).append(place)

    @cached_property
    def fields_by_label(self) -> dict[str, tuple[str, ...]]:
        """Return the native fields of each label in their order, by the label without blanks and signs."""
        found: dict[str, tuple[str, ...]] = {}
        for slot in self.slots:
            if slot.label and slot.field:
                for key in {plain_label(words) for words in self._words.spellings[f"label:{slot.label}"]}:
                    found[key] = (*found.get(key, ()), slot.field)
        return found

    def values_of(self, message: str) -> Values:
        """Return the texts behind the labels; lines of a value that has several are joined."""
        message = message if "\n" in message.strip() else self._unfolded(message)
        lines = [line.removesuffix("\r") for line in message.split("\n")]
        labelled = list(self._labelled(lines))
        by_number = {line.number: line for line in labelled}
        chosen = self._in_order(labelled, {})
        if chosen is not None:
            chosen = self._completed(labelled, chosen, lines)
            return Values(self._values(lines, by_number, chosen, odd=False), True, self._rest(lines, labelled, chosen))
        if len(labelled) > EXPORT_LABELS_LIMIT:
            half = EXPORT_LABELS_LIMIT // 2
            labelled = [*labelled[:half], *labelled[-half:]]
        return Values(self._values(lines, by_number, self._best(labelled), odd=True), False, True)

    def _unfolded(self, message: str) -> str:
        """Return a message that some program wrote on one line in lines again, as far as labels tell of them."""
        parts = self._borders.split(message)
        lines = [parts[0]]
        section = ""
        for words, value in zip(parts[1::2], parts[2::2], strict=True):
            key = word_key(words)
            heading = not value.strip() and self._words.sections.get(key) in self._headings
            section = self._words.sections[key] if heading else section
            sections = {self.slots[place].section for place in self._labels.get(self._words.labels.get(key, ""), ())}
            # A label may stand under a heading in one version and under none in another.
            inner = (bool(section) and section in sections) or (bool(sections) and "" not in sections)
            lines.append(f"{words}:" if heading else ("\t" if inner else "") + f"{words}:\t{value.strip()}")
        rest, gaps = self._explained(parts)
        # Behind the last value an explanation may follow; a list of names has no sentences.
        pieces = gaps.split(rest)
        tails = (place for place, piece in enumerate(pieces) if place and (" " in piece or "。" in piece))
        last = "\r\n\t\t\t".join(pieces[: next(tails, len(pieces))]).strip()
        whole = lines[-1].removesuffix(parts[-1].strip()) + last if len(parts) > 1 else message
        return "\n".join((*lines[:-1], whole))

    def _explained(self, parts: Sequence[str]) -> tuple[str, re.Pattern[str]]:
        """Return the last value on one line as far as known explanations tell its end, and how gaps in it look."""
        rest = parts[-1].rstrip()
        places = self._labels.get(self._words.labels.get(word_key(parts[-2]), ""), ()) if len(parts) > 1 else ()
        if any(self.slots[place].open or self.slots[place].long for place in places):
            # What somebody chose may hold the beginning of an explanation; Windows's is the last one.
            ends = [end for ending in self._endings if (end := rest.rfind(ending)) > 0 and rest[end - 1].isspace()]
            return rest[: max(ends)].rstrip() if ends else rest, _GAPS
        found = _EXPLANATIONS.search(rest)
        return rest[: found.start()].rstrip() if found is not None else rest, _SMALL_GAPS

    @cached_property
    def _borders(self) -> re.Pattern[str]:
        """What separates the values of a message on one line: the words of this template's headings and labels."""
        ids = {f"label:{slot.label}" if slot.label else f"section:{slot.section}" for slot in self.slots}
        words = sorted({word for own in ids for word in self._words.spellings.get(own, ())}, key=len, reverse=True)
        return re.compile(rf"\s({'|'.join(map(re.escape, words))})\s*[:\uff1a]" if words else r"(?!)()", re.IGNORECASE)

    def _labelled(self, lines: Sequence[str]) -> Iterator[Line]:
        for number, line in enumerate(lines):
            parts = self._label(line) if ":" in line or "\uff1a" in line else None
            if parts is not None:
                yield Line(number, parts[2].strip(), parts[3], bool(parts[1]))
                continue
            parts = _WITHOUT_COLON.fullmatch(line)
            if parts is None or bool(parts[1]) is (parts[3] is None):
                continue
            known = self._words.labels if parts[1] else self._words.sections
            if word_key(parts[2]) in known:
                yield Line(number, parts[2].strip(), parts[3] or "", bool(parts[1]))

    # ------------------------------------------------------------------------------------------- where no line is odd

    def _in_order(self, labelled: list[Line], headings: Mapping[int, str]) -> dict[int, int] | None:
        """Return the place of each line that has one, None where lines are not in the order of the template."""
        chosen: dict[int, int] = {}
        section: str | None = ""
        last = -1
        for line in labelled:
            key = word_key(line.words)
            if line.heading:
                named = headings.get(line.number) or self._words.sections.get(key)
                place = self._headings.get(named, -1) if named is not None else -1
                if place > last:
                    section, last = named, place
                    chosen[line.number] = place
                    continue
                if place >= 0:
                    return None
                if key not in self._words.labels:
                    section = section if last >= 0 and self.slots[last].long else None
                    continue
            places = self._labels.get(self._words.labels.get(key, ""), ())
            if not places:
                continue
            fitting = [place for place in places if self.slots[place].section == (section if line.indented else "")]
            if not line.indented and not fitting:
                fitting = [place for place in places if self.slots[place].section == section]
            later = next((place for place in fitting if place > last), -1)
            if later >= 0:
                last = later
                chosen[line.number] = later
            elif fitting or (last >= 0 and self.slots[last].open):
                return None
        return chosen

    def _completed(self, labelled: list[Line], chosen: dict[int, int], lines: Sequence[str]) -> dict[int, int]:
        """Return the places with those of lines whose Japanese wording is not known, where they fill a gap exactly."""
        strange = [line for line in labelled if line.number not in chosen and not line.words.isascii()]
        if not strange:
            return chosen
        headings = self._unnamed_headings(strange, chosen)
        if headings:
            again = self._in_order(labelled, headings)
            chosen = again if again is not None else chosen
        found = dict(chosen)
        found.update(self._outer_labels(strange, chosen, lines))
        placed = sorted(chosen.items())
        for position, (number, place) in enumerate(placed):
            slot = self.slots[place]
            end, until = placed[position + 1] if position + 1 < len(placed) else (len(lines), len(self.slots))
            if slot.long or (not slot.section and self._headings):
                continue
            end = next((at for at in range(number + 1, end) if not lines[at].strip()), end)
            places = [at for at in range(place + 1, until) if self.slots[at].section == slot.section]
            between = [line for line in strange if number < line.number < end and _OTHER_LABEL(lines[line.number])]
            if len(places) == len(between) and all(self._wordless(at) for at in places):
                found.update((line.number, at) for line, at in zip(between, places, strict=True))
        return found

    def _outer_labels(
        self, strange: list[Line], chosen: Mapping[int, int], lines: Sequence[str]
    ) -> Iterator[tuple[int, int]]:
        """Give the places of labels of no known wording that stand under no heading."""
        borders = [(-1, -1), *sorted(chosen.items()), (len(lines), len(self.slots))]
        for (start, first), (end, last) in pairwise(borders):
            if first >= 0 and self.slots[first].long:
                continue
            between = [
                line.number for line in strange if start < line.number < end and _OUTER_LABEL(lines[line.number])
            ]
            places = [at for at in range(first + 1, last) if not self.slots[at].section]
            if between and len(between) == len(places) and all(self._wordless(at) for at in places):
                yield from zip(between, places, strict=True)

    def _unnamed_headings(self, strange: list[Line], chosen: Mapping[int, int]) -> dict[int, str]:
        """Return the sections of headings of no known wording, where exactly those are left between known ones."""
        known = sorted((number, place) for number, place in chosen.items() if not self.slots[place].label)
        borders = [(-1, -1), *known, (1 << 62, len(self.slots))]
        found: dict[int, str] = {}
        for (start, first), (end, last) in pairwise(borders):
            lines = [line for line in strange if line.heading and start < line.number < end]
            lines = [line for line in lines if self._words.sections.get(word_key(line.words)) not in self._headings]
            places = [place for place in self._headings.values() if first < place < last]
            if lines and len(lines) == len(places) and all(self._wordless(place) for place in places):
                found.update(
                    (line.number, self.slots[place].section) for line, place in zip(lines, places, strict=True)
                )
        return found

    def _rest(self, lines: Sequence[str], labelled: list[Line], chosen: Mapping[int, int]) -> bool:
        """Say whether there are labels that nothing is known of, outside of texts of many lines."""
        long = False
        for line in labelled:
            if line.number in chosen:
                long = self.slots[chosen[line.number]].long
            elif not long and _OTHER_LABEL(lines[line.number]):
                return True
        return False

    def _wordless(self, place: int) -> bool:
        slot = self.slots[place]
        return (f"label:{slot.label}" if slot.label else f"section:{slot.section}") in self._words.wordless

    # --------------------------------------------------------------------------------------------- where some line is

    def _best(self, labelled: list[Line]) -> dict[int, int]:
        """Return the places that most lines can have in the order of the template.

        Of lines that could both be the label of an open value, the first is; of others the last, because what stands
        before it belongs to the open value before them.
        """
        fits = [self._fitting(line) for line in labelled]
        width, height = len(self.slots), len(labelled)
        most = [[0] * (width + 1) for _ in range(height + 1)]
        for row in range(height - 1, -1, -1):
            below, here, fitting = most[row + 1], most[row], fits[row]
            for column in range(width - 1, -1, -1):
                best = below[column] if below[column] > here[column + 1] else here[column + 1]
                if column in fitting and below[column + 1] + 1 > best:
                    best = below[column + 1] + 1
                here[column] = best
        chosen: dict[int, int] = {}
        row = column = 0
        while row < height and column < width and most[row][column]:
            best = most[row][column]
            taken = column in fits[row] and most[row + 1][column + 1] + 1 == best
            if taken and (self.slots[column].open or most[row + 1][column] < best):
                chosen[labelled[row].number] = column
                row, column = row + 1, column + 1
            elif most[row + 1][column] == best:
                row += 1
            else:
                column += 1
        return chosen

    def _fitting(self, line: Line) -> frozenset[int]:
        key = word_key(line.words)
        places = set(self._labels.get(self._words.labels.get(key, ""), ()))
        if line.indented:
            places = {place for place in places if self.slots[place].section or not self._headings}
        if line.heading and self._words.sections.get(key) in self._headings:
            places.add(self._headings[self._words.sections[key]])
        return frozenset(places)

    # --------------------------------------------------------------------------------------------------------- values

    def _values(
        self, lines: Sequence[str], labelled: Mapping[int, Line], chosen: Mapping[int, int], *, odd: bool
    ) -> dict[str, str]:
        found: dict[str, str] = {}
        numbers = sorted(chosen)
        for position, number in enumerate(numbers):
            slot = self.slots[chosen[number]]
            if not slot.field or slot.field in found:
                continue
            following = numbers[position + 1] if position + 1 < len(numbers) else -1
            if slot.long or (odd and slot.open):
                end = following if following >= 0 else self._ending(lines, number + 1)
                more = list(lines[number + 1 : end])
                while more and not more[-1].strip():
                    more.pop()
            else:
                more = _short(lines, number + 1, following if following >= 0 else len(lines))
            text = "\r\n".join((labelled[number].value, *more))
            text = text if slot.label else text.strip()
            found[slot.field] = text if slot.open else without_marks(text)
        return found

    def _ending(self, lines: Sequence[str], start: int) -> int:
        """Return the line in which the explanation behind the last value begins; the last one that looks like it."""
        for number in range(len(lines) - 1, start - 1, -1):
            if self._endings and lines[number].startswith(self._endings):
                return number
        return len(lines)


def _short(lines: Sequence[str], start: int, end: int) -> list[str]:
    """Return the lines of a value that goes on, up to an empty one or one that is a label of no known place."""
    found: list[str] = []
    for line in lines[start:end]:
        if not line.strip() or _OTHER_LABEL(line) or _OUTER_LABEL(line):
            break
        found.append(line)
    return found
