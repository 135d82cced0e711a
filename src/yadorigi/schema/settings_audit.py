"""What is recorded and kept on each host, against what is needed: made by `audits.settings_audit`."""

from __future__ import annotations

import msgspec

from yadorigi.schema.behaviour import Role
from yadorigi.schema.overview import SettingState
from yadorigi.schema.question import LogReach, SettingStanding, Step


class HostAudit(msgspec.Struct, frozen=True):
    """One host.

    Attributes:
        site, host, role: as in `schema.overview.HostOverview`.
        settings: what behaviours need, and whether it was on at the end of the case period.
        logs: how far each log reaches.
        absent: logs that behaviours need and of which nothing was read.
        answerable: share of pairs of behaviour and time for which there is an answer, from 0 to 1.
    """

    site: str | None
    host: str
    role: Role | None
    settings: tuple[SettingState, ...]
    logs: tuple[LogReach, ...]
    absent: tuple[str, ...]
    answerable: float


class SettingsAudit(msgspec.Struct, frozen=True):
    """All hosts of a case.

    Attributes:
        case: the folder.
        since, until: canonical times of the case period.
        hosts: those with logs.
        hosts_without_logs: how many others are named.
        settings: what to switch on, what makes most answerable first.
        steps: what else would settle most: logs to collect, to find older copies of, to make larger.
        short_logs: logs that keep less than is advised, the shortest first.
    """

    case: str
    since: str
    until: str
    hosts: tuple[HostAudit, ...]
    hosts_without_logs: int
    settings: tuple[SettingStanding, ...]
    steps: tuple[Step, ...]
    short_logs: tuple[LogReach, ...]
