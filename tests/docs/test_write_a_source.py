"""The format that the page on writing a source walks through reads what the page says."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from yadorigi.schema import ocsf, ocsf_mapping
from yadorigi.schema.ocsf import normalise
from yadorigi.sources.contract import ReadingLog
from yadorigi.sources.lines.plain_syslog import SYSLOG
from yadorigi.sources.lines.source import LineSource
from yadorigi.sources.lines.survey import Formats

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to" / "write-a-source.md"


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The format, with its mapping beside those that there are."""
    content = tmp_path / "content"
    shutil.copytree(
        ROOT / "src" / "yadorigi" / "content", content, ignore=shutil.ignore_patterns("packs", "behaviours")
    )
    (content / "appliances" / "ocsf" / "example_gateway.toml").write_text(block("toml"), encoding="utf-8")
    monkeypatch.setattr(ocsf_mapping, "files", lambda _: tmp_path)
    ocsf_mapping.load.cache_clear()
    ocsf.route_of.cache_clear()
    module: dict[str, Any] = {}
    exec(block("python"), module)  # noqa: S102 - the page's own code
    yield module["EXAMPLE_GATEWAY"]
    monkeypatch.undo()
    ocsf_mapping.load.cache_clear()
    ocsf.route_of.cache_clear()


def test_the_example_reads_what_the_page_says(example: Any, tmp_path: Path) -> None:
    path = tmp_path / "gateway.log"
    path.write_text(block("text"), encoding="utf-8")
    os.utime(path, (1_773_220_000, 1_773_220_000))
    formats = Formats([example, SYSLOG])
    source, log = LineSource(example, formats), ReadingLog()
    assert source.recognises(path.read_bytes(), path.name) == "of the first 3 lines: 3 example_gateway"
    events = [
        batch.event(place)
        for gathered in source.read(list(source.pieces(0, path, path.name, path.stat().st_size)), log)
        for batch in gathered.batches()
        for place in range(len(batch))
    ]
    assert [(event.kind.channel, event.host, event.data.get("user")) for event in events] == [
        ("example_gateway/logon", "gw01", "kobayashi"),
        ("example_gateway/logon", "gw01", "admin"),
        ("syslog/syslog", "gw01", None),
    ]
    accepted, refused, _ = map(normalise, events)
    assert (accepted["class_name"], accepted["status"], accepted["user"]) == (
        "Authentication",
        "Success",
        {"name": "kobayashi"},
    )
    assert (refused["status_id"], refused["src_endpoint"]["ip"]) == (2, "203.0.113.9")
    assert any("2 parts in place of 5" in warning.reason for _, warning in log.warnings)
