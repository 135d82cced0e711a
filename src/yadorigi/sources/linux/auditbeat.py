"""Auditbeat: events in JSON, an object a line, also out of Elasticsearch (``_source``).

What it has from the audit system becomes events of ``linux/audit`` with the fields that auditd gives them: those of
``auditd.data`` as they are, and ``type``, ``exe``, ``comm``, ``pid``, ``EXECVE``, ``name``, ``UID`` ... from the names
of the Elastic Common Schema. Where the records themselves are kept (``include_raw_message``), they are read. Files that
were changed are ``auditbeat/file``; all else (``system`` module: processes, logins, packages, sockets) is
``auditbeat/event``. Names of the Elastic Common Schema are kept beside them.

Sources: Elastic, Auditbeat exported fields; Elastic Common Schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.lines.format import NO_HEADER, Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.json_fields import json_fields
from yadorigi.sources.linux.audit import AUDITD
from yadorigi.sources.linux.audit_join import AUDIT, joined
from yadorigi.sources.linux.audit_numbers import NUMBERS

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_SOURCE: Final = "_source."
_DATA: Final = "auditd.data."
_NAMES: Final = {
    "process.executable": "exe", "process.name": "comm", "process.pid": "pid", "process.parent.pid": "ppid",
    "process.ppid": "ppid", "process.working_directory": "cwd", "process.title": "proctitle",
    "user.id": "uid", "user.audit.id": "auid", "user.effective.id": "euid", "user.name": "UID",
    "user.audit.name": "AUID", "user.effective.name": "EUID", "group.id": "gid", "group.name": "GID",
    "auditd.paths.name": "name", "auditd.paths.nametype": "nametype", "auditd.session": "ses", "tags": "key",
    "destination.ip": "laddr", "destination.port": "lport", "destination.path": "path", "source.ip": "addr",
}  # fmt: skip
"""Names of the Elastic Common Schema, and what auditd calls the same."""
_RESULTS: Final = {"success": ("yes", "success"), "fail": ("no", "failed")}
_STARTS: Final = frozenset({"execve", "execveat"})
_LONGEST: Final = 256
"""Arguments that become fields of their own."""


def _read(line: Line, clock: Clock) -> Reading:
    fields = {name.removeprefix(_SOURCE): value for name, value in json_fields(line.message).items()}
    time = clock.iso(_text(fields, "@timestamp"))
    host = _text(fields, "host.name") or _text(fields, "host.hostname") or _text(fields, "agent.hostname")
    kind = _text(fields, "auditd.message_type") or _text(fields, "auditd.log.record_type")
    if kind:
        reading = Reading(AUDIT, fields, time, host)
        return _of_records(reading, clock) or _of_names(reading, kind.upper())
    if _text(fields, "event.module") == "file_integrity":
        return Reading("auditbeat/file", fields, time, host)
    return Reading("auditbeat/event", fields, time, host)


def _of_records(reading: Reading, clock: Clock) -> Reading | None:
    """Return the event of the records that Auditbeat kept; None where it kept none."""
    kept = reading.fields.get("event.original") or reading.fields.get("auditd.messages")
    texts = kept if isinstance(kept, list) else [kept] if isinstance(kept, str) else []
    records = []
    for text in texts:
        try:
            own = AUDITD.read(Line(str(text), str(text), NO_HEADER), clock)
        except LineError:
            return None
        if not isinstance(own.fields["type"], str):
            return None
        records.append(dict(own.fields))
    if not records:
        return None
    whole = joined(reading, records)
    return whole._replace(fields={**reading.fields, **whole.fields})


def _of_names(reading: Reading, kind: str) -> Reading:
    """Return the event with auditd's names for what Auditbeat has taken apart."""
    native = reading.fields
    fields = {name.removeprefix(_DATA): value for name, value in native.items() if name.startswith(_DATA)}
    fields |= {ours: _texts(native[name]) for name, ours in _NAMES.items() if native.get(name) not in (None, "")}
    if syscall := _text(fields, "syscall"):
        fields["SYSCALL"] = syscall
    if known := _RESULTS.get(_text(native, "auditd.result")):
        fields["success" if kind == "SYSCALL" else "res"] = known[kind != "SYSCALL"]
    kinds, telling = [kind], kind
    arguments = native.get("process.args")
    if syscall in _STARTS and isinstance(arguments, list):
        fields |= {f"a{number}": str(value) for number, value in enumerate(arguments[:_LONGEST])}
        fields["EXECVE"] = " ".join(map(str, arguments))
        kinds.append("EXECVE")
        telling = "EXECVE"
    for mark, other in (("laddr", "SOCKADDR"), ("name", "PATH"), ("cwd", "CWD"), ("proctitle", "PROCTITLE")):
        if kind == "SYSCALL" and mark in fields:
            kinds.append(other)
            telling = other if telling == kind and mark in ("laddr", "name") else telling
    if kind != "SYSCALL" and "acct" not in fields and "UID" in fields:
        fields["acct"] = fields["UID"]
    fields["type"] = kinds if len(kinds) > 1 else kind
    return reading._replace(fields={**native, **fields}, event_id=NUMBERS.get(telling, 0))


def _text(fields: Any, name: str) -> str:  # noqa: ANN401 - values of any JSON
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> Any:  # noqa: ANN401 - values of any JSON
    """Return a value as auditd writes it: text, and of lists each."""
    return [str(one) for one in value] if isinstance(value, list) else str(value)


AUDITBEAT: Final = LineFormat(
    "auditbeat",
    "Auditbeat",
    _read,
    opening=(
        r'\{(?=[^\n]{0,16384}?(?:"auditd"\s?:\s?\{|"module"\s?:\s?"file_integrity"|"(?:beat|type)"\s?:\s?"auditbeat"))'
        r"(?=[^\n]{0,65536}?\"@timestamp\"\s?:)"
    ),
)
