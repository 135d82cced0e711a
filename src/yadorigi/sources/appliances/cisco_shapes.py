r"""Shapes of the messages of Cisco ASA: the text of the manual that fits, and which of its places a line fills.

See `lines.shapes`. Quotes are escaped before a line is looked at, because the whole message is a field too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from yadorigi.sources.appliances.message_texts import messages_of
from yadorigi.sources.lines.format import Learned, LearnedField
from yadorigi.sources.lines.shapes import HEADER_GROUPS, header_form

if TYPE_CHECKING:
    from yadorigi.sources.appliances.message_texts import Text

_TAG: Final = re.compile(r"%(ASA|FTD|PIX|FWSM)-[0-7]-(\d{6}): (?=\S)", re.ASCII).match
HEADER_TIMES: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d"
HEADER: Final = header_form(HEADER_TIMES, r":? (?:(?!std(?:out|err) )[A-Za-z0-9][\w.\-]{0,63} ?:? )?(?=%)", "- (?=%)")
"""Headers in front of a message with a name: a host, with or without a colon, or none."""
_CLASS: Final = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\.|\"", re.DOTALL)
_PARENTHESES: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\??|\)", re.DOTALL)
_SOLID: Final = re.compile(r"\[(?:\^\\s|\\w)[^\[\]]*\]\+\+|-\?\\d\+\+|[A-Za-z|]+", re.ASCII).fullmatch
"""Expressions of which no value is empty or has blanks."""
_LONGEST: Final = 2_048


def prepared_message(text: str) -> str:
    r"""Return a text with its quotes escaped; "" where it has signs that are not plain."""
    return text.replace('"', '\\"') if text.isprintable() and "\\" not in text else ""


def asa_shape(text: str) -> Learned | None:
    """Return the shape of a message whose text the manual has, or None."""
    tag = _TAG(text)
    if tag is None or text.endswith(" ") or len(text) > _LONGEST:
        return None
    plain, number = text.replace('\\"', '"'), tag[2].lstrip("0")
    before: list[Text] = []
    for message in messages_of("cisco_asa_messages.toml").known.get(number, ()):
        for own in message.texts:
            found = own.pattern.match(plain, tag.end())
            if found is not None:
                return _learned(tag, before, own, found)
            before.append(own)
    return None


def _learned(tag: re.Match[str], before: list[Text], own: Text, found: re.Match[str]) -> Learned | None:
    """Return the shape of lines that fill the same places of a text, and fit none of those before it."""
    there = [bool(value) and bool(value.strip()) for value in found.groups()]
    filled = [name for name, is_there in zip(own.names, there, strict=True) if is_there]
    if len(set(filled)) != len(filled) or not filled or {"product", "message"} & set(filled):
        return None
    names, checks, hollow = ["message"], "", []
    behind = HEADER_GROUPS + len(names) + 1
    for place, (name, is_there) in enumerate(zip(own.names, there, strict=True)):
        # The whole message is the first group.
        names.append(name if is_there else f"\0{place}")
        if is_there:
            checks += f"(?({place + behind})|(?!))"
        elif found.group(place + 1) is None:
            checks += f"(?({place + behind})(?!))"
        else:
            hollow.append(names[-1])
    others = "".join(f"(?!{_escaped(_without_groups(one.pattern.pattern))})" for one in before)
    expression = rf"({re.escape(tag[0])}(?i:{others}(?>{_escaped(own.pattern.pattern)})){checks}.*+(?<! ))"
    sources = _groups(own.pattern.pattern)
    solid = [
        name
        for name, is_there, source in zip(own.names, there, sources, strict=True)
        if is_there and not _SOLID(source)
    ]
    fields = [LearnedField("product", "", tag[1]), LearnedField("message", "message")]
    fields += [LearnedField(name, name) for name in filled]
    return Learned(expression, tuple(names), tuple(fields), nested=True, solid=tuple(solid), hollow=tuple(hollow))


def _escaped(pattern: str) -> str:
    """Return an expression for texts whose quotes are escaped, and that have no other backslash."""
    return _CLASS.sub(_sign, pattern)


def _sign(found: re.Match[str]) -> str:
    sign = found[0]
    if sign in ('"', '\\"'):
        return r"\\" + '"'
    if sign.startswith("[^"):
        return rf"[^\\{sign[2:]}" if '"' in sign else sign
    return sign


def _without_groups(pattern: str) -> str:
    """Return an expression that captures nothing."""
    return re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?!\?)", _open, pattern)


def _groups(pattern: str) -> list[str]:
    """Return the expressions in the groups of an expression, in their order."""
    sources: dict[int, str] = {}
    opened: list[int] = []
    for found in _PARENTHESES.finditer(pattern):
        if found[0][0] == "(":
            opened.append(found.start())
            if found[0] == "(":
                sources[found.start()] = ""
        elif found[0] == ")" and (start := opened.pop()) in sources:
            sources[start] = pattern[start + 1 : found.start()]
    return list(sources.values())


def _open(found: re.Match[str]) -> str:
    return "(?:" if found[0] == "(" else found[0]


def asa_guess(texts: Sequence[str]) -> list[str]:
    """Return the names of messages, each with its first word."""
    return [text[(start := text.find("%")) : start + _BEGINNING] for text in texts]


_BEGINNING: Final = len("%ASA-6-302013: Built in")
