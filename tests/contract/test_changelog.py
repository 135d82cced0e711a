"""The changelog is kept: every version has a section, newest first, in the form of Keep a Changelog."""

from __future__ import annotations

import re

from packaging.version import Version

import yadorigi
from tests.contract.modules import ROOT

LINES = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
SECTIONS = [line.removeprefix("## ") for line in LINES if line.startswith("## ")]
RELEASE = re.compile(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d|unreleased)")


def test_the_first_section_is_unreleased() -> None:
    assert SECTIONS[0] == "[Unreleased]"


def test_every_other_section_is_a_release() -> None:
    assert [section for section in SECTIONS[1:] if not RELEASE.fullmatch(section)] == []


def test_this_version_is_the_newest_section() -> None:
    versions = [found[1] for section in SECTIONS if (found := RELEASE.fullmatch(section))]
    assert versions[0] == yadorigi.__version__
    assert versions == sorted(versions, key=Version, reverse=True)


def test_entries_are_grouped_by_kind_of_change() -> None:
    assert {line.removeprefix("### ") for line in LINES if line.startswith("### ")} <= KINDS
