"""What collectors of logs wrap lines in: the line itself, and the host and time that the wrapping states.

Known are an object of JSON a line, as Filebeat, Logstash, Vector, Fluent Bit and Docker (``json-file``) write it, also
out of Elasticsearch (``_source``), what Splunk exports as JSON (``_raw``), archives and alerts of Wazuh (``full_log``),
GELF, what syslog servers write as JSON (rsyslog, syslog-ng, NXLog), records of Fluentd (``time tag {…}``),
and the lines of containers in Kubernetes (``time stdout F line``).

Sources: Elastic, Filebeat exported fields; Splunk, Search Manual (export search results); Wazuh, event logging;
Graylog, GELF payload specification; rsyslog, properties (names of templates); syslog-ng, macros; NXLog,
xm_syslog; Vector, file source; Docker, JSON File logging driver; Fluentd, out_file; Kubernetes, Logging Architecture
(CRI logging format).
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

import msgspec

_DECODE: Final = msgspec.json.Decoder().decode
_CRI: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (?:stdout|stderr) [FP] ", re.ASCII
).match
_FLUENTD: Final = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?: ?(?:Z|[+-]\d\d:?\d\d))?)"
    r"(?:[ \t]+|\t[\w.\-/:]{1,128}\t)(?=\{)",
    re.ASCII,
).match
"""What Fluentd writes in front of a record: time and tag."""
_BLANKS: Final = 3
"""Fewer stand behind the priority of SonicWall and NetScaler; so many set what belongs to the line before apart."""
_WRAPS: Final = re.compile(
    r'"(?:stream|source_type|@version)"\s?:\s?"|"log"\s?:\s?\{\s?"(?:offset|file|source|syslog)"|"agent"\s?:\s?\{'
    r'|"beat"\s?:\s?(?:"filebeat"|\{)|"kubernetes"\s?:\s?\{'
    r'|"(?:_raw|full_log|full_message|short_message)"\s?:\s?"'
    r'|"(?:syslog-?tag|programname|syslogfacility(?:-text)?|facility(?:_label)?|FACILITY|SyslogFacility(?:Value)?)"\s?:'
).search
"""Names that collectors add and that logs do not have."""
_BARE: Final = re.compile(
    r'\{\s?"(?:@timestamp|timestamp|time|date|host|hostname|fromhost-ip|message|msg|MESSAGE)"\s?:'
).match
_BARE_NAMES: Final = frozenset({
    "@timestamp", "@version", "timestamp", "time", "date", "host", "hostname", "fromhost-ip", "message", "msg",
    "MESSAGE", "type", "tags", "source", "port", "severity", "priority", "pri", "path", "offset", "ident", "pid", "tag",
    "stream", "log", "container_id", "container_name", "extradata", "msgid", "source_host", "facility",
})  # fmt: skip
"""What an object holds that says nothing but a line, when and whose: without one of these names it is a log's own."""
_HEAD: Final = 65_536
_OTHER_BEATS: Final = frozenset({"auditbeat", "winlogbeat", "packetbeat", "metricbeat", "heartbeat"})
"""What makes events of its own, and whose ``message`` is words about one."""
_NAMES: Final = (
    "_raw",
    "full_log",
    "full_message",
    "message",
    "log",
    "MESSAGE",
    "msg",
    "Message",
    "rawmsg",
    "raw_event",
    "short_message",
)
_TIMES: Final = (
    "@timestamp",
    "time",
    "timestamp",
    "timereported",
    "timegenerated",
    "DATE",
    "ISODATE",
    "EventTime",
    "date",
    "_time",
)
_HOSTS: Final = ("hostname", "name")
_HOST_NAMES: Final = ("host", "hostname", "HOST", "Hostname", "agent", "beat", "fromhost-ip", "MessageSourceAddress")
_PROGRAMS: Final = ("programname", "syslog-tag", "syslogtag", "PROGRAM", "program", "app-name", "SourceName", "ident")
_PROCESSES: Final = ("procid", "PID", "pid", "ProcessID")
_OF_WINDOWS: Final = re.compile(r"""\s*(?:<Event[\s>]|\{\s*"(?:win|Event)"\s*:|[^\n]{0,64}\n\s*LogName=)""").match
"""An event of Windows, which is no line: XML, what Wazuh makes of it, and Splunk's text of names and values."""
_TAG: Final = re.compile(r"([\w./()\-@]{1,48})(?:\[([\w.\-]{1,32})\])?:?", re.ASCII).fullmatch


class Envelope(NamedTuple):
    """A line as it was before it was wrapped.

    Attributes:
        line: the line.
        time: when the collector read it, as written, or "".
        host: the host that it was collected on, or "".
    """

    line: str
    time: str
    host: str


def opened(text: str) -> Envelope | None:
    """Return the line that a line wraps; None where it is no wrapping."""
    first = text[:1]
    if first == "{":
        if _WRAPS(text, 0, _HEAD) is not None:
            return _of_json(text, bare=False)
        return _of_json(text, bare=True) if _BARE(text) is not None else None
    if first.isdigit():
        if (found := _CRI(text)) is not None:
            return Envelope(text[found.end() :], found[1], "")
        if (found := _FLUENTD(text)) is not None:
            wrapped = _of_json(text[found.end() :], bare=True, time=found[1])
            return wrapped and wrapped._replace(time=wrapped.time or found[1])
    return None


def _of_json(text: str, *, bare: bool, time: str = "") -> Envelope | None:
    try:
        found = _DECODE(text.encode("utf-8", "surrogatepass"))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    if not isinstance(found, dict) or (bare and not (_BARE_NAMES.issuperset(found) and (time or _is_told(found)))):
        return None
    inner = next((found[name] for name in ("_source", "result") if isinstance(found.get(name), dict)), None)
    if inner is not None:
        found = inner
    if any(isinstance(own, dict) and own.get(name) in _OTHER_BEATS for own, name in _makers(found)):
        return None
    if "winlog" in found or ("EventID" in found and ("Channel" in found or "SourceName" in found)):
        return None  # An event of Windows, whose message is words about it.
    line = next((found[name] for name in _NAMES if isinstance(found.get(name), str)), None)
    event = found.get("event")
    # What Elastic's own modules have taken apart keeps the line as it was here.
    if isinstance(event, dict) and isinstance(event.get("original"), str):
        line = event["original"]
    if line is None or not line.strip() or _OF_WINDOWS(line) is not None:
        return None
    time = next((found[name] for name in _TIMES if isinstance(found.get(name), str)), "") or _seconds(found)
    if line[:1] == " " and line[:_BLANKS] != " " * _BLANKS:
        line = line.lstrip(" ")
    return Envelope(f"{_tag(found, line)}{line}".rstrip("\r\n"), time, _host(found))


def _seconds(found: dict[str, Any]) -> str:
    """Return the time of GELF, in seconds since 1970, or ""."""
    written = found.get("timestamp") if "short_message" in found else None
    return str(written) if isinstance(written, int | float) else ""


def _is_told(found: dict[str, Any]) -> bool:
    """Say whether an object tells when and from whom its line came."""
    return any(name in found for name in _TIMES) and any(name in found for name in _HOST_NAMES)


def _tag(found: dict[str, Any], line: str) -> str:
    """Return a header for a line whose program the object has by itself, or ""."""
    written = next((found[name] for name in _PROGRAMS if isinstance(found.get(name), str)), "")
    if written.startswith("%") and not line.startswith("%"):
        # What servers take for the tag of a message of Cisco is its name.
        return f"{written.rstrip(':')}: "
    known = _TAG(written)
    if known is None or line.startswith(("<", written)):
        return ""
    process = known[2] or next((str(found[name]) for name in _PROCESSES if name in found), "-")
    return f"<13>1 - - {known[1]} {process if _TAG(process) else '-'} - - "


def _makers(found: dict[str, Any]) -> tuple[tuple[Any, str], ...]:
    return (found.get("agent"), "type"), (found.get("@metadata"), "beat")


def _host(found: dict[str, Any]) -> str:
    """Return the host that an object names: a name, an object with one, or that of the collector."""
    for name in _HOST_NAMES:
        own = found.get(name)
        if isinstance(own, str):
            return own
        if isinstance(own, dict):
            for part in _HOSTS:
                if isinstance(own.get(part), str):
                    return str(own[part])
    return ""
