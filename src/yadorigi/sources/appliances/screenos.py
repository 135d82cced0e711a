"""Juniper ScreenOS (NetScreen, SSG, ISG): traffic, attacks, administrators and the rest of its log.

Read are lines of syslog like
``ns1: NetScreen device_id=ns1 [Root]system-notification-00257(traffic): start_time="…" … src=…``. ``vsys`` is what
stands in brackets, ``type`` the number of the message. Fields of traffic keep their names (``src zone``, ``src-xlated
ip``); of the texts of attacks and logons the ends, the user and the outcome are read. The time in parentheses at the
end, else ``start_time``, is the device's clock.

Not read: other texts in parts (they are kept as the message).
Source: Juniper, ScreenOS Message Log Reference Guide.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.stated_twice import put_other

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_ADDRESS: Final = r"[0-9A-Fa-f.:]{2,45}?"
_HEAD: Final = re.compile(
    r"(?:\S{1,255}: )?NetScreen device_id=(?P<device_id>\S{1,255}) {1,4}\[(?P<vsys>[^\]]{0,128})\]"
    r"system-(?P<severity>[a-z-]{1,32})-(?P<type>\d{5})(?:\((?P<module>[\w-]{1,32})\))?: ?"
).match
_DATED: Final = re.compile(r" ?\((\d{4})-(\d{1,2})-(\d{1,2}) (\d\d:\d\d:\d\d)\) *$").search
_TRAFFIC: Final = re.compile(
    r"(?<![^ ])(start_time|duration|policy_id|service|proto|src"
    r" zone|dst zone|action|sent|rcvd|src|dst|src_port|dst_port"
    r"|src-xlated ip|dst-xlated ip|port|icmp type|icmp code|session_id|reason)="
)
_ATTACK: Final = re.compile(
    rf"(?P<attack>[^!]{{1,64}})! From (?P<src>{_ADDRESS})(?::(?P<src_port>\d{{1,5}}))?"
    rf" to (?P<dst>{_ADDRESS})(?::(?P<dst_port>\d{{1,5}}))?,"
    r" proto (?P<proto>\w{1,16})"
).match
_LOGON: Final = re.compile(
    r"(?:Admin user|ADM: Local admin authentication \w{1,16} for login"
    r" name:?|Login attempt to system by admin) \"?(?P<user>[^\s\"]{1,128})\"?"
).match
_FROM: Final = re.compile(r"from (?P<src>[0-9A-Fa-f.:]{2,45}?)(?::(?P<src_port>\d{1,5}))?(?=\.?(?:[\s,)]|$))").search
_LEVELS: Final = {
    "emergency": "emergency", "alert": "alert", "critical": "critical", "error": "error", "warning": "warning",
    "notification": "notice", "information": "informational", "debugging": "debug",
}  # fmt: skip


def _read(line: Line, clock: Clock) -> Reading:
    found = _HEAD(line.message)
    if found is None:
        raise LineError("a line of ScreenOS without its beginning")
    fields: dict[str, Any] = {name: value for name, value in found.groupdict().items() if value}
    text = line.message[found.end() :]
    stamp = None
    if (dated := _DATED(text[-64:])) is not None:
        year, month, day, time = dated.groups()
        stamp = clock.iso(f"{year}-{month}-{day} {time}")
        text = text[: len(text) - len(dated[0])]
    if "policy_id=" in text and "src=" in text:
        kind = "traffic"
        fields |= _traffic(text)
        stamp = stamp or clock.iso(str(fields.get("start_time", "")))
    else:
        fields["message"] = text
        kind, more = _event(text)
        fields |= more
    return Reading(
        f"screenos/{kind}", fields, stamp, fields["device_id"], int(found["type"]), _LEVELS.get(found["severity"], "")
    )


def _traffic(text: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    names = list(_TRAFFIC.finditer(text))
    before = ""
    for number, name in enumerate(names):
        end = names[number + 1].start() if number + 1 < len(names) else len(text)
        own = f"{before.removesuffix(' ip')} port" if name[1] == "port" else name[1]
        put_other(fields, own, text[name.end() : end].strip().strip('"'))
        before = name[1]
    return fields


def _event(text: str) -> tuple[str, dict[str, str]]:
    attack = _ATTACK(text)
    if attack is not None:
        return "attack", {name: value for name, value in attack.groupdict().items() if value}
    logon = _LOGON(text)
    if logon is None:
        return "event", {}
    parts = {"user": logon["user"]}
    source = _FROM(text[:4096])
    if source is not None:
        parts |= {name: value for name, value in source.groupdict().items() if value}
    said = text[:4096].lower()
    if "logged out" in said:
        return "logout", parts
    failed = any(word in said for word in ("failed", "reject", "denied"))
    return "login", parts | {"outcome": "failure" if failed else "success"}


SCREENOS: Final = LineFormat(
    "screenos",
    "Juniper ScreenOS",
    _read,
    opening=r"(?:\S{1,255}: )?NetScreen device_id=\S{1,255} {1,4}\[[^\]]{0,128}\]system-",
)
