"""Events that say something about logs and computers, and which of their fields say it."""

from __future__ import annotations

from typing import Final, NamedTuple

_SECURITY: Final = "security"
_SYSTEM: Final = "system"
_SYSMON: Final = "microsoft-windows-sysmon/operational"
_EVENT_LOG: Final = ("eventlog", "microsoft-windows-eventlog")
_POWER: Final = ("microsoft-windows-kernel-power",)
_KERNEL: Final = ("microsoft-windows-kernel-general",)


class LandmarkForm(NamedTuple):
    """Providers (lower case) that write the event, any where empty, and fields that matter."""

    providers: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


LANDMARKS: Final[dict[tuple[str, int], LandmarkForm]] = {
    (_SECURITY, 1100): LandmarkForm(),
    (_SECURITY, 1102): LandmarkForm(fields=("SubjectUserName", "SubjectDomainName", "SubjectLogonId")),
    (_SECURITY, 1104): LandmarkForm(),
    (_SECURITY, 4616): LandmarkForm(fields=("PreviousTime", "NewTime", "ProcessName")),
    (_SECURITY, 4719): LandmarkForm(fields=("SubcategoryGuid", "AuditPolicyChanges", "SubjectUserName")),
    (_SECURITY, 4906): LandmarkForm(fields=("CrashOnAuditFailValue",)),
    (_SECURITY, 4912): LandmarkForm(fields=("TargetUserSid", "SubcategoryGuid", "AuditPolicyChanges")),
    (_SYSTEM, 1): LandmarkForm((*_KERNEL, "microsoft-windows-power-troubleshooter"), ("NewTime", "OldTime")),
    (_SYSTEM, 12): LandmarkForm(_KERNEL),
    (_SYSTEM, 13): LandmarkForm(_KERNEL),
    (_SYSTEM, 41): LandmarkForm(_POWER),
    (_SYSTEM, 42): LandmarkForm(_POWER),
    (_SYSTEM, 104): LandmarkForm(_EVENT_LOG, ("Channel", "SubjectUserName", "BackupPath")),
    (_SYSTEM, 107): LandmarkForm(_POWER),
    (_SYSTEM, 1074): LandmarkForm(("user32",), ()),
    (_SYSTEM, 6005): LandmarkForm(_EVENT_LOG),
    (_SYSTEM, 6006): LandmarkForm(_EVENT_LOG),
    (_SYSTEM, 6008): LandmarkForm(_EVENT_LOG),
    (_SYSTEM, 6009): LandmarkForm(_EVENT_LOG),
    (_SYSMON, 4): LandmarkForm(fields=("State",)),
    (_SYSMON, 16): LandmarkForm(fields=("Configuration",)),
}
"""By channel (lower case) and event id."""

POWER: Final = frozenset(key for key in LANDMARKS if key[0] == _SYSTEM and key != (_SYSTEM, 104))
"""Those that say when a computer was off: there are many, and only silences ask for them."""

NAMES: Final[dict[tuple[str, int], tuple[str, ...]]] = {
    (_SECURITY, 4624): ("WorkstationName", "TargetUserName"),
    (_SECURITY, 4625): ("WorkstationName",),
    (_SECURITY, 4648): ("TargetServerName",),
    (_SECURITY, 4741): ("TargetUserName",),
    (_SECURITY, 4742): ("TargetUserName",),
    (_SECURITY, 4768): ("TargetUserName",),
    (_SECURITY, 4769): ("ServiceName", "TargetUserName"),
    (_SECURITY, 4776): ("Workstation",),
    (_SECURITY, 4778): ("ClientName",),
    (_SYSMON, 3): ("DestinationHostname",),
}
"""Fields that name computers, by channel (lower case) and event id."""

ACCOUNT_FIELDS: Final = frozenset({"TargetUserName", "ServiceName"})
"""Fields that name accounts: a computer only where they end in ``$``."""
