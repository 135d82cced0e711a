"""List rules, and check them: which are refused and why, and what is odd about the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yadorigi.languages.sigma.log_sources import LogSources
from yadorigi.packs.find_rules import find_rules
from yadorigi.packs.load_rules import compile_files, load_rules
from yadorigi.schema.finding import level_rank

if TYPE_CHECKING:
    from yadorigi.languages.sigma.rule import CompiledRule, RefusedRule
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

    def lets_through(self, rule: CompiledRule) -> bool:
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

    rules: tuple[CompiledRule, ...]
    loaded: int
    refused: tuple[RefusedRule, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """What checking rules found.

    Attributes:
        loaded: number of rules that can run.
        refused: the others, each with its reason.
        notes: rules that run, each with what is odd about it.
    """

    loaded: int
    refused: tuple[RefusedRule, ...]
    notes: tuple[tuple[CompiledRule, str], ...]


def log_source_of(rule: CompiledRule) -> str:
    """Return a rule's log source in one word: product, category and service, what is not given left out."""
    return "/".join(part for part in (rule.product, rule.category, rule.service) if part) or "(any)"


def list_rules(given: Iterable[str], settings: Settings, wanted: RuleFilter) -> RuleList:
    """Return the rules that the filter lets through, the highest level first.

    Raises:
        UsageError: a path does not exist, or not one rule could be loaded.
    """
    loaded = load_rules(given, settings)
    rules = [rule for rule in loaded.rules if wanted.lets_through(rule)]
    rules.sort(key=lambda rule: (-level_rank(rule.level), rule.title.casefold(), rule.rule_id, rule.path))
    return RuleList(tuple(rules), len(loaded.rules), loaded.refused)


def check_rules(given: Iterable[str], settings: Settings) -> Check:
    """Compile rules without the cache and say what is wrong with them.

    Raises:
        UsageError: a path does not exist.
    """
    found = compile_files(find_rules(given), settings)
    log_sources = LogSources.load()
    by_id: defaultdict[str, list[CompiledRule]] = defaultdict(list)
    for rule in found.rules:
        by_id[rule.rule_id].append(rule)
    notes: list[tuple[CompiledRule, str]] = []
    for rule in found.rules:
        notes += [(rule, note) for note in rule.notes]
        if not rule.title:
            notes.append((rule, "no title"))
        if rule.rule_id == rule.sha256:
            notes.append((rule, "no id"))
        if not log_sources.resolve(rule.category, rule.product, rule.service):
            notes.append((rule, f"no events of the log source {log_source_of(rule)} are read, so it cannot match"))
        others = [other for other in by_id[rule.rule_id] if other is not rule]
        if others:
            notes.append((rule, f"has the id of {others[0].path}:{others[0].line}"))
    return Check(len(found.rules), found.refused, tuple(notes))
