"""Text logs of Microsoft Defender Antivirus: MPDetection, and the lines of MPLog that tell of detections.

Both lie in ``ProgramData/Microsoft/Windows Defender/Support``. A line has its time in UTC, the word for what happened
(``DETECTIONEVENT``, ``DETECTION_ADD``, ``DETECTION_CLEANEVENT``), where it was seen, what was done, the name of the
threat and its resources. Kinds: ``detection``, and ``event`` for others of these lines (versions). Other lines of MPLog
are not read; ``--source "MPLog*=defender_log"`` reads those that tell of detections. The host is in none of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_LINE: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z) (DETECTION\w{0,20}|Version:)(?:#(\d{1,9}))? ?(.*)",
    re.ASCII | re.DOTALL,
).match
_DETECTED: Final = re.compile(
    r"(?:(MPSOURCE_\w{1,40}) )?(?:(MP_THREAT_ACTION_\w{1,40}) )?(?:([A-Z_0-9x]{4,40}) )?(\S{1,400}) (.*)",
    re.ASCII | re.DOTALL,
).match


def _read(line: Line, clock: Clock) -> Reading:
    found = _LINE(line.text.strip())
    if found is None:
        raise LineError("a line of Defender's log that tells of no detection")
    time, event, number, rest = found.groups()
    fields: dict[str, Any] = {"event": event, "message": rest}
    if number:
        fields["number"] = number
    detected = _DETECTED(rest) if event != "Version:" else None
    if detected is not None:
        names = ("source", "action", "result", "threat", "resources")
        fields |= {name: value.strip() for name, value in zip(names, detected.groups(), strict=True) if value}
    kind = "detection" if "threat" in fields else "event"
    return Reading(f"defender_log/{kind}", fields, clock.iso(time))


DEFENDER_LOG: Final = LineFormat(
    "defender_log",
    "Microsoft Defender Antivirus (text logs)",
    _read,
    opening=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z (?:DETECTION\w{0,20}[# ]|Version: Product )",
)
