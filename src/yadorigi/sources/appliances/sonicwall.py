"""SonicWall firewalls (SonicOS) and SMA 100 (SSL-VPN): lines of ``id=firewall sn=… time="…" fw=… pri=… m=… …``.

Read are the default and the enhanced syslog of SonicOS 4 to 7, with or without a header, whatever stands for ``id``.
Names and values are those of the line; ``src`` and ``dst`` are address, port, interface and name with colons between
them. The event id is the number of the message, ``m``. The channel goes by that number, where it is not known by what
``msg`` says of a login, else by the legacy category ``c``: ``sonicwall/logon`` (administrators, users, VPN clients),
``sonicwall/logoff``, ``sonicwall/config``, ``sonicwall/traffic``, ``sonicwall/web``, ``sonicwall/attack``,
``sonicwall/vpn``, ``sonicwall/user``, ``sonicwall/dhcp``, ``sonicwall/system``.

Lines of SMA 100 and SRA (``id=sslvpn``, with ``vp_time``) have numbers of their own: their channel goes by ``msg``.

The time is ``time``; it is UTC where it says so, else in the device's own zone, which it does not state;
``vp_time`` of an SMA is the same moment in UTC. The host is
``id`` where somebody named the firewall, else the header's, else ``fw``. Not read are the layouts of WebTrends and
ArcSight for the same events (there is a reader for CEF of any product).

Source: SonicWall, SonicOS Log Events Reference Guide 6.5 and 7.0 (numbers and categories of messages, names of fields).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from yadorigi.schema.times import ticks_of
from yadorigi.sources.lines.fields import Fields, worded_fields
from yadorigi.sources.lines.format import Learned, Line, LineError, LineFormat, Reading, ShapeFacts
from yadorigi.sources.lines.shapes import key_value_shape
from yadorigi.sources.lines.syslog import SEVERITIES

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock, Stamp, ZoneKnownBy
    from yadorigi.sources.lines.format import Values

_LONGEST_NUMBER: Final = 6
_BY_NUMBER: Final = {
    **dict.fromkeys((
        29, 30, 31, 32, 33, 35, 139, 140, 199, 200, 235, 236, 237, 238, 243, 244, 245, 246, 311, 312, 318, 319, 329,
        344, 486, 583, 745, 746, 747, 748, 749, 750, 751, 753, 754, 755, 756, 757, 759, 986, 987, 994, 996, 997, 1035,
        1048, 1080, 1517,
    ), "logon"),
    **dict.fromkeys((24, 34, 261, 262, 263, 264, 265, 520, 995, 998), "logoff"),
    **dict.fromkeys((
        440, 441, 442, 506, 507, 508, 509, 856, 857, 858, 862, 863, 1049, 1050, 1051, 1052, 1333, 1334, 1335, 1337,
        1338, 1343, 1382, 1383, 1432,
    ), "config"),
    **dict.fromkeys((
        36, 37, 38, 41, 98, 173, 174, 175, 181, 524, 526, 537, 597, 598, 602, 646, 647, 712, 713, 760, 883, 884, 885,
        886, 1153, 1197, 1198, 1199, 1233, 1235, 1254, 1256, 1257, 1304, 1474, 1475,
    ), "traffic"),
    **dict.fromkeys((14, 15, 16, 97, 999, 1461), "web"),
    **dict.fromkeys((
        22, 23, 25, 27, 67, 70, 81, 82, 83, 165, 177, 178, 179, 229, 248, 267, 446, 580, 606, 608, 609, 648, 789, 790,
        793, 794, 795, 809, 859, 860, 861, 864, 866, 867, 868, 897, 898, 899, 901, 902, 904, 905, 906, 907, 908, 909,
        1098, 1099, 1154, 1155, 1200, 1201, 1213, 1214, 1316, 1366, 1367, 1369, 1370, 1371, 1373, 1374, 1375, 1376,
        1387, 1450, 1451, 1452, 1459, 1460, 1462, 1476, 1477, 1518, 1519,
    ), "attack"),
    **dict.fromkeys((473, 474, 476, 1110), "dhcp"),
}  # fmt: skip
_LOGIN: Final = re.compile(
    r"\blogin\b.{0,80}\b(?:allowed|denied|success|fail|locked)|\blogged in\b|administration session started"
).search
_LOGOUT: Final = re.compile(r"\blogged out\b|administration session ended").search
_LONGEST_MESSAGE: Final = 256
_WAF: Final = re.compile(r"\bwaf\b|threat|attack|geo ?ip|botnet").search
_TICKS_PER_SECOND: Final = 10_000_000
_QUARTER: Final = 900
_FARTHEST: Final = 14 * 3_600
_BY_CATEGORY: Final = {
    1: "system", 2: "system", 4: "web", 8: "web", 16: "user", 32: "attack", 64: "traffic", 128: "traffic",
    256: "traffic", 512: "system", 1024: "traffic", 2048: "traffic", 4096: "traffic", 8192: "traffic",
    16384: "traffic", 32768: "system", 65536: "vpn", 131072: "system", 262144: "traffic", 524288: "system",
}  # fmt: skip
"""Legacy categories, which are bits of one number."""


def _read(line: Line, clock: Clock) -> Reading:
    fields = worded_fields(line.message)
    number = _number(fields, "m")
    if number < 0:
        raise LineError("a line of SonicWall without the number of its message")
    message = _text(fields, "msg")[:_LONGEST_MESSAGE].lower()
    if "vp_time" in fields:
        kind = "attack" if _WAF(message) else "vpn" if message.startswith("netextender") else _kind_of(message, -1)
    else:
        kind = _BY_NUMBER.get(number) or _kind_of(message, _number(fields, "c"))
    priority = _number(fields, "pri")
    level = SEVERITIES[priority] if 0 <= priority < len(SEVERITIES) else ""
    return Reading(f"sonicwall/{kind}", fields, _time(fields, clock), _host(fields, line), number, level)


def _time(fields: Fields, clock: Clock) -> Stamp | None:
    stated = clock.iso(_text(fields, "time"))
    other = clock.iso(_text(fields, "vp_time")) if "vp_time" in fields else None
    if stated is None or other is None or stated.zone == "stated":
        return stated or other
    apart = abs(ticks_of(other.time) - ticks_of(stated.time)) // _TICKS_PER_SECOND
    return other if apart <= _FARTHEST and apart % _QUARTER in (0, 1, _QUARTER - 1) else stated


def _time_of(values: Values, clock: Clock) -> tuple[str, str, ZoneKnownBy] | None:
    # A field that is not there is none, which is not the same as one that is empty.
    fields: Fields = dict(zip(_TIME_FIELDS, values, strict=False))
    return _time(fields, clock)


def _shape(message: str) -> Learned | None:
    """Return the shape of a line that begins as `SONICWALL` says, without quotes around the first two values."""
    learned = key_value_shape(message)
    if learned is None or not learned.expression.startswith(_BEGINNING):
        return None
    return learned._replace(expression=_KNOWN_BEGINNING + learned.expression.removeprefix(_BEGINNING))


def _guess(texts: Sequence[str]) -> list[str]:
    """Return the numbers of messages: with one, lines mostly have the same fields."""
    return [text[(start := text.find(" m=")) : text.find(" ", start + 1)] for text in texts]


def _kind_of(message: str, category: int) -> str:
    if _LOGIN(message):
        return "logon"
    return "logoff" if _LOGOUT(message) else _BY_CATEGORY.get(category, "system")


def _host(fields: Fields, line: Line) -> str:
    named = _text(fields, "id")
    if named and named not in ("firewall", "sslvpn"):
        return named
    return "" if line.header.host else _text(fields, "fw")


def _number(fields: Fields, name: str) -> int:
    # A text without a name may stand behind a number.
    written = _text(fields, name).partition(" ")[0]
    return int(written) if written.isascii() and written.isdigit() and len(written) <= _LONGEST_NUMBER else -1


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else value[-1]


_TIME_FIELDS: Final = ("time", "vp_time")
_BEGINNING: Final = "id=([^ ]*+) sn=([^ ]*+) time="
_KNOWN_BEGINNING: Final = r"id=([^ =]{1,64}+) sn=([\w\-]{1,32}+) time="
_DECIDING: Final = frozenset({"id", "fw", "pri", "c", "m", "msg"})
SONICWALL: Final = LineFormat(
    "sonicwall",
    "SonicWall",
    _read,
    shapes=ShapeFacts(_shape, _DECIDING, _TIME_FIELDS, _time_of, _guess),
    opening=r"(?:[\w.\-]{1,64} )?id=\"?[^\s=\"]{1,64}\"? +sn=\"?[\w\-]{1,32}\"? +time=",
)
