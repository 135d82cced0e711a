"""Lines of IIS whose files have lost their directives, as collectors leave them: access log and error log of HTTP.sys.

Fields are named by the layouts that IIS has by default (versions 6, 7, 8.5 and later) and with all fields chosen, with
and without one field of the user's own behind them, which is taken for ``X-Forwarded-For``. Times are in UTC. Files
that have their directives are read by ``w3c``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.format import Line, LineFormat, Reading
from yadorigi.sources.web.w3c_layout import IIS_OPENING, iis_layout

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock


def _read(line: Line, clock: Clock) -> Reading:
    return iis_layout(line.message).read(line.message, clock)


IIS_LINES: Final = LineFormat("iis", "log of IIS without its directives", _read, opening=IIS_OPENING)
