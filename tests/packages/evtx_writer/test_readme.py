"""The README says what is true: its first example runs, and its tables name what there is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING

import evtx_writer
from evtx_writer import damage
from tests.contract.modules import ROOT
from tests.packages.evtx_writer.readers import by_libevtx

if TYPE_CHECKING:
    import pytest

README = (ROOT / "packages" / "evtx-writer" / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_first_example_writes_a_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(EXAMPLES[0], {})  # noqa: S102 - it is our own page
    (reading,) = by_libevtx((tmp_path / "Security.evtx").read_bytes())
    assert reading.record_id == 4711
    assert reading.system["TimeCreated@SystemTime"] == "2026-03-11T12:40:00.123456700Z"
    assert [text for name, text in reading.payload if name == "EventData/Data"] == [
        "S-1-5-18",
        "0x0000000000001a2c",
        "C:\\Windows\\System32\\netsh.exe",
    ]


def test_every_kind_of_damage_is_named() -> None:
    functions = [
        name for name, found in inspect.getmembers(damage, inspect.isfunction) if found.__module__ == damage.__name__
    ]
    public = {name for name in functions if not name.startswith("_")}
    assert len(public) > 20
    assert {name for name in public if f"`{name}`" not in README} == set()


def test_the_damage_of_the_example_can_be_done() -> None:
    records = [
        evtx_writer.EventRecord(provider="P", event_id=1, channel="C", computer="H", time=place) for place in range(900)
    ]
    exec(EXAMPLES[1], {"records": records})  # noqa: S102 - it is our own page


def test_what_is_exported_is_there() -> None:
    assert all(hasattr(evtx_writer, name) for name in evtx_writer.__all__)
