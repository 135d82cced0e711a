"""Exports of the registry (``.reg``), and what ``wevtutil gl`` prints about a log."""

from __future__ import annotations

import re
from typing import Final

from yadorigi.sources.settings.contract import REGISTRY_EXPORT, TEXT_LIMIT, WEVTUTIL, StatedFile, Statement
from yadorigi.sources.settings.registry_values import hive_path, is_relevant, number_of, statements_of

_SIGNATURES: Final = ("Windows Registry Editor Version 5.00", "REGEDIT4")
_CHANNELS: Final = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WINEVT\\Channels\\"
_VALUE: Final = re.compile(
    r'"(?P<name>[^"\\]*(?:\\.[^"\\]*)*)"[ \t]*=[ \t]*'
    r'(?:(?:"(?P<text>[^"\\]*(?:\\.[^"\\]*)*)"|dword:(?P<number>[0-9a-f]{1,8}))[ \t\r]*(?=\n|\Z)|(?!dword:)[^"\n])',
    re.DOTALL | re.IGNORECASE,
)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_GL_NAME: Final = re.compile(r"^name:[ \t]*(\S[^\r\n]{0,255}?)[ \t]*$", re.MULTILINE)
_GL_TYPE: Final = re.compile(r"^(?:type|isolation|owningPublisher|logging):", re.MULTILINE)


def is_registry_export(text: str) -> bool:
    """Say whether text begins as an export of the registry does."""
    return text.lstrip("\r\n \t").startswith(_SIGNATURES)


def is_wevtutil(text: str) -> bool:
    """Say whether text is what ``wevtutil gl`` prints."""
    begin = text[:TEXT_LIMIT].replace("\r\n", "\n")
    return _GL_NAME.search(begin) is not None and "\nenabled:" in begin and _GL_TYPE.search(begin) is not None


def read_registry_export(text: str) -> StatedFile:
    """Read an export of the registry; only keys that the program looks into count."""
    stated = StatedFile(REGISTRY_EXPORT)
    key, place = "", 0
    while place < len(text):
        if text[place] == '"':
            value = _VALUE.match(text, place)
            if value is None:
                # Texts may hold line ends: what follows an open one could pass for keys and values.
                stated.damaged = True
                stated.tell(f"line {text.count(chr(10), 0, place) + 1} is not understood; the rest is not used")
                break
            if key:
                _take_value(key, value, stated)
            place = value.end()
        end = text.find("\n", place)
        line = text[place : end if end >= 0 else len(text)]
        place += len(line) + 1
        if line.startswith("["):
            key = hive_path(line.strip()[1:-1]) if line.rstrip().endswith("]") and len(line) < TEXT_LIMIT else ""
            # `[-HKEY_...]` removes a key when the file is imported: it says nothing about what is there.
            key = key if key and is_relevant(key) else ""
    if not stated.statements:
        stated.tell("no value of a key that says what is recorded or kept")
    return stated


def _take_value(key: str, found: re.Match[str], stated: StatedFile) -> None:
    name = _ESCAPE.sub(r"\1", found["name"][:TEXT_LIMIT])
    if found["number"]:
        value: int | str | None = number_of(found["number"], 16)
    elif found["text"] is not None:
        value = _ESCAPE.sub(r"\1", found["text"][:TEXT_LIMIT])
    else:
        return  # binary, a list of texts, or a value that is removed
    if value is not None:
        for statement in statements_of(key, name, value):
            stated.add(statement)


def read_wevtutil(text: str) -> StatedFile:
    """Read what ``wevtutil gl`` prints, for one log or several."""
    stated = StatedFile(WEVTUTIL)
    channel = ""
    for line in text.splitlines():
        name, colon, rest = line[:TEXT_LIMIT].strip().partition(":")
        value = rest.strip()
        if not colon:
            continue
        match name:
            case "name":
                channel = value
            case "enabled" if channel and value in {"true", "false"}:
                on = int(value == "true")
                stated.add(Statement("registry", f"{_CHANNELS}{channel}\\Enabled", value=on))
            case "maxSize" if channel and (size := number_of(value)) is not None and size > 0:
                stated.add(Statement("log_size", channel, value=size))
            case "retention" if channel and value in {"true", "false"}:
                stated.add(Statement("log_full", channel, value="keep" if value == "true" else "overwrite"))
            case "autoBackup" if channel and value == "true":
                stated.add(Statement("log_full", channel, value="archive"))
    if not stated.statements:
        stated.tell("no log is described")
    return stated
