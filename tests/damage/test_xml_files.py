"""Damaged and hostile files of XML, by the lines of docs/reference/damage.md."""

from __future__ import annotations

from tests.damage.scene import Scene, events_of, warnings_of

NAME = "m-damaged.xml"


def xml_event(number: int, command: str = "") -> str:
    """A process start as XML."""
    return (
        '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>'
        '<Provider Name="Microsoft-Windows-Security-Auditing"/><EventID>4688</EventID>'
        '<TimeCreated SystemTime="2026-03-11T09:00:00.1234567Z"/>'
        f"<EventRecordID>{number}</EventRecordID><Channel>Security</Channel><Computer>FS02.example</Computer></System>"
        f"<EventData><Data Name='CommandLine'>{command or f'ntdsutil {number}'}</Data></EventData></Event>"
    )


def around(middle: str) -> bytes:
    """Something broken between two sound events."""
    return "\n".join([xml_event(1), middle, xml_event(3), ""]).encode()


def test_an_xml_entity_bomb(scene: Scene) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE Events [<!ENTITY e0 "ntdsutil">{entities}]>\n'
    scene.put(NAME, (bomb + xml_event(1) + "\n" + xml_event(2, "&e11;") + "\n" + xml_event(3)).encode())
    run = scene.hunt(code=3)
    assert events_of(run, NAME) == 2
    assert any(warning["kind"] == "record" and warning["records"] == 1 for warning in warnings_of(run, NAME))


def test_an_xml_entity_that_names_a_file(scene: Scene) -> None:
    secret = scene.folder / "secret.txt"
    secret.write_text("the secret", encoding="utf-8")
    outside = f'<!DOCTYPE Events [<!ENTITY secret SYSTEM "file://{secret}">]>\n'
    scene.put(NAME, (outside + xml_event(1) + "\n" + xml_event(2, "ntdsutil &secret;") + "\n" + xml_event(3)).encode())
    run = scene.hunt(code=3)
    assert events_of(run, NAME) == 2
    for result in ("findings.jsonl", "warnings.jsonl", "timeline.csv"):
        assert b"the secret" not in run.bytes_of(result)


def test_xml_that_nests_too_deeply(scene: Scene) -> None:
    scene.put(NAME, around(xml_event(2).replace("<Data Name='CommandLine'>", "<x>" * 100_000)))
    run = scene.hunt(code=3)
    assert events_of(run, NAME) == 2
    assert {warning["kind"] for warning in warnings_of(run, NAME)} == {"record"}


def test_a_broken_xml_event(scene: Scene) -> None:
    whole = xml_event(2)
    for number, broken in enumerate((whole[:-30], whole.replace("</EventID>", "</Wrong>"), whole.replace("4688", "x"))):
        scene.put(f"m-{number}.xml", around(broken))
    run = scene.hunt(code=3)
    for number in range(3):
        assert events_of(run, f"m-{number}.xml") == 2, number
        assert sum(warning["records"] for warning in warnings_of(run, f"m-{number}.xml")) == 1
