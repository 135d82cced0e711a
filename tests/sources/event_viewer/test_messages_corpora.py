"""Messages against the fields that the same events state: records that hold both, of real machines."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from yadorigi.sources.windows.event_viewer.messages import rendered_messages

DATASETS = 8
PROVIDERS = ("Microsoft-Windows-Sysmon", "Microsoft-Windows-Security-Auditing", "Microsoft-Windows-TaskScheduler")
IN_WORDS = {"AccessList", "AccessMask", "AccessReason", "LayerName", "Properties"}
"""Fields that messages show in words of which nobody keeps a list here."""
LEAST = 100_000


@pytest.mark.corpora
def test_messages_say_what_the_fields_say(corpora: Path) -> None:
    known = rendered_messages()
    same: Counter[int] = Counter()
    different: Counter[tuple[int, str]] = Counter()
    for path in sorted((corpora / "windows" / "security-datasets").rglob("*.zip"))[:DATASETS]:
        for record in records_of(path):
            provider, number, message = (record.get(name) for name in ("SourceName", "EventID", "Message"))
            if provider not in PROVIDERS or not isinstance(number, int) or not isinstance(message, str):
                continue
            for name, value in known.fields_of(provider, number, message).items():
                if name in record and name not in IN_WORDS:
                    if plain(record[name]) == plain(value):
                        same[number] += 1
                    else:
                        different[number, name] += 1
    assert same.total() > LEAST
    assert {1, 3, 10, 4624, 4656, 4663, 4672, 4688, 5156} <= set(same)
    # What is left was written in other ways by whoever made the data: "&lt;" for "<", "%%3D" for "%3D".
    assert different.total() < same.total() / 10_000, different.most_common(5)


def records_of(path: Path) -> list[dict[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        lines = [line for name in archive.namelist() for line in archive.read(name).splitlines()]
    records = [json.loads(line) for line in lines if line.startswith(b"{")]
    return [record for record in records if isinstance(record, dict)]


def plain(value: Any) -> str:
    return ("" if value is None else str(value)).replace("\r\n", "\n").strip()
