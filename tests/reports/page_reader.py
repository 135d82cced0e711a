"""Reads a page as a browser would, strictly: elements, attributes, texts; what does not nest is an error."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "br", "input", "img", "hr"})
BLOCKS = frozenset(
    {"p", "li", "tr", "h1", "h2", "h3", "h4", "summary", "dt", "dd", "div", "section", "table", "details"}
)


@dataclass
class Element:
    """An element with what is in it."""

    tag: str
    attributes: dict[str, str]
    inside: list[Element | str] = field(default_factory=list)

    def every(self, tag: str = "") -> list[Element]:
        """All elements inside, of a tag if one is named, in the order of the page."""
        found = []
        for one in self.inside:
            if isinstance(one, Element):
                found += [one] * (not tag or one.tag == tag) + one.every(tag)
        return found

    def by_id(self, name: str) -> Element:
        """The element with an id."""
        (found,) = (one for one in self.every() if one.attributes.get("id") == name)
        return found

    def by_class(self, name: str) -> list[Element]:
        """All elements of a class."""
        return [one for one in self.every() if name in one.attributes.get("class", "").split()]

    def text(self) -> str:
        """All text inside, as it stands."""
        return "".join(one if isinstance(one, str) else one.text() for one in self.inside)

    def lines(self) -> list[str]:
        """The text as a person reads it, a line for each block."""
        return [line for line in (" ".join(line.split()) for line in _blocks(self).split("\n")) if line]


def _blocks(element: Element) -> str:
    parts = []
    for one in element.inside:
        if isinstance(one, str):
            parts.append(one.replace("\n", " "))
        elif one.tag in BLOCKS:
            parts.append(f"\n{_blocks(one)}\n")
        elif one.tag in {"td", "th"}:
            parts.append(f" {_blocks(one)} | ")
        elif one.tag not in {"script", "style", "title"}:
            parts.append(_blocks(one))
    return "".join(parts)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}> at {self.getpos()}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def read_page(text: str) -> Element:
    """Return the page's root."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == [reader.root], f"<{reader.open[-1].tag}> is never closed"
    return reader.root
