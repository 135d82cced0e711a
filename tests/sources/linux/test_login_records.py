"""wtmp, btmp and utmp: every record becomes an event or is counted, whatever its layout."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sources.linux.login_records import OF_ARM, USUAL, record
from yadorigi.sources.contract import HEAD_BYTES, ReadingLog
from yadorigi.sources.linux.login_records import LOGIN_RECORDS
from yadorigi.sources.registry import recognise

if TYPE_CHECKING:
    from yadorigi.schema.event import Event


def read(path: Path) -> tuple[list[tuple[int, Event]], ReadingLog]:
    log = ReadingLog()
    found = [
        (batch.origin(place).line or 0, batch.event(place))
        for gathered in LOGIN_RECORDS.read(list(LOGIN_RECORDS.pieces(0, path, path.name, path.stat().st_size)), log)
        for batch in gathered.batches()
        for place in range(len(batch))
    ]
    return sorted(found, key=lambda pair: pair[0]), log


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("layout", [USUAL, OF_ARM])
def test_layouts_are_told_apart(tmp_path: Path, layout: str, order: str) -> None:
    form = order + layout[1:]
    log = tmp_path / "wtmp"
    records = [
        record(2, "reboot", "~", "5.15.0-25-generic", form=form),
        record(7, "tanaka", "pts/0", "203.0.113.9", form=form),
        record(7, "root", "pts/1", "2001:db8::9", form=form),
        record(8, "", "pts/0", form=form),
    ]
    log.write_bytes(b"".join(records))
    assert recognise(log.read_bytes()[:HEAD_BYTES], "anything").source is LOGIN_RECORDS
    events, account = read(log)
    kinds = ["utmp/boot", "utmp/logon", "utmp/logon", "utmp/logoff"]
    assert [event.kind.channel for _, event in events] == kinds
    assert [line for line, _ in events] == [1, 2, 3, 4]
    logon = events[1][1]
    assert dict(logon.data) == {
        "event": "logon", "type": "7", "pid": "1234", "line": "pts/0", "id": "ts/0", "user": "tanaka",
        "host": "203.0.113.9", "addr": "203.0.113.9", "session": "7",
    }  # fmt: skip
    assert logon.time == 17_731_332_601_234_560
    assert events[2][1].data["addr"] == "2001:db8::9"
    assert account.events == account.declared == {0: 4}
    assert account.warnings == []


def test_refused_logons_are_known_by_their_type_or_the_name_of_the_file(tmp_path: Path) -> None:
    refused, waits, logon = record(6, "root", "ssh:notty"), record(6, "LOGIN", "tty1"), record(7, "root", "ssh:notty")
    for name, kinds in (
        ("wtmp", ["utmp/failed_logon", "utmp/other", "utmp/logon"]),
        ("btmp-20260301", ["utmp/failed_logon", "utmp/other", "utmp/failed_logon"]),
    ):
        log = tmp_path / name
        log.write_bytes(refused + waits + logon)
        assert [event.kind.channel for _, event in read(log)[0]] == kinds


def test_places_without_a_record_and_what_is_cut_off_are_told(tmp_path: Path) -> None:
    log = tmp_path / "wtmp"
    log.write_bytes(record(7, "a", "pts/0") + bytes(384) + record(7, "b", "pts/1") + record(7, "c", "pts/2")[:100])
    events, account = read(log)
    assert [line for line, _ in events] == [1, 3]
    assert [(warning.kind, warning.records) for _, warning in account.warnings] == [("record", 1), ("notice", 0)]
    assert "take logons out" in account.warnings[1][1].reason
    assert account.declared == {0: 3}


@pytest.mark.parametrize("head", [b"", bytes(4_000), b"\7\0\0\0" * 100, b"MZ" + bytes(1_000), record(7, "a")[:383]])
def test_other_files_are_none(head: bytes) -> None:
    assert LOGIN_RECORDS.recognises(head, "wtmp") == ""


def test_changed_files_lose_no_record_in_silence(tmp_path: Path) -> None:
    chance = random.Random(1102)  # noqa: S311 - chance must be repeatable
    whole = b"".join(record(chance.choice([0, 1, 2, 5, 6, 7, 8]), f"u{n}", f"pts/{n}", "h") for n in range(40))
    log = tmp_path / "wtmp"
    for _ in range(300):
        data = bytearray(whole[: chance.randrange(len(whole))] or whole)
        for _ in range(chance.randrange(1, 30)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        log.write_bytes(data)
        events, account = read(log)
        lost = sum(warning.records or 0 for _, warning in account.warnings if warning.kind == "record")
        assert len(events) + lost == account.declared.get(0, 0)
        assert len(events) == account.events.get(0, 0)
