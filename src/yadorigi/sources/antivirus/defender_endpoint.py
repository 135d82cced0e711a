"""Microsoft Defender for Endpoint and Defender XDR: exported rows of advanced hunting, streamed events and alerts.

Read is JSON, one object a line: the streaming API (``category`` ``AdvancedHunting-DeviceEvents``, fields under
``properties``), rows of advanced hunting as they are exported (``Timestamp``, ``DeviceName``, ``ActionType``), alerts
of the API (``alertCreationTime`` or ``createdDateTime``), and CEF of collectors that fetch them. Kinds:

- ``detection``: antivirus detections (``AntivirusDetection``, ``AntivirusReport`` …) and alerts;
- ``process``, ``network``, ``file``, ``logon``: rows of the tables of that name;
- ``event``: all others.

Fields under ``properties`` have their own names, those in ``AdditionalFields`` are ``AdditionalFields.Name``; where
``FolderPath`` is a folder, ``FilePath`` is the file in it; ``CleaningAction`` is the word for the number of what the
antivirus did. The product's log in Windows (Windows Defender/Operational) is a log of Windows and is read as such;
exports as CSV are tables (docs/how-to/read-any-table.md).

Source: Microsoft, advanced hunting schema (DeviceEvents and others), Defender XDR streaming API, alert resource type.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.antivirus.messages import Product, is_keyed, read_keyed
from yadorigi.sources.lines.cef import one
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.json_fields import json_fields

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock
    from yadorigi.sources.lines.fields import Fields

_BACKSLASH: Final = "\\"
_ENDS: Final = "/\\"
_PROPERTIES: Final = "properties."
_ADDITIONAL: Final = "AdditionalFields"
_TIMES: Final = (
    "Timestamp", "alertCreationTime", "createdDateTime", "firstEventTime", "firstActivityDateTime", "time",
    "TimeGenerated",
)  # fmt: skip
_HOSTS: Final = ("DeviceName", "computerDnsName", "evidence.deviceDnsName", "MachineName", "ComputerDnsName")
_INNER_HOSTS: Final = tuple(
    f"{_ADDITIONAL}.{name}" for name in ("HostName", "Host.HostName", "ImageFile.Host.HostName")
)
"""Of evidence of an alert that states no device."""
_LEVELS: Final = {"informational": "informational", "low": "notice", "medium": "warning", "high": "error"}
_ACTIONS: Final = (
    ("antivirus", "detection"), ("processcreated", "process"), ("connection", "network"), ("logon", "logon"),
    ("filecreated", "file"), ("filemodified", "file"), ("filedeleted", "file"), ("filerenamed", "file"),
)  # fmt: skip
"""Parts of ``ActionType`` and the kinds that they mean."""


_CLEANING: Final = {
    "1": "clean", "2": "quarantine", "3": "remove", "6": "allow", "9": "no action", "10": "block",
}  # fmt: skip
"""What the antivirus did, by the numbers of its class MSFT_MpThreatDetection (CleaningActionID)."""


def _kind(fields: Fields | dict[str, Any]) -> str:
    action = one(fields, "ActionType")[:100].lower()
    if not action and one(fields, "title", "Title", "alertCreationTime", "detectionSource", "AlertId"):
        return "detection"
    return next((kind for part, kind in _ACTIONS if part in action), "event")


def _always_detection(fields: Fields) -> str:
    del fields
    return "detection"


_ALERTS: Final = Product("defender_endpoint", _always_detection, ("dhost", "dvchost", "shost"))


def _read(line: Line, clock: Clock) -> Reading:
    if is_keyed(line.message):
        return read_keyed(_ALERTS, line, clock)
    found = json_fields(line.message)
    fields = {name.removeprefix(_PROPERTIES): value for name, value in found.items()}
    inner = fields.get(_ADDITIONAL)
    if isinstance(inner, str) and inner.startswith("{"):
        with suppress(LineError):
            fields |= {f"{_ADDITIONAL}.{name}": value for name, value in json_fields(inner).items()}
    if not ({"ActionType", "DeviceName", "alertCreationTime", "detectionSource", "createdDateTime"} & fields.keys()):
        raise LineError("JSON that is no row of advanced hunting and no alert")
    cleaned = _CLEANING.get(str(fields.get(f"{_ADDITIONAL}.Action", "")))
    if cleaned and fields.get(f"{_ADDITIONAL}.WasRemediated") is not False:
        fields["CleaningAction"] = cleaned
    folder, name = one(fields, "FolderPath"), one(fields, "FileName")
    if folder and name and not folder.lower().endswith(name.lower()):
        # Some tables have the whole path in it, others the folder.
        fields["FilePath"] = f"{folder.rstrip(_ENDS)}{'/' if folder.startswith('/') else _BACKSLASH}{name}"
    text = one(fields, *_TIMES)
    level = _LEVELS.get(one(fields, "severity", "Severity").lower(), "")
    return Reading(
        f"defender_endpoint/{_kind(fields)}",
        fields,
        clock.read(text, "UTC") if text else None,
        one(fields, *_HOSTS, *_INNER_HOSTS),
        0,
        level,
    )


DEFENDER_ENDPOINT: Final = LineFormat(
    "defender_endpoint",
    "Microsoft Defender for Endpoint",
    _read,
    opening=(
        r"CEF: ?\d\|Microsoft\|(?:Microsoft )?(?:365 )?(?:Windows )?Defender|"
        r'\{[^\n]{0,2000}"(?:category" ?: ?"AdvancedHunting-|alertCreationTime" ?:|ActionType" ?: ?"[A-Z])|'
        r'\{[^\n]{0,2000}"detectionSource" ?: ?"'
    ),
)
