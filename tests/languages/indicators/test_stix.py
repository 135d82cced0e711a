"""STIX: the pattern language, bundles, and what is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.languages.indicators.reading_of import read, reasons_of, values_of
from yadorigi.languages.indicators.form_error import FormError
from yadorigi.languages.indicators.stix_objects import expression_of
from yadorigi.limits import INDICATOR_DEPTH_LIMIT

SHA256, MD5 = "ab" * 32, "cd" * 16
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"


def bundle(*objects: dict[str, Any]) -> bytes:
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}).encode()


def indicator(pattern: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "type": "indicator", "spec_version": "2.1", "id": f"indicator--{number}", "pattern": pattern,
        "pattern_type": "stix", "valid_from": "2026-01-02T00:00:00Z", **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        (f"[file:hashes.'SHA-256' = '{SHA256}']", [("sha256", SHA256)]),
        (f"[file:hashes.SHA256='{SHA256}' OR file:hashes.MD5 = '{MD5}']", [("sha256", SHA256), ("md5", MD5)]),
        (f"[process:image_ref.hashes.'MD5' = '{MD5}']", [("md5", MD5)]),
        ("[ipv4-addr:value = '1.2.3.4']", [("ipv4", "1.2.3.4")]),
        ("[ipv4-addr:value = '1.2.3.0/24']", [("cidr", "1.2.3.0/24")]),
        ("[ipv4-addr:value ISSUBSET '1.2.3.0/24']", [("cidr", "1.2.3.0/24")]),
        ("[ipv6-addr:value = '2001:DB8::1']", [("ipv6", "2001:db8::1")]),
        ("[domain-name:value IN ('a.test', 'B.test')]", [("domain", "a.test"), ("domain", "b.test")]),
        ("[domain-name:value = 'a.test'] OR [url:value = 'http://b.test/x']",
         [("domain", "a.test"), ("url", "b.test/x")]),
        ("([domain-name:value = 'a.test'])", [("domain", "a.test")]),
        ("[network-traffic:dst_ref.type = 'x' OR network-traffic:dst_ref.value = '1.2.3.4']", [("ipv4", "1.2.3.4")]),
        ("[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '1.2.3.4/32']",
         [("ipv4", "1.2.3.4")]),
        (f'[file:hashes."SHA-256" = \'{SHA256}\']', [("sha256", SHA256)]),
        ("[file:name = 'x.exe' AND file:parent_directory_ref.path = 'C:\\\\tmp']", [("file_path", r"\tmp\x.exe")]),
        ("[windows-registry-key:key = 'HKLM\\\\Software\\\\X' AND windows-registry-key:values[*].name = 'Y']",
         [("registry_value", r"hklm\software\x\y")]),
        ("[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'Evil/1.0']",
         [("user_agent", "evil/1.0")]),
        ("[file:name = 'it\\'s.exe']", [("file_name", "it's.exe")]),
        ("[process:command_line LIKE '%portproxy%']", [("command_line", "%portproxy%")]),
        ("[file:name MATCHES '^ev[i1]l']", [("file_name", "^ev[i1]l")]),
    ],
)  # fmt: skip
def test_patterns(pattern: str, values: list[tuple[str, str]]) -> None:
    account, file = read(bundle(indicator(pattern)))
    assert values_of(account) == values
    assert (file.format, file.given, file.loaded) == ("stix", 1, 1)


def test_a_conjunction_is_one_indicator() -> None:
    account, file = read(bundle(indicator(
        "[network-traffic:dst_ref.value = '1.2.3.4'"
        " AND (network-traffic:dst_port = 80 OR network-traffic:dst_port = 443)]"
    )))  # fmt: skip
    assert [len(group) for group in account.table.groups] == [2, 2]
    assert (file.given, file.loaded) == (1, 1)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[a:b = 'c'] FOLLOWEDBY [d:e = 'f']", "FOLLOWEDBY"),
        ("[ipv4-addr:value = '1.2.3.4'] WITHIN 5 SECONDS", "WITHIN"),
        ("[ipv4-addr:value = '1.2.3.4'] REPEATS 5 TIMES", "REPEATS"),
        ("[ipv4-addr:value = '1.2.3.4'] START t'2026-01-01T00:00:00Z' STOP t'2026-01-02T00:00:00Z'", "START"),
        ("[ipv4-addr:value = '1.2.3.4'] AND [ipv4-addr:value = '1.2.3.5']", "AND between observations"),
        ("[ipv4-addr:value != '1.2.3.4']", "lacks"),
        ("[ipv4-addr:value NOT = '1.2.3.4']", "lacks"),
        ("[file:size = 5]", "file:size"),
        ("[network-traffic:dst_ref.type = 'mac-addr' AND network-traffic:dst_ref.value = 'a.test']", "dst_ref.type"),
        ("[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_port = 443]", "what type"),
        (f"[file:size = 5 AND file:hashes.MD5 = '{MD5}']", "file:size"),
        ("[file:hashes.'SHA-512' = 'x']", "SHA-512"),
        ("[EXISTS file:name]", "EXISTS"),
        ("[network-traffic:dst_port = 443]", "port"),
        ("[file:name MATCHES '(?=a)b']", "linear time"),
        ("[file:name LIKE '%']", "wildcards alone"),
        (f"[file:hashes.MD5 LIKE '{MD5}%']", "LIKE on md5"),
        ("[domain-name:value = 'a b']", "no domain"),
        ("[file:name > 'a']", "only equality"),
        ("[x", "no STIX pattern"),
        ("[file:name = ]", "no STIX pattern"),
        ("", "no STIX pattern"),
        ("[file:name = 'a.exe']]", "behind its end"),
        ("[file:name = 'unclosed]", "fits nothing"),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(pattern: str, reason: str) -> None:
    account, file = read(bundle(indicator(pattern)))
    assert (file.given, file.refused) == (1, 1)
    ((place, told),) = reasons_of(account)
    assert place == 1
    assert reason in told
    assert not account.table.by_form
    assert not account.table.patterns


def test_a_part_that_cannot_be_honoured_is_noted() -> None:
    account, file = read(bundle(indicator("[email-addr:value = 'a@b' OR domain-name:value = 'a.test']")))
    assert file.loaded == 1
    assert "email-addr:value" in account.notes.told[0].reason


@pytest.mark.parametrize("opening", ["(", "[("])
def test_depth_is_limited(opening: str) -> None:
    deep = opening[0] + "(" * 5 * INDICATOR_DEPTH_LIMIT + "file:name = 'x.exe'" + ")" * 5 * INDICATOR_DEPTH_LIMIT
    with pytest.raises(FormError, match="deeper"):
        expression_of(deep)


def test_alternatives_are_limited() -> None:
    many = " OR ".join(f"file:name = '{number}.exe'" for number in range(40))
    with_many, _ = read(bundle(indicator(f"[({many}) AND ({many}) AND ({many})]")))
    assert "alternatives" in reasons_of(with_many)[0][1]


def test_what_a_bundle_says_of_an_indicator() -> None:
    account, _ = read(bundle(
        {"type": "identity", "id": "identity--1", "name": "Some CERT"},
        {"type": "attack-pattern", "id": "attack-pattern--1", "external_references": [{"external_id": "T1090.001"}]},
        {"type": "relationship", "id": "r--1", "source_ref": "indicator--1", "target_ref": "attack-pattern--1"},
        indicator(
            "[domain-name:value = 'a.test']", name="Proxy", description="words", created_by_ref="identity--1",
            valid_until="2026-02-03T00:00:00Z", confidence=70, object_marking_refs=[RED], labels=["malicious"],
            external_references=[{"source_name": "report", "url": "https://example.test/r"}],
        ),
    ))  # fmt: skip
    (found,) = account.table.indicators()
    context = found.context
    assert (found.id, context.title, context.producer, context.origin) == (
        "indicator--1",
        "Proxy",
        "Some CERT",
        "report",
    )
    assert (context.valid_from[:10], context.valid_until[:10]) == ("2026-01-02", "2026-02-03")
    assert (context.confidence, context.tlp, context.techniques) == (70, "red", ("T1090.001",))
    assert context.references == ("https://example.test/r",)


def test_observables_only_where_an_indicator_relates() -> None:
    account, file = read(bundle(
        indicator("[domain-name:value = 'a.test']"),
        {"type": "ipv4-addr", "id": "ipv4-addr--1", "value": "1.2.3.4"},
        {"type": "file", "id": "file--1", "name": "x.exe", "hashes": {"MD5": MD5}},
        {"type": "ipv4-addr", "id": "ipv4-addr--2", "value": "5.6.7.8"},
        {"type": "observed-data", "id": "observed-data--1", "object_refs": ["file--1"]},
        {"type": "relationship", "id": "r--1", "source_ref": "indicator--1", "target_ref": "ipv4-addr--1"},
        {"type": "relationship", "id": "r--2", "source_ref": "indicator--1", "target_ref": "observed-data--1"},
    ))  # fmt: skip
    assert values_of(account) == [("domain", "a.test"), ("ipv4", "1.2.3.4"), ("md5", MD5)]
    assert file.given == 3
    assert "1 observables" in account.notes.told[0].reason


def test_withdrawn_and_foreign_ones() -> None:
    account, file = read(bundle(
        indicator("[domain-name:value = 'a.test']", revoked=True),
        indicator("rule x {}", 2, pattern_type="yara"),
        {"type": "indicator", "pattern": 5},
    ))  # fmt: skip
    assert (file.left_out, file.refused) == (1, 2)
    assert "'yara'" in reasons_of(account)[0][1]


@pytest.mark.parametrize(
    "data", [b'{"type": "bundle", "objects": 5}', b'{"type": "bundle", "objects": [', b"{" * 5_000, b"[" * 5_000]
)
def test_what_is_no_bundle_is_refused(data: bytes) -> None:
    _, file = read(data)
    assert (file.given, file.refused) == (1, 1)
