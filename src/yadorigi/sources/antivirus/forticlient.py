"""FortiClient: key=value lines behind a time and the machine's name (``proto=… service=… status=…``).

There is one kind, ``traffic``: what its application firewall let pass or denied. The maker documents the layout only
for its own collectors; what FortiClient sends through FortiAnalyzer is read as FortiGate.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.fields import loose_fields
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_HEAD: Final = re.compile(r"([A-Z][a-z]{2})[a-z]{0,6} {1,2}(\d{1,2} \d\d:\d\d:\d\d) (\S{1,255}) ", re.ASCII).match


def _read(line: Line, clock: Clock) -> Reading:
    found = _HEAD(line.text)
    text = line.text[found.end() :] if found is not None else line.message
    fields = loose_fields(text)
    if "status" not in fields:
        raise LineError("a line of FortiClient without a status")
    time = clock.bsd(f"{found[1]} {found[2]}") if found is not None else None
    return Reading("forticlient/traffic", fields, time, found[3] if found is not None else "")


FORTICLIENT: Final = LineFormat(
    "forticlient",
    "FortiClient",
    _read,
    opening=(
        r"(?:[A-Z][a-z]{2,8} {1,2}\d{1,2} \d\d:\d\d:\d\d \S{1,255} )?"
        r"proto=\S{1,20} service=\S{1,40} status=\w{1,20} src="
    ),
)
