"""What a format of lines is. To add one, write a module with a `LineFormat` and add its line in `sources.formats`.

docs/how-to/write-a-source.md walks through it; `sources.appliances.fortigate` is an example.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock, Stamp, ZoneKnownBy


class LineError(ValueError):
    """A line is not what it looks like; the message says why."""


class BetweenLinesError(LineError):
    """A line is no record, but what a program writes between records; the message says what."""


class Header(NamedTuple):
    """What stands before a message: the header of syslog, the innermost where lines were relayed.

    Attributes:
        time: as written, or "".
        host: who wrote the line, or "".
        program: the tag (RFC 3164) or application (RFC 5424), or "".
        process: its process id as written, or "".
        priority: of 0 to 191, or -1.
        message_id: of RFC 5424, or "".
        structured: structured data of RFC 5424 as written, or "".
        relay: host of the header before this one, which a relay wrote, or "".
    """

    time: str = ""
    host: str = ""
    program: str = ""
    process: str = ""
    priority: int = -1
    message_id: str = ""
    structured: str = ""
    relay: str = ""


NO_HEADER = Header()


class Line(NamedTuple):
    """A line of a log.

    Attributes:
        text: as in the file, without its end.
        message: what stands behind the headers.
        header: the header, or `NO_HEADER`.
        claimed: what its message begins like, though its program says that it is another's text; or "".
    """

    text: str
    message: str
    header: Header
    claimed: str = ""


class Reading(NamedTuple):
    """What a format makes of a line.

    Attributes:
        channel: which log it is, ``format/kind`` in lower case: ``fortigate/vpn``. Rules and mappings go by it.
        fields: native fields by the names that the log or its maker's manual gives them.
        time: when it happened, or None: then the time of the header counts.
        host: who tells of it, or "": then the header's host counts.
        event_id: the maker's number for this kind of message, or 0.
        level: word of syslog for its severity (``notice``), or "": then the header's priority counts.
        told: what whoever reads the file should know of the line, or "".
        whole: a record in its own form, with head and payload, where the line holds one; only the time counts beside it
    """

    channel: str
    fields: Mapping[str, Any]
    time: Stamp | None = None
    host: str = ""
    event_id: int = 0
    level: str = ""
    told: str = ""
    whole: Mapping[str, Any] | None = None


TIME_VALUE: Final = "\0time"
"""Name of a value that is the time and no native field."""

Values: TypeAlias = tuple[str, ...]
TimeOf: TypeAlias = "Callable[[Values, Clock], tuple[str, str, ZoneKnownBy] | None]"
"""Gives what a `Stamp` holds."""


def _quotes(text: str) -> int:
    return text.count('"')


class ShapeFacts(NamedTuple):
    """What a format states so that its lines can be read in one step.

    Attributes:
        learn: makes a shape of a message; None where it has none.
        deciding: native fields by which channel, host, number and level are decided, and nothing else does but whether
            the header names a host.
        time_fields: native fields that the time is read from, those that few lines have at the end.
        time: reads it from their values, "" for one that a line does not have; at the end these are left out.
        guess: gives, from little of each of some lines, what lines of one shape mostly have in common and others have
            not.
        prepare: gives a text in which values are JSON as they stand, "" where it has none; None for `shapes.prepared`.
        begins: what stands for a message where a header is split by itself; it is one that has nothing of a header, and
            may be structured data.
        by_header: whether more than whether the header names a host decides what is read, and there may be fields in
            front of and behind those of the expression, which the header and the deciding values decide.
        header_time: whether the time of the header counts where the fields have none.
        between: a sign that is not to be printed and parts values, so that none has it; or "".
        escaped: a sign because of which a plain text is to be prepared, too; or "".
        time_key: gives what of the values of the time's fields decides the time, of each of some lines, where that is
            less than all of them; then it has more parts than there are such fields.
        usual_times: gives what `time` does, of each of some lines that state year and zone in the usual form; None for
            others.
        apart: gives, from all of a line, what tells those apart that are of several shapes after all: mostly how many
            quotes there are.
        header: expression for headers, as `shapes.header_form` makes them, where it is not the usual one.
        header_times: the times in it, besides those of ISO 8601. What stands behind the header is of the message alone.
    """

    learn: Callable[[str], Learned | None]
    deciding: frozenset[str]
    time_fields: tuple[str, ...]
    time: TimeOf
    guess: Callable[[Sequence[str]], Sequence[Hashable]]
    prepare: Callable[[str], str] | None = None
    begins: str = "a=1,b"
    by_header: bool = False
    header_time: bool = False
    between: str = ""
    escaped: str = ""
    time_key: Callable[[Sequence[Values]], Sequence[Values]] | None = None
    usual_times: Callable[[Sequence[Values]], list[tuple[str, str, ZoneKnownBy] | None]] | None = None
    apart: Callable[[str], Hashable] = _quotes
    header: str = ""
    header_times: str = ""


class LearnedField(NamedTuple):
    """A native field of lines of a shape.

    Attributes:
        name: of the field.
        group: name of the group whose value it has; "" where it is the same in all lines.
        text: what it is in all lines, as JSON without its quotes.
    """

    name: str
    group: str
    text: str = ""


class Learned(NamedTuple):
    """An expression for whole messages, and what it takes.

    Attributes:
        expression: its groups are values, all of which take part, and none may hold a quote. What stands before the
            first one never varies; of structured data, nothing does outside of them. A backslash comes doubled. Only
            lines with as many quotes as it has outside of classes of signs are given to it, so that values need not be
            kept free of them.
        names: of the native field of each group.
        fields: the native fields in their order, where these are not just the groups.
        deciding: those of `ShapeFacts.deciding` that decide in lines of this shape, where it is not all of them.
        nested: whether groups stand in others - in the first one, which never is the same in all lines - and some need
            not take part.
        solid: names of groups whose values might be empty, or begin or end with a blank, as those of the lines do not.
        hollow: names of groups that take nothing, or take no part.
    """

    expression: str
    names: tuple[str, ...]
    fields: tuple[LearnedField, ...] = ()
    deciding: frozenset[str] | None = None
    nested: bool = False
    solid: tuple[str, ...] = ()
    hollow: tuple[str, ...] = ()


class Joiner(Protocol):
    """Joins lines that are one event: it is given the readings of one file in their order."""

    def take(self, reading: Reading, header: Header, line: int) -> Iterable[tuple[Reading, Header, int]]:
        """Take a reading with its header and the number of its line; give events that are whole now."""

    def rest(self) -> Iterable[tuple[Reading, Header, int]]:
        """Give what waits for more, at the end of the file."""


@dataclass(frozen=True, slots=True)
class LineFormat:
    """A format of which every record is a line.

    Attributes:
        name: as it stands in ``summary.json``, and before the slash of its channels.
        title: for people.
        read: makes a reading of a line; raises `LineError` where the line is not what it looks like.
        opening: regular expression without groups that is found at the beginning of its messages (or of the structured
            data of RFC 5424 in front of them), and of no others; "" where the program alone tells. What stands at the
            first character has to be its own: whoever is watched chooses words in the midst of others' messages.
        loose: the same for messages with any text in front. It is asked where no opening fits, and no program is named.
        programs: tags of syslog, in lower case, whose lines are of this format where no opening says another.
        keeps: whether lines of its programs are another's only where `abroad` of that says so, as their texts may be
            chosen from the first character on; what begins otherwise like another's is told.
        abroad: regular expression without groups for messages that it writes under tags of others' programs, from the
            tag on, in lower case: ``sshd: SSHD_LOGIN_FAILED: ``.
        shapes: what makes lines that repeat the names of others readable in one step, or None.
        joiner: makes what joins its lines, where several are one event; its files are read in one piece.
        alone: whether its files hold nothing else, so that no line of them is tried as one of another format: what
            somebody else has written into them must not pass for a record of its own.
        sole: finds, at the beginning of messages (or of structured data), what no format before it is known by and its
            own opening fits; None where that is not known. It spares most lines to be asked for all formats.
        certain: finds, at the beginning of messages of its programs, what nobody else writes behind their tags. Then no
            opening is asked: users, commands and paths that follow may be chosen so that one fits.
        first: whether who is watched may choose how its lines begin, as a client does the address that a proxy passes
            on. Where hardly a line of a file begins with a header, what fits `opening` or `loose` is of its format.
        titled: finds the title that its files begin with, where it says all: explanations may follow that are longer
            than the log.
    """

    name: str
    title: str
    read: Callable[[Line, Clock], Reading]
    opening: str = ""
    loose: str = ""
    programs: frozenset[str] = field(default_factory=frozenset)
    keeps: bool = False
    abroad: str = ""
    joiner: Callable[[], Joiner] | None = None
    shapes: ShapeFacts | None = None
    alone: bool = False
    sole: Callable[[str], object] | None = None
    certain: Callable[[str], object] | None = None
    first: bool = False
    titled: Callable[[str], object] | None = None
