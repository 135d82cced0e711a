"""Messages against the fields that the same events state: records that hold both, of real machines."""

from __future__ import annotations

import html
import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from yadorigi.sources.windows.event_viewer.messages import rendered_messages

EVERY = 4
"""Data sets of which one is read: each costs a second."""
OF_A_KIND = 12
"""Messages of one kind of event in one data set: more of them say the same."""
IN_WORDS = {"AccessReason", "Properties", "param2"}
"""Fields that messages show in words of which nobody keeps a list here."""
LEAST = 15_000


@pytest.mark.corpora
def test_messages_say_what_the_fields_say(corpora: Path) -> None:
    known = rendered_messages()
    same: Counter[int] = Counter()
    different: Counter[tuple[int, str]] = Counter()
    odd: list[str] = []
    for path in sorted((corpora / "windows" / "security-datasets").rglob("*.zip"))[::EVERY]:
        seen: Counter[Any] = Counter()
        for record in records_of(path):
            provider, number, message = (record.get(name) for name in ("SourceName", "EventID", "Message"))
            if not isinstance(provider, str) or not isinstance(number, int) or not isinstance(message, str):
                continue
            seen[provider, number] += 1
            if seen[provider, number] > OF_A_KIND:
                continue
            shown = known.shown(provider, number, message)
            odd += [message] * shown.odd
            for name, value in shown.fields.items():
                if name in record and name not in IN_WORDS:
                    if plain(record[name]) == plain(value):
                        same[number] += 1
                    else:
                        different[number, name] += 1
    assert not odd
    assert same.total() > LEAST
    assert {1, 3, 10, 4103, 4104, 4624, 4656, 4663, 4672, 4688, 4703, 4769, 4799, 5145, 5156, 7036} <= set(same)
    # What is left was written in other ways by whoever made the data: "%%3D" for "%3D".
    assert different.total() < same.total() / 1_000, different.most_common(20)


def records_of(path: Path) -> list[dict[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        lines = [line for name in archive.namelist() for line in archive.read(name).splitlines()]
    records = [json.loads(line) for line in lines if line.startswith(b"{")]
    return [record for record in records if isinstance(record, dict)]


def plain(value: Any) -> str:
    return html.unescape("" if value is None else str(value)).replace("\r\n", "\n").strip().casefold()
