"""device_telemetry_send.log of PAN-OS: which files of telemetry a firewall sends, from its technical support file.

Lines of a time without zone, a logger (``dt_send``, ``dt_curl`` ...), a level and a text; fields are ``logger``,
``level``, ``message``, and ``file`` where the text names one (``send_fname: /opt/panlogs/tmp/...``). By
the names of such files commands were run in attacks on CVE-2024-3400 (Palo Alto Networks, security advisory
CVE-2024-3400). The layout is that of lines that were published; the maker does not describe it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_TIME: Final = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?"
_LINE: Final = re.compile(
    rf"({_TIME}) {{1,4}}(?:- )?(dt_\w{{1,32}}) {{1,4}}(?:- )?([A-Z]{{4,8}}):? {{1,4}}(?:- )?(.*)", re.ASCII | re.DOTALL
).fullmatch
_FILE: Final = re.compile(r"\b(?:send_)?f(?:ile)?_?name: {0,4}(/.{1,4096})", re.DOTALL).search
_LOOKED_AT: Final = 8_192
_LEVELS: Final = {
    "DEBUG": "debug", "INFO": "informational", "WARNING": "warning", "ERROR": "error", "CRITICAL": "critical",
}  # fmt: skip


def _read(line: Line, clock: Clock) -> Reading:
    found = _LINE(line.text)
    if found is None:
        raise LineError("a line of the telemetry of PAN-OS that is not of its layout")
    fields = {"logger": found[2], "level": found[3], "message": found[4]}
    named = _FILE(found[4][:_LOOKED_AT])
    if named is not None:
        fields["file"] = named[1].rstrip()
    return Reading("panos_telemetry/send", fields, clock.iso(found[1]), "", 0, _LEVELS.get(found[3], ""))


PANOS_TELEMETRY: Final = LineFormat(
    "panos_telemetry",
    "device_telemetry_send.log of PAN-OS",
    _read,
    opening=rf"{_TIME} {{1,4}}(?:- )?dt_\w{{1,32}} {{1,4}}(?:- )?[A-Z]{{4,8}}",
)
