"""What hosts record and keep, and what to change first, in either language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from yadorigi.reports.blocks import Block

if TYPE_CHECKING:
    from yadorigi.reports.speech import Speech
    from yadorigi.schema.behaviour import Words
    from yadorigi.schema.settings_audit import HostAudit, SettingsAudit

_PROCESSES: Final = "process_creation"
_COMMAND_LINE: Final = "process_command_line"
"""Without it, process starts in the Security log say next to nothing."""
_SETTINGS: Final = 15
_STEPS: Final = 10
_LOGS: Final = 30
_HOSTS: Final = 300


def settings_audit_blocks(audit: SettingsAudit, titles: Mapping[str, Words], speech: Speech) -> Iterator[Block]:
    """Give an audit as blocks.

    Args:
        audit: what was found.
        titles: names of settings by id.
        speech: language and zone.
    """
    yield Block("title", speech.say("audit_heading"))
    since, until = speech.time(audit.since), speech.time(audit.until)
    yield Block("text", speech.say("period", case=audit.case, since=since, until=until))
    yield Block("text", speech.say("hosts", known=len(audit.hosts), unknown=audit.hosts_without_logs))
    yield Block("section", speech.say("audit_first"))
    useful = [one for one in audit.settings if one.pairs]
    command_line = next((one for one in audit.settings if one.setting == _COMMAND_LINE), None)
    for one in useful[:_SETTINGS]:
        yield Block("item", speech.setting(one))
        yield Block("detail", speech.say("audit_on", action=speech.of(one.action)))
        if one.setting == _PROCESSES and command_line is not None:
            yield Block("detail", speech.say("audit_with", action=speech.of(command_line.action)))
        yield Block("detail", speech.few(one.off_hosts, one.off + one.unknown - len(one.off_hosts)))
    yield from _more(len(useful) - _SETTINGS, speech)
    if not useful:
        yield Block("text", speech.say("audit_none"))
    if audit.steps:
        yield Block("section", speech.say("audit_logs"))
        yield from (Block("item", speech.step(step)) for step in audit.steps[:_STEPS])
        yield from _more(len(audit.steps) - _STEPS, speech)
    if audit.short_logs:
        yield Block("section", speech.say("audit_short"))
        yield from (Block("item", speech.log(log)) for log in audit.short_logs[:_LOGS])
        yield from _more(len(audit.short_logs) - _LOGS, speech)
    yield Block("section", speech.say("audit_hosts"))
    for host in audit.hosts[:_HOSTS]:
        yield from _host(host, titles, speech)
    yield from _more(len(audit.hosts) - _HOSTS, speech)


def _host(host: HostAudit, titles: Mapping[str, Words], speech: Speech) -> Iterator[Block]:
    place, role = speech.place(host.site, host.host), speech.say(f"role_{host.role or 'unknown'}")
    share = f"{100 * host.answerable:.0f}"
    yield Block("part", speech.say("audit_host", place=place, role=role, share=share))
    for key, on in (("audit_settings_on", True), ("audit_settings_off", False), ("audit_settings_unknown", None)):
        names = [speech.of(titles[state.setting]) for state in host.settings if state.on is on]
        if names:
            yield Block("item", speech.say(key, settings="; ".join(names)))
    if host.absent:
        yield Block("item", speech.say("audit_absent", channels=", ".join(host.absent)))
    yield from (Block("item", speech.log(log, with_place=False)) for log in host.logs)


def _more(count: int, speech: Speech) -> Iterator[Block]:
    if count > 0:
        yield Block("item", speech.say("more", count=count), "dim")
