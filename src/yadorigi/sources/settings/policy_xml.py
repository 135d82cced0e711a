"""Reports of group policies as XML, cut into the records that matter, without ever holding the whole document.

Safe on hostile text: a document type is refused (so there is nothing to expand), and the depth, number and size of
elements are limited.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

_DECLARATION: Final = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
_ROOT: Final = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}\?>)?\s*(?:<!--.{0,500}?-->\s*)?<(?:\w+:)?(Rsop|GPO|report)\b", re.DOTALL
)
_NAMESPACE: Final = "microsoft.com/grouppolicy/"
_DEPTH_LIMIT: Final = 64
_ELEMENTS_LIMIT: Final = 5_000_000
_RECORD_ELEMENTS_LIMIT: Final = 5_000
_TEXT_LIMIT: Final = 4_096

RECORDS: Final = frozenset({
    "AuditSetting", "RegistrySetting", "Registry", "Policy", "EventLog", "LinksTo", "SecurityDescriptor",
})  # fmt: skip
"""Elements that are given whole."""

LEAVES: Final = frozenset({"Name", "Identifier", "Enabled", "FilterName", "SearchedSOM"})
"""Elements outside of records whose text is given."""


class PolicyXmlError(Exception):
    """The document cannot be read on; the text says why."""


@dataclass(slots=True)
class Node:
    """An element: its name without namespace, its attributes, text and children."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def child(self, name: str) -> Node | None:
        """Return the first child of a name."""
        return next((child for child in self.children if child.name == name), None)

    def of(self, name: str) -> str:
        """Return the text of the first child of a name, or ""."""
        found = self.child(name)
        return found.text.strip() if found is not None else ""


Take = Callable[[tuple[str, ...], Node], None]
"""Takes an element of `RECORDS` or `LEAVES`, or the end of a ``GPO``, with the names of the elements around it."""


def root_of(head: str) -> str:
    """Return ``Rsop``, ``GPO`` or ``report`` where a document begins like a report of group policies, else ""."""
    found = _ROOT.match(head)
    return found[1] if found is not None and _NAMESPACE in head.casefold() else ""


def read_records(text: str, take: Take) -> None:
    """Give the records of a document in its order.

    Raises:
        PolicyXmlError: it is no well-formed XML, has a document type, or is too large; what was given before stays.
    """
    declaration = _DECLARATION.match(text)
    # The declaration may name the encoding that the text had before it was decoded.
    body = text[declaration.end() :] if declaration else text
    reader = _Reader(take)
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(body.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise PolicyXmlError(f"line {error.lineno}: {expat.ErrorString(error.code)}") from error


def _refuse(*_: object) -> None:
    raise PolicyXmlError("XML with a document type, which no report has")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _Reader:
    """Builds records from what the parser tells."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._path: list[str] = []
        self._open: list[Node] = []
        self._elements = 0
        self._in_record = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = _local(name)
        self._elements += 1
        if self._elements > _ELEMENTS_LIMIT or len(self._path) >= _DEPTH_LIMIT:
            raise PolicyXmlError(f"more than {_ELEMENTS_LIMIT:,} elements, or deeper than {_DEPTH_LIMIT}")
        if self._open or local in RECORDS or local in LEAVES:
            self._in_record = self._in_record + 1 if self._open else 1
            if self._in_record > _RECORD_ELEMENTS_LIMIT:
                raise PolicyXmlError(f"one setting of more than {_RECORD_ELEMENTS_LIMIT:,} elements")
            node = Node(local, {_local(key): value[:_TEXT_LIMIT] for key, value in attributes.items()})
            if self._open:
                self._open[-1].children.append(node)
            self._open.append(node)
        self._path.append(local)

    def end(self, name: str) -> None:
        del name
        local = self._path.pop()
        if self._open:
            node = self._open.pop()
            if not self._open:
                self._take(tuple(self._path), node)
        elif local == "GPO":
            self._take(tuple(self._path), Node(local))

    def characters(self, text: str) -> None:
        if self._open:
            node = self._open[-1]
            node.text += text[: max(_TEXT_LIMIT - len(node.text), 0)]
