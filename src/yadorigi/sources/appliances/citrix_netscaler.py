"""Citrix NetScaler / ADC / Gateway: the native messages of its syslog (``ns.log``).

Messages of all modules are read (SSLVPN, AAA, AAATM, APPFW, SSLLOG, TCP, EVENT, CLI, GUI, API …), like
``06/22/2025:19:14:37 GMT host 0-PPE-1 : default SSLVPN LOGIN 123 0 : Context … - name value - name value``, with and
without partition, host, zone, number and a header of syslog, with dates in any of the three orders that the appliance
can be told; and the form behind a header of RFC 5424. Fields have the names that the message writes; ``feature`` and
``event`` are the module and its event, ``id`` is the running number. What APPFW and HTTPREQUEST write without names is
called ``client_ip``, ``transaction``, ``session``, ``profile``, ``url``, ``action``, ``method``, ``SSO``; ``User``,
``domain`` and ``Client_ip`` may also come from ``username:domainname`` and ``Context``. A date of either order is read
as the header of syslog has it, else month first.

What is typed at the device's shell (``bash.log``, ``sh.log``: ``user on tty shell_command="…"``) is read too,
and what its own web server sends to syslog (files of that server are read by the format of access logs).
Messages that are a sentence are a login, a connection or an attack where the sentence says so.

Not read here: APPFW in CEF (see the format CEF), and metrics that the NITRO interface gives as JSON.
Source: Citrix, NetScaler Syslog Message Reference; ``set syslogParams -dateFormat -timeZone``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.lines.clock import MONTHS
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.stated_twice import put_other

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock, Stamp

_DATE: Final = r"(?:\d\d/\d\d/\d{4}|\d{4}/\d\d/\d\d):\d\d:\d\d:\d\d"
_HEAD: Final = re.compile(
    rf"(?:\S{{1,255}} {{1,4}})?(?P<date>{_DATE}) (?:(?P<zone>[A-Z]{{3,5}})"
    rf" )?\s{{0,8}}(?:(?P<host>\S{{1,255}})\s{{1,8}})?(?P<engine>\S{{1,64}})"
    r"\s{1,8}:\s{1,8}(?:(?P<partition>[\w.-]{1,64}) )?(?P<feature>[A-Z][A-Z0-9_]{1,31})"
    r" (?P<event>[A-Za-z][\w /.-]{0,63}?) ?(?P<id>\d{1,20})?(?: (?P<count>\d{1,10}))?\s{0,8}:\s{0,8}",
    re.ASCII,
).match
_SHELL: Final = re.compile(
    r"(?P<User>\S{1,128}) on (?P<tty>\S{1,128}) shell_command=\"(?P<shell_command>.*)", re.DOTALL
).match
_BARE: Final = re.compile(
    r"(?:(?P<partition>[\w.-]{1,64}) )(?P<event>[A-Z][\w-]{0,63})"
    r" (?P<id>\d{1,20})(?: (?P<count>\d{1,10}))?\s{0,8}:\s{0,8}",
    re.ASCII,
).match
_DEBUG: Final = re.compile(r"(?:\[(?P<pid>\d{1,9})\]: )?(?P<feature>AAA|AAATM|SSLVPN) (?P<event>Message) : ").match
_KEPT: Final = "-\0"
_NAME: Final = re.compile(r"(?P<name>(?:Start|End|Delink) Time|Client IP|[A-Za-z_][\w():-]{0,63}) *")
_TAGS: Final = re.compile(r"(?:\[[\w=.-]{1,128}\]\s?)+").match
"""What newer versions put before a name: ``[TCP] [CGP][ICAUUID=…]``, ``[TECHSUPPORT]``."""
_COMMAND: Final = re.compile(
    r"User (?P<User>.{1,256}?) - (?:ADM_User (?P<ADM_User>.{0,256}?) - )?(?:Remote_ip (?P<Remote_ip>\S{1,64}) - )?"
    r'Command "(?P<Command>.*)" - Status "(?P<Status>.*)"'
).match
_REQUEST: Final = re.compile(
    r"(?:Context (?P<Context>\S{1,512}) - SessionId: ?(?P<SessionId>\w{1,64}) ?- )?(?:\[[\w=.-]{1,128}\]\s?){0,8}"
    r"(?P<host>\S{0,255}) ?User (?P<User>.{1,256}?) : "
    r"Group\(s\) (?P<groups>.{0,1024}?) : Vserver (?P<Vserver>\S{1,128}) - (?P<time>\S{1,32}(?: [A-Z]{3,5})?) {0,4}"
    r"(?:: (?:Message = )?SSO is (?P<SSO>ON|OFF) : )?(?P<method>[A-Z]{1,16}) (?P<url>\S*)"
).match
_APPFW: Final = re.compile(
    r"(?P<client_ip>[0-9A-Fa-f.:]{2,45})\s{1,8}(?P<transaction>\d{1,20}-PPE\d{1,3})\s{1,8}(?P<session>\S{1,128})"
    r"\s{1,8}(?P<profile>\S{1,256})\s{1,8}"
).match
_SENTENCE: Final = re.compile(
    r"sending (?P<word>reject|accept) to kernel for ?:"
    r" ?(?P<user>[^\s,\"]{1,256})|\b[Uu]ser (?P<name>[^\s,\"]{1,256}) not found"
).search
_CHECKED: Final = re.compile(r"(?:EXISTS |check )(passed|failed)\b", re.IGNORECASE).findall
_LONGEST_SENTENCE: Final = 4_096
_TOLD: Final = (
    ("attack", re.compile(
        r"(?P<violation>Path traversal detected) \|(?P<url>[^|]{0,2048})\|,"
        r" \[Source: (?P<Source>[0-9A-Fa-f.:\[\]]{2,64})\]"
    ).search),
    ("login", re.compile(
        r"Authentication is (?P<word>accepted|rejected) for (?P<User>[^\s(]{1,256})"
        r" \(client ip ?: (?P<Client_ip>[0-9A-Fa-f.:]{2,45}) {0,4}"
        r"(?:, vserver ip ?: (?P<Vserver_ip>[0-9A-Fa-f.:]{2,45}))?"
    ).search),
    ("connection", re.compile(
        r"Mux Authorize result is (?P<word>Allow|Deny), Srcip: (?P<Source>[0-9A-Fa-f.:]{2,45}),"
        r" Dstip: (?P<Destination>[0-9A-Fa-f.:]{2,45})"
    ).search),
)  # fmt: skip
"""Messages that are a sentence, by the kind of what they tell."""
_DECIDED: Final = {"accepted": "success", "Allow": "success", "rejected": "failure", "Deny": "failure"}
_WEB: Final = re.compile(
    r"(?P<client_ip>[0-9A-Fa-f.:]{2,45})(?: -> (?P<server_ip>[0-9A-Fa-f.:]{2,45}))?"
    r" \"(?P<method>[A-Z]{2,16}) (?P<url>[^\s\"]{1,8192}) (?P<protocol>HTTP/[\d.]{1,3})\" (?P<http_status>\d{3})"
    r" (?P<response_size>\d{1,19}|-) \"(?P<Referer>[^\"]{0,8192})\" \"(?P<Browser>[^\"]{0,8192})\""
    r" \"Time: (?P<microseconds>\d{1,19}) microsecs\""
).match
"""What the appliance's own web server sends to syslog; the header has the time."""
_ACTION: Final = re.compile(r" <(?P<action>[a-z ]{1,32})>\s*$").search
_URL: Final = re.compile(r"https?://\S+").search
_ADDRESS: Final = re.compile(r"[0-9A-Fa-f.:]{2,45}").fullmatch
_KINDS: Final = {
    "LOGIN": "login", "LOGIN_FAILED": "login", "LOGOUT": "logout", "TCPCONNSTAT": "connection",
    "TCPCONN_TIMEDOUT": "connection", "UDPFLOWSTAT": "connection", "ICASTART": "connection",
    "NONHTTP_RESOURCEACCESS_DENIED": "connection", "CONN_TERMINATE": "connection", "CONN_DELINK": "connection",
    "CONN": "connection", "ICAEND_CONNSTAT": "connection", "OTHERCONN_DELINK": "connection",
    "NAT_CONN_TERMINATE": "connection", "HTTPREQUEST": "request",
    "HTTP_RESOURCEACCESS_DENIED": "request", "CMD_EXECUTED": "command", "CLISEC_CHECK": "check",
    "CLISEC_EXP_EVAL": "check",
}  # fmt: skip


def _read(line: Line, clock: Clock) -> Reading:
    message, header = line.message, line.header
    shell = _SHELL(message)
    if shell is not None and header.time:
        named = {**shell.groupdict(), "shell_command": shell["shell_command"].rstrip().removesuffix('"')}
        return Reading("citrix_netscaler/shell", named | {"program": header.program, "pid": header.process})
    web = _WEB(message) if message.endswith('microsecs"') or message.endswith('microsecs" ') else None
    if web is not None and header.time:
        asked = {name: value for name, value in web.groupdict().items() if value is not None and value != "-"}
        return Reading("citrix_netscaler/request", asked | {"program": header.program, "pid": header.process})
    found = _HEAD(message)
    bare = found is None
    if found is None:
        found = _DEBUG(message) or (_BARE(message) if header.time else None)
    if found is None:
        raise LineError("a message of NetScaler without its beginning")
    head = {name: value for name, value in found.groupdict().items() if value is not None}
    stamp = None if bare else _time(head.pop("date"), head.pop("zone", ""), header.time, clock)
    host = head.pop("host", "")
    if bare and "feature" not in head:
        head["feature"] = header.program
    feature, event = head["feature"], head["event"]
    kind = "appfw" if feature == "APPFW" else _KINDS.get(event) or ("ssl" if feature == "SSLLOG" else "event")
    fields: dict[str, Any] = dict(head)
    body = message[found.end() :].strip()
    fields["message"] = body
    if event == "Message":
        kind, told = _told(kind, body)
        fields |= told
    for name, value in _body(kind, event, body).items():
        for said in value if isinstance(value, list) else [value]:
            put_other(fields, name, said)
    outcome = _outcome(event, fields)
    if outcome:
        fields["outcome"] = outcome
    return Reading(f"citrix_netscaler/{kind}", fields, stamp, host)


def _told(kind: str, body: str) -> tuple[str, dict[str, str]]:
    """Return the kind of what a sentence tells, and its parts, with the outcome if it says one."""
    for told, search in _TOLD:
        found = search(body[:_LONGEST_SENTENCE])
        if found is not None:
            parts = {name: value for name, value in found.groupdict().items() if value is not None}
            decided = _DECIDED.get(parts.pop("word", ""))
            return told, parts | ({"outcome": decided} if decided else {})
    return kind, {}


def _outcome(event: str, fields: dict[str, Any]) -> str:
    if event == "Message":
        found = _SENTENCE(str(fields["message"])[:_LONGEST_SENTENCE])
        return "" if found is None else "success" if found["word"] == "accept" else "failure"
    if event.endswith(("_FAILED", "_DENIED", "_FAILURE")):
        return "failure"
    if event in ("LOGIN", "LOGOUT", "SSL_HANDSHAKE_SUCCESS"):
        return "success"
    if event.startswith("CLISEC_"):
        checked = _CHECKED(str(fields["message"])[-_LONGEST_SENTENCE:])
        return "" if not checked else "success" if checked[-1].lower() == "passed" else "failure"
    status = _last(fields, "Status")
    return "" if event != "CMD_EXECUTED" or not status else "success" if status in ("Success", "Done") else "failure"


def _body(kind: str, event: str, body: str) -> dict[str, Any]:
    found: re.Match[str] | None = None
    if kind == "command":
        found = _COMMAND(body)
    elif event == "HTTPREQUEST":
        found = _REQUEST(body)
    elif kind == "appfw" and (found := _APPFW(body)) is not None:
        return _appfw(body, found)
    if found is not None:
        values = {name: value for name, value in found.groupdict().items() if value}
        values.pop("time", None)
        if "groups" in values:
            values["Group(s)"] = values.pop("groups")
        return values | _context(values)
    # Messages for debugging are a sentence, in quotes or not.
    return _sentence(body) if event == "Message" else _pairs(body)


def _sentence(body: str) -> dict[str, str]:
    found = _SENTENCE(body[:_LONGEST_SENTENCE])
    return {} if found is None else {"User": found["user"] or found["name"]}


def _appfw(body: str, found: re.Match[str]) -> dict[str, str]:
    values = found.groupdict()
    rest = body[found.end() :]
    action = _ACTION(rest)
    if action is not None:
        values["action"] = action["action"]
        rest = rest[: action.start()]
    url = _URL(rest)
    if url is not None:
        values["url"] = url[0]
    values["violation"] = rest[url.end() :].strip() if url is not None and not url.start() else rest.strip()
    return values


def _pairs(body: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    # Some relays double the escapes of quotes.
    for part in _parts(body.replace('\\"', '"')):
        text = part.strip()
        tags = _TAGS(text)
        found = _NAME.match(text, tags.end() if tags is not None else 0)
        if found is None:
            continue
        name, value = found["name"].rstrip(":"), text[found.end() :].strip()
        name = "Client_ip" if name == "Client IP" else name
        if not value:
            continue
        put_other(values, name, value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value)
    return values | _context(values)


def _parts(body: str) -> list[str]:
    """Return what stands between hyphens; those inside quotes are part of a value."""
    if '"' not in body:
        return body.split("- ")
    pieces = body.split('"')
    pieces[1::2] = [piece.replace("- ", _KEPT) for piece in pieces[1::2]]
    return [part.replace(_KEPT, "- ") for part in '"'.join(pieces).split("- ")]


def _context(values: dict[str, Any]) -> dict[str, str]:
    """Return the address in a context (``user@192.0.2.1``), and user and domain of ``username:domainname``."""
    more = {}
    user, at, address = _last(values, "Context").rpartition("@")
    if at and "Client_ip" not in values and _ADDRESS(address):
        more["Client_ip"] = address
    if at and "User" not in values and user:
        more["User"] = user
    user, _, domain = _last(values, "username:domainname").partition(":")
    if user and "User" not in values:
        more["User"] = user
        if domain:
            more["domain"] = domain
    return more


def _last(values: dict[str, Any], name: str) -> str:
    """Return a value, the last one where it comes several times, or ""."""
    value = values.get(name, "")
    return value if isinstance(value, str) else str(value[-1])


def _time(date: str, zone: str, header_time: str, clock: Clock) -> Stamp | None:
    day, _, second = date.partition(":")
    one, two, three = day.split("/")
    if len(one) == 4:  # noqa: PLR2004 - a year
        year, month, monthday = one, two, three
    else:
        year, month, monthday = three, one, two
        if int(one) > 12 or (int(two) <= 12 and _month_of(header_time) == int(two) != int(one)):  # noqa: PLR2004 - months
            month, monthday = two, one
    stamp = clock.iso(f"{year}-{month}-{monthday}T{second}", zone)
    return None if stamp is None else stamp._replace(stated=f"{date} {zone}".rstrip())


def _month_of(header_time: str) -> int:
    if header_time[:4].isdigit():
        return int(header_time[5:7]) if header_time[5:7].isdigit() else 0
    return MONTHS.get(header_time[:3].lower(), 0)


_TYPED: Final = r"[\w.\-@\\]{1,64} on (?:[\w./]{1,64}|\(null\)) shell_command=\""

CITRIX_NETSCALER: Final = LineFormat(
    "citrix_netscaler",
    "Citrix NetScaler",
    _read,
    opening=(
        rf"(?:(?:\S{{1,255}} {{1,4}})?{_DATE} \s{{0,8}}(?:\S{{1,255}}\s{{1,8}}){{1,3}}:\s{{1,8}}[\w.-]{{1,64}} "
        rf"|{_TYPED}"
        r"|(?:\[\d{1,9}\]: )?(?:AAA|AAATM|SSLVPN) Message : "
        r"|default [A-Z][\w-]{0,63} \d{1,20} \d{1,10} : "
        r"|[0-9A-Fa-f.:]{2,45}(?: -> [0-9A-Fa-f.:]{2,45})? \"[A-Z]{2,16} [^\"]{1,8192} HTTP/[\d.]{1,3}\" \d{3}"
        r" [^\"]{1,20}"
        r" \"[^\"]{0,8192}\" \"[^\"]{0,8192}\" \"Time: \d{1,19} microsecs\")"
    ),
    abroad=rf"-?(?:ba|c|tc)?sh: {_TYPED}",
)
