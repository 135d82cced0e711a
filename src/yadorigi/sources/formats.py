"""All formats of lines, in the order in which a line is tried. To add one, add its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yadorigi.sources.appliances.fortigate import FORTIGATE
from yadorigi.sources.lines.plain_syslog import SYSLOG

if TYPE_CHECKING:
    from yadorigi.sources.lines.format import LineFormat

FORMATS: Final[tuple[LineFormat, ...]] = (
    FORTIGATE,
    SYSLOG,  # last: it takes every line with a header
)
