"""MISP: events, feeds and answers to searches."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.languages.indicators.reading_of import read, reasons_of, values_of

SHA256, MD5 = "ab" * 32, "cd" * 16


def attribute(kind: str, value: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "value": value, "to_ids": True, "uuid": f"uuid-{value[:8]}", **more}


def event(*attributes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Event": {"info": "A case", "uuid": "e-1", "Orgc": {"name": "CERT"}, "Attribute": list(attributes), **more}}


@pytest.mark.parametrize(
    ("given", "values"),
    [
        (attribute("sha256", SHA256), [("sha256", SHA256)]),
        (attribute("filename|sha256", f"svchost.exe|{SHA256}"), [("sha256", SHA256)]),
        (attribute("filename|md5", f"x.exe|{MD5}"), [("md5", MD5)]),
        (attribute("domain|ip", "a.test|1.2.3.4"), [("domain", "a.test"), ("ipv4", "1.2.3.4")]),
        (attribute("ip-dst|port", "1.2.3.4|443"), [("ipv4", "1.2.3.4")]),
        (attribute("ip-src", "1.2.3.0/24"), [("cidr", "1.2.3.0/24")]),
        (attribute("hostname", "A.test"), [("domain", "a.test")]),
        (attribute("regkey", r"HKLM\Software\X"), [("registry_key", r"hklm\software\x")]),
        (attribute("user-agent", "Evil/1.0"), [("user_agent", "evil/1.0")]),
        (attribute("ja3-fingerprint-md5", MD5), [("ja3", MD5)]),
        (attribute("imphash", MD5), [("imphash", MD5)]),
        (attribute("hassh-md5", MD5), [("md5", MD5)]),
        (attribute("filename", r"C:\x\y.exe"), [("file_path", r"\x\y.exe")]),
        (attribute("malware-sample", f"x.exe|{MD5}"), [("md5", MD5)]),
        (attribute("stix2-pattern", "[domain-name:value = 'a.test']"), [("domain", "a.test")]),
        (attribute("text", "Trojan:Win32/X", category="Antivirus detection"), [("detection_name", "trojan:win32/x")]),
        (attribute("link", "https://a.test/report"), [("url", "a.test/report")]),
    ],
)
def test_types(given: dict[str, Any], values: list[tuple[str, str]]) -> None:
    account, file = read(json.dumps(event(given)))
    assert values_of(account) == values
    assert (file.format, file.given, file.loaded) == ("misp", 1, 1)


def test_texts_in_objects() -> None:
    fingerprint = "t13d1516h2_8daaf6152771_02713d6af862"
    objects = [
        {"name": "ja4-plus", "Attribute": [
            attribute("text", fingerprint, object_relation="ja4-fingerprint"),
            attribute("text", "JA4", object_relation="ja4-type"),
        ]},
        {"name": "av-signature", "Attribute": [
            attribute("text", "Trojan:Win32/X", object_relation="signature", category="Antivirus detection"),
            attribute("text", "Some Product", object_relation="software", category="Antivirus detection"),
        ]},
    ]  # fmt: skip
    account, file = read(json.dumps(event(Object=objects)))
    assert values_of(account) == [("ja4", fingerprint), ("detection_name", "trojan:win32/x")]
    assert (file.given, file.loaded, file.refused) == (4, 2, 2)


def test_a_registry_key_with_what_is_written_there() -> None:
    account, _ = read(json.dumps(event(attribute("regkey|value", r"HKLM\Software\X|evil.exe"))))
    assert values_of(account) == [
        ("registry_value", r"hklm\software\x\evil.exe"),
        ("registry_key", r"hklm\software\x"),
        ("registry_data", "evil.exe"),
    ]  # fmt: skip
    assert account.table.groups == [(1, 2)]


def test_what_is_not_looked_for() -> None:
    account, file = read(json.dumps(event(
        attribute("domain", "a.test", to_ids=False), attribute("domain", "b.test", deleted=True),
        attribute("btc", "1x"), attribute("sha256", "zz"), attribute("filename|sha256", SHA256), {"type": 5},
    )))  # fmt: skip
    assert (file.left_out, file.refused, file.loaded) == (2, 4, 0)
    assert ["to_ids" in told.reason for told in account.left_out.told] == [True, False]
    assert [place for place, _ in reasons_of(account)] == [3, 4, 5, 6]


def test_what_an_event_says() -> None:
    account, _ = read(json.dumps(event(
        attribute("domain", "a.test", comment="relay", first_seen="2026-01-02T00:00:00+09:00", last_seen="2026-02-03",
                  Tag=[{"name": "tlp:red"}, {"name": 'misp:confidence-level="usually-confident"'}]),
        attribute("ip-dst|port", "1.2.3.4|443", decay_score=[{"score": 31.5, "decayed": False}]),
        Tag=[{"name": "tlp:green"}, {"name": 'misp-galaxy:mitre-attack-pattern="Proxy - T1090"'}],
    )))  # fmt: skip
    first, second = account.table.indicators()
    context = first.context
    assert (first.id, context.title, context.producer, context.description) == (
        "uuid-a.test",
        "A case",
        "CERT",
        "relay",
    )
    assert (context.tlp, context.confidence, context.techniques) == ("red", 75, ("T1090",))
    assert (context.valid_from[:19], context.valid_until[:10]) == ("2026-01-01T15:00:00", "2026-02-03")
    assert (second.context.tlp, second.context.confidence) == ("green", 31)
    assert second.context.description.startswith("Port 443")


@pytest.mark.parametrize(
    "document",
    [
        [event(attribute("domain", "a.test"))],
        {"response": [event(attribute("domain", "a.test"))]},
        {"response": {"Attribute": [attribute("domain", "a.test", Event={"info": "A case", "uuid": "e-1"})]}},
        event(Object=[{"name": "domain-ip", "Attribute": [attribute("domain", "a.test")]}]),
    ],
)
def test_forms_of_documents(document: Any) -> None:
    account, _ = read(json.dumps(document))
    assert values_of(account) == [("domain", "a.test")]
    assert next(account.table.indicators()).context.title == "A case"


def test_other_json_is_told_apart() -> None:
    manifest, file = read(json.dumps({"uuid": {"info": "x", "Orgc": {"name": "y"}}}))
    assert (file.given, len(manifest.notes.told)) == (0, 1)
    assert "warning list" in reasons_of(read(json.dumps({"name": "x", "type": "string", "list": ["a"]}))[0])[0][1]
    assert "no form that is known" in reasons_of(read(json.dumps({"a": 1}))[0])[0][1]
