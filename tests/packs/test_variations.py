"""Command lines that a rule must find are found as well in other letters, with more blanks, quotes and whole paths."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.packs.shipped import shipped_examples
from yadorigi.detect.match import Matcher
from yadorigi.detect.plan import Planner
from yadorigi.languages.sigma.log_sources import LogSources
from yadorigi.packs.find_rules import find_rules
from yadorigi.packs.load_rules import compile_files
from yadorigi.settings import Settings
from yadorigi.sources.contract import ReadingLog
from yadorigi.sources.registry import source_named

if TYPE_CHECKING:
    from yadorigi.packs.examples import Example

PACK = Path(str(files("yadorigi") / "content" / "packs" / "living_off_the_land"))
LETTERS_MATTER = {"ssh_forward_command", "ssh_reverse_tunnel_command", "tunnel_program_command", "earthworm_command"}
"""Their switches mean another thing in small letters than in capitals."""
HOST = "h{}"


def other_letters(command: str) -> str:
    return command.swapcase()


def between_quotes(command: str) -> Iterator[tuple[str, bool]]:
    inside = False
    for letter in command:
        inside ^= letter == '"'
        yield letter, inside


def more_blanks(command: str) -> str:
    return "".join("  " if letter == " " and not inside else letter for letter, inside in between_quotes(command))


def tabs(command: str) -> str:
    return "".join("\t" if letter == " " and not inside else letter for letter, inside in between_quotes(command))


def quoted_program(command: str) -> str:
    return re.sub(r'^[^\s"]+', r'"\g<0>"', command)


def whole_path(command: str) -> str:
    # tree is no .exe but a .com.
    return re.sub(r"(?i)^(?!tree\b)([a-z][\w-]*)(?:\.exe)?(?=\s|$)", r"C:\\Windows\\System32\\\1.exe", command)


VARIATIONS: tuple[Callable[[str], str], ...] = (other_letters, more_blanks, tabs, quoted_program, whole_path)


@dataclass(frozen=True)
class Case:
    """A command line that a rule must find."""

    rule: str
    why: str
    example: Example

    def command(self) -> str:
        assert self.example.event is not None
        data = self.example.event.data or {}
        return str(data.get("CommandLine", ""))

    def varied(self, vary: Callable[[str], str], number: int) -> Case:
        event = self.example.event
        assert event is not None
        data = {**(event.data or {}), "CommandLine": vary(self.command())}
        changed = msgspec.structs.replace(event, data=data, computer=HOST.format(number))
        return replace(self, example=msgspec.structs.replace(self.example, event=changed))


def cases(vary: Callable[[str], str]) -> list[Case]:
    found: list[Case] = []
    for rule, (_, examples) in shipped_examples(PACK).items():
        for example in examples.hit:
            case = Case(rule, example.why, example)
            # A quote that is escaped begins and ends nothing, so blanks behind it may be part of a name.
            if example.event is None or not case.command() or '\\"' in case.command():
                continue
            if vary is other_letters and rule in LETTERS_MATTER:
                continue
            if vary(case.command()) != case.command():
                found.append(case.varied(vary, len(found)))
    return found


@pytest.fixture(scope="module")
def planner() -> Planner:
    compiled = compile_files(find_rules([str(PACK / "rules")]), Settings())
    return Planner(compiled.rules, LogSources.load())


@pytest.mark.parametrize("vary", VARIATIONS)
def test_a_hit_is_one_in_another_form(vary: Callable[[str], str], planner: Planner, tmp_path: Path) -> None:
    wanted = cases(vary)
    assert len(wanted) > len(shipped_examples(PACK)) // 2
    path = tmp_path / "varied.jsonl"
    path.write_bytes(b"".join(case.example.lines() for case in wanted))
    source, log = source_named("evtx_dump"), ReadingLog()
    matcher, found = Matcher(planner), set[tuple[str, str]]()
    for gathered in source.read(list(source.pieces(0, path, path.name, path.stat().st_size)), log):
        for batch in gathered.batches():
            for matched in matcher.of(batch.kind).match(batch):
                host = batch.event(matched.place).host
                found.update((host, Path(planner.rules[rule].path).stem) for rule, _ in matched.hits)
    missed = [
        (case.rule, case.why, case.command())
        for number, case in enumerate(wanted)
        if (HOST.format(number), case.rule) not in found
    ]
    assert missed == []
