"""Loading indicators: paths, archives, the pack that ships, noise, and an account in which nothing is lost."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from yadorigi.errors import UsageError
from yadorigi.packs.indicators import IndicatorSet, load_indicators
from yadorigi.packs.warning_lists import load_noise
from yadorigi.schema.finding import Finding

SHA256 = "ab" * 32
DOCUMENT_HASHES = 29


def check(indicators: IndicatorSet) -> None:
    for file in indicators.files:
        assert file.given == file.loaded + file.repeated + file.left_out + file.refused


def test_the_pack_that_ships() -> None:
    indicators = load_indicators(["builtin"])
    check(indicators)
    assert indicators.loaded == indicators.given == len(indicators)
    assert indicators.counts() == {"sha256": 34, "sha1": 4, "md5": 5}
    all_of = list(indicators.table.indicators())
    published = [one for one in all_of if one.context.valid_from.startswith("2023-05-24")]
    assert len({one.normal for one in published}) == DOCUMENT_HASHES
    assert all(one.context.references and one.context.producer and one.context.confidence is not None for one in all_of)
    assert len({one.id for one in all_of}) == len(all_of)
    assert {one.context.confidence for one in all_of if "0.44.0" in one.context.title} == {50}


def test_paths_and_archives(tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "a.txt").write_text(f"{SHA256}\nevil.test\n", encoding="utf-8")
    (tmp_path / "feeds" / "b.md").write_text("other.test\n", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("inner/d.csv", "domain\nthird.test\n")
    given = [
        str(tmp_path / "feeds"),
        str(tmp_path / "feeds" / "a.txt"),
        str(tmp_path / "c.zip"),
        str(tmp_path / "feeds" / "b.md"),
    ]
    indicators = load_indicators(given)
    check(indicators)
    assert [one.normal for one in indicators.table.indicators()] == [SHA256, "evil.test", "third.test", "other.test"]
    assert [Path(file.path).name for file in indicators.files] == ["a.txt", "d.csv", "b.md"]
    assert indicators.files[1].path.endswith("c.zip!inner/d.csv")


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        load_indicators([str(tmp_path / "nothing")])
    broken = tmp_path / "x.zip"
    with zipfile.ZipFile(broken, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", "evil.test\n" * 100)
    data = bytearray(broken.read_bytes())
    data[40:50] = bytes(10)
    broken.write_bytes(data)
    indicators = load_indicators([str(broken)])
    check(indicators)
    assert indicators.files[0].refused == 1
    assert "cannot be read" in indicators.refused.told[0].reason


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("10.1.2.3", "private"),
        ("192.168.0.0/24", "private"),
        ("fd00::1", "private"),
        ("127.0.0.1", "loopback"),
        ("169.254.1.1", "link-local"),
        ("203.0.113.9", "documentation"),
        ("2001:db8::1", "documentation"),
        ("100.64.0.1", "carriers"),
        ("224.0.0.5", "multicast"),
        ("0.0.0.5", "reserved"),
        ("255.255.255.255", "reserved"),
        ("8.8.8.8", "Public name servers"),
        ("d41d8cd98f00b204e9800998ecf8427e", "empty"),
        ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "empty"),
        ("www.example.com", "Names for examples"),
        ("http://example.com/x", "Names for examples"),
        ("svchost.exe", "every Windows"),
        (r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Run", "every Windows"),
    ],
)
def test_noise_is_left_out_by_name(tmp_path: Path, value: str, reason: str) -> None:
    path = tmp_path / "list.txt"
    path.write_text(f"{value}\n", encoding="utf-8")
    indicators = load_indicators([str(path)])
    check(indicators)
    assert indicators.files[0].left_out == 1
    assert reason in indicators.left_out.told[0].reason
    assert not len(indicators)


@pytest.mark.parametrize(
    "value", ["9.8.7.6", "100.0.0.1", "172.15.0.1", "11.0.0.0/8", r"C:\Temp\svchost.exe", "notexample.com"]
)
def test_what_is_near_noise_is_none(tmp_path: Path, value: str) -> None:
    path = tmp_path / "list.txt"
    path.write_text(f"{value}\n", encoding="utf-8")
    assert len(load_indicators([str(path)])) == 1


@pytest.mark.parametrize(
    ("kind", "attributes", "entries", "left_out"),
    [
        ("string", ["ip-dst"], ["9.8.7.6"], {"9.8.7.6"}),
        ("cidr", ["ip-dst"], ["9.8.0.0/16"], {"9.8.7.6"}),
        ("cidr", [], ["9.8.7.0/24"], {"9.8.7.6"}),
        ("hostname", ["domain"], ["a.test"], {"www.a.test", "https://a.test/x"}),
        ("substring", ["url"], ["a.test/"], {"https://a.test/x"}),
        ("regex", ["domain"], ["/^WWW\\./i"], {"www.a.test"}),
        ("string", ["md5"], ["9.8.7.6"], set()),
    ],
)
def test_warning_lists(
    tmp_path: Path, kind: str, attributes: list[str], entries: list[str], left_out: set[str]
) -> None:
    values = ["9.8.7.6", "www.a.test", "https://a.test/x"]
    path, lists = tmp_path / "list.txt", tmp_path / "list.json"
    path.write_text("\n".join(values), encoding="utf-8")
    lists.write_text(json.dumps({"name": "Mine", "version": 1, "description": "", "type": kind, "list": entries,
                                 "matching_attributes": attributes}), encoding="utf-8")  # fmt: skip
    indicators = load_indicators([str(path)], [str(lists)])
    check(indicators)
    assert {trouble.value for trouble in indicators.left_out.told} == left_out
    assert all("'Mine'" in trouble.reason for trouble in indicators.left_out.told)


def test_entries_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    lists = tmp_path / "list.json"
    lists.write_text(json.dumps({"name": "Mine", "type": "regex", "list": ["(?=a)", 5]}), encoding="utf-8")
    assert [reason.partition(":")[0] for _, _, reason in load_noise([str(lists)]).problems] == [
        "a regular expression that cannot be run in linear time", "no text",
    ]  # fmt: skip
    lists.write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="no warning list"):
        load_noise([str(lists)])


def test_findings_of_rules_keep_their_keys() -> None:
    assert Finding.__struct_fields__[-2:] == ("indicator", "addresses")
