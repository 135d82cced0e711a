"""Records of auditd become events in any order, within bounds, and none is lost."""

from __future__ import annotations

from yadorigi.sources.lines.format import NO_HEADER, Reading
from yadorigi.sources.linux.audit_join import AuditJoiner
from yadorigi.sources.linux.audit_numbers import NUMBERS, SYSCALLS, TYPES
from yadorigi.sources.linux.audit_values import plain_text


def record(kind: str, serial: int, **fields: str) -> Reading:
    return Reading("linux/audit", {"type": kind, "msg": f"audit(1.0:{serial})", **fields}, None, "", NUMBERS[kind])


def joined(records: list[Reading]) -> list[tuple[int, int, dict[str, object]]]:
    """Return line, event id and fields of the events that records become."""
    joiner = AuditJoiner()
    whole = [found for line, one in enumerate(records, 1) for found in joiner.take(one, NO_HEADER, line)]
    whole += joiner.rest()
    return [(line, reading.event_id, dict(reading.fields)) for reading, _, line in whole]


def test_interleaved_events_are_told_apart() -> None:
    found = joined([
        record("SYSCALL", 1, a0="1"), record("SYSCALL", 2, a0="2"), record("EXECVE", 1, a0="ls"),
        record("SOCKADDR", 2), record("PROCTITLE", 2), record("EOE", 2), record("EOE", 1),
    ])  # fmt: skip
    assert [(line, number) for line, number, _ in found] == [(2, 1306), (1, 1309)]
    assert found[1][2]["a0"] == ["1", "ls"]
    assert found[1][2]["type"] == ["SYSCALL", "EXECVE"]
    assert found[1][2]["EXECVE"] == "ls"


def test_events_that_ausearch_prints_backwards_are_turned_round() -> None:
    found = joined([
        record("PROCTITLE", 1), record("PATH", 1, name="/a/b"), record("PATH", 1, name="/a"), record("SYSCALL", 1),
        record("PROCTITLE", 2), record("SYSCALL", 2),
    ])  # fmt: skip
    assert [(line, number) for line, number, _ in found] == [(1, 1302), (5, 1300)]
    assert found[0][2]["type"] == ["SYSCALL", "PATH", "PATH", "PROCTITLE"]
    assert found[0][2]["name"] == ["/a", "/a/b"]


def test_records_of_programs_wait_for_none() -> None:
    joiner = AuditJoiner()
    assert [line for _, _, line in joiner.take(record("USER_LOGIN", 1), NO_HEADER, 7)] == [7]
    assert list(joiner.rest()) == []


def test_what_comes_late_is_an_event_of_its_own() -> None:
    found = joined([record("SYSCALL", 1), record("PROCTITLE", 1), record("PATH", 1, name="/a"), record("EOE", 5)])
    assert [fields["type"] for _, _, fields in found] == [["SYSCALL", "PROCTITLE"], "EOE", "PATH"]


def test_few_events_wait_at_once() -> None:
    joiner = AuditJoiner()
    count = sum(len(list(joiner.take(record("SYSCALL", serial), NO_HEADER, serial))) for serial in range(1_000))
    waiting = len(list(joiner.rest()))
    assert waiting <= 256
    assert count + waiting == 1_000


def test_an_event_without_end_is_cut() -> None:
    records = [record("EXECVE", 1, **{f"a{number}": "x" * 100_000}) for number in range(100)]
    found = joined(records)
    assert len(found) == 3
    assert sum(len([name for name in fields if name[0] == "a"]) for _, _, fields in found) == 100


def test_numbers_have_the_names_that_the_kernel_gives_them() -> None:
    assert [TYPES[number] for number in (1112, 1300, 1309, 1400, 2404)] == [
        "USER_LOGIN", "SYSCALL", "EXECVE", "AVC", "CRYPTO_KEY_USER",
    ]  # fmt: skip
    assert [SYSCALLS["c000003e"][number] for number in (59, 322, 42, 101)] == [
        "execve",
        "execveat",
        "connect",
        "ptrace",
    ]
    assert SYSCALLS["40000003"][11] == SYSCALLS["c00000b7"][221] == "execve"


def test_text_that_looks_like_hexadecimal_is_left() -> None:
    assert plain_text("6C73202D6C") == "ls -l"
    assert plain_text("C3A9") == "é"
    for text in ("CAFE01ZZ", "10", "6C73", "abc", "ABC", ""):
        assert plain_text(text) is None
