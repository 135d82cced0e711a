"""VMware ESXi and vCenter: hostd, vpxa, vmkernel, shell and vobd logs, in files of their own or over syslog.

The layouts of ESXi 5 to 7 (``2026-03-11T09:00:00.123Z info hostd[2099] [Originator@6876 sub=Vimsvc opID=x user=root]
text``, or ``[2099 info 'Vimsvc' opID=x]``), of ESXi 8 (``... In(166) Hostd[2099]: [Originator@6876 ...]``), with or
without a header of syslog, and vCenter's events (``Event [1] [1-1] [time] [vim.event.UserLoginSessionEvent] ...``).
Channels:

- ``esxi/logon``: logons and logoffs that hostd, vpxa or vCenter tell of: ``event``, ``user``, ``rhost``, ``agent``;
- ``esxi/shell``: commands typed in the ESXi Shell: ``user``, ``command``;
- ``esxi/event``: other events; ``esxi/vob``: observations of the VMkernel (``vob.user.ssh.session.opened``);
- ``esxi/hostd``, ``esxi/vpxa``, ``esxi/vmkernel``, ``esxi/syslog``: all else.

Every event has ``program``, ``pid`` and ``message``; ``sub``, ``opID``, ``sid`` and ``user`` are those of the
originator. ``number`` counts the events of hostd or vCenter.
sshd, sudo and their like on ESXi are read as on Linux. Source: VMware, ESXi Log File Locations and Format of Log Files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.lines.format import NO_HEADER, Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.stated_twice import with_others

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_WORDS: Final = "panic|critical|error|warning|info|verbose|trivia|PANIC|CRITICAL|ERROR|WARNING|INFO|VERBOSE|DEBUG|WARN"
_TIME: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z"
_FILE: Final = re.compile(
    rf"(?P<time>{_TIME}):? (?:(?P<level>{_WORDS}) |(?P<short>[A-Z][a-z])\(\d{{1,3}}\)\+? )?"
    r"(?:(?P<program>[A-Za-z][\w.\-]{1,40})(?:\[(?P<pid>\w{1,20})\])?:? (?=\[|.)|(?=cpu\d|\[))(?P<rest>.*)$",
    re.ASCII,
).match
_AGENT: Final = re.compile(
    rf"(?P<level>{_WORDS}) (?P<program>[a-z][\w\-]{{1,30}})\[(?P<pid>\w{{1,20}})\] +", re.ASCII
).match
_ORIGINATOR: Final = re.compile(r"\[Originator@\d{1,9} ?([^\]]*)\] ?").match
_OLD_ORIGINATOR: Final = re.compile(
    rf"\[(?P<thread>\w{{1,20}}) (?P<level>{_WORDS}) '(?P<sub>[^']*)'(?P<rest>[^\]]*)\] ?"
).match
_PAIR: Final = re.compile(r"(\w{1,20})=(\S+)")
_EVENT: Final = re.compile(r"Event (?P<number>\d{1,12}) : (?P<text>.*)$").match
_CENTER_EVENT: Final = re.compile(
    r"Event \[(?P<number>\d{1,12})\] \[[\d\-]{1,20}\] \[(?P<created>[^\]]{1,40})\] \[(?P<type>[\w.]{1,120})\] "
    r"\[(?P<level>\w{0,20})\] \[(?P<user>[^\]]*)\] \[(?P<datacenter>[^\]]*)\] \[\d*\] \[(?P<text>.*)$"
).match
_SESSION: Final = re.compile(
    r"User (?P<user>[^@\s]+(?:@[^@\s]+)?)@(?P<rhost>[^@\s]+) (?P<event>logged in|logged out)"
    r"(?: as (?P<agent>.*?))?(?: \(.*)?\]?$"
    r"|(?P<event2>Accepted|Rejected) password for user (?P<user2>\S(?:.{0,256}\S)?) from (?P<rhost2>\S+)"
    r"|(?P<event5>Accepted|Rejected) password for user (?P<user5>\S+)"
    r"|(?P<event3>Cannot login) (?P<user3>\S+)@(?P<rhost3>[^@\s]+)"
    r"|(?P<event4>Failed login attempt|Bad username/password) .{0,60}?(?P<user4>[^@\s]+)@(?P<rhost4>[^@\s\]]+)"
).search
_VOB: Final = re.compile(
    r"\[(?P<correlator>\w{1,60})\] (?P<uptime>\d{1,20})us: \[(?P<vob>[a-z][\w.]{1,120})\] (?P<text>.*)$"
).match
_VMKERNEL: Final = re.compile(
    r"cpu(?P<cpu>\d{1,4}):(?P<world>\d{1,10})(?: opID=(?P<opID>\w+))?\)(?:(?P<word>WARNING|ALERT|INFO|ERROR): )?"
).match
_SHELL: Final = re.compile(r"\[(?P<user>[^\]\s]{1,64})\]: (?P<command>.*)$").match
_CENTER_LINE: Final = re.compile(
    r"(?:\d{4}-\d\d-\d\dT[\d:.]+Z?:? +)?(?:'(?P<logger>[^']{1,60})' (?P<thread>\d{1,20}) )?"
    r"(?P<level>INFO|WARN|WARNING|ERROR|DEBUG|TRACE) +(?=\S)"
).match
_LEVELS: Final = {
    "panic": "emergency", "critical": "critical", "error": "error", "warning": "warning", "warn": "warning",
    "info": "informational", "verbose": "debug", "trivia": "debug", "debug": "debug", "alert": "alert",
    "em": "emergency", "al": "alert", "cr": "critical", "er": "error", "wa": "warning", "no": "notice",
    "in": "informational", "db": "debug",
}  # fmt: skip
_KINDS: Final = {
    "hostd": "esxi/hostd", "hostd-probe": "esxi/hostd", "vpxa": "esxi/vpxa", "vpxd": "esxi/vpxa", "fdm": "esxi/vpxa",
    "vmkernel": "esxi/vmkernel", "vmkwarning": "esxi/vmkernel", "shell": "esxi/shell", "esxshell": "esxi/shell",
}  # fmt: skip
_LONGEST: Final = 32_768


def _read(line: Line, clock: Clock) -> Reading:
    header = line.header
    time, level = None, ""
    found = _FILE(line.text)
    if found is not None and (not header.host or found["short"]):
        time = clock.iso(found["time"])
        level = _LEVELS.get((found["level"] or found["short"] or "").lower(), "")
        program, pid, text = found["program"] or "", found["pid"] or "", found["rest"].lstrip()
        program = program or ("vmkernel" if text.startswith("cpu") else "vobd" if _VOB(text) is not None else "")
    elif header is NO_HEADER or not header.time:
        raise LineError("a line of ESXi without a time")
    else:
        program, pid, text = header.program, header.process, line.message
    agent = _AGENT(text)
    if agent is not None:
        level, pid = _LEVELS[agent["level"].lower()], agent["pid"]
        program, text = program or agent["program"], text[agent.end() :]
    fields: dict[str, Any] = {"program": program, "message": text} | ({"pid": pid} if pid else {})
    kind, told, own_level = _tell(program.lower(), text)
    return Reading(kind, with_others(fields, told), time, "", 0, own_level or level)


def _tell(program: str, text: str) -> tuple[str, dict[str, Any], str]:
    """Return which kind of event a text is, its parts, and the level that it names."""
    fields: dict[str, Any] = {}
    level = ""
    if len(text) > _LONGEST:
        return _KINDS.get(program, "esxi/syslog"), fields, level
    for pattern in (_ORIGINATOR, _OLD_ORIGINATOR):
        found = pattern(text)
        if found is not None:
            named = found.groupdict()
            level = _LEVELS.get((named.pop("level", None) or "").lower(), "")
            fields |= dict(_PAIR.findall(named.pop("rest", None) or found[1]))
            fields |= {name: value for name, value in named.items() if value}
            text = text[found.end() :]
            break
    kind = _KINDS.get(program, "esxi/syslog")
    for pattern, own_kind in _PATTERNS:
        found = pattern(text)
        if found is None or (own_kind == "esxi/shell" and kind != own_kind):
            continue
        named = {name: value for name, value in found.groupdict().items() if value}
        word = named.pop("level", named.pop("word", ""))
        level = _LEVELS.get(word.lower(), level)
        fields |= named
        kind = own_kind or kind
        text = named.get("text", text)
        break
    fields.pop("text", None)
    session = _SESSION(text) if "ser" in text or "ogin" in text else None
    if session is not None and kind != "esxi/shell":
        fields |= {name.rstrip("2345"): value for name, value in session.groupdict().items() if value}
        fields["event"] = fields["event"].lower()
        kind = "esxi/logon"
    return kind, fields, level


_PATTERNS: Final = (
    (_CENTER_EVENT, "esxi/event"), (_EVENT, "esxi/event"), (_VOB, "esxi/vob"), (_VMKERNEL, "esxi/vmkernel"),
    (_SHELL, "esxi/shell"), (_CENTER_LINE, ""),
)  # fmt: skip

ESXI: Final = LineFormat(
    "esxi",
    "VMware ESXi",
    _read,
    opening=(
        rf"(?:{_WORDS}) (?:hostd|vpxa|vpxd|fdm|rhttpproxy|envoy|hostd-probe|vvold|settingsd)\[\w+\]:? "
        rf"|(?:{_TIME}:? )?\[(?:Originator@\d+ |[0-9A-F]{{5,16}} (?:{_WORDS}) '|\w{{1,60}}\] \d+us: \[vob\.)"
        rf"|(?:{_TIME} )?(?:[A-Z][a-z]\(\d{{1,3}}\)\+? \S+: )?cpu\d{{1,4}}:\d{{1,10}}(?: opID=\w+)?\)"
        rf"|{_TIME} (?:[A-Z][a-z]\(\d{{1,3}}\)\+? \S|shell\[\d+\]: )"
        r"|Event \[\d+\] \[[\d\-]+\] \["
    ),
    programs=frozenset(
        {
            "hostd", "hostd-probe", "vpxa", "vpxd", "vmkernel", "vmkwarning", "vobd", "rhttpproxy", "fdm", "shell",
            "esxshell", "dcui", "lwsmd", "sdrsinjector", "storagerm", "vmauthd", "sfcb-vmware_raw", "sfcbd",
            "applmgmt-audit", "updatemgr", "vmon", "vmcad", "vpxd-svcs", "esxupdate", "vsphere-ui", "vmdird", "vmafdd",
            "esxtokencpsvc", "kmxa", "nfcd", "vprobed", "smartd-esx", "esxcfg-firewall", "esxcli", "localcli",
        }
    ),
    keeps=True,
)  # fmt: skip
