"""Records in every form: without templates, with nested XML, with odd nodes, with what a value should not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtx_writer import (
    BinXmlRecord,
    CData,
    CharacterReference,
    DescriptionError,
    Element,
    EntityReference,
    Nested,
    ProcessingInstruction,
    Substitution,
    Template,
    TemplateInstance,
    Text,
    Value,
    ValueType,
    element,
    evtx_bytes,
    values,
)
from tests.packages.evtx_writer.descriptions import LIBEVTX, NAMES, RECORDS, TEXTS, WORDS, expected_payload, text_in
from tests.packages.evtx_writer.events import START, event, events
from tests.packages.evtx_writer.readers import Fields, by_libevtx, by_rust, json_by_rust

if TYPE_CHECKING:
    from evtx_writer.elements import Node


def record(content: Any) -> bytes:
    return evtx_bytes([BinXmlRecord(content=content, written=START)])


def test_without_templates_everything_is_text() -> None:
    described = event(
        provider_guid="54849625-5478-4994-A5BA-3E3B0328C30D",
        event_source_name="Old",
        qualifiers=16_384,
        user_sid="S-1-5-18",
        event_data={"A": "x", "B": values.hex_int64(31), "C": ["p", "q"], "D": None},
        binary=b"\x01",
        event_data_name="Named",
        template=False,
    )
    data = evtx_bytes([described, event(template=False), event()])
    assert b"\x0c\x01" not in data[4096 + 512 :][: data[4096 + 512 + 4] * 2]
    for read in (by_rust, by_libevtx):
        first, second, third = read(data)
        assert first.system["Provider@Guid"] == "{54849625-5478-4994-A5BA-3E3B0328C30D}"
        assert first.system["EventID@Qualifiers"] == "16384"
        assert first.system["TimeCreated@SystemTime"] == "2026-03-11T12:40:00.1234567Z"
        assert first.system["Security@UserID"] == "S-1-5-18"
        texts = [text for name, text in first.payload if name in ("EventData/Data", "EventData/Binary")]
        assert texts == ["x", "0x1f", "p,q", "", "01"]
        assert "Provider@Guid" not in second.system
        assert (second.payload, third.payload) == ([], [])


@given(RECORDS)
def test_user_data_with_types_reads_as_described(records: list[Any]) -> None:
    described = [each for each in records if each.user_data is not None]
    readings = by_libevtx(evtx_bytes(described))
    assert [reading.payload for reading in readings] == [expected_payload(each, LIBEVTX) for each in described]


def test_values_in_user_data_keep_their_types() -> None:
    inner = element(
        "EventXML",
        {"xmlns": "Event_NS", "Mode": values.uint16(3)},
        element("SessionID", None, values.uint32(2)),
        element("Nobody", None, values.value_of(None)),
        element("Deeper", None, element("User", None, "SHIOMI\\kudo")),
    )
    data = evtx_bytes([event(user_data=inner), event(user_data=inner, template=False)])
    typed, plain = (found["UserData"]["EventXML"] for found in json_by_rust(data))
    assert typed["#attributes"] == {"xmlns": "Event_NS", "Mode": 3}
    assert (typed["SessionID"], plain["SessionID"]) == (2, "2")
    assert typed["Deeper"] == plain["Deeper"] == {"User": "SHIOMI\\kudo"}


def test_event_data_and_user_data_exclude_each_other() -> None:
    with pytest.raises(DescriptionError):
        evtx_bytes([event(event_data={}, user_data=element("X"))])


def test_nested_content_with_and_without_a_template() -> None:
    outer = Template(element("Event", None, Substitution(0, ValueType.BINXML, optional=True)))
    inner = Template(element("EventData", None, element("Data", {"Name": "A"}, Substitution(0, ValueType.UINT32))))
    for content in (
        TemplateInstance(inner, (values.uint32(5),)),
        element("EventData", None, element("Data", {"Name": "A"}, "5")),
    ):
        data = record(TemplateInstance(outer, (Nested(content),)))
        for read in (by_rust, by_libevtx):
            assert read(data)[0].payload == [("EventData/Data@Name", "A"), ("EventData/Data", "5")]


def test_references_and_texts_beside_each_other() -> None:
    content = element("Event", None, element("A", None, "1 ", EntityReference("lt"), " 2"))
    for read in (by_rust, by_libevtx):
        assert read(record(content))[0].payload == [("A", "1 < 2")]


def test_odd_nodes_have_their_tokens() -> None:
    content = element("Event", None, CData("x"), CharacterReference(0x26), ProcessingInstruction("t", "d"))
    written = record(content)[4096 + 512 + 24 :]
    cdata = b"\x47\x01\x00x\x00"
    assert cdata + b"\x08\x26\x00\x0a" in written
    assert b"\x0b\x01\x00d\x00\x04\x00" in written


def test_a_place_for_a_value_needs_a_template() -> None:
    with pytest.raises(DescriptionError):
        record(element("Event", None, Substitution(0)))
    with pytest.raises(DescriptionError):
        record(element("Event", {"A": CharacterReference(65_536)}))


def test_templates_may_claim_one_guid() -> None:
    identity = UUID(int=7)
    templates = [Template(element("Event", None, element(name, None, Substitution(0))), identity) for name in "AB"]
    contents = [TemplateInstance(template, (values.string("x"),)) for template in templates]
    data = evtx_bytes([BinXmlRecord(content=content, written=START) for content in contents])
    assert [reading.payload for reading in by_rust(data)] == [[("A", "x")], [("B", "x")]]


def test_bytes_are_written_as_they_are() -> None:
    assert b"\xff\xfe nonsense" in record(b"\xff\xfe nonsense")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("x\0y", "x"),
        ("a\ud800b", "ab"),
        ("\x1b[31m\u202e", "\x1b[31m\u202e"),
        ("=1+1", "=1+1"),
    ],
)
def test_hostile_texts_are_written_as_they_are(text: str, read: str) -> None:
    data = evtx_bytes([*events(1), event(event_data={"A": text}), *events(1)])
    assert text.encode("utf-16-le", "surrogatepass") in data
    assert [found["EventData"] for found in json_by_rust(data)] == [{"Place": 0}, {"A": read}, {"Place": 0}]


@pytest.mark.parametrize(
    "value", [Value(ValueType.STRING, b"a\0b"), Value(ValueType.SID, b"\x01\xff"), Value(0x7E, b"\x01\x02\x03\x04")]
)
def test_bytes_under_a_type_that_they_do_not_fit_are_written_as_they_are(value: Value) -> None:
    written = evtx_bytes([event(event_data={"A": value})])
    assert b"\x01\0\0\0" + len(value.data).to_bytes(2, "little") + bytes((value.type, 0)) + value.data in written


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_any_text_comes_back(text: str) -> None:
    (found,) = json_by_rust(evtx_bytes([event(event_data={"A": text})]))
    assert found["EventData"] == {"A": text}


@given(st.text(st.characters(), max_size=20))
def test_any_text_can_be_written_anywhere(text: str) -> None:
    described = Element("Event", (("A", Text(text)),), (Text(text), Element(text)))
    assert record(described).startswith(b"ElfFile\0")


def trees() -> st.SearchStrategy[Element]:
    """Elements in elements, with attributes and texts."""
    leaf = st.builds(
        lambda name, attributes, text: element(name, attributes, *([text] if text else [])),
        NAMES,
        st.dictionaries(NAMES, WORDS, max_size=3),
        TEXTS,
    )
    return st.recursive(
        leaf,
        lambda inner: st.builds(
            lambda name, attributes, children: element(name, attributes, *children),
            NAMES,
            st.dictionaries(NAMES, WORDS, max_size=3),
            st.lists(inner, min_size=1, max_size=4),
        ),
        max_leaves=12,
    )


def fields_in(described: Element, path: str) -> Fields:
    """What a parser must read from an element."""
    found = [(f"{path}@{name}", held.text) for name, held in described.attributes if isinstance(held, Text)]
    children = [child for child in described.children if isinstance(child, Element)]
    if not children:
        return [*found, (path, text_in(described))]
    return found + [field for child in children for field in fields_in(child, f"{path}/{child.name}")]


def with_places(described: Element, texts: list[str]) -> Element:
    """An element with places for values where it has texts, which go to a list."""

    def place(text: str) -> Substitution:
        texts.append(text)
        return Substitution(len(texts) - 1)

    attributes = {name: place(held.text) for name, held in described.attributes if isinstance(held, Text)}
    children: list[Node] = []
    for child in described.children:
        if isinstance(child, Element):
            children.append(with_places(child, texts))
        elif isinstance(child, Text):
            children.append(place(child.text))
    return element(described.name, attributes, *children)


@given(st.lists(trees(), min_size=1, max_size=4))
def test_any_tree_reads_as_described(described: list[Element]) -> None:
    contents: list[Element | TemplateInstance] = []
    for each in described:
        texts: list[str] = []
        root = with_places(each, texts)
        template = Template(element("Event", None, root))
        outer = Template(element("Event", None, Substitution(0, ValueType.BINXML)))
        contents += [
            element("Event", None, each),
            TemplateInstance(Template(element("Event", None, each)), ()),
            TemplateInstance(template, tuple(map(values.string, texts))),
            TemplateInstance(outer, (Nested(TemplateInstance(Template(root), tuple(map(values.string, texts)))),)),
            TemplateInstance(outer, (Nested(each),)),
        ]
    data = evtx_bytes([BinXmlRecord(content=content, written=START) for content in contents])
    expected = [fields_in(each, each.name) for each in described for _ in range(5)]
    for read in (by_rust, by_libevtx):
        assert [reading.payload for reading in read(data)] == expected
