"""Which site a host is of: each way by itself, and in which order they count."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yadorigi.schema import sites as module
from yadorigi.schema.sites import Site, Sites, address_of

BRANCH = Site(
    "branch", hosts=("dc01.branch.example", "10.9.9.9"), ranges=("10.2.0.0/16",), folders=("branch", "hq/annex")
)
HQ = Site(
    "hq",
    hosts=("DC02.corp.example", "Jump", "hq-*", "srv?.lan.example"),
    ranges=("10.1.0.0/16", "2001:db8:1::/48"),
    folders=("evidence/hq", "本社ガ"),
)
OLD = Site("old", hosts=("dc01.old.example", "hq-old-*"), folders=("annex.zip",))
SITES = Sites((BRANCH, HQ, OLD))


@pytest.mark.parametrize(
    ("host", "path", "site"),
    [
        ("dc02.CORP.example.", "x.evtx", "hq"),
        ("DC02", "x.evtx", "hq"),  # a short name is what a whole one begins with
        ("jump.any.example", "x.evtx", "hq"),  # and the other way round
        ("dc02.other.example", "x.evtx", None),
        ("dc01.branch.example", "x.evtx", "branch"),
        ("DC01", "x.evtx", None),  # of two sites: the name says nothing
        ("DC01", "branch/x.evtx", "branch"),
        ("HQ-7", "x.evtx", "hq"),
        ("hq-7.corp.example", "x.evtx", "hq"),
        ("hq-old-1", "x.evtx", "old"),  # the pattern that says more
        ("srv1", "x.evtx", "hq"),
        ("srv1.lan.example", "x.evtx", "hq"),
        ("srv12", "x.evtx", None),
        ("10.1.2.3", "x.log", "hq"),
        ("::ffff:10.1.2.3", "x.log", "hq"),
        ("[2001:DB8:1::5]", "x.log", "hq"),
        ("10.2.2.3", "evidence/hq/x.log", "hq"),  # a folder before a range
        ("10.9.9.9", "evidence/hq/x.log", "branch"),  # a name before a folder
        ("10.1", "x.log", None),
        ("", "evidence/hq/x.log", "hq"),
        ("", "hq/x.log", None),
        ("", "evidence\\HQ\\x.log", "hq"),
        ("", "case/annex.zip!branch/C/x.evtx", "branch"),  # the deepest
        ("", "branch/case/annex.zip!C/x.evtx", "old"),
        ("", "evidence/hq/annex/x.evtx", "branch"),
        ("", "evidence/./hq//x.evtx", "hq"),
        ("", "x/branch", None),  # a file of that name is no folder
        ("", "branches/x.evtx", None),
        ("", "本社カ\u3099/x.evtx", "hq"),  # as file systems decompose it
        ("\x1b]0;hq\x07", "x\n.evtx", None),
        ("hq-" + "a" * 100_000, "/" * 100_000, "hq"),
    ],
)
def test_what_is_said_of_a_host(host: str, path: str, site: str | None) -> None:
    assert SITES.of(host, path) == site
    assert SITES.of(host, path) == site
    assert Sites(SITES.sites, "rest").of(host, path) == (site or "rest")
    assert Sites((), "rest").of(host, path) == "rest"


NAMES = st.sampled_from(["dc01", "dc01.corp.example", "hq-1", "10.1.2.3", "x"])
FOLDERS = st.sampled_from(["", "a/", "b/", "a/b/", "z.zip!b/a/"])
SAID = st.lists(st.sampled_from(["one", "two"]), min_size=4, max_size=4)


@given(NAMES, FOLDERS, SAID, st.sets(st.integers(0, 3)), st.sampled_from([None, "rest"]))
def test_the_first_way_that_says_anything_counts(
    host: str, folder: str, owners: list[str], said: set[int], rest: str | None
) -> None:
    """A name, then a pattern, then a folder, then a range, then what is named for the rest."""
    texts = (host, f"{host[0]}*", "b", "10.1.2.0/24")
    fields = ("hosts", "hosts", "folders", "ranges")
    given_: dict[str, dict[str, Any]] = {}
    for way in said:
        own = given_.setdefault(owners[way], {})
        own[fields[way]] = (*own.get(fields[way], ()), texts[way])
    sites = Sites([Site(name, **own) for name, own in given_.items()], rest)
    speaks = [True, True, "b/" in folder, host == "10.1.2.3"]
    expected = next((owners[way] for way in sorted(said) if speaks[way]), rest)
    assert sites.of(host, f"{folder}x.log") == expected


def test_what_is_remembered_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED_PLACES", 2)
    own = Sites((Site("hq", hosts=("a*",)),))
    assert [own.of(f"{letter}1", "x") for letter in "abcabc"] == ["hq", None, None] * 2


@pytest.mark.parametrize("text", ["", "host", "1", "1.2.3.4.5", "fe80::1%" + "x" * 9, "[::1", "٣.1.2.3", ":" * 300])
def test_addresses_that_are_odd(text: str) -> None:
    found = address_of(text)
    assert found is None or str(found) in {"fe80::1", "::1"}
