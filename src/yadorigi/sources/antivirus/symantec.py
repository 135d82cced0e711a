"""Symantec Endpoint Protection: what its manager sends by syslog, or writes into files when logs are exported.

A line is values between commas, most with their labels: ``Virus found,IP Address: …,Computer name: …,Risk name: …``. It
may begin with a time, and a severity. Kinds:

- ``risk``: malware, security risks, SONAR, and what was done about them;
- ``intrusion``: intrusion prevention, memory exploit mitigation (``Event Description: [SID: …``);
- ``traffic``: the firewall of an endpoint;
- ``control``: application and device control;
- ``logon``: administrators who logged on to the console, or were refused; ``admin``: what else they did there;
- ``event``: all others.

Read too is the log that clients of Symantec AntiVirus and Endpoint Protection keep on their machine (a time in twelve
hexadecimal digits, then values by their place): ``risk`` where a virus is named, else ``event``. Its times are in the
machine's own zone.

Labels are the names of fields; those of a Japanese manager (``リスク名``) get the English names. What stands in front
of the first label is ``Event`` (of a risk) or ``Computer`` (of others), a severity ``Severity``. Times in a line are in
UTC, as the manager writes them; the host is the endpoint.

Source: Broadcom, External Logging settings and log event severity levels for Endpoint Protection Manager; for Japanese
labels, published parsers of other products.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.cef import number_of, one
from yadorigi.sources.lines.fields import Fields, put
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_LABEL: Final = re.compile(
    r'(?:^|,)\s?"?(?:([A-Z][A-Za-z0-9 _()/\-]{1,48}?): ?(?![\\/])|(Local Port|Remote Port) (?=\d{1,5}(?:,|$))'
    r'|([^\W\d_][^,:"]{0,24}?(?<=[\u3041-\u30ff\u4e00-\u9fff])[^,:"]{0,24}?): ?(?![\\/]))'
)
_JAPANESE: Final = {
    "イベント時間": "Event time", "IP アドレス": "IP Address", "コンピュータ名": "Computer name",
    "リスク名": "Risk name", "実際の処理": "Actual action", "要求した処理": "Requested action",
    "二次処理": "Secondary action", "ユーザー": "User Name", "ユーザー名": "User Name", "件数": "Occurrences",
    "送信元 IP": "Source IP",
    "ファイルパス": "File path", "説明": "Description", "ドメイン": "Domain Name", "ドメイン名": "Domain Name",
    "グループ名": "Group Name", "サーバー名": "Server Name", "アプリケーションハッシュ": "Application hash",
    "アプリケーション名": "Application name", "カテゴリセット": "Category set", "カテゴリの種類": "Category type",
    "ダウンロードサイト": "Download site", "信頼度": "Confidence", "開始時間": "Begin", "終了時間": "End Time",
}  # fmt: skip
"""Labels of a Japanese manager, and what an English one calls the same."""
_START: Final = re.compile(r'"?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"?,', re.ASCII).match
_SEVERITY: Final = re.compile(r"(Info|Information|Warning|Error|Critical|Major|Minor|Fatal),", re.IGNORECASE).match
_SID: Final = re.compile(r"\[SID: (\d{1,9})\]", re.ASCII).search
_BARE: Final = (
    ("Occurrences", ("File path", "Description")),
    ("Admin", ("Event Description",)),
    ("Rule", ("Caller process ID", "Caller process name", "Caller return address", "Caller module name", "Parameters")),
)
_WAYS: Final = frozenset({"inbound", "outbound"})
_LOGON: Final = re.compile(r"administrator\s{1,2}log(?:ged)?[ -]?(?:on|in|off|out)\b", re.IGNORECASE).match
_ADDRESS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}", re.ASCII).fullmatch
_CLIENT: Final = re.compile(r"[0-9A-Fa-f]{12},\d", re.ASCII).match
_CONTROLLED: Final = re.compile(
    r"[^,]{1,256},(?P<address>[0-9A-Fa-f.:]{2,45}|),(?P<Action>[^,]{1,64}),(?P<Description>.{1,2000}?)"
    r'(?:,(?P<API>[\w ]{1,64}))?"?'
).fullmatch
"""What stands in front of the first label of application and device control: host, address, what was done, why, how."""
_LONGEST: Final = 100_000
_VALUES: Final = 200
CLIENT_FIELDS: Final = (
    "time", "event", "category", "logger", "computer", "user", "virus", "file", "action1", "action2", "action0",
    "virustype", "flags", "description", "scanid", "new_ext", "groupid", "event_data", "vbin_id", "virus_id",
    "quarfwd_status", "access", "snd_status", "compressed", "depth", "still_infected", "definfo", "defseqnumber",
    "cleaninfo", "deleteinfo", "backup_id", "parent", "guid", "clientgroup", "address", "domainname", "ntdomain",
    "macaddr", "version", "remote_machine", "remote_machine_ip", "action1_status", "action2_status",
)  # fmt: skip
"""Of a client's own log, as far as they concern what was found; those behind them are ``value 44`` and so on. The maker
describes them in its article on log files."""
_LABELS: Final = 200
_LEVELS: Final = {
    "info": "informational", "information": "informational", "warning": "warning", "error": "error",
    "minor": "notice", "major": "error", "critical": "critical", "fatal": "critical",
}  # fmt: skip
_TIMES: Final = ("Event time", "Event Time", "Begin", "Begin Time", "Time", "Event Insert Time", "Last update time")
_HOSTS: Final = ("Computer name", "Computer Name", "Computer", "Host Name", "Local Host Name")


def _fields(text: str) -> tuple[str, str, Fields]:
    """Return the time at the beginning, what stands in front of the first label, and the fields."""
    time = ""
    begun = _START(text)
    if begun is not None:
        time, text = begun[1], text[begun.end() :]
    fields: Fields = {}
    severity = _SEVERITY(text)
    if severity is not None:
        fields["Severity"] = severity[1]
        text = text[severity.end() :]
    labels = []
    for found in _LABEL.finditer(text):
        labels.append(found)
        if len(labels) >= _LABELS:
            break
    first = text[: labels[0].start()] if labels else text
    for number, label in enumerate(labels):
        end = labels[number + 1].start() if number + 1 < len(labels) else len(text)
        name = label[1] or label[2] or label[3]
        value = text[label.end() : end].rstrip(' ,"')
        # What follows a rule without a name has its places all the same.
        put(fields, _JAPANESE.get(name, name), value.lstrip(' "') if name == "Rule" else value.lstrip(' ,"'))
    _name_bare(fields)
    return time, first.strip(' ,"'), fields


def _name_bare(fields: Fields) -> None:
    """Name values that old versions write without a label, or several under one: paths, protocols, addresses."""
    for labelled, names in _BARE:
        value = fields.get(labelled)
        if isinstance(value, str) and "," in value and names[0] not in fields:
            fields[labelled], *rest = value.split(",", len(names))
            named = zip(names, (part.strip(' ,"') for part in rest), strict=False)
            fields.update((name, part) for name, part in named if part or labelled != "Rule")
    for labelled in ("Remote Host MAC", "Remote Port"):
        value = fields.get(labelled)
        if isinstance(value, str) and "," in value and "Direction" not in fields:
            fields[labelled], *rest = (part.strip(' ,"') for part in value.split(",", 3))
            _name_way([part for part in rest if part], fields)
    for side in ("Local", "Remote"):
        values = fields.get(side)
        address = next((value for value in values if _ADDRESS(value)), "") if isinstance(values, list) else ""
        if address and f"{side} Host IP" not in fields:
            fields[f"{side} Host IP"] = address
    told = next((name for name, value in fields.items() if isinstance(value, str) and value.startswith("[SID: ")), "")
    if told and "Event Description" not in fields:
        fields["Event Description"] = fields[told]


def _name_way(values: list[str], fields: Fields) -> None:
    """Name a protocol and a direction, which stand in either order."""
    way = next((value for value in values if value.lower() in _WAYS), "")
    others = [value for value in values if value != way]
    if others and (way or len(others) > 1 or len(values) == 1):
        fields.setdefault("Protocol", others[0])
    if way or len(others) > 1:
        fields["Direction"] = way or others[1]


def _kind(first: str, fields: Fields) -> str:
    if "Risk name" in fields or "Actual action" in fields or "Risk Name" in fields:
        return "risk"
    described = one(fields, "Event Description", "Event description")
    if "Admin" in fields or "Admin name" in fields:
        return "logon" if _LOGON(described) is not None else "admin"
    if described.startswith("[SID") or "Intrusion ID" in fields or "CIDS Signature ID" in fields:
        return "intrusion"
    if "Local Port" in fields or "Remote Host IP" in fields or "Local Host" in fields:
        return "traffic"
    if "Caller MD5" in fields or "Action Type" in fields or ("Rule" in fields and "User" in fields):
        return "control"
    return "risk" if "found" in first.lower() and "IP Address" in fields else "event"


def _read_client(text: str, clock: Clock) -> Reading:
    """Make a reading of a line of a client's own log: year since 1970, month from 0, day, hour, minute, second."""
    try:
        values = next(csv.reader([text[:_LONGEST]]))
    except (csv.Error, StopIteration):
        raise LineError("a line of a Symantec client that is no row of a table") from None
    fields: Fields = dict(zip(CLIENT_FIELDS, values, strict=False))
    rest = enumerate(values[len(CLIENT_FIELDS) : _VALUES], len(CLIENT_FIELDS) + 1)
    fields |= {f"value {number}": value for number, value in rest if value}
    year, month, day, hour, minute, second = bytes.fromhex(values[0])
    time = clock.iso(f"{year + 1970}-{month + 1:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    kind = "risk" if one(fields, "virus") else "event"
    return Reading(f"symantec/{kind}", fields, time, one(fields, "computer"), number_of(one(fields, "event")))


def _read(line: Line, clock: Clock) -> Reading:
    if _CLIENT(line.message) is not None:
        return _read_client(line.message, clock)
    begun, first, fields = _fields(line.message)
    if len(fields) < 2:  # noqa: PLR2004 - one label alone is any sentence
        raise LineError("a line of Symantec Endpoint Protection without fields")
    kind = _kind(first, fields)
    if first:
        name, _, rest = first.partition(",") if kind != "risk" else ("", "", first)
        fields |= {label: text for label, text in (("Computer", name), ("Event", rest.strip())) if text}
    if kind == "control" and (told := _CONTROLLED(first)) is not None:
        fields |= {label: text for label, text in told.groupdict().items() if text}
    text = next((text for name in _TIMES if (text := one(fields, name))), begun)
    time = (clock.iso(text, "UTC") or clock.read(text, "UTC")) if text else None
    found = _SID(one(fields, "Event Description"))
    number = int(found[1]) if found is not None else number_of(one(fields, "CIDS Signature ID"))
    level = _LEVELS.get(one(fields, "Severity").lower(), "")
    return Reading(f"symantec/{kind}", fields, time, one(fields, *_HOSTS), number, level)


SYMANTEC: Final = LineFormat(
    "symantec",
    "Symantec Endpoint Protection",
    _read,
    opening=(
        r"[0-9A-Fa-f]{12},\d{1,3},\d{1,3},\d{1,3},[^,]{0,64},|"
        r'(?:"?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"?,)?(?:[A-Z][a-z]{2,10},)?(?:'
        r"(?:[A-Z][\w ,\-]{2,60} found|Potential risk found|Forced[\w ]{1,30}|SONAR[\w ]{1,40}|Compressed File|"
        r"Suspicious[\w ]{1,30}|Commercial application detected),(?:IP Address|Computer name): "
        r"|[^,:]{1,60}(?:見つかりました|検出[^,:]{1,20}),(?:IP アドレス|コンピュータ名): "
        r"|[^,:]{1,64},(?:[0-9A-Fa-f.:]{2,45})?,[A-Z][a-z]{2,15},[^\n]{1,2000}?,[\w ]{0,64},Begin: \d{4}-"
        r"|Scan ID: \d{1,12},Begin: |Site: [^,]{0,100},Server(?: Name)?: "
        r"|[^,:]{1,64},(?:Category: \d|Local Host(?: IP)?: |Event Description: ))"
    ),
    programs=frozenset({"symantecserver"}),
)
