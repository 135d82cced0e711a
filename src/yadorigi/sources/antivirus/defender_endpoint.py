"""Microsoft Defender for Endpoint and Defender XDR: exported rows of advanced hunting, streamed events and alerts.

Read is JSON, one object a line: the streaming API (``category`` ``AdvancedHunting-DeviceEvents``, fields under
``properties``), rows of advanced hunting as they are exported (``Timestamp``, ``DeviceName``, ``ActionType``), alerts
of the API (``alertCreationTime`` or ``createdDateTime``), and CEF of collectors that fetch them. Kinds:

- ``detection``: antivirus detections (``AntivirusDetection``, ``AntivirusReport`` …) and alerts;
- ``process``, ``network``, ``file``, ``logon``: rows of the tables of that name;
- ``event``: all others.

Fields under ``properties`` have their own names, those in ``AdditionalFields`` are ``AdditionalFields.Name``. The
product's log in Windows (Windows Defender/Operational) is a log of Windows and is read as such; exports as CSV are
tables (docs/how-to/read-any-table.md).

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

_PROPERTIES: Final = "properties."
_ADDITIONAL: Final = "AdditionalFields"
_TIMES: Final = (
    "Timestamp", "alertCreationTime", "createdDateTime", "firstEventTime", "firstActivityDateTime", "time",
    "TimeGenerated",
)  # fmt: skip
_HOSTS: Final = ("DeviceName", "computerDnsName", "evidence.deviceDnsName", "MachineName", "ComputerDnsName")
_LEVELS: Final = {"informational": "informational", "low": "notice", "medium": "warning", "high": "error"}
_ACTIONS: Final = (
    ("antivirus", "detection"), ("processcreated", "process"), ("connection", "network"), ("logon", "logon"),
    ("filecreated", "file"), ("filemodified", "file"), ("filedeleted", "file"), ("filerenamed", "file"),
)  # fmt: skip
"""Parts of ``ActionType`` and the kinds that they mean."""


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
    text = one(fields, *_TIMES)
    level = _LEVELS.get(one(fields, "severity", "Severity").lower(), "")
    return Reading(
        f"defender_endpoint/{_kind(fields)}",
        fields,
        clock.read(text, "UTC") if text else None,
        one(fields, *_HOSTS),
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
