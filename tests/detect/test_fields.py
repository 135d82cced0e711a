"""What a rule's ``Channel`` means on events that tell of another log."""

from __future__ import annotations

import pytest

from tests.detect.memory import MemoryBatch, event_of
from yadorigi.detect.match import Matcher
from yadorigi.detect.plan import Planner
from yadorigi.detect.rows import all_slowly_matched
from yadorigi.languages.sigma.log_sources import LogSources
from yadorigi.languages.sigma.rule import CompiledRule
from yadorigi.query.nodes import Match, Node, Not, Text
from yadorigi.schema.event import EventKind

CLEARED = EventKind("System", "Microsoft-Windows-Eventlog", 104)
STARTED = EventKind("System", "EventLog", 6005)
CHANNEL: Node = Match("Channel", Text("equals", "System"))
RULES = [
    CompiledRule("of-the-service", "", "", "low", None, "windows", "system", CHANNEL),
    CompiledRule("not-of-the-service", "", "", "low", None, "windows", "system", Not(CHANNEL)),
    CompiledRule("of-no-service", "", "", "low", None, "windows", None, CHANNEL),
]


@pytest.mark.parametrize("kinds", [(CLEARED, STARTED), (STARTED, CLEARED)])
@pytest.mark.parametrize("told", ["Application", "System"])
def test_an_event_that_a_log_was_cleared_tells_which(kinds: tuple[EventKind, ...], told: str) -> None:
    planner = Planner(RULES, LogSources.load())
    matcher = Matcher(planner)
    wanted = {
        STARTED: {"of-the-service", "of-no-service"},
        CLEARED: {"of-no-service", "of-the-service" if told == "System" else "not-of-the-service"},
    }
    for kind in kinds:
        event = event_of(kind, {"Channel": told} if kind == CLEARED else {"A": "x"})
        batch = MemoryBatch(kind, [event])
        matches = matcher.of(kind).match(batch)
        quickly = {RULES[number].rule_id for matched in matches for number, _ in matched.hits}
        slowly = {RULES[number].rule_id for number in all_slowly_matched(planner, event)}
        assert quickly == slowly == wanted[kind]
