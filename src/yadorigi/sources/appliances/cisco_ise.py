"""Cisco Identity Services Engine (ISE), and ACS before it: logons over RADIUS and TACACS+, and what administrators did.

Read as ISE sends its messages to a syslog server (``CISE_Passed_Authentications 0000083423 1 0 2022-03-03 ...``) and as
it keeps them itself, where a line begins with the time. A long message comes in several lines, its segments: they are
joined into one event. The event's id is the message's code. Fields before the attributes have the manual's names
(``cat_name``, ``msg_id``, ``msg_code``, ``msg_class``, ``msg_text``); attributes have their own, and of one that comes
again all values are kept (``Step``). Alarms are events with their text.

Source: Cisco, "Cisco ISE Syslogs", introduction: formats of messages in the local store and of remote syslog.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.lines.fields import Fields, put
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.stated_twice import with_others

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock
    from yadorigi.sources.lines.format import Header

_TIME: Final = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.:]\d{3,9} [+-]\d\d:\d\d"
_OPENING: Final = rf"(?:CISE_\w+ |CSCOacs_\w+:? \d|{_TIME} \d{{7,10}} \d{{4,5}} [A-Z]+ )"
_CATEGORY: Final = re.compile(r"(CISE_\w{1,64}|CSCOacs_\w{1,64}):? (?:(\d{1,10}) (\d{1,3}) (\d{1,3}) ?)?", re.ASCII)
_HEAD: Final = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)[.:](?P<fraction>\d{3,9}) (?P<zone>[+-]\d\d:\d\d) "
    r"(?P<sequence_num>\d{7,10}) (?P<msg_code>\d{4,5}) (?P<msg_sev>[A-Z]{4,6}) (?P<msg_class>[\w /.\-]{1,64}): ",
    re.ASCII,
)
_NAME: Final = re.compile(r"(?:^ *|(?<!\\), ?)([A-Za-z][\w .:\-]{0,63}?)=", re.ASCII)
_LEVELS: Final = {
    "FATAL": "critical", "ERROR": "error", "WARN": "warning", "NOTICE": "notice", "INFO": "informational",
    "DEBUG": "debug",
}  # fmt: skip
_KINDS: Final = {
    "passed_authentications": "passed", "failed_attempts": "failed", "tacacs_accounting": "command",
    "administrative_and_operational_audit": "admin", "radius_accounting": "accounting", "mydevices": "device",
    "radius_diagnostics": "diagnostics", "authentication_flow_diagnostics": "diagnostics",
    "policy_diagnostics": "diagnostics", "tacacs_diagnostics": "diagnostics", "guest": "passed",
    "identity_stores_diagnostics": "diagnostics",
}  # fmt: skip
_CLASSES: Final = {
    "Administrator-Login": "admin", "Configuration-Changes": "admin", "Passed-Authentication": "passed",
    "Failed-Attempt": "failed", "Tacacs-Accounting": "command", "Radius-Accounting": "accounting",
}  # fmt: skip
"""Kinds of messages of which no category is stated."""
_ACS: Final = "CSCOacs_"
_ACS_PROGRAMS: Final = frozenset(
    f"cscoacs_{name}"
    for name in (
        "passed_authentications", "failed_attempts", "radius_accounting", "tacacs_accounting", "radius_diagnostics",
        "tacacs_diagnostics", "administrative_and_operational_audit", "administrative_audit", "policy_diagnostics",
        "authentication_flow_diagnostics", "identity_stores_diagnostics", "system_statistics", "system_diagnostics",
        "internal_operations_diagnostics", "single_authentications", "multi_authentications",
    )
)  # fmt: skip
_ALARM: Final = re.compile(r"(?:([A-Z]{4,8}): )?(.*)", re.ASCII | re.DOTALL)
_WAITING_LIMIT: Final = 200


def _read(line: Line, clock: Clock) -> Reading:
    text = line.message
    if line.header.program.startswith(_ACS):
        # ACS writes the category where syslog has the tag.
        text = f"{line.header.program} {text}"
    category = _CATEGORY.match(text)
    fields: Fields = {}
    start = 0
    if category is not None:
        fields["cat_name"] = category[1]
        start = category.end()
        if category[2]:
            fields |= {"msg_id": category[2], "total_seg": category[3], "seg_num": category[4]}
    kind = _KINDS.get(str(fields.get("cat_name", "")).partition("_")[2].lower(), "")
    head = _HEAD.match(text, start)
    if head is None:
        if category is None:
            raise LineError("a line of Cisco ISE without a message code")
        if category[2] is None:
            return _alarm(text[start:], fields)
        return Reading(f"cisco_ise/{kind or 'other'}", with_others(fields, attributes(text, start)))
    time = clock.iso(f"{head['time']}.{head['fraction']}", head["zone"])
    stated = head.groupdict()
    fields |= {name: stated[name] for name in ("sequence_num", "msg_code", "msg_sev", "msg_class")}
    first = _NAME.search(text, head.end())
    end = first.start() if first is not None else len(text)
    fields["msg_text"] = text[head.end() : end].strip(" ,")
    fields = with_others(fields, attributes(text, end))
    kind = kind or _CLASSES.get(head["msg_class"], "other")
    return Reading(f"cisco_ise/{kind}", fields, time, "", int(head["msg_code"]), _LEVELS.get(head["msg_sev"], ""))


def attributes(text: str, start: int) -> Fields:
    r"""Return attributes of ``name=value, name=value,``; a comma inside a value is written ``\,``."""
    fields: Fields = {}
    text = text[start:]
    names = list(_NAME.finditer(text))
    for place, name in enumerate(names):
        end = names[place + 1].start() if place + 1 < len(names) else len(text)
        value = text[name.end() : end].strip()
        if value.endswith(",") and not value.endswith("\\,"):
            value = value[:-1].rstrip()
        if value:
            put(fields, name[1], value.replace("\\,", ",") if "\\" in value else value)
    return fields


def _alarm(text: str, fields: Fields) -> Reading:
    found = _ALARM.match(text)
    level, told = found.groups() if found is not None else ("", text)
    return Reading("cisco_ise/other", fields | {"msg_text": told.strip()}, level=_LEVELS.get(level or "", ""))


class _Segments:
    """Joins the segments of messages."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, Any, Any], tuple[Reading, Header, int, set[Any]]] = {}

    def take(self, reading: Reading, header: Header, line: int) -> Iterator[tuple[Reading, Header, int]]:
        """Keep a segment until all of its message are there."""
        fields = reading.fields
        total = str(fields.get("total_seg", "1"))
        if total in ("0", "1"):
            yield reading, header, line
            return
        key = (header.host, fields["cat_name"], fields["msg_id"])
        known = self._waiting.pop(key, None)
        if known is not None and (total != known[0].fields["total_seg"] or fields["seg_num"] in known[3]):
            # The number is of another message by now.
            yield known[:3]
            known = None
        whole = (reading, header, line, {fields["seg_num"]}) if known is None else _joined(known, reading)
        if len(whole[3]) >= int(total):
            yield whole[:3]
            return
        self._waiting[key] = whole
        if len(self._waiting) > _WAITING_LIMIT:
            yield self._waiting.pop(next(iter(self._waiting)))[:3]

    def rest(self) -> Iterator[tuple[Reading, Header, int]]:
        """Give the messages of which segments are missing."""
        for known in self._waiting.values():
            yield known[:3]


def _joined(known: tuple[Reading, Header, int, set[Any]], reading: Reading) -> tuple[Reading, Header, int, set[Any]]:
    """Return a message with one segment more; the first segment has its code, time and text."""
    before, header, line, seen = known
    first, second = (reading, before) if reading.event_id and not before.event_id else (before, reading)
    fields: Fields = dict(first.fields)
    for name, value in second.fields.items():
        if name not in ("cat_name", "msg_id", "total_seg", "seg_num"):
            for one in value if isinstance(value, list) else [value]:
                put(fields, name, one)
    return first._replace(fields=fields), header, line, {*seen, reading.fields["seg_num"]}


CISCO_ISE: Final = LineFormat("cisco_ise", "Cisco ISE", _read, _OPENING, programs=_ACS_PROGRAMS, joiner=_Segments)
