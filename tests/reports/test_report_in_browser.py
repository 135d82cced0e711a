"""The page in a real browser: it runs its own script, nothing of a log's text, and breaks no rule of its own."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from tests.reports.hostile_text import HARM
from tests.reports.page_reader import read_page
from tests.reports.report_case import document, hostile_document
from yadorigi.reports.page.write import write_report
from yadorigi.schema.behaviour import Language

if TYPE_CHECKING:
    from yadorigi.schema.report import ReportDocument

BROWSER = Path("/usr/bin/chromium")
LANGUAGES: tuple[Language, ...] = get_args(Language)
pytestmark = pytest.mark.skipif(not BROWSER.exists(), reason=f"no browser at {BROWSER}")

SWITCHES = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--dump-dom",
)  # fmt: skip


def opened(document: ReportDocument, language: Language, folder: Path, fragment: str = "") -> tuple[str, str]:
    """Open a page in the browser and return its elements after its script ran, and what the browser complains of."""
    stream = io.StringIO()
    write_report(stream, document, language)
    place = folder / "report.html"
    place.write_text(stream.getvalue(), "utf-8")
    profile = folder / "profile"
    profile.mkdir()
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    command = [str(BROWSER), *SWITCHES, *as_root, f"--user-data-dir={profile}", place.as_uri() + fragment]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, errors="replace")
    shutil.rmtree(profile, ignore_errors=True)
    return done.stdout, done.stderr


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_text_does_nothing(language: Language, tmp_path: Path) -> None:
    elements, complaints = opened(hostile_document(), language, tmp_path)
    root = read_page(elements.replace("<!DOCTYPE html>", ""))
    assert root.every("html")[0].attributes.get("id") != HARM
    assert len(root.every("script")) == 1
    assert not root.every("img")
    assert not [name for one in root.every() for name in one.attributes if name.startswith("on")]
    assert "Content Security Policy" not in complaints
    # The page's own script did run: without it the controls stay hidden.
    (controls,) = root.by_class("controls")
    assert "hidden" not in controls.attributes


def test_a_link_opens_what_it_leads_to(tmp_path: Path) -> None:
    known = next(one.id for one in document().behaviours if one.shown_by_logs)
    elements, complaints = opened(document(), "en", tmp_path, f"#b-{known}")
    root = read_page(elements)
    assert "open" in root.by_id(f"b-{known}").attributes
    assert "Content Security Policy" not in complaints
