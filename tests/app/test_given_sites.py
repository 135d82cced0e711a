"""The file of sites: what it may say, and what it is told that cannot be followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from yadorigi.app import given_sites
from yadorigi.app.given_sites import FILE_NAME, read_sites, sites_of_case
from yadorigi.errors import CaseError, UsageError
from yadorigi.schema.sites import Site
from yadorigi.schema.summary import RuleSummary, Summary

GOOD = """
[sites.honsha]
title = "本社"
hosts = ["dc01.corp.example", "hq-*"]
ranges = ["10.1.0.0/16", "10.1.2.0/24"]
folders = ["honsha", "evidence/hq"]
[sites."大阪 支店"]
hosts = ["DC01.osaka.example"]
ranges = ["10.0.0.0/16"]
"""


def test_a_file_is_read_and_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = tmp_path / "user"
    user.mkdir()
    monkeypatch.setattr(given_sites, "user_config_path", lambda *_, **__: user)
    monkeypatch.chdir(tmp_path)
    assert read_sites().sites == ()
    (user / FILE_NAME).write_text('[sites.x]\nhosts = ["x"]', "utf-8-sig")
    assert [site.name for site in read_sites().sites] == ["x"]
    Path(FILE_NAME).write_text(GOOD, "utf-8")
    found = read_sites()
    assert found.path == found.found == Path(FILE_NAME)
    assert found.sites == (
        Site(
            "honsha", "本社", ("dc01.corp.example", "hq-*"), ("10.1.0.0/16", "10.1.2.0/24"), ("honsha", "evidence/hq")
        ),
        Site("大阪 支店", "", ("DC01.osaka.example",), ("10.0.0.0/16",)),
    )
    assert [site.name for site in read_sites(user / FILE_NAME).sites] == ["x"]
    assert read_sites(user / FILE_NAME).found is None


def two(first: str, second: str) -> str:
    return f"[sites.a]\n{first}\n[sites.b]\n{second}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sites = 1", "a site is a table"),
        ("[places.a]", "unknown setting 'places'"),
        ("[sites]\na = 1", "sites.a is no table"),
        ('[sites.a]\nhost = ["x"]', "unknown setting 'host'"),
        ("[sites.a]\ntitle = 1\nhosts=['x']", "title is a text"),
        ('[sites.a]\nhosts = "x"', "sites.a.hosts is a list of texts"),
        ("[sites.a]\nhosts = [1]", "sites.a.hosts is a list of texts"),
        ("[sites.a]", "claims nothing"),
        ('[sites.""]\nhosts = ["x"]', "a site's name has"),
        ('[sites."a\\u001b[31m"]\nhosts = ["x"]', "a site's name has"),
        ("[sites.a]\nhosts = ['.']", "is no name of a host"),
        ("[sites.a]\nfolders = ['/']", "names no folder"),
        ("[sites.a]\nfolders = ['../a']", "names no folder"),
        ("[sites.a]\nranges = ['10.0.0.1/8']", "has host bits set"),
        ("[sites.a]\nranges = ['ten']", "ten"),
        (two("hosts = ['DC01']", "hosts = ['dc01.']"), "leave it at one of them"),
        (two("hosts = ['x-*']", "hosts = ['X-*']"), "leave it at one of them"),
        (two("hosts = ['dc01']", "hosts = ['dc01.corp.example']"), "give 'a' the whole name"),
        (two("folders = ['x/y']", "folders = ['X\\Y\\']"), "leave it at one of them"),
        (two("ranges = ['10.0.0.0/8']", "ranges = ['10.3.0.0/16']"), "overlaps"),
        (two("ranges = ['10.0.0.0/8', '10.1.0.0/16']", "ranges = ['10.255.0.0/16']"), "overlaps"),
        (two("ranges = ['::/0']", "ranges = ['2001:db8::/32']"), "overlaps"),
        ("[sites.a\n", "line 1"),
        ("x = " + "[" * 100_000, "nested too deeply"),
        ("#" + "x" * (4 << 20), "larger than 4 MiB"),
        ("".join(f"[sites.s{number}]\nhosts=['h{number}']\n" for number in range(1_001)), "more than 1,000 sites"),
    ],
)
def test_what_cannot_be_followed_is_told(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "sites.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError) as error:
        read_sites(path)
    assert told in str(error.value)
    assert str(path) in str(error.value)
    assert "\x1b" not in str(error.value)


@pytest.mark.parametrize("content", [None, b"\xff", b'[sites."a\\ud800"]\nhosts=["x"]'])
def test_files_that_are_none(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "sites.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match="sites file"):
        read_sites(path)


def test_a_case_whose_sites_were_written_by_others() -> None:
    summary = Summary("0", (), 0, 0, RuleSummary(0, 0), {}, (), (), {}, {}, 0, sites=(Site("a", ranges=("x",)),))
    with pytest.raises(CaseError, match="hunt again"):
        sites_of_case(summary)
