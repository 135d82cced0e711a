"""Headers of syslog: RFC 3164 as it is really written, RFC 5424, octet counting, Kiwi's tabs, one inside another.

Sources: RFC 3164 section 4.1, RFC 5424 section 6, RFC 6587 section 3.4.1.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Final

from yadorigi.sources.lines.format import NO_HEADER, Header

_HEADERS_LIMIT: Final = 4
"""Headers one inside another that are taken off: who writes more is forging."""
MONTHS: Final = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
"""Names of months in headers, as alternatives of an expression."""
_DAYS: Final = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
_BSD_TIME: Final = (
    rf"(?:(?:{_DAYS}),? )?"
    rf"(?:{MONTHS})[a-z]{{0,6}}\.? {{1,2}}\d{{1,2}}(?: \d{{4}})? \d\d:\d\d:\d\d(?:\.\d{{1,9}})?(?: \d{{4}}(?=[ :]))?"
    r"(?: (?:(?!CEF:|LEEF:)[A-Z]{3,4}|[+-]\d\d:\d\d)(?=:? ))?"
)
_JOURNAL_TIME: Final = (
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? (?:[A-Z]{3,5}|[+-]\d\d(?:\d\d)?)"
    r"|\d{10}\.\d{6}(?= [A-Za-z])"
)
"""What ``journalctl -o short-full`` and ``-o short-unix`` begin a line with."""
_ISO_TIME: Final = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_WORDED: Final = (
    r"(?:[Ll]ocal[0-7]|[Kk]ern(?:el)?|[Uu]ser|[Mm]ail|[Dd]aemon|[Ss]ystem\d?|[Aa]uth(?:priv)?|[Ss]yslog|[Ll]p[rd]|[Nn]ews"
    r"|[Uu]ucp|[Cc]ron)\.(?:[Ee]mer|[Pp]ani|[Aa]ler|[Cc]rit|[Ee]rr|[Ww]arn|[Nn]oti|[Ii]nfo|[Dd]ebu)[a-z]{0,10} "
)
"""Facility and level in words, which templates of servers put before or behind the host: ``local4.notice``."""
_OPENING: Final = re.compile(
    r"(?:(?P<octets>\d{1,7}) (?=<\d))?(?:<(?P<priority>\d{1,3})>)? ?"
    rf"(?:(?P<version>1) (?P<time5424>{_ISO_TIME}|-) (?P<host5424>\S+) (?P<app>\S+) (?P<pid>\S+) (?P<id>\S+) "
    r"(?P<sd>-|(?=\[))"
    rf"|(?:\d+: )?[*.]?(?P<time>{_BSD_TIME}|{_ISO_TIME}|{_JOURNAL_TIME}):? +"
    rf"(?:<[a-z]\w{{2,9}}\.[a-z]{{3,9}}> |{_WORDED})?"
    r"(?=(?P<first>\S*))"
    r")",
    re.ASCII,
)
_ELEMENT: Final = re.compile(r'\[[^\s="\]]{1,64}(?: [^\s="\]]{1,64}="[^"\\]*+(?:\\.[^"\\]*+)*+"| )*\]')
_PARAMETER: Final = re.compile(r' ([^\s="\]]{1,64})="([^"\\]*+(?:\\.[^"\\]*+)*+)"')
"""The brackets that RFC 5424 wants escaped in values are not, in most logs."""
_HOST: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._:/\-]*[A-Za-z0-9._\-])?|::[0-9A-Fa-f:.]+", re.ASCII).fullmatch
_YEAR: Final = re.compile(r"(?<![\d.:])\d{4}(?![\d:])", re.ASCII).search
_SLOT: Final = re.compile(r"slot\d{1,2}", re.ASCII).fullmatch
_BLANKS: Final = re.compile(rf"[ :]*(?:{_WORDED})?")
_TABS: Final = re.compile(
    r"(\d{4}-\d\d-\d\d|\d\d-\d\d-\d{4})[ \t](\d\d:\d\d:\d\d)\t(\w{1,12})\.(\w{1,12})\t([\w.:\-]{1,255})\t {0,2}",
    re.ASCII,
).match
_FACILITIES: Final = {
    "kernel": 0, "user": 1, "mail": 2, "daemon": 3, "system": 3, "auth": 4, "syslog": 5, "lpd": 6, "news": 7, "uucp": 8,
    **{f"local{number}": 16 + number for number in range(8)},
}  # fmt: skip
_LEVELS: Final = {"emer": 0, "aler": 1, "crit": 2, "erro": 3, "warn": 4, "noti": 5, "info": 6, "debu": 7}
_MONTHS_OF_A_YEAR: Final = 12
_REPEATED: Final = "last message repeated"
_TAG: Final = re.compile(r"(?!(?:CEF|LEEF): ?\d)([\w./()\-@]{1,64})(?:\[([\w.\-]{1,32})\])?:(?= |$)", re.ASCII)
_TAG_WITH_PROCESS: Final = re.compile(r"([\w./()\-@]{1,64})\[([\w.\-]{1,32})\](?=:? )", re.ASCII)


_SEVERITY_WORDS: Final = frozenset(
    {
        "panic", "critical", "crit", "error", "err", "warning", "warn", "notice", "info", "verbose", "debug",
        "subdebug", "trace", "trivia",
    }
)  # fmt: skip


_FORMAT_WORDS: Final = frozenset({"CEF", "LEEF"})
"""What a message begins with that is neither host nor program."""


def split_header(text: str, keeping: Container[str] = ()) -> tuple[Header, str]:
    """Return the innermost header of syslog that a line begins with, and what stands behind it.

    Args:
        text: the line.
        keeping: programs, in lower case, that relay no lines: what stands behind their tags is their message, however
            it begins. Else whoever chooses that could have his lines pass for those of another host or program.
    """
    header, message = _read_tabs(text) if text[:1].isdigit() else (NO_HEADER, text)
    for _ in range(_HEADERS_LIMIT):
        if header.program.lower() in keeping:
            return header, message
        found = _OPENING.match(message)
        if found is None or not found.end():
            break
        inner, rest = _read(found, message)
        # A message may begin with a time that is no header; one of ISO 8601 mostly has a host or program behind it.
        if not (inner.host or inner.program or (header is NO_HEADER and _stands_alone(inner.time, rest))):
            break
        if header is not NO_HEADER:
            inner = inner._replace(
                relay=header.host or header.relay or inner.relay,
                host=inner.host or header.host,
                program=inner.program or header.program,
                priority=inner.priority if inner.priority >= 0 else header.priority,
                time=with_year(inner.time, header.time),
            )
        header, message = inner, rest
    if message.startswith("<") or (message[:1].isdigit() and header is NO_HEADER):
        only, rest = _priority_only(message)
        if only is not NO_HEADER:
            return header._replace(priority=only.priority), rest
    return header, message


def outer_time(text: str) -> str:
    """Return the time of the outermost header that a line begins with, as written, or ""."""
    found = _OPENING.match(text)
    return (found["time5424"] or found["time"] or "") if found is not None else ""


def with_year(time: str, around: str) -> str:
    """Return a time that states no year with that of the header around it, which was written a moment later."""
    if not (time[:1].isalpha() and around[:4].isdigit() and around[4:5] in ("-", "/")) or _YEAR(time):
        return time
    year, month = int(around[:4]), around[5:7]
    if month == "01" and "Dec" in time:
        year -= 1
    elif month == "12" and "Jan" in time:
        year += 1
    return f"{time} {year}"


def _read_tabs(text: str) -> tuple[Header, str]:
    """Return the header that Kiwi Syslog Server writes: date, time, facility and level, and sender, between tabs.

    Of dates with the year at their end, the month is first where both numbers may be one: Kiwi's form is the American.
    """
    found = _TABS(text)
    if found is None:
        return NO_HEADER, text
    date, time, facility_name, level_name, host = found.groups()
    if date[2] == "-":
        one, two, year = date.split("-")
        month, day = (two, one) if int(one) > _MONTHS_OF_A_YEAR else (one, two)
        date = f"{year}-{month}-{day}"
    facility, level = _FACILITIES.get(facility_name.lower(), -1), _LEVELS.get(level_name.lower()[:4], -1)
    priority = facility * 8 + level if facility >= 0 and level >= 0 else -1
    start = found.end()
    tag = _TAG.match(text, start) or _TAG_WITH_PROCESS.match(text, start)
    program, process = (tag[1], tag[2] or "") if tag is not None else ("", "")
    rest = text[tag.end() :].lstrip(" :") if tag is not None else text[start:]
    return Header(f"{date} {time}", host, program, process, priority), rest


def _stands_alone(time: str, rest: str) -> bool:
    """Say whether a time is a header by itself: one of ISO 8601 only before ``%NAME``, as Cisco writes it."""
    return not time[:1].isdigit() or rest.lstrip(": ").startswith("%")


def _read(found: re.Match[str], text: str) -> tuple[Header, str]:
    priority = int(found["priority"]) if found["priority"] else -1
    if found["version"]:
        return _read_5424(found, text, priority)
    time, first = found["time"], found["first"]
    start = found.end()
    host = ""
    tag = _TAG.match(text, start) or _TAG_WITH_PROCESS.match(text, start)
    if tag is None and _HOST(first.removesuffix(":")) and not text.startswith(_REPEATED, start):
        word = first.removesuffix(":")
        # Some write the severity where the host should be.
        host = "" if word.lower() in _SEVERITY_WORDS or word in _FORMAT_WORDS else word
        start += len(first) if word not in _FORMAT_WORDS else 0
        blanks = _BLANKS.match(text, start)
        start = blanks.end() if blanks is not None else start
        tag = _TAG.match(text, start) or _TAG_WITH_PROCESS.match(text, start)
    program = process = ""
    if tag is not None:
        program, process = tag[1], tag[2] or ""
        start = tag.end()
        start += text[start : start + 1] == ":"
    relay = ""
    if "/" in host:
        # A blade's slot stands in front of its host, a relay's name behind the one that it relays.
        host, _, relay = host.partition("/")
        host, relay = (relay, "") if _SLOT(host) else (host, relay)
    return Header(time, host, program, process, priority, relay=relay), text[start:].lstrip(" ")


def _read_5424(found: re.Match[str], text: str, priority: int) -> tuple[Header, str]:
    start = found.end()
    end = start if found["sd"] == "-" else structured_end(text, start)
    structured = text[start:end]
    message = text[end:].lstrip(" ").removeprefix("\ufeff")
    nil = {"-": ""}
    host, app, process, message_id = (nil.get(found[name], found[name]) for name in ("host5424", "app", "pid", "id"))
    time = nil.get(found["time5424"], found["time5424"])
    return Header(time, host, app.removesuffix(":"), process, priority, message_id, structured), message


def structured_end(text: str, start: int) -> int:
    """Return where the structured data end that begin at a place of a text (RFC 5424 section 6.3)."""
    while (element := _ELEMENT.match(text, start)) is not None:
        start = element.end()
    return start


def _priority_only(text: str) -> tuple[Header, str]:
    """Return a header of nothing but a priority: ``<134> id=firewall``, also behind the count of a frame's octets."""
    found = re.match(r"(?:\d{1,7} )?<(\d{1,3})>\s?", text, re.ASCII)
    if found is None:
        return NO_HEADER, text
    return Header(priority=int(found[1])), text[found.end() :].lstrip(" ")


def structured_data(text: str) -> dict[str, str]:
    """Return the parameters of structured data (RFC 5424 section 6.3) by name; of one that comes again, the last."""
    return {name: unescaped(value) for name, value in _PARAMETER.findall(text)}


def unescaped(value: str) -> str:
    """Return a value of structured data without the backslashes before quotes, brackets and backslashes."""
    if "\\" not in value:
        return value
    if "\0" in value:
        return re.sub(r'\\(["\\\]])', r"\1", value)
    return value.replace("\\\\", "\0").replace('\\"', '"').replace("\\]", "]").replace("\0", "\\")


SEVERITIES: Final = ("emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug")
"""Words for the severities of syslog, by number (RFC 5424 section 6.2.1)."""
_PRIORITIES: Final = 192


def severity_of(priority: int) -> str:
    """Return the word for a priority's severity, or ""."""
    return SEVERITIES[priority % 8] if 0 <= priority < _PRIORITIES else ""
