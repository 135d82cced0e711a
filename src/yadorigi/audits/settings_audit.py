"""What is recorded and kept on each host against what is needed, and what to change first."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from yadorigi.audits.host_roles import may_be
from yadorigi.audits.log_reach import log_reaches
from yadorigi.audits.setting_standings import needed_settings, setting_standings
from yadorigi.audits.steps import steps_of
from yadorigi.schema.platforms import WINDOWS, format_of
from yadorigi.schema.settings_audit import HostAudit, SettingsAudit

if TYPE_CHECKING:
    from yadorigi.audits.assess import CaseFacts
    from yadorigi.audits.cells import Cell, Place
    from yadorigi.packs.behaviours import Behaviours
    from yadorigi.schema.overview import HostOverview

_ALL_LOGS: Final = frozenset[str]()
_ABOUT_LOGS: Final = frozenset({"log", "hosts"})


def audit_settings(facts: CaseFacts, content: Behaviours) -> SettingsAudit:
    """Audit what hosts record and keep."""
    by_host: defaultdict[Place, list[Cell]] = defaultdict(list)
    for cell in facts.cells.values():
        by_host[cell.place].append(cell)
    known = [host for host in facts.overview.hosts if host.known]
    hosts = tuple(_host(host, by_host[host.site, host.host], facts, content) for host in known)
    logs = [log for host in hosts for log in host.logs]
    short = sorted((log for log in logs if log.falls_short), key=lambda log: (log.reach_days or 0.0, log.host))
    return SettingsAudit(
        facts.case, facts.overview.since, facts.overview.until, hosts,
        len(facts.overview.hosts) - len(known) + facts.overview.unlisted_hosts,
        setting_standings(known, facts.cells, content),
        tuple(step for step in steps_of(facts.cells.values(), content) if step.kind in _ABOUT_LOGS),
        tuple(short),
    )  # fmt: skip


def _host(host: HostOverview, cells: list[Cell], facts: CaseFacts, content: Behaviours) -> HostAudit:
    needed = needed_settings(content)
    own = [cell for cell in cells if _possible(cell, host, content)]
    there = {log.channel.casefold() for log in host.logs}
    formats = {format_of(channel) for channel in there} | {WINDOWS}
    share = sum(cell.told_share for cell in own) / len(own) if own else 0.0
    return HostAudit(
        host.site, host.host, host.role, tuple(state for state in host.settings if state.setting in needed),
        tuple(log_reaches([host], _ALL_LOGS, facts.log_sizes)),
        tuple(channel for channel in _channels(own, content) if channel.casefold() not in there
              and format_of(channel) in formats), round(share, 3),
    )  # fmt: skip


def _possible(cell: Cell, host: HostOverview, content: Behaviours) -> bool:
    behaviour = content.every.get(cell.behaviour)
    return behaviour is not None and may_be(host, behaviour.roles)


def _channels(cells: list[Cell], content: Behaviours) -> list[str]:
    """Return the logs that would show all of a behaviour, by name."""
    found = {
        content.observables[leaf].channel
        for cell in cells
        for way in content.every[cell.behaviour].evidence
        if way.shows == "all"
        for leaf in content.leaves(way.observable)
    }
    return sorted(found)
