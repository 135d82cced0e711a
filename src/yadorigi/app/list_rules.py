"""List rules, and check them: which are refused and why, and what is odd about the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yadorigi.languages.sigma.log_sources import LogSources
from yadorigi.languages.sigma.rule import AnyRule, AppliedFilter, CompiledRule, log_source_of
from yadorigi.packs.find_rules import find_rules
from yadorigi.packs.load_rules import compile_files, load_rules
from yadorigi.schema.finding import level_rank

if TYPE_CHECKING:
    from yadorigi.languages.sigma.rule import RefusedRule
    from yadorigi.settings import Settings


@dataclass(frozen=True, slots=True)
class RuleFilter:
    """Which rules to list.

    Attributes:
        level: this one or a higher one, "" for all.
        technique: an ATT&CK id; a technique includes its sub-techniques; "" for all.
        text: in the title, id, path, author or log source, letter case aside; "" for all.
    """

    level: str = ""
    technique: str = ""
    text: str = ""

    def lets_through(self, rule: AnyRule) -> bool:
        """Say whether the rule is wanted."""
        if self.level and level_rank(rule.level) < level_rank(self.level):
            return False
        wanted = self.technique.upper()
        if wanted and not any(found == wanted or found.startswith(f"{wanted}.") for found in rule.techniques):
            return False
        words = (rule.title, rule.rule_id, rule.path, rule.author or "", log_source_of(rule))
        return self.text.casefold() in "\n".join(words).casefold()


@dataclass(frozen=True, slots=True)
class RuleList:
    """The rules that were asked for, and how many there are of what."""

    rules: tuple[AnyRule, ...]
    loaded: int
    refused: tuple[RefusedRule, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """What checking rules found.

    Attributes:
        loaded: number of rules that can run.
        refused: the others, each with its reason.
        notes: rules that run, and filters, each with what is odd about it.
    """

    loaded: int
    refused: tuple[RefusedRule, ...]
    notes: tuple[tuple[AnyRule | AppliedFilter, str], ...]


def list_rules(given: Iterable[str], settings: Settings, wanted: RuleFilter) -> RuleList:
    """Return the rules that the filter lets through, the highest level first.

    Raises:
        UsageError: a path does not exist, or not one rule could be loaded.
    """
    loaded = load_rules(given, settings)
    rules = [rule for rule in loaded.every if wanted.lets_through(rule)]
    rules.sort(key=lambda rule: (-level_rank(rule.level), rule.title.casefold(), rule.rule_id, rule.path))
    return RuleList(tuple(rules), loaded.loaded, loaded.refused)


def check_rules(given: Iterable[str], settings: Settings) -> Check:
    """Compile rules without the cache and say what is wrong with them, or odd.

    Raises:
        UsageError: a path does not exist.
    """
    found = compile_files(find_rules(given), settings)
    log_sources = LogSources.load()
    by_id: defaultdict[str, list[AnyRule]] = defaultdict(list)
    for rule in found.every:
        by_id[rule.rule_id].append(rule)
    notes: list[tuple[AnyRule | AppliedFilter, str]] = []
    for rule in found.every:
        notes += [(rule, note) for note in rule.notes]
        if not rule.title:
            notes.append((rule, "no title"))
        if rule.rule_id == rule.sha256:
            notes.append((rule, "no id"))
        if isinstance(rule, CompiledRule) and not log_sources.resolve(rule.category, rule.product, rule.service):
            notes.append((rule, f"no events of the log source {log_source_of(rule)} are read, so it cannot match"))
        others = [other for other in by_id[rule.rule_id] if other is not rule]
        if others:
            notes.append((rule, f"has the id of {others[0].path}:{others[0].line}"))
        if not rule.alone:
            notes.append((rule, "serves correlations: what it matches is no finding of its own"))
    for one in found.filters:
        if one.idle:
            names = ", ".join(one.idle)
            notes.append((one, f"filters nothing by {names}: no rule of its log source has that name or id"))
        elif not one.rules:
            notes.append((one, "filters nothing: there is no rule of its log source"))
    return Check(found.loaded, found.refused, tuple(notes))
