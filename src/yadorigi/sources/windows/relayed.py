"""Windows events that agents send line by line, as a rule behind a header of syslog, read as the events that they are.

Known are Snare and what writes like it (``MSWinEventLog`` and values apart by tabs, which relays may have escaped),
QRadar's WinCollect (``AgentDevice=WindowsLog`` and names with values), OSSEC's agents (``WinEvtLog: Security: …``), and
any of the shapes of JSON or the XML of one event on a line. The message of the first three is on one line: it is taken
apart where its labels stand.

Sources: Snare, agent for Windows (event log format); NXLog, xm_syslog (``to_syslog_snare``); IBM, WinCollect; OSSEC,
win_eventlog (decoders of ``WinEvtLog``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.records.record import RecordError, nests_too_deeply
from yadorigi.sources.windows.event_viewer.shown_event import message_is_unread, shown_event
from yadorigi.sources.windows.shapes import event_of_record, shape_of
from yadorigi.sources.windows.xml_form import event_of_xml

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock
    from yadorigi.sources.windows.event_viewer.columns import Column

_SNARE: Final = re.compile(r"(?:\S{1,256}[ \t])?MSWinEventLog(\t|#011|\\t|\\011)").match
_COLUMNS: Final[tuple[Column | None, ...]] = (
    None, "log", None, "time", "id", "source", "user", None, "level", "computer", "category", None, "message",
)  # fmt: skip
"""What stands behind ``MSWinEventLog``; the counter of the agent behind the message is none of the event's."""
_OSSEC_HEAD: Final = 300
"""Signs in which ``WinEvtLog:`` stands, behind times and the agent's name."""
_FEWEST: Final = 10
_COUNTER: Final = re.compile(r"\d{1,20}").fullmatch
_YEAR_BEHIND: Final = re.compile(
    r"(?:[A-Z][a-z]{2} )?([A-Z][a-z]{2} +\d{1,2}) (\d\d:\d\d:\d\d) (\d{4})", re.ASCII
).fullmatch
_NAMED: Final = re.compile(r"(?:^|[\t ])([A-Z][A-Za-z]{1,24})=")
_COLUMNS_OF_WINCOLLECT: Final[dict[str, Column]] = {
    "AgentLogFile": "log", "Source": "source", "Computer": "computer", "EventIDCode": "id", "RecordNumber": "record",
    "Level": "level", "Keywords": "keywords", "Task": "category", "Opcode": "operation",
}  # fmt: skip
_OSSEC_OPENING: Final = (
    r"(?:\d{4} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d (?:\([^()]{1,128}\) \S{1,64}->WinEvtLog )?){0,2}"
    r"(?:ossec: )?WinEvtLog: "
)
_OSSEC: Final = re.compile(
    rf"{_OSSEC_OPENING}([^:]{{1,128}}): (\w{{1,32}})\((\d{{1,5}})\): ([^:]{{1,128}}): ([^:]{{1,256}}): "
    r"([^:]{1,128}): ([^:\s]{1,256}): (.*)",
    re.DOTALL | re.ASCII,
).fullmatch
_OSSEC_TIME: Final = re.compile(r"(\d{4}) ([A-Z][a-z]{2} \d\d) (\d\d:\d\d:\d\d) ").findall
_FAR: Final = 65_536
"""Signs of a line in which the names stand by which JSON is known for an event."""
_JSON: Final = (
    rf'\{{(?=.{{0,{_FAR}}}?"(?:win"\s?:\s?\{{\s?"|data\.win\.|winlog"\s?:\s?\{{|winlog(?:beat)?_(?:winlog_)?event_id"'
    r'|Event"\s?:\s?\{\s?"(?:System"\s?:\s?\{|#attributes"|@)|System"\s?:\s?\{\s?"Provider"'
    r'|_raw"\s?:\s?"(?:<Event|\\u003[cC]Event|[^"\\]{0,64}\\n(?:\\r)?LogName=)'
    rf'|(?:EventID|EventId|_EventID|EventCode)"\s?:(?=.{{0,{_FAR}}}?"(?:_?SourceName|_?Channel|LogName|EventSourceName'
    rf'|_time|EventLog)"\s?:)'
    rf'|(?:_?SourceName|_?Channel|LogName|EventSourceName|_time|EventLog)"\s?:'
    rf'(?=.{{0,{_FAR}}}?"(?:EventID|EventId|_EventID|EventCode)"\s?:)))'
)


def _read(line: Line, clock: Clock) -> Reading:
    message = line.message or line.text
    try:
        event = _event(message)
    except RecordError as error:
        raise LineError(str(error)) from error
    system = event["Event"]["System"]
    created = system.get("TimeCreated") or {}
    stated = created.get("#attributes", {}).get("SystemTime") if isinstance(created, dict) else None
    time = clock.read(stated) if isinstance(stated, str) and stated else None
    if time is not None:
        system["TimeCreated"] = {"#attributes": {"SystemTime": time.time}}
    if not system.get("Computer") and line.header.host:
        system["Computer"] = line.header.host
    unread = message_is_unread(event) if message[:1] not in "<{" else None
    told = f"messages of {unread[0]} {unread[1]} are of no known form: rules see them without fields" if unread else ""
    return Reading("windows_lines", {}, time, told=told, whole=event)


def _event(message: str) -> dict[str, Any]:
    parted = _SNARE(message)
    if parted is not None:
        return _of_snare(message, parted[1])
    if message.startswith("AgentDevice="):
        return _of_wincollect(message)
    if "WinEvtLog: " in message[:_OSSEC_HEAD] and message[0] != "{":
        return _of_ossec(message)
    if message.startswith("<"):
        return event_of_xml(message[: message.rfind(">") + 1].encode("utf-8", "replace"))
    end = message.rfind("}")
    if nests_too_deeply(message):
        raise LineError("JSON nested too deeply")
    try:
        record = msgspec.json.decode(message[: end + 1].encode("utf-8", "surrogatepass"))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise LineError(f"no whole JSON: {error}") from error
    if not isinstance(record, dict) or shape_of(record) is None:
        raise LineError("JSON of no Windows event")
    return event_of_record(record)


def _of_snare(message: str, separator: str) -> dict[str, Any]:
    cells = message.split(separator)
    if len(cells) < _FEWEST:
        raise LineError(f"an event of Snare with {len(cells)} values where there should be {len(_COLUMNS) + 1}")
    # The message may hold the separator; the counter behind it is a number.
    last = len(_COLUMNS)
    rest = cells[last:]
    if len(rest) > 1 and _COUNTER(rest[-1].strip()):
        rest.pop()
    cells = [*cells[:last], separator.join(rest)]
    row = {
        column: cell.strip()
        for column, cell in zip(_COLUMNS, cells[1:], strict=False)
        if column is not None and cell.strip() not in ("", "N/A")
    }
    dated = _YEAR_BEHIND(row.get("time", ""))
    if dated is not None:
        row["time"] = f"{dated[1]} {dated[3]} {dated[2]}"
    return shown_event(row)


def _of_ossec(message: str) -> dict[str, Any]:
    found = _OSSEC(message)
    if found is None:
        raise LineError("an event of OSSEC's agent that names no log, event id, provider, user, domain and computer")
    log, level, number, source, _user, _domain, computer, text = found.groups()
    row: dict[Column, str] = {
        "log": log, "id": number, "source": source, "computer": computer, "message": text,
        ("keywords" if level.startswith("AUDIT") else "level"): level.capitalize() if "_" not in level else level,
    }  # fmt: skip
    times = _OSSEC_TIME(message[: found.start(1)])
    if times:
        # The last one is the agent's, the one before it the server's.
        year, day, clock = times[-1]
        row["time"] = f"{day} {year} {clock}"
    return shown_event(row)


def _of_wincollect(message: str) -> dict[str, Any]:
    head, found, text = message.partition("Message=")
    names = list(_NAMED.finditer(head))
    ends = [own.start() for own in names[1:]] + [len(head)]
    values = {own[1]: head[own.end() : end].strip() for own, end in zip(names, ends, strict=True)}
    row = {column: values[name] for name, column in _COLUMNS_OF_WINCOLLECT.items() if values.get(name)}
    if not found or "id" not in row:
        raise LineError("an event of WinCollect without an event id or a message")
    seconds = values.get("TimeGenerated", "")
    if not (seconds.isascii() and seconds.isdigit()):
        raise LineError("an event of WinCollect without a time")
    return shown_event({**row, "message": text.strip()}, int(seconds))


WINDOWS_LINES: Final = LineFormat(
    "windows_lines",
    "Windows events in lines",
    _read,
    opening=rf"(?:\S{{1,256}}[ \t])?MSWinEventLog(?:\t|#011|\\t|\\011)|AgentDevice=WindowsLog[\t ]"
    rf"|{_OSSEC_OPENING}"
    rf"|(?:<\?xml[^>]{{0,200}}>)?<Event(?: [^>]{{0,300}})?>\s{{0,64}}<System[ >]|{_JSON}",
)
