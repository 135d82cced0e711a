"""Lists of rules, what is wrong with rules, and why a rule matched, on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from rich.text import Text

from yadorigi.languages.sigma.rule import CompiledRule, log_source_of
from yadorigi.reports.account import counted, print_line
from yadorigi.reports.cells import one_line
from yadorigi.reports.json_lines import json_line
from yadorigi.reports.lines import csv_line
from yadorigi.reports.terminal import LEVEL_STYLES
from yadorigi.schema.times import shown_time

if TYPE_CHECKING:
    from datetime import tzinfo

    from rich.console import Console

    from yadorigi.languages.sigma.rule import AnyRule, AppliedFilter, RefusedRule
    from yadorigi.schema.explanation import Branch, EventExplanation

RULE_COLUMNS: Final = ("level", "title", "id", "product", "category", "service", "techniques", "author", "path", "line")
_LIMIT: Final = 300
_VALUE_LIMIT: Final = 400
_CHILDREN_SHOWN: Final = 20
_JOINTS: Final = {"all": "all of", "any": "one of", "not": "not"}


def print_rules(console: Console, rules: Iterable[AnyRule]) -> None:
    """Print rules, two lines each: level and title; log source, techniques and id."""
    for rule in rules:
        level = Text(f"{one_line(rule.level, 13):<13} ", style=LEVEL_STYLES.get(rule.level, "default"))
        print_line(console, level + Text(one_line(rule.title or rule.path, _LIMIT), style="bold"), indent=0)
        parts = (log_source_of(rule), *rule.techniques)
        line = Text("  ".join(one_line(part, 100) for part in (*parts, rule.rule_id) if part), style="dim")
        print_line(console, line, indent=14)


def rule_lines(rules: Iterable[AnyRule]) -> Iterator[bytes]:
    """Give rules as lines of JSON."""
    for rule in rules:
        yield json_line(dict(zip(RULE_COLUMNS, _cells(rule), strict=True))) + b"\n"


def rule_rows(rules: Iterable[AnyRule]) -> Iterator[bytes]:
    """Give rules as CSV, formulas neutralised."""
    yield csv_line(RULE_COLUMNS)
    for rule in rules:
        cells = (" ".join(cell) if isinstance(cell, tuple) else str(cell or "") for cell in _cells(rule))
        yield csv_line(tuple(cells))


def _cells(rule: AnyRule) -> tuple[str | int | tuple[str, ...] | None, ...]:
    source: tuple[str | None, ...] = (None, "correlation", None)
    if isinstance(rule, CompiledRule):
        source = (rule.product, rule.category, rule.service)
    return (rule.level, rule.title, rule.rule_id, *source, rule.techniques, rule.author, rule.path, rule.line)


def print_check(
    console: Console, loaded: int, refused: Sequence[RefusedRule], notes: Sequence[tuple[AnyRule | AppliedFilter, str]]
) -> None:
    """Print every rule that is refused, with its reason, and every note."""
    for rule in refused:
        place = rule.path if rule.line is None else f"{rule.path}:{rule.line}"
        title = Text.assemble(("refused  ", "bold red"), one_line(place, _LIMIT))
        if rule.title:
            title.append(f"  {one_line(rule.title, 100)}", "dim")
        print_line(console, title, indent=0)
        print_line(console, one_line(rule.reason, _LIMIT), indent=9)
    for noted, note in notes:
        title = Text.assemble(("note     ", "yellow"), one_line(f"{noted.path}:{noted.line}", _LIMIT))
        title.append(f"  {one_line(noted.title, 100)}", "dim")
        print_line(console, title, indent=0)
        print_line(console, one_line(note, _LIMIT), indent=9)
    summary = f"{counted(loaded + len(refused), 'rule')}: {loaded:,} can run, {len(refused):,} refused"
    print_line(console, f"{summary}, {counted(len(notes), 'note')}", "bold", 0)


def print_explained_rule(console: Console, rule: CompiledRule, log_source: Sequence[str]) -> None:
    """Print a rule's head: what it is, and what its log source means."""
    head = Text.assemble((one_line(rule.title, _LIMIT), "bold"), f"  {rule.level}  {one_line(rule.rule_id, 100)}")
    print_line(console, head, indent=0)
    print_line(console, f"log source {one_line(log_source_of(rule), 100)}", indent=2)
    for name in log_source:
        print_line(console, f"means {one_line(name, _LIMIT)}", "dim", 4)
    if not log_source:
        print_line(console, "means nothing that is read: the rule cannot match", "yellow", 4)


def print_explained_event(console: Console, event: EventExplanation, zone: tzinfo, whole: bool) -> None:
    """Print one event: whether the rule matches it, and the condition as a tree.

    Args:
        console: where to.
        event: what to print.
        zone: for its time.
        whole: show alternatives that do not hold beside one that does.
    """
    mark = Text("MATCHES  ", style="bold green") if event.matched else Text("NO MATCH ", style="bold red")
    place = f"line {event.line}" if event.line is not None else f"record {event.record_id}"
    mark.append(f"{place}  {shown_time(event.time, zone)}  {one_line(event.host, 100)}  ")
    mark.append(f"{one_line(event.channel, 100)} {event.event_id}")
    console.print()
    print_line(console, mark, indent=0)
    if not event.readings:
        what = f"{one_line(event.channel, 100)}, {one_line(event.provider, 100)}, event id {event.event_id}"
        print_line(console, f"the rule's log source does not cover this event ({what})", "yellow")
    for reading in event.readings:
        print_line(console, f"as {one_line(reading.name, _LIMIT)}", "dim")
        if reading.conditions is not None:
            print_line(console, "the log source asks for", "dim", 4)
            _print_branch(console, reading.conditions, 4, whole)
            print_line(console, "the rule asks for", "dim", 4)
        _print_branch(console, reading.condition, 4, whole)


def _print_branch(console: Console, branch: Branch, indent: int, whole: bool) -> None:
    mark = Text("yes  " if branch.holds else "no   ", style="green" if branch.holds else "red")
    if branch.kind == "test":
        print_line(console, mark + _test(branch), indent=indent)
        return
    print_line(console, mark + Text(_JOINTS.get(branch.kind, "always" if branch.holds else "never")), indent=indent)
    children = branch.children
    hidden = 0
    if branch.kind == "any" and branch.holds and not whole:
        children = tuple(child for child in children if child.holds)
        hidden = len(branch.children) - len(children)
    if len(children) > _CHILDREN_SHOWN and not whole:
        hidden += len(children) - _CHILDREN_SHOWN
        children = children[:_CHILDREN_SHOWN]
    for child in children:
        _print_branch(console, child, indent + 5, whole)
    if hidden:
        print_line(console, f"and {hidden:,} more (--all)", "dim", indent + 5)


def _test(branch: Branch) -> Text:
    name = "any field" if branch.field is None else one_line(branch.field, 100)
    text = Text.assemble((name, "bold"), f" {one_line(branch.test, _VALUE_LIMIT)}")
    if branch.source:
        text.append(f"  [{one_line(branch.source, 200)}]", "dim")
    if branch.value is None:
        found = "not found" if branch.field is None else "the event has no such field"
        text.append(f"  {found}", "yellow")
    else:
        text.append(f"  <- {one_line(branch.value, _VALUE_LIMIT)}", "cyan")
    return text
