"""The shipped pack detects what the document says it does, with and without the names of tools."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.detection.document import PAGE, REASONS, page
from benchmarks.detection.masking import LEVELS, kept_programs, mask, masked_name, programs_of
from benchmarks.detection.measure import Measured, measure

if TYPE_CHECKING:
    from pathlib import Path

LEAST = 240
LEAST_MASKED = 220
MOST_ALARMS = 10


def event(**fields: Any) -> dict[str, Any]:
    return {"Event": {"EventData": fields}}


def masked(level: int, **fields: Any) -> dict[str, Any]:
    made = event(**fields)
    mask(made, level, frozenset(programs_of(event(**fields))))
    data: dict[str, Any] = made["Event"]["EventData"]
    return data


def test_plain_stays_as_it_is() -> None:
    fields = {"Image": r"C:\Windows\System32\cmd.exe", "CommandLine": "cmd /c mimikatz"}
    assert masked(0, **fields) == fields


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("certutil -f a", "{} -f a"),
        ('"C:\\Windows\\System32\\certutil.exe" -f a', '"C:\\Windows\\System32\\{}.exe" -f a'),
        ("C:\\Windows\\System32\\certutil.exe -f certutil", "C:\\Windows\\System32\\{}.exe -f certutil"),
        ("other.exe certutil", "other.exe certutil"),
    ],
)
def test_the_first_word_is_masked_where_it_names_the_program(command: str, expected: str) -> None:
    found = masked(1, Image=r"C:\Windows\System32\certutil.exe", CommandLine=command)
    assert found["Image"] == rf"C:\Windows\System32\{masked_name('certutil')}.exe"
    assert found["CommandLine"] == expected.format(masked_name("certutil"))


def test_a_path_with_blanks_and_no_quotes() -> None:
    path = r"C:\Program Files\My Tools\tool.exe"
    assert masked(1, Image=path, CommandLine=f"{path} -x")["CommandLine"] == path.replace(
        "tool.exe", f"{masked_name('tool')}.exe -x"
    )


def test_processes_of_windows_stay_themselves() -> None:
    assert {"lsass", "services", "wmiprvse", "svchost"} <= kept_programs()
    path = r"C:\Windows\System32\lsass.exe"
    assert masked(len(LEVELS) - 1, TargetImage=path)["TargetImage"] == path


def test_each_level_masks_more() -> None:
    fields = {
        "Image": r"C:\a\mimikatz.exe",
        "OriginalFileName": "mimikatz.exe",
        "Hashes": "MD5=00",
        "PipeName": r"\kekeo_x",
    }
    made = [masked(level, **fields) for level in range(len(LEVELS))]
    assert [sorted(key for key in fields if found[key] != fields[key]) for found in made] == [
        [],
        ["Image"],
        ["Image", "OriginalFileName"],
        ["Hashes", "Image", "OriginalFileName"],
        ["Hashes", "Image", "OriginalFileName", "PipeName"],
    ]  # fmt: skip


def test_words_are_masked_where_commands_stand() -> None:
    found = masked(
        len(LEVELS) - 1,
        Image=r"C:\Windows\System32\cmd.exe",
        CommandLine=r"cmd.exe /c rundll32.exe a.dll,Start & cmd /c echo cmd > C:\Windows\cmd.log",
    )["CommandLine"]
    name = masked_name("cmd")
    assert (
        found == rf"{name}.exe /c {masked_name('rundll32')}.exe a.dll,Start & {name} /c echo cmd > C:\Windows\cmd.log"
    )


@pytest.fixture(scope="module")
def measured(corpora: Path) -> Measured:
    return measure(corpora)


@pytest.mark.corpora
def test_the_pack_detects_the_attack_samples(measured: Measured) -> None:
    assert measured.detected(0) >= LEAST
    assert measured.detected(len(LEVELS) - 1) >= LEAST_MASKED


@pytest.mark.corpora
def test_the_pack_is_quiet_on_ordinary_logs(measured: Measured) -> None:
    assert measured.alarms <= MOST_ALARMS


@pytest.mark.corpora
def test_the_document_says_what_is_found_today(measured: Measured) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(measured), "run `python -m benchmarks.detection --write`"


@pytest.mark.corpora
def test_every_miss_has_a_reason_and_no_hit_has_one(measured: Measured) -> None:
    missed = {found.name for found in measured.attacks[0] if not found.counts}
    assert set(tomllib.loads(REASONS.read_text(encoding="utf-8"))) == missed
