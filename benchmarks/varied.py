"""Events as JSON lines in which hosts, times, ids and command lines vary.

Copies of a log flatter a program that remembers values. Here every copy of an event gets its own record id, time,
GUIDs, process and logon ids, one of many hosts, and a command line or script that occurs nowhere else. That is more
variety than a real network has: there, most command lines come again.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import evtx
import msgspec

HOSTS: Final = 50
_FIRST_DAY: Final = datetime(2026, 3, 1, tzinfo=UTC)
_MICROSECONDS: Final = 30 * 24 * 3600 * 1_000_000
_GUID: Final = re.compile(r"\{?[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?")
_PROCESS_ID: Final = re.compile(r"process_?id$|^pid$", re.IGNORECASE)
_LOGON_ID: Final = re.compile(r"logon_?id$", re.IGNORECASE)
_TEXTS: Final = frozenset(
    {"CommandLine", "ParentCommandLine", "ProcessCommandLine", "HostApplication", "ScriptBlockText", "ContextInfo"}
)


def records_of(path: Path) -> Iterator[dict[str, Any]]:
    """Give the records of an EVTX file, decoded."""
    decode = msgspec.json.Decoder().decode
    for record in evtx.PyEvtxParser(str(path)).records_json():
        if record is not None:
            yield decode(record["data"])


def write_varied(evtx_files: Iterable[Path], folder: Path, copies: int, lines_of_a_file: int) -> None:
    """Write ``copies`` varied copies of every record below ``folder``."""
    originals = [record for path in evtx_files for record in records_of(path)]
    chance = random.Random(20_261_122)  # noqa: S311 - data must come out the same each time
    encode = msgspec.json.Encoder().encode
    number = 0
    while number < len(originals) * copies:
        count = min(lines_of_a_file, len(originals) * copies - number)
        with (folder / f"events-{number:09}.jsonl").open("wb") as stream:
            for place in range(number, number + count):
                stream.write(encode(varied(originals[place % len(originals)], place + 1, chance)) + b"\n")
        number += count


def varied(record: dict[str, Any], number: int, chance: random.Random) -> dict[str, Any]:
    """Return a record with its own number, host, time, ids and command lines."""
    event = dict(record["Event"])
    system = dict(event["System"])
    event["System"] = system
    system["EventRecordID"] = number
    name, _, domain = str(system.get("Computer", "")).partition(".")
    system["Computer"] = ".".join(filter(None, (f"{name}-{chance.randrange(HOSTS):03}", domain)))
    moment = _FIRST_DAY + timedelta(microseconds=chance.randrange(_MICROSECONDS))
    system["TimeCreated"] = {"#attributes": {"SystemTime": f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"}}
    if isinstance(system.get("Execution"), dict):
        ids = {"ProcessID": 4 * chance.randrange(1, 8_000), "ThreadID": 4 * chance.randrange(1, 8_000)}
        system["Execution"] = {"#attributes": ids}
    for name in ("EventData", "UserData"):
        if isinstance(event.get(name), dict):
            event[name] = _varied_fields(event[name], chance)
    return {"Event": event}


def _varied_fields(fields: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, dict):
            found[name] = _varied_fields(value, chance)
        elif name in _TEXTS and isinstance(value, str) and value:
            found[name] = f"{value} {chance.getrandbits(48):012x}"
        elif _PROCESS_ID.search(name) or _LOGON_ID.search(name):
            found[name] = _another_id(value, chance)
        elif isinstance(value, str) and "guid" in name.lower() and _GUID.fullmatch(value):
            found[name] = _another_guid(value, chance)
        else:
            found[name] = value
    return found


def _another_id(value: Any, chance: random.Random) -> Any:  # noqa: ANN401 - any JSON value
    number = 4 * chance.randrange(1, 2**24)
    if isinstance(value, str):
        return hex(number) if value.lower().startswith("0x") else str(number) if value.isdecimal() else value
    return number if isinstance(value, int) else value


def _another_guid(value: str, chance: random.Random) -> str:
    digits = f"{chance.getrandbits(128):032X}"
    guid = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    return f"{{{guid}}}" if value.startswith("{") else guid
