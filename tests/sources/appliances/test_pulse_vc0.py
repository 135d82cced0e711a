"""Files of vc0 are known by their header and read record by record, whatever stands between the records."""

from __future__ import annotations

from pathlib import Path

from tests.sources.lines.golden import events_of
from yadorigi.sources.appliances.pulse_vc0 import PULSE_VC0

HEADER = (b"\x05\x00\x00\x00\x01\x00\x00\x00").ljust(8192, b"\x00")
LOGIN = b"65f221e0.07357a\tvpn1\tAUT24327\tvc0\tRoot\t203.0.113.9\ttaro\tStaff\tFiles\t\t\tSystem Local"
TUNNEL = b"65f221e1.000001\tvpn1\tNWC23464\tvc0\tRoot\t203.0.113.9\thanako\tStaff\tFiles\t10.7.0.9"


def written(path: Path, body: bytes) -> Path:
    path.write_bytes(HEADER + body)
    return path


def test_records_between_any_control_characters(tmp_path: Path) -> None:
    body = b"\x05" + LOGIN + b"\x00\x01A\x00" + TUNNEL + b"\x02"
    source, events, warnings = events_of(written(tmp_path / "log.access.vc0", body))
    assert (source, warnings) == ("pulse_secure_vc0", [])
    assert [(line, event.kind.channel, event.kind.event_id, event.host) for line, event in events] == [
        (1, "pulse_secure/login", 24327, "vpn1"),
        (2, "pulse_secure/tunnel", 23464, "vpn1"),
    ]
    login = events[0][1].data
    assert {name: login[name] for name in ("source_ip", "user", "realm_name", "roles", "outcome", "column12")} == {
        "source_ip": "203.0.113.9", "user": "taro", "realm_name": "Staff", "roles": "Files", "outcome": "failure",
        "column12": "System Local",
    }  # fmt: skip


def test_damaged_records_are_counted(tmp_path: Path) -> None:
    body = b"\x05" + LOGIN + b"\x05!badtime.0000000a\tvpn1\tSYS12345\tvc0\x05" + TUNNEL[:40]
    _, events, warnings = events_of(written(tmp_path / "x", body))
    assert [event.kind.event_id for _, event in events] == [24327, 23464]
    assert warnings == ["record: record 2: no time, or no number of a message"]


def test_an_empty_log_is_known_and_others_are_not() -> None:
    assert PULSE_VC0.recognises(HEADER, "")
    assert not PULSE_VC0.recognises(HEADER + b"no record", "")
    assert not PULSE_VC0.recognises(HEADER[:100], "")
    assert not PULSE_VC0.recognises(b"\x05\x00\x00\x00" + b"x" * 9000, "")


def test_one_endless_record_is_cut(tmp_path: Path) -> None:
    body = b"\x05" + LOGIN + b"\ta" * 3_000_000 + b"\x05" + TUNNEL
    _, events, _ = events_of(written(tmp_path / "x", body))
    assert [event.kind.event_id for _, event in events] == [24327, 23464]
