"""Values of the registry that say what is recorded, and how much of it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yadorigi.limits import NUMBER_TEXT_LIMIT
from yadorigi.sources.settings.contract import Statement

_HIVES: Final = {"HKEY_LOCAL_MACHINE": "HKLM", "MACHINE": "HKLM", "HKLM": "HKLM"}
_LOG: Final = re.compile(
    r"HKLM\\(?:SYSTEM\\(?:CurrentControlSet|ControlSet\d{3})\\Services\\EventLog\\(?P<service>[^\\]+)"
    r"|SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WINEVT\\Channels\\(?P<channel>[^\\]+)"
    r"|SOFTWARE\\Policies\\Microsoft\\Windows\\EventLog\\(?P<policy>[^\\]+))",
    re.IGNORECASE,
)
_RELEVANT: Final = re.compile(
    r"HKLM\\(?:SOFTWARE\\(?:Policies\\|Microsoft\\Windows\\CurrentVersion\\(?:Policies|WINEVT\\Channels)\\)"
    r"|SYSTEM\\(?:CurrentControlSet|ControlSet\d{3})\\(?:Services\\(?:EventLog|NTDS\\Diagnostics)|Control\\Lsa))",
    re.IGNORECASE,
)
_CONTROL_SET: Final = re.compile(r"\\ControlSet\d{3}\\", re.IGNORECASE)
_KIBIBYTE: Final = 1_024


def hive_path(key: str) -> str:
    """Return a key below ``HKLM``, whatever the hive is called; "" for keys of users and of mounted hives."""
    hive, _, rest = key.strip().strip("\\").partition("\\")
    short = _HIVES.get(hive.upper(), "")
    return f"{short}\\{rest}" if short and rest else ""


def is_relevant(path: str) -> bool:
    """Say whether a key is one of those that the program looks into."""
    return _RELEVANT.match(path + "\\") is not None


def number_of(text: str, base: int = 10) -> int | None:
    """Return the number that a text is, None where it is none."""
    if not text or len(text) > NUMBER_TEXT_LIMIT:
        return None
    try:
        return int(text, base)
    except ValueError:
        return None


def statements_of(path: str, name: str, value: int | str, policy: str = "") -> Iterator[Statement]:
    """Give what a value says: what it is, and what it means for a log.

    Args:
        path: its key, from ``HKLM``.
        name: its name.
        value: a number, or a text.
        policy: as in `Statement.policy`.
    """
    whole = _CONTROL_SET.sub(lambda _: "\\CurrentControlSet\\", f"{path}\\{name}")
    yield Statement("registry", whole, value=value, policy=policy)
    found = _LOG.fullmatch(path)
    number = value if isinstance(value, int) else number_of(value.strip())
    if found is None or number is None:
        return
    channel = found["service"] or found["channel"] or found["policy"]
    match name.casefold():
        case "maxsize":
            # The policy counts in KiB, the logs themselves in bytes.
            size = number * _KIBIBYTE if found["policy"] else number
            if size > 0:
                yield Statement("log_size", channel, value=size, policy=policy)
        case "retention" | "autobackuplogfiles" if number:
            full = "keep" if name.casefold() == "retention" else "archive"
            yield Statement("log_full", channel, value=full, policy=policy)
        case "retention":
            yield Statement("log_full", channel, value="overwrite", policy=policy)
