"""Texts of messages with named places, as makers' manuals print them: data files hold them, a line is compared.

A text is what the manual prints, with places in braces:

- ``{name}``: a word, up to a blank or to the character that follows in the text.
- ``{name:in}``: anything up to the character that follows in the text, blanks too.
- ``{name:text}``: anything up to what follows in the text; ``{name:rest}``: anything up to the end.
- ``{name:most}``: anything up to the last place where the rest of the text fits.
- ``{name:number}``: a whole number. ``{name:host}``: an address or name, without a colon at its end.
- ``{name:bracketed}``: ``<anything>`` or a word. ``{name:quoted}``: ``'anything'``, ``"anything"`` or a word.
- ``{name:line}``: a line by which one is logged on, ``vty0`` or ``console``.
- ``{name=yes|no}``: one of these words. ``{=yes|no}``: the same, of which nothing is kept.
- ``{src:end}``: ``interface:address/port(user)``, of which all but the address may be missing; gives ``src_interface``,
  ``src_ip``, ``src_port`` and ``src_user``. ``{src:address}`` is the same without an interface, ``{src:listed}`` is
  ``interface/address(port)``, ``{src:mapped}`` is ``address/port`` after translation (``src_mapped_ip`` ...), and
  ``{src:icmp}`` is an end of ICMP, of which what stands for a port is ``src_icmp``.
- ``{:name}``: a part that the file defines under ``[parts]``.
- ``[[...]]``: what may be missing.

A place that is empty gives no field. A blank of a text, or before its punctuation, is any number of blanks in a line;
capitals do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import rtoml

from yadorigi.errors import ContentError

if TYPE_CHECKING:
    from yadorigi.sources.lines.fields import Fields

_TOKEN: Final = re.compile(r"\{(\w*)(?::(\w+)|=([^{}]+))?\}|(\[\[)|(\]\])|([^{}\[\]]+|[\[\]])")
_PORT: Final = r"(?:/([\w\-]++))?"
_USER: Final = (
    r"(?: ?\((?!type|user=|current connections|[\w.:\-]++/|\d[\d.]*+\)|[0-9a-f]*+:[0-9a-f:.]++\))([^()]{1,256}+)\))?"
)
_ADDRESS: Final = r"([^\s/(),:]*+(?:[:\w.%\-]*\w)?)"
_ENDS: Final = {
    "end": (rf"(?:(NP Identity Ifc|[^\s:/(),]++):)?{_ADDRESS}{_PORT}{_USER}", ("interface", "ip", "port", "user")),
    "icmp": (
        rf"(?:(?=[^\s:/(),.]*[^\s:/(),.0-9a-f])([^\s:/(),.]++):)?{_ADDRESS}{_PORT}{_USER}",
        ("interface", "ip", "icmp", "user"),
    ),
    "address": (rf"{_ADDRESS}{_PORT}{_USER}", ("ip", "port", "user")),
    "listed": (r"([^\s/]++)/([^\s()]++)\(([\w\-]++)\)(?:\(([^()]{1,256}+)\))?", ("interface", "ip", "port", "user")),
    "mapped": (r"([^\s/(),]++)(?:[/(]([\w\-]++))?", ("mapped_ip", "mapped_port")),
}
"""Patterns whose parts exclude what follows them, so that no line makes them try twice."""
_BLANKS: Final = " *+"
_PIECE: Final = re.compile(r" +|[:,=]|[^ :,=]+")
_PUNCTUATION: Final = frozenset(":,=")
_PLACES: Final = {
    "text": r"(.{1,400}?)",
    "rest": r"(.*+)",
    "most": r"(.*(?<! ))",
    "number": r"(-?\d++)",
    "host": r"((?>[0-9a-f]*+:[0-9a-f]*+:[0-9a-f:.]*[0-9a-f])|(?>[\w.\-]*\w))",
    "line": r"((?:console|con|vty|tty|aux) ?\d*+(?![\w.\-]))",
    "bracketed": r"(?:[<(]([^<>()]{0,400}+)[>)]|([^\s<>,:]++))",
    "quoted": r"""(?:'([^']{0,400}+)'|"([^"]{0,400}+)"|([^\s'",:]++))""",
}


class Text(NamedTuple):
    """A text ready for comparison.

    Attributes:
        pattern: with one group for each field.
        names: of the fields; a name may come again, of which only one matches.
    """

    pattern: re.Pattern[str]
    names: tuple[str, ...]

    def fields_of(self, text: str, start: int = 0) -> Fields | None:
        """Return the fields of a text that begins as this one does; None where it does not."""
        found = self.pattern.match(text, start)
        if found is None:
            return None
        return {
            name: bare
            for name, value in zip(self.names, found.groups(), strict=True)
            if value and (bare := value.strip())
        }


class Message:
    """A kind of message; its texts are made ready when the first message of it comes.

    Attributes:
        kind: part of its channel.
    """

    __slots__ = ("_parts", "_texts", "_written", "kind")

    def __init__(self, kind: str, written: tuple[str, ...], parts: Mapping[str, str]) -> None:
        """Take the texts that it may have, in the order in which they are tried."""
        self.kind = kind
        self._written = written
        self._parts = parts
        self._texts: tuple[Text, ...] | None = None

    @property
    def texts(self) -> tuple[Text, ...]:
        """Its texts, ready for comparison."""
        if self._texts is None:
            self._texts = tuple(compiled(text, self._parts) for text in self._written)
        return self._texts


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: str
    texts: tuple[str, ...]
    ids: tuple[int | str, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    message: tuple[_Entry, ...]
    parts: dict[str, str] = {}
    others: tuple[_Entry, ...] = ()


class Messages(NamedTuple):
    """The messages of a maker.

    Attributes:
        known: messages by number or name; one number may be several kinds of event, by its text.
        others: texts that messages of any other number may have.
    """

    known: Mapping[str, tuple[Message, ...]]
    others: tuple[Message, ...]

    def read(self, name: str, text: str, start: int = 0) -> tuple[str, Fields]:
        """Return kind and fields of a message; "" and none where no text fits.

        A message of one kind is of that kind also where its text is another than is known.
        """
        known = self.known.get(name, ())
        sure = known[0].kind if len(known) == 1 else ""
        for message in (*known, *self.others):
            for one in message.texts:
                fields = one.fields_of(text, start)
                if fields is not None:
                    return sure or message.kind, fields
        return sure, {}


@cache
def messages_of(name: str) -> Messages:
    """Return the messages that a file in ``content/appliances`` holds.

    Raises:
        ContentError: it is broken; it names what is wrong.
    """
    path = files("yadorigi") / "content" / "appliances" / name
    try:
        data = msgspec.convert(rtoml.loads(path.read_text("utf-8")), _File, str_keys=True)
    except ValueError as error:
        raise ContentError(f"{name}: {error}") from error
    known: dict[str, tuple[Message, ...]] = {}
    for entry in data.message:
        message = Message(entry.kind, entry.texts, data.parts)
        for number in entry.ids:
            known[str(number)] = (*known.get(str(number), ()), message)
    return Messages(known, tuple(Message(entry.kind, entry.texts, data.parts) for entry in data.others))


def compiled(text: str, parts: Mapping[str, str]) -> Text:
    """Return a text ready for comparison.

    Raises:
        ContentError: it holds what the language does not know.
    """
    for name, part in parts.items():
        text = text.replace(f"{{:{name}}}", part)
    tokens = list(_TOKEN.finditer(text))
    if "".join(token[0] for token in tokens) != text:
        raise ContentError(f"{text!r} is no text of a message")
    pattern, names = "", []
    for number, token in enumerate(tokens):
        name, kind, words, opened, closed, literal = token.groups()
        if opened or closed:
            pattern += "(?:" if opened else ")?"
        elif literal is not None:
            pattern += _literal(literal)
        else:
            own, own_names = _place(name, kind or "", words, _following(tokens[number + 1 :]))
            pattern += own
            names += own_names
    try:
        return Text(re.compile(pattern, re.IGNORECASE | re.ASCII), tuple(names))
    except re.error as error:
        raise ContentError(f"{text!r}: {error}") from error


def _literal(text: str) -> str:
    return "".join(
        _BLANKS if part.isspace() else part if part == _BLANKS else re.escape(part) for part in _pieces(text)
    )


def _pieces(text: str) -> Iterator[str]:
    for piece in _PIECE.findall(text):
        if piece in _PUNCTUATION:
            yield _BLANKS
        yield piece


def _following(tokens: list[re.Match[str]]) -> list[str]:
    """Return the literals of which one follows a place: the next, and where that may be missing those behind it."""
    found, depth, inside = [], 0, False
    for token in tokens:
        if token[4]:
            depth, inside = depth + 1, False
        elif token[5]:
            depth -= 1
        elif token[6] is None:
            if not depth:
                break
        elif (not depth or not inside) and not token[6].isspace():
            found.append(token[6])
            inside = True
            if not depth:
                break
    return found


def _place(name: str, kind: str, words: str | None, following: list[str]) -> tuple[str, list[str]]:
    """Return the pattern of a place, and the names of its groups."""
    if words is not None:
        choice = "|".join(_literal(word) for word in words.split("|"))
        return (f"({choice})", [name]) if name else (f"(?:{choice})", [])
    if kind in _PLACES:
        pattern = _PLACES[kind]
        return pattern, [name] * re.compile(pattern).groups
    if kind in _ENDS:
        pattern, parts = _ENDS[kind]
        return pattern, [f"{name}_{part}" for part in parts]
    if kind == "in":
        return rf"([^{re.escape(following[0][0]) if following else ''}]{{0,400}}+)", [name]
    if kind:
        raise ContentError(f"places are not of the kind {kind!r}")
    until = {literal.strip()[:1] for literal in following}
    return rf"([^\s{''.join(re.escape(one) for one in sorted(until) if not one.isalnum())}]++)", [name]
