"""The simulated estate is sound, its truth is its own, and one variant of each kind is judged rightly.

All variants are hunted by ``python -m benchmarks.honesty``.
"""

from __future__ import annotations

import ast
import hashlib
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import evtx
import pytest

from benchmarks.honesty import base, behaviours, changes
from benchmarks.honesty.clock import END, HOUR, START, at, system_time
from benchmarks.honesty.compare import compare
from benchmarks.honesty.hunts import hunt
from benchmarks.honesty.kinds import SECURITY, SYSMON, SYSTEM
from benchmarks.honesty.packing import files_of
from benchmarks.honesty.truth import NOT_OBSERVED, Expected, expectations
from benchmarks.honesty.variants import variants

if TYPE_CHECKING:
    from benchmarks.honesty.logs import Estate
    from benchmarks.honesty.variant import Variant

ROOT = Path(__file__).resolve().parents[2]
LEAST = 300
SEED = 7


SIMILAR = {
    "4688 ends",
    "4688 paused",
    "archived just before it was cleared",
    "archived, then made anew",
    "clock set forward",
    "collector",
    "damaged by zeros",
    "empty files",
    "files renamed",
    "files split",
    "files twice",
    "json",
    "json without numbers",
    "no process log",
    "whole",
    "wrong clock",
}
"""Kinds that are like others; the benchmark itself has them."""


@cache
def sample() -> tuple[Variant, ...]:
    """One variant of each kind, not always the first."""
    kinds: dict[str, list[Variant]] = {}
    for variant in variants():
        if variant.kind not in SIMILAR:
            kinds.setdefault(variant.kind, []).append(variant)
    return tuple(some[SEED * number % len(some)] for number, some in enumerate(kinds.values()))


# ------------------------------------------------------------------------------------------------------- the verdicts


@pytest.mark.parametrize("variant", sample(), ids=lambda variant: variant.name)
def test_every_verdict_on_a_variant_is_right(variant: Variant) -> None:
    outcome = hunt(variant).comparison
    assert not [f"{fault.kind}: {fault.what}" for fault in outcome.faults]
    assert outcome.right == outcome.checked > 0


# ------------------------------------------------------------------------------------------------------ the simulator


def test_there_are_enough_variants_and_each_has_its_name() -> None:
    names = [variant.name for variant in variants()]
    assert len(names) == len(set(names)) >= LEAST
    assert 20 <= len(sample()) <= 30
    assert {variant.kind for variant in variants()} >= SIMILAR


def test_the_program_is_imported_nowhere() -> None:
    for path in sorted((ROOT / "benchmarks" / "honesty").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [module for module in modules if module.split(".")[0] == "yadorigi"], path


def test_another_process_writes_the_same_bytes() -> None:
    code = (
        "import hashlib; from benchmarks.honesty.base import estate; from benchmarks.honesty.packing import files_of; "
        "print(hashlib.sha256(b''.join(data for _, data in sorted(files_of(estate('cleared')).items()))).hexdigest())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    here = b"".join(data for _, data in sorted(files_of(base.estate("cleared")).items()))
    assert done.stdout.strip() == hashlib.sha256(here).hexdigest()


def test_another_parser_reads_every_record(tmp_path: Path) -> None:
    estate = base.estate("intruded")
    for log in estate.logs.values():
        for path, data in log.files.items():
            place = tmp_path / path.replace("/", "-")
            place.write_bytes(data)
            read: list[Any] = list(evtx.PyEvtxParser(str(place)).records_json())
            assert [record["event_record_id"] for record in read] == [record.number for record in log.readable]


@pytest.mark.parametrize("story", ["clean", "intruded"])
def test_numbers_have_no_hole_and_times_are_in_order(story: base.Story) -> None:
    for log in base.estate(story).logs.values():
        numbers = [record.number for record in log.records]
        times = [record.ticks for record in log.records]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert times == sorted(times)
        assert START <= times[0] <= times[-1] < END


def test_only_the_intruder_leaves_signs_that_must_be_seen() -> None:
    plain = {sign for _, _, sign in base.estate("clean").signs if not sign.startswith("?")}
    assert plain == {"DI-20"}
    known = {known.behaviour for known in behaviours.BEHAVIOURS}
    signs = {sign.lstrip("?").partition("/")[0] for _, _, sign in base.estate("cleared").signs}
    assert len(known) >= 25
    assert len(signs & known) >= 25


def test_suspended_logs_have_no_hole_in_their_numbers_and_robbed_ones_do() -> None:
    since, until = at(2, "08:00"), at(2, "19:00")
    estate = base.estate("clean")
    for change, holes in ((changes.suspend, 0), (changes.take_records, 1)):
        if change is changes.suspend:
            log = changes.suspend(estate, "FS02", since, until).logs["FS02", SECURITY]
        else:
            log = changes.take_records(estate, "FS02", SECURITY, since, until).logs["FS02", SECURITY]
        numbers = [record.number for record in log.records]
        assert sum(later != earlier + 1 for earlier, later in pairwise(numbers)) == holes
        assert not [record for record in log.records if since <= record.ticks < until]


# ---------------------------------------------------------------------------------------------------------- the truth


def expected(estate: Estate, behaviour: str, host: str) -> list[Expected]:
    """What is right about a behaviour on a host, moments of signs left out."""
    return [
        one
        for one in expectations(estate)
        if (one.behaviour, one.host) == (behaviour, host) and one.until - one.since > HOUR
    ]


def test_where_nothing_is_missing_it_was_not_there() -> None:
    (whole,) = expected(base.estate("clean"), "C2-01", "FS02")
    assert whole.verdicts == {NOT_OBSERVED}


def test_a_hole_cuts_the_week_in_three() -> None:
    robbed = changes.take_records(base.estate("clean"), "FS02", SECURITY, at(2, "08:00"), at(2, "19:00"))
    before, hole, after = expected(robbed, "C2-01", "FS02")
    assert before.verdicts == after.verdicts == {NOT_OBSERVED}
    assert hole.verdicts == {"cannot_tell"}
    assert hole.reasons == frozenset({"hole"})
    assert at(2, "08:00") < hole.since < hole.until < at(2, "19:00")


def test_what_two_logs_show_needs_both_to_be_lost() -> None:
    one = changes.remove_logs(base.estate("clean"), "APP01", (SYSMON,))
    assert expected(one, "C2-01", "APP01")[0].verdicts == {NOT_OBSERVED}
    both = changes.remove_logs(one, "APP01", (SECURITY,))
    (whole,) = expected(both, "C2-01", "APP01")
    assert whole.verdicts == {"cannot_tell"}
    assert whole.reasons == frozenset({"not_collected", "never_audited"})


def test_a_sign_that_was_lost_need_not_be_seen() -> None:
    behaviour, host = "PE-05", "FS02"
    assert any(one.verdicts == {"observed"} for one in expectations(base.estate("intruded")) if one.host == host)
    robbed = changes.remove_logs(base.estate("intruded"), host, (SYSTEM,))
    found = [one for one in expectations(robbed) if (one.behaviour, one.host) == (behaviour, host)]
    assert found
    assert not [one for one in found if NOT_OBSERVED in one.verdicts or one.verdicts == {"observed"}]


# ----------------------------------------------------------------------------------------------------- the comparison


def line(estate: Estate, **fields: Any) -> dict[str, Any]:
    """A line of verdicts for the whole week."""
    times = [record.ticks for log in estate.logs.values() for record in log.readable]
    plain: dict[str, Any] = {
        "technique": "T1090.001",
        "behaviour": "C2-01",
        "site": None,
        "host": "FS02.minato-gas.example",
        "from": system_time(min(times)),
        "to": system_time(max(times) + 1),
        "verdict": NOT_OBSERVED,
        "reason": None,
        "evidence": [],
    }
    return plain | fields


def kinds_of_faults(estate: Estate, *lines: dict[str, Any]) -> set[str]:
    """The kinds of faults that concern the given lines; what they leave out does not count."""
    return {fault.kind for fault in compare(estate, list(lines)).faults if "no line" not in fault.what}


def test_the_comparison_sees_what_is_wrong() -> None:
    clean = base.estate("clean")
    assert not kinds_of_faults(clean, line(clean))
    assert kinds_of_faults(clean, line(clean, verdict="cannot_tell", reason="not_examined")) == {"verdict"}
    assert kinds_of_faults(clean, line(clean, verdict="observed")) == {"verdict", "evidence"}
    assert kinds_of_faults(clean, line(clean, host="OTHER")) == {"host"}
    assert kinds_of_faults(clean, line(clean, host="OTHER", verdict="cannot_tell", reason="host_unknown")) == {
        "evidence"
    }
    late = line(clean, **{"from": "2026-03-10T00:00:00.0000000Z"})
    assert kinds_of_faults(clean, late) == {"period"}
    early = line(clean, to="2026-03-09T23:00:00.0000000Z")
    assert kinds_of_faults(clean, early, late) == {"partition"}


def test_a_false_not_observed_is_called_that() -> None:
    robbed = changes.remove_logs(base.estate("clean"), "FS02", (SECURITY,))
    assert kinds_of_faults(robbed, line(robbed)) == {"false not_observed"}
