"""F5 BIG-IP: messages with numbers (APM, audit, LTM, system), ASM, AFM, request logging and Telemetry Streaming.

Read are, with and without a header of syslog:

- ``notice apmd[11023]: 01490248:5: /Common/profile:Common:8c6be305: …`` as the device's own files and syslog have it,
  with and without level, slot and number, and the same in RFC 5424 with structured data of ``F5@12276``
- ``ASM:unit_hostname="…",attack_type="…",…`` (key-value pairs), and the pairs of iRules (``…,f5_irule=…,src_ip=…``)
- AFM's structured data, also where values are not quoted
- ``restjavad-audit.0.log``: ``[I][5000][13 May 2026 12:00:00 UTC][ForwarderPassThroughWorker] {"user":"…",…}``
- JSON with ``telemetryEventCategory`` (Telemetry Streaming), or of an application named ``F5``.

Fields keep their names; ``errdefs_msgno`` is the number of a message, and what is read out of its text has the names
that the structured data has (``Session_ID``, ``Access_Profile``) or plain ones (``client_ip``, ``reason``).

Not read: ASM's storage format of values without names, and CEF (see the format CEF).
Source: F5, "External Monitoring of BIG-IP Systems", "Logging Application Security Events", Telemetry Streaming.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from yadorigi.sources.appliances.f5_messages import told_by
from yadorigi.sources.lines.fields import Fields, put
from yadorigi.sources.lines.format import NO_HEADER, Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.syslog import split_header, structured_data

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock, Stamp

_LEVELS: Final = {
    "emerg": "emergency", "alert": "alert", "crit": "critical", "err": "error", "error": "error", "warning": "warning",
    "notice": "notice", "info": "informational", "debug": "debug",
}  # fmt: skip
_NUMBERED: Final = ("emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug")
_HEAD: Final = re.compile(
    r"(?:(?:slot\d{1,2}/)?(?P<host>(?<=/)\S{1,255}) )?"
    rf"(?:(?P<level>{'|'.join(_LEVELS)}) )?(?:(?P<program>[\w().-]{{1,64}})(?:\[(?P<pid>\d{{1,10}})\]|(?:"
    rf" (?P<process>\d{{1,10}})(?= [0-9a-f]{{8}}:\d:)))?:? +)?"
    r"(?:(?P<number>[0-9a-f]{8}):(?P<severity>\d)?:?"
    r" )?(?P<structured>\[F5@[^\s\]]{1,64}(?: [^\s=\]]{1,64}=\"[^\"]*\")*\] ?)?"
).match
_SEVERITIES: Final = "low|medium|high|very-high"
_COLLECTED: Final = re.compile(
    r"[A-Z][a-z]{2,8} (?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d)"
    rf" (?P<host>\S{{1,255}}) (?:{_SEVERITIES}) "
).match
"""How a collector writes lines of BIG-IP, with severities of its own."""
_MESSAGE_ID: Final = re.compile(r"([0-9a-f]{8})(?::(\d):?)?$").match
_PAIR: Final = re.compile(r"(?:^|,\s*)([A-Za-z][\w.]{0,63})=")
_TAIL: Final = re.compile(r"hostname=\"[^\"]*\",errdefs_msgno=\"")
_BARE_PAIR: Final = re.compile(r"(?<= )([a-z][a-z_]{1,63})=(?!=)")
_AFM: Final = re.compile(r"\[F5@\S{1,64} ").search
_DECODE: Final = msgspec.json.Decoder(dict[str, Any]).decode
_REST: Final = re.compile(
    r"\[(?P<level>[A-Z]{1,8})\]\[(?P<pid>\d{1,10})\]\[(?P<day>\d{1,2}) (?P<month>[A-Z][a-z]{2}) (?P<year>\d{4})"
    r" (?P<time>\d\d:\d\d:\d\d(?:\.\d{1,9})?) (?P<zone>[A-Z]{2,5})\]\[(?P<worker>[^\]]{1,128})\] (?=\{)"
).match
_FIRST_ERROR: Final = 400
_DATED: Final = re.compile(r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d:\d\d.{0,16})").fullmatch
_TIMES: Final = ("event_timestamp", "date_time", "EventTimestamp", "timestamp", "req_start_time", "EOCTimestamp")
_HOSTS: Final = ("hostname", "unit_hostname", "bigip_hostname", "host")


def _read(line: Line, clock: Clock) -> Reading:
    message = line.message
    if message.startswith("{"):
        return _read_json(message, clock)
    if message.startswith("["):
        rest = _REST(message)
        if rest is not None:
            return _read_rest(message, rest, clock)
    if ",f5_irule=" in message[:512]:
        return _read_irule(message, clock)
    if message.startswith("ASM:"):
        return _read_asm(message, clock)
    structured = line.header.structured
    if not structured and (afm := _AFM(message[:2048])) is not None and "acl_policy_name=" in message:
        return _read_afm(message[afm.end() :], clock)
    collected = _COLLECTED(message)
    if collected is not None:
        text = message[collected.end() :]
        reading = _read_message(line._replace(header=NO_HEADER), text, clock)
        return reading._replace(time=clock.iso(collected["time"]), host=collected["host"])
    return _read_message(line, message, clock)


def _read_message(line: Line, message: str, clock: Clock) -> Reading:
    header = line.header
    found = _HEAD(message)
    if found is None:
        raise LineError("a message of BIG-IP without its beginning")
    fields: dict[str, Any] = {}
    structured = header.structured or found["structured"] or ""
    if structured:
        fields |= structured_data(structured)
    if "acl_policy_name" in fields or fields.get("errdefs_msg_name", "").lower() == "network event":
        return _firewall(fields, clock)
    number, severity = found["number"] or "", found["severity"] or ""
    if not number and (known := _MESSAGE_ID(header.message_id)) is not None:
        number, severity = known[1], known[2] or ""
    program, text = _program_and_text(found, header.program, message)
    if (tail := _TAIL.search(text)) is not None:
        # Structured data behind the text, without its brackets.
        fields |= _pairs(text[tail.start() :])
        text = text[: tail.start()]
    if not (number or found["level"] or found["program"] or header.program):
        raise LineError("a message of BIG-IP without number, level and program")
    fields |= {"program": program, "message": text}
    process = found["pid"] or found["process"] or header.process
    if process:
        fields["pid"] = process
    if number:
        fields["errdefs_msgno"] = number
    kind, outcome, parts = told_by(text, number)
    # The text says where the session's own data say nothing.
    for name, value in parts.items():
        if name == "pid" or name not in fields:
            fields[name] = value
    if outcome:
        fields["outcome"] = outcome
    level = _LEVELS.get(found["level"] or "", "")
    if not level and severity in tuple("01234567"):
        level = _NUMBERED[int(severity)]
    return Reading(
        f"f5_bigip/{kind}", fields, None, found["host"] or "", int(number) if number.isdecimal() else 0, level
    )


def _program_and_text(found: re.Match[str], program: str, message: str) -> tuple[str, str]:
    """Return who wrote a message, and its text: a sentence begins with a word too where the header has the program."""
    end = found.end("program")
    told = any(found[name] for name in ("level", "process", "number", "structured"))
    if program and not told and message[end : end + 1] == " ":
        return program, message[found.start("program") :]
    return found["program"] or program, message[found.end() :]


def _read_asm(message: str, clock: Clock) -> Reading:
    fields = _pairs(message[len("ASM:") :])
    if not fields:
        raise LineError("an ASM event without names")
    return Reading("f5_bigip/asm", fields, _time(fields, clock), _first(fields, _HOSTS))


def _read_irule(message: str, clock: Clock) -> Reading:
    head, _, rest = message.partition(",f5_irule=")
    time, _, host = head.rpartition(" ")
    fields = _pairs(f"f5_irule={rest}")
    stamp = clock.read(time) if time else None
    kind = "dns" if "question_name" in fields else "request"
    return Reading(f"f5_bigip/{kind}", fields, stamp, host)


def _read_json(message: str, clock: Clock) -> Reading:
    try:
        fields = _DECODE(message)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise LineError(f"JSON of BIG-IP that is none: {error}") from error
    for name in [name for name, value in fields.items() if isinstance(value, dict)]:
        fields |= {f"{name}.{inner}": value for inner, value in fields.pop(name).items()}
    category = str(fields.get("telemetryEventCategory", "")).lower()
    kinds = {"ltm": "request", "asm": "asm", "afm": "firewall", "apm": "access", "avr": "system"}
    kind = kinds.get(category) or ("request" if "http_method" in fields else "system")
    data = _text(fields, "data")
    if data and category in ("syslog", "event"):
        # Telemetry Streaming hands on lines of syslog as they are.
        header, text = split_header(data)
        inner = _read_message(Line(data, text, header), text, clock)
        stamp = _time(fields, clock) or (clock.read(header.time) if header.time else None)
        return inner._replace(fields={**fields, **inner.fields}, time=stamp, host=_first(fields, _HOSTS) or header.host)
    result = _text(fields, "Access_Policy_Result")
    if kind == "access" and result:
        kind = "access_login"
        fields["outcome"] = "failure" if "deny" in result.lower() else "success"
    return Reading(f"f5_bigip/{kind}", fields, _time(fields, clock), _first(fields, _HOSTS))


def _read_rest(message: str, found: re.Match[str], clock: Clock) -> Reading:
    try:
        fields = _DECODE(message[found.end() :])
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise LineError(f"JSON of BIG-IP that is none: {error}") from error
    fields |= {"worker": found["worker"], "level": found["level"], "pid": found["pid"]}
    stamp = clock.bsd(f"{found['month']} {found['day']} {found['year']} {found['time']}", found["zone"])
    status = fields.get("status")
    if isinstance(status, int) and status:
        fields["outcome"] = "success" if status < _FIRST_ERROR else "failure"
    return Reading("f5_bigip/rest", fields, stamp)


def _read_afm(text: str, clock: Clock) -> Reading:
    fields: Fields = {}
    names = list(_BARE_PAIR.finditer(f" {text}"))
    for number, name in enumerate(names):
        end = names[number + 1].start() - 1 if number + 1 < len(names) else len(text)
        put(fields, name[1], text[name.end() - 1 : end].strip().rstrip("]").strip('"'))
    return _firewall(dict(fields), clock)


def _firewall(fields: dict[str, Any], clock: Clock) -> Reading:
    return Reading("f5_bigip/firewall", fields, _time(fields, clock), _first(fields, _HOSTS))


def _pairs(text: str) -> dict[str, Any]:
    """Return pairs between commas; quotes may hold commas, and quotes that are not escaped."""
    fields: Fields = {}
    position = 0
    while (name := _PAIR.match(text, position)) is not None:
        start = name.end()
        quoted = text[start : start + 1] == '"'
        following = _QUOTED_END.search(text, start + 1) if quoted else _PLAIN_END.search(text, start)
        end = following.start() if following is not None else len(text)
        value = text[start + quoted : end].rstrip()
        if quoted and following is None:
            value = value.removesuffix('"')
        known = fields.get(name[1])
        if known != value:
            put(fields, name[1], value)
        if following is None:
            break
        position = end + quoted
    return dict(fields)


_QUOTED_END: Final = re.compile(r"\"(?=,\s{0,8}[A-Za-z][\w.]{0,63}=)")
_PLAIN_END: Final = re.compile(r",(?=\s{0,8}[A-Za-z][\w.]{0,63}=)")


def _time(fields: dict[str, Any], clock: Clock) -> Stamp | None:
    for name in _TIMES:
        value = _text(fields, name)
        dated = _DATED(value)
        written = f"{dated[2]} {dated[1]} {dated[3]} {dated[4]}" if dated is not None else value
        stamp = clock.read(written) or clock.number(value) if value else None
        if stamp is not None:
            return stamp
    return None


def _first(fields: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((value for name in names if (value := _text(fields, name))), "")


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name, "")
    if isinstance(value, list):
        value = value[0] if value else ""
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


F5_BIGIP: Final = LineFormat(
    "f5_bigip",
    "F5 BIG-IP",
    _read,
    opening=(
        rf"(?:(?:slot\d{{1,2}}/\S{{1,255}} )?(?:{'|'.join(_LEVELS)}) [\w().-]{{1,64}}(?:\[\d{{1,10}}\])?: "
        r"|(?:\S{1,64} \d{1,10} )?[0-9a-f]{8}:\d: "
        r"|\[[A-Z]{1,8}\]\[\d{1,10}\]\[\d{1,2} [A-Z][a-z]{2} \d{4} [\d:.]{8,18} [A-Z]{2,5}\]\[[^\]]{1,128}\] \{"
        rf"|[A-Z][a-z]{{2,8}} \d{{4}}/\d\d/\d\d \d\d:\d\d:\d\d \S{{1,255}} (?:{_SEVERITIES}) "
        r"|ASM:[\w.]{1,64}="
        r"|(?:\d{4}-\d\d-\d\d[T ]\S{8,24} )?[\w.:\-/]{1,255},f5_irule="
        r"|\[F5@\S{1,64} [a-z_]{1,64}=[^\"]"
        r"|\{(?=.{0,16384}\"telemetryEventCategory\"))"
    ),
    loose=r"(?:\S{1,255} ){1,7}\[F5@\S{1,64} [a-z_]{1,64}=[^\"]",
    programs=frozenset({"apmd", "mcpd", "tmm", "f5", "apd", "websso", *(f"tmm{number}" for number in range(64))}),
)
