"""Remote desktop between hosts: writes what the source, the target and the domain controller record of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from two_sites_story import channels, logons
from two_sites_story.machine import SYSTEM32, Machine, Process, Session

if TYPE_CHECKING:
    from two_sites_story.estate import Account
    from two_sites_story.hosts import Standing


@dataclass(frozen=True)
class Visit:
    """A remote desktop session of somebody at work."""

    account: Account
    source: str
    begin: str
    end: str
    terminal: int
    privileged: bool = False


def come_in(machine: Machine, standing: Standing, visit: Visit) -> tuple[Session, Process]:
    """Begin a remote desktop session: gives the session and its desktop."""
    when = machine.at(visit.begin)
    if machine.watch == "sysmon":
        source = (visit.source, machine.rng.randrange(49200, 65000))
        channels.connection(machine, when, standing.remote_desktop, source, (machine.address, 3389))
    channels.desktop_authenticated(machine, machine.moment(when, 1.5), visit.account, visit.source)
    how = logons.Logon(
        account=visit.account,
        source=visit.source,
        logon_type=10,
        privileged=visit.privileged,
        terminal=visit.terminal,
    )
    session = logons.log_on(machine, machine.moment(when, 2), how)
    for event_id in (21, 22):
        channels.desktop_session(machine, machine.moment(when, event_id - 18.5), event_id, session, visit.source)
    for name in ("userinit.exe", "rdpclip.exe", "ctfmon.exe"):
        machine.start(machine.moment(when, 4.8), SYSTEM32 + name, name, standing.logon_manager, session)
    desktop = machine.start(
        machine.moment(when, 5.2),
        "C:\\Windows\\explorer.exe",
        "C:\\Windows\\Explorer.EXE",
        standing.logon_manager,
        session,
    )
    channels.policy_refreshed(machine, machine.moment(when, 6), visit.account)
    return session, desktop


def go(machine: Machine, visit: Visit, session: Session) -> None:
    """End a remote desktop session."""
    when = machine.at(visit.end)
    channels.desktop_session(machine, machine.moment(when), 23, session, None)
    channels.desktop_session(machine, machine.moment(when, 1.2), 24, session, visit.source)
    logons.log_off(machine, machine.moment(when, 1), session, 10)


def hop(source: Machine, dc: Machine, ticks: int, shell: Process, target: Machine) -> None:
    """Somebody in a session starts remote desktop to another host; the source and the controller record it."""
    account = shell.session.account
    name = target.name.lower()
    tool = source.start(source.moment(ticks), SYSTEM32 + "mstsc.exe", f"mstsc  /v:{name}", shell)
    if source.watch == "sysmon":
        port = source.rng.randrange(49200, 65000)
        channels.connection(source, source.moment(ticks, 2), tool, (source.address, port), (target.address, 3389))
    logons.explicit(source, source.moment(ticks, 9), shell.session, account, name)
    logons.service_ticket(dc, dc.moment(ticks, 9.1), account, source.address, target.machine_account)
