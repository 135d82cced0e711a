"""apt: ``history.log``, whose records are several lines: when, by which command and whom, and which packages.

Fields have the names of the log (``Start-Date``, ``Commandline``, ``Requested-By``, ``Install``, ``Upgrade``,
``Remove`` ..., ``Error``, ``End-Date``); ``user`` is the name in ``Requested-By``. A record is one event of the channel
``linux/packages`` at its start. Source: apt, apt-pkg/deb/dpkgpm.cc.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.lines.clock import Stamp
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.linux.packages import PACKAGES

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock
    from yadorigi.sources.lines.format import Header

_FIELD: Final = re.compile(
    r"(Start-Date|Commandline|Requested-By|Comment|Install|Reinstall|Upgrade|Downgrade|Remove|Purge|Disappeared|Error"
    r"|End-Date): ?(.*)$"
).match
_BELONGS: Final = Stamp("", "", "stated")
_FIELDS: Final = 32


def _read(line: Line, clock: Clock) -> Reading:
    found = _FIELD(line.text)
    if found is None:
        raise LineError("no line of a record of apt")
    name, value = found[1], found[2].strip()
    if name != "Start-Date":
        return Reading(PACKAGES, {name: value}, _BELONGS)
    time = clock.iso(re.sub(" +", " ", value))
    if time is None:
        raise LineError("a record of apt whose start is no time")
    return Reading(PACKAGES, {"program": "apt", name: value}, time)


class _Joiner:
    """Joins the lines of a record."""

    def __init__(self) -> None:
        self._held: tuple[Reading, Header, int] | None = None
        self._fields: dict[str, Any] = {}

    def take(self, reading: Reading, header: Header, line: int) -> Iterable[tuple[Reading, Header, int]]:
        """Take a line; give the record before it where it begins another."""
        if reading.time is not _BELONGS:
            whole = self.rest()
            self._held, self._fields = (reading, header, line), dict(reading.fields)
            return whole
        if self._held is None:
            raise LineError("a line of apt that belongs to no record")
        if len(self._fields) < _FIELDS:
            self._fields |= reading.fields
        return self.rest() if "End-Date" in reading.fields else ()

    def rest(self) -> Iterable[tuple[Reading, Header, int]]:
        """Give the record that is held."""
        if self._held is None:
            return ()
        reading, header, line = self._held
        self._held = None
        asked = self._fields.get("Requested-By", "").partition(" (")[0]
        fields = self._fields | ({"user": asked} if asked else {})
        return ((reading._replace(fields=fields), header, line),)


APT_HISTORY: Final = LineFormat(
    "apt_history",
    "history of apt",
    _read,
    opening=(
        r"(?:Start|End)-Date: \d{4}-\d\d-\d\d  \d\d:|Commandline: (?:apt|/usr/|packagekit|aptdaemon)"
        r"|Requested-By: \S+ \(\d+\)$|(?:Install|Upgrade|Remove|Purge): [a-z0-9][a-z0-9.+\-]*:[a-z0-9]+ \("
    ),
    joiner=_Joiner,
)
