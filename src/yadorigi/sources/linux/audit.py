"""Linux auditd: ``audit.log``, the same over syslog (audisp) and from the kernel's log, and output of ``ausearch``.

Records of one event (``type=SYSCALL``, ``EXECVE``, ``CWD``, ``PATH``, ``SOCKADDR``, ``PROCTITLE`` ...) share time and
serial number and become one event of the channel ``linux/audit``. Its fields have the names of the audit system;
``type`` has the types of all its records, and a field that several records have (``name`` of ``PATH``, ``a0`` of
``SYSCALL`` and ``EXECVE``) has all values. The event id is the audit system's number for the type of record that says
most: ``EXECVE`` (1309), ``AVC`` (1400), ``SOCKADDR`` (1306), ``PATH`` (1302) or the first one's.

Values that the kernel writes in hexadecimal, because they hold blanks, quotes or letters beyond ASCII, are decoded;
what was written is kept as ``NAME_hex``. Parts of a long argument (``a1[0]``, ``a1[1]``) are joined. Names in capitals
are what the log means in words: those that the enriched format adds (``AUID``, ``SYSCALL``, ``ARCH`` ...) and, where it
does not, ``SYSCALL``; ``EXECVE`` is the whole command line. Of socket addresses, ``saddr_fam``, ``laddr`` and ``lport``
(for unix sockets ``path``) are added. ``seresult`` and ``seperms`` are the decision and the permissions of SELinux.
Types that are written as numbers (``1400``, ``UNKNOWN[1334]``) are given by name.

Several records of one event in one line, as some agents forward them, are one event too; and where what stands before
the names of the enriched format was lost on the way, they are known by their names.

Sources: the audit project's field dictionary and record types; the kernel's audit.c and auditsc.c.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.clock import Clock
from yadorigi.sources.lines.fields import Fields, put
from yadorigi.sources.lines.format import BetweenLinesError, Line, LineError, LineFormat, Reading
from yadorigi.sources.linux.audit_join import AUDIT, AuditJoiner, joined
from yadorigi.sources.linux.audit_numbers import NUMBERS, SYSCALLS, TYPES
from yadorigi.sources.linux.audit_values import add_socket_address, plain_text

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Stamp

_HEAD: Final = re.compile(
    r"(?:\[ *\d+\.\d+\] )?(?:audit: )?(?:node=(?P<node>\S+) )?type=(?P<type>[A-Z0-9_]+|[A-Z]+\[\d+\]) "
    r"(?P<msg>(?:msg=)?audit\((?P<time>[^()]{1,40}):(?P<serial>\d{1,20})\)) ?: ?"
).match
_FIELD: Final = re.compile(
    r"""(?<![^\s(,{])([A-Za-z][\w\-]*(?:\[\d+\])?)="""
    r"""(?:"([^"]*)"|'([^']*)'|([^\s]*(?: (?![\w\-\[\]]+=)\S+)*))"""
)
_INTERPRETED_TIME: Final = re.compile(r"(\d\d)/(\d\d)/(\d{2,4}) (\d\d:\d\d:\d\d\.\d+)").fullmatch
_OLD_AND_NEW: Final = re.compile(r"\b(old|new) (?=(?:auid|ses)=)")
_DECISION: Final = re.compile(r"avc: +(granted|denied) +\{ ([^}]*?) *\}").match
_ARGUMENT: Final = re.compile(r"a\d{1,6}(?:\[\d{1,6}\])?").fullmatch
_ENCODED: Final = frozenset(
    {
        "acct", "cgroup", "cmd", "comm", "cwd", "data", "device", "dir", "exe", "file", "grp", "key", "name",
        "new-disk", "new_group", "ocomm", "old-disk", "path", "proctitle", "root_dir", "sw", "vm", "watch",
    }
)  # fmt: skip
"""Fields that the audit system writes in hexadecimal where a text needs it (libaudit, typetab.h: ``ESCAPED``)."""
_ENRICHMENTS: Final = ("\x1d", "#035")
"""What stands before names in the enriched format; rsyslog writes the character as ``#035``."""
_GLUED: Final = re.compile(r"(?<=[a-z0-9\"')])(?=(?:ARCH|SYSCALL|A?UID|OUID|ID|SADDR|OLD-AUID)=)")
"""Where the enriched format begins when the character before it is lost: ``res=success'UID="root"``."""
_GLUED_NAMES: Final = ("ID=", "ARCH=", "SYSCALL=", "SADDR=")
"""How these names end."""
_NEXT: Final = re.compile(r"\s(?:node=\S+ )?type=([A-Z0-9_]{2,64}) msg=audit\(([^()]{1,64})\) ?: ?")
_LEADING_WORDS: Final = frozenset({"", "user", "login", "tty", "for"})
_YEAR_DIGITS: Final = 4


def _read(line: Line, clock: Clock) -> Reading:
    head = _HEAD(line.message)
    if head is None:
        if line.text.startswith(("----", "time->")):
            raise BetweenLinesError("what ausearch writes between events")
        raise LineError("a record of auditd without a type, a time or a serial number")
    kind = head["type"]
    # The kernel's own log has numbers; an old auditd writes UNKNOWN[number] for types that came after it.
    number = kind.removeprefix("UNKNOWN[").removesuffix("]")
    if number.isdigit():
        kind = TYPES.get(int(number), kind)
    time = _time(head["time"], clock)
    if time is None:
        raise LineError("a record of auditd whose time is none")
    fields: Fields = {"type": kind, "msg": head["msg"].removeprefix("msg=")}
    if head["node"]:
        fields["node"] = head["node"]
    body, others = line.message[head.end() :], []
    if " msg=audit(" in body:
        body, *others = _NEXT.split(body)
    add_record(fields, kind, body)
    reading = Reading(AUDIT, fields, time, head["node"] or "", NUMBERS.get(kind, 0))
    return _with_others(reading, others) if others else reading


def _with_others(reading: Reading, others: list[str]) -> Reading:
    """Return an event with what else its line holds of it: for each record, type, time with serial number, and rest."""
    records: list[Fields] = [dict(reading.fields)]
    for kind, moment, body in zip(others[::3], others[1::3], others[2::3], strict=True):
        if f"audit({moment})" != reading.fields["msg"]:
            raise LineError("a line with records of several events of auditd")
        records.append({"type": kind, "msg": f"audit({moment})"})
        add_record(records[-1], kind, body)
    if not all(isinstance(record["type"], str) for record in records):
        raise LineError("a record of auditd with two types or serial numbers")
    return joined(reading, records)


def add_record(fields: Fields, kind: str, body: str) -> None:
    """Add the fields of a record of a type to those of its head."""
    enrichment = ""
    for mark in _ENRICHMENTS:
        if mark in body:
            body, _, enrichment = body.partition(mark)
            break
    else:
        # The expression is tried at each sign, so it is asked only where one of its names is.
        if any(map(body.__contains__, _GLUED_NAMES)) and (glued := _GLUED.search(body)) is not None:
            body, enrichment = body[: glued.start()], body[glued.start() :]
    if kind == "PROCTITLE" and body[:11] != 'proctitle="' and " " in body.strip():
        # As ausearch interprets it: the whole rest is one value.
        fields["proctitle"] = body.strip().removeprefix("proctitle=")
        return
    outer, quote, inner = body.partition("msg='")
    _add(fields, _OLD_AND_NEW.sub(r"\1-", outer) if kind == "LOGIN" else outer, kind)
    if quote:
        _add(fields, inner.rstrip().removesuffix("'"), kind)
    if enrichment:
        _add(fields, enrichment, "")
    _explain(fields)


def read_bare(kind: str, body: str) -> Reading:
    """Return the event of a record that states no time and no serial number, as the journal has them.

    Raises:
        LineError: it names its type twice.
    """
    record: Fields = {"type": kind}
    add_record(record, kind, body)
    if record["type"] != kind:
        raise LineError("a record of auditd with two types or serial numbers")
    return joined(Reading(AUDIT, record), [dict(record)])


_seconds: Final = lru_cache(maxsize=1_024)(Clock().seconds)
"""Records of one event have one time, and seconds since 1970 are in no zone."""


def _time(text: str, clock: Clock) -> Stamp | None:
    found = _seconds(text)
    if found is not None:
        return found
    written = _INTERPRETED_TIME(text)
    if written is None:
        return None
    year = written[3] if len(written[3]) == _YEAR_DIGITS else f"20{written[3]}"
    return clock.iso(f"{year}-{written[1]}-{written[2]} {written[4]}")


def _add(fields: Fields, part: str, kind: str) -> None:
    """Add the fields of a part of a record, and what stands before them."""
    words = part[: part.find("=")].rpartition(" ")[0] if "=" in part else part
    if words and not words.isspace():
        _add_words(fields, words.strip(" ,:("))
    arguments = kind == "EXECVE"
    for name, quoted, single, plain in _FIELD.findall(part):
        value = quoted or single
        if plain:
            value = plain
            if plain[-1] in ",)}":
                value = _without_end(plain)
            elif plain == "{":
                continue
            if name in _ENCODED or (arguments and _ARGUMENT(name) is not None):
                text = plain_text(value)
                if text is not None:
                    _add_decoded(fields, name, value, text)
                    continue
        if name in fields:
            put(fields, name, value)
        else:
            fields[name] = value


def _without_end(written: str) -> str:
    """Return a value without the comma, parenthesis or brace that some records have behind it."""
    value = written.rstrip(",").removesuffix(" }")
    return value[:-1] if value.endswith(")") and "(" not in value else value


def _add_decoded(fields: Fields, name: str, written: str, text: str) -> None:
    put(fields, f"{name}_hex", written)
    # Several keys of one rule are written as one, parted by \x01.
    for single in text.split("\x01") if name == "key" else (text,):
        put(fields, name, single)


def _add_words(fields: Fields, words: str) -> None:
    """Add what a record says before its fields."""
    decision = _DECISION(words)
    if decision is not None:
        fields["seresult"], fields["seperms"] = decision[1], decision[2]
    elif words not in _LEADING_WORDS:
        put(fields, "text", words)


def _explain(fields: Fields) -> None:
    """Add what numbers mean, where the record does not say it itself."""
    number, arch = fields.get("syscall"), fields.get("arch")
    if isinstance(number, str) and "SYSCALL" not in fields:
        known = SYSCALLS.get(arch.lower(), {}) if isinstance(arch, str) else {}
        name = (
            known.get(int(number))
            if number.isascii() and number.isdigit() and len(number) <= len("4294967295")
            else number
        )
        if name:
            fields["SYSCALL"] = name
    address = fields.get("saddr")
    if isinstance(address, str):
        add_socket_address(fields, address)


_OPENING: Final = r"(?:\[ *\d+\.\d+\] )?(?:audit: )?(?:node=\S+ )?type=[A-Z0-9_\[\]]+ (?:msg=)?audit\("

AUDITD: Final = LineFormat(
    "auditd",
    "Linux auditd",
    _read,
    opening=_OPENING,
    abroad=rf"(?:kernel|audit|auditd|augenrules): {_OPENING}",
    joiner=AuditJoiner,
    sole=re.compile(_OPENING, re.ASCII).match,
)
