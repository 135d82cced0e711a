"""Takes the names of tools out of events, as if the intruder had renamed them.

Every program is a tool but those of ``kept_programs.txt``: processes of Windows that only do their work under their own
name, and the applications that attacks are aimed at. The same name becomes the same random name everywhere.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

Event: TypeAlias = dict[str, Any]

LEVELS: Final = ("plain", "file names", "version texts", "hashes", "words")
"""Each does what the one before does, and more; the first does nothing."""
_VERSION_TEXTS: Final = LEVELS.index("version texts")
_NO_HASHES: Final = LEVELS.index("hashes")
_WORDS: Final = LEVELS.index("words")

_IMAGES: Final = frozenset(
    {
        "Image", "ParentImage", "SourceImage", "TargetImage", "NewProcessName", "ParentProcessName", "ProcessName",
        "CallerProcessName", "Application", "processPath", "Process Name",
    }
)  # fmt: skip
_COMMANDS: Final = {
    "CommandLine": ("Image", "NewProcessName"),
    "ParentCommandLine": ("ParentImage", "ParentProcessName"),
}
_VERSION: Final = frozenset({"OriginalFileName", "Description", "Product", "Company", "FileVersion"})
_HASHES: Final = frozenset({"Hashes", "Hash"})
_ENDINGS: Final = (".exe", ".com", ".scr")
_LETTERS: Final = "bcdfghjklmnpqrstvwxz"
_NAME_LENGTH: Final = 8
_MASKED_NAME: Final = re.compile(f"[{_LETTERS}]{{{_NAME_LENGTH}}}")
_FIRST_WORD: Final = re.compile(r'^\s*(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+))')
_PROGRAM: Final = re.compile(r"(?i)(?<![\w.$-])(?P<name>[\w$-]{2,40})(?P<ending>\.exe)(?![\w-])")
_COMMAND_WORD: Final = re.compile(
    r"(?i)(?P<before>^\s*\"?|[&|(]\s*\"?|/[ckr]\s+\"*|[\\])(?P<name>[a-z][\w-]{1,30})(?=$|[\s\"&|)<>])"
)
_FAMOUS: Final = re.compile(
    r"(?i)mimikatz|mimi(?:drv|lib)|kekeo|psexe(?:svc|c)|paexec|remcom(?:svc)?|csexec|smbexec|wmiexec|atexec|dcomexec"
    r"|impacket|meterpreter|metasploit|cobalt ?strike|beacon|empire|rubeus|seatbelt|sharp(?:hound|rdp|up|view)"
    r"|bloodhound|powerview|powersploit|powercat|nishang|lazagne|procdump|nanodump|dumpert|pwdump|gsecdump|fgdump"
    r"|wce(?:aux)?|keethief|keefarce|uacme|akagi|fubuki|printspoofer|(?:rogue|juicy|rotten|sweet|efs)potato"
    r"|spoolsample|spoolfool|krbrelay(?:up)?|zerologon|certipy|certify|whisker|plink|ngrok|chisel|earthworm|frpc"
    r"|netcat|nmap|advanced_ip_scanner|adfind|psloggedon|winpeas|inveigh|responder|covenant|sliver|havoc"
)


@cache
def kept_programs() -> frozenset[str]:
    """Return the names, without ending and in small letters, of the programs that stay themselves."""
    text = Path(__file__).with_name("kept_programs.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


@cache
def masked_name(name: str) -> str:
    """Return the random name that stands for a name, which is given in small letters."""
    digest = hashlib.sha256(name.encode()).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:_NAME_LENGTH])


def stem_of(path: str) -> str:
    """Return the file name of a program in small letters, without folder and ending."""
    name = re.split(r"[\\/]", path.strip().strip('"'))[-1].lower()
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    return name


def is_tool(stem: str) -> bool:
    """Tell whether a program is a tool, and so is to be masked; a masked name is none."""
    return bool(stem) and stem not in kept_programs() and not _MASKED_NAME.fullmatch(stem)


def programs_of(event: Event) -> set[str]:
    """Return the names of all tools that an event names as a program."""
    return {
        stem_of(value)
        for fields in _fields(event)
        for key, value in fields.items()
        if key in _IMAGES and isinstance(value, str) and value.lower().endswith(_ENDINGS) and is_tool(stem_of(value))
    }


def mask(event: Event, level: int, tools: frozenset[str]) -> None:
    """Take the names of tools out of an event.

    Args:
        event: as the ``evtx`` parser gives it; it is changed.
        level: the place in ``LEVELS``.
        tools: all tools of the file, for the last level.
    """
    if level == 0:
        return
    for fields in _fields(event):
        _mask_commands(fields)
        for key, value in list(fields.items()):
            if key in _IMAGES and isinstance(value, str):
                fields[key] = _path_masked(value)
            elif (level >= _VERSION_TEXTS and key in _VERSION) or (level >= _NO_HASHES and key in _HASHES):
                fields[key] = "-"
        if level == _WORDS:
            for key, value in fields.items():
                fields[key] = _words_masked(value, tools)


def _fields(event: Event) -> list[dict[str, Any]]:
    """Return the objects that hold the event's own fields."""
    inside = event.get("Event", {})
    data = inside.get("EventData")
    found = [data] if isinstance(data, dict) else []
    user = inside.get("UserData")
    if isinstance(user, dict):
        found += [value for value in user.values() if isinstance(value, dict)]
    return found


def _path_masked(path: str) -> str:
    stem = stem_of(path)
    if not path.lower().endswith(_ENDINGS) or not is_tool(stem):
        return path
    return path[: len(path) - len(stem) - 4] + masked_name(stem) + path[-4:]


def _mask_commands(fields: dict[str, Any]) -> None:
    """Mask the first word of command lines, where it names the program that runs."""
    for key, images in _COMMANDS.items():
        command = fields.get(key)
        image = next((fields[name] for name in images if isinstance(fields.get(name), str)), "")
        stem = stem_of(image)
        if not isinstance(command, str) or not is_tool(stem):
            continue
        first = _FIRST_WORD.match(command)
        if first and stem_of(first["quoted"] or first["bare"] or "") == stem:
            end = first.end("quoted") if first["quoted"] else first.end("bare")
        else:
            # A path with blanks and no quotes.
            end = command.lower().find(image.lower()) + len(image) if image.lower() in command.lower() else 0
        start = command.lower().rfind(stem, 0, end)
        if end and start >= 0:
            fields[key] = command[:start] + masked_name(stem) + command[start + len(stem) :]


def _words_masked(value: object, tools: frozenset[str]) -> object:
    if isinstance(value, list):
        return [_words_masked(item, tools) for item in value]
    if isinstance(value, dict):
        return {key: item if key == "#attributes" else _words_masked(item, tools) for key, item in value.items()}
    if not isinstance(value, str):
        return value

    def program(found: re.Match[str]) -> str:
        stem = found["name"].lower()
        return masked_name(stem) + found["ending"] if is_tool(stem) else found[0]

    def command(found: re.Match[str]) -> str:
        stem = found["name"].lower()
        return found["before"] + masked_name(stem) if stem in tools else found[0]

    text = _PROGRAM.sub(program, value)
    text = _COMMAND_WORD.sub(command, text)
    return _FAMOUS.sub(lambda found: masked_name(found[0].lower()), text)
