"""Where a collected file comes from: host, drive and shadow copy, taken from its path.

Collectors keep a file's old path below a folder for its drive, in a folder or archive named for the host:

- KAPE: ``C/Windows/...`` below the target folder, shadow copies in ``VSS1/`` and so on (beside or below the drive);
  the target folder is often named ``<time>_<host>`` or ``<host>``.
- Velociraptor: ``Collection-<host>-<time>`` or ``<host>-<client>-<flow>``, in it ``uploads/<accessor>/C%3A/...`` and
  ``uploads/ntfs/%5C%5C.%5CC%3A/...`` with percent signs for what names cannot hold, ``client_info.json`` with the host.
- CyLR: ``<host>.zip`` with ``C/Windows/...``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

import msgspec

CLIENT_INFO: Final = "client_info.json"
"""The file in which Velociraptor says whose collection it is."""

_COLLECTION: Final = re.compile(
    r"Collection-(.+?)-\d{4}-\d\d-\d\dT\d\d[_:]\d\d[_:]\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d[_:]?\d\d)?"
)
"""A collection's own name: host, then the time."""

_FLOW: Final = re.compile(r"(.+?)-C\.[0-9a-f]{16}-F\.[A-Z0-9.]+(?:-.*)?", re.IGNORECASE)
"""A download from a Velociraptor server: host, client, flow."""

_STAMPED: Final = re.compile(
    r"(?:\d{4}-?\d\d-?\d\d[T_ -]?(?:\d\d[-_:]?\d\d[-_:]?\d\d(?:\.?\d+)?Z?)?)[_ -]+(?P<after>.+)"
    r"|(?P<before>.+?)[_ -]+(?:\d{4}-?\d\d-?\d\d(?:[T_ -]?\d\d[-_:]?\d\d[-_:]?\d\d(?:\.?\d+)?Z?)?)"
)
"""A target folder named by time and host, in either order."""

_HOST: Final = re.compile(r"(?=.*[^\W\d_])[^\W_][\w-]{0,62}(?:\.[\w-]{1,63}){0,8}")
"""A computer's name, with its domain or without: letters of any script, digits, hyphens."""

_PLAIN_DRIVE: Final = re.compile(r"([A-Za-z])[:$]?")
_DEVICE_DRIVE: Final = re.compile(r"(?:\\\\[.?]\\)?([A-Za-z]):\\?")
_SHADOW_DEVICE: Final = re.compile(r"(?:.*\\)?HarddiskVolumeShadowCopy(\d+)\\?", re.IGNORECASE)
_SHADOW_FOLDER: Final = re.compile(r"(?:([A-Za-z])[_-])?VSS[_-]?(\d+)", re.IGNORECASE)

_ROOTS: Final = frozenset({
    "windows", "winnt", "windows.old", "users", "programdata", "program files", "program files (x86)",
    "documents and settings", "inetpub", "perflogs", "recovery", "boot", "system volume information", "$recycle.bin",
    "$extend", "$mft", "$logfile", "$boot", "$secure", "$secure_$sds", "$winreagent", "exchsrvr", "pagefile.sys",
    "hiberfil.sys", "swapfile.sys",
})  # fmt: skip
"""Names at the root of Windows volumes: a folder of one letter is a drive where one of them follows."""

_NO_HOSTS: Final = frozenset({
    "archive", "artifacts", "case", "cases", "collection", "collections", "collected", "cylr", "data", "dest", "disk",
    "download", "downloads", "drive", "evidence", "export", "exports", "files", "forensics", "home", "image", "images",
    "incident", "input", "investigation", "ir", "kape", "kapeout", "kape_output", "kape_out", "live", "logs", "mnt",
    "mount", "output", "out", "results", "root", "samples", "target", "targets", "tdest", "temp", "tmp", "triage",
    "uploads", "user", "users", "velociraptor", "volume", "work",
})  # fmt: skip
"""Names of folders that hold a drive's folder and are no host's."""

_HOST_NAMES: Final = ("Hostname", "hostname", "Fqdn", "fqdn")
_ARCHIVE_ENDINGS: Final = re.compile(r"\.(?:zip|7z|tar|tgz|tbz2?|txz|tzst|(?:tar\.)?(?:gz|bz2|xz|zst))$", re.IGNORECASE)
_UPLOADS: Final = "uploads"
_SEPARATORS: Final = "/\\!"
"""Between folders, and between an archive and what is in it."""
_FOLDERS: Final = 1_024
"""Folders that are remembered: inputs are sorted by name."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file was before it was collected.

    Attributes:
        host: name of the computer, or None.
        drive: ``C:``, or None.
        shadow_copy: its name as the collector gives it (``VSS1``, ``HarddiskVolumeShadowCopy2``), or None for the live
            disk or where that cannot be told.
    """

    host: str | None = None
    drive: str | None = None
    shadow_copy: str | None = None


def place_of(name: str, told: Mapping[str, str]) -> Place:
    """Return where a file was.

    Args:
        name: its shown name.
        told: hosts that collections name themselves, by the beginning of the names that they are about.
    """
    place = _by_name(name)
    host = _told_host(name, told)
    return replace(place, host=host) if host else place


def _by_name(name: str) -> Place:
    end = max(map(name.rfind, _SEPARATORS)) + 1
    last = _unquoted(name[end:])
    return _in_folder(name[:end], last if _may_tell(last) else "")


def _may_tell(last: str) -> bool:
    """Say whether the last part of a name may tell more than that a file is there; most are in folders of many."""
    lower = last.lower()
    named = last.startswith("Collection-") or "-c." in lower
    return named or lower in _ROOTS or _SHADOW_FOLDER.fullmatch(last) is not None


@lru_cache(maxsize=_FOLDERS)
def _in_folder(folder: str, last: str) -> Place:
    """Return where files of a folder were, by what the last parts of their names tell."""
    parts = [*_parts(folder)[:-1], last]
    host = _named_collection(parts)
    for number, part in enumerate(parts[:-1]):
        drive, shadow = _volume(parts, number, part)
        if drive is None and shadow is None:
            continue
        # A shadow copy's folder may lie beside the drives, over one, or below one.
        above = number - 1
        following = number + 1
        if following < len(parts) - 1:
            more_drive, more_shadow = _volume(parts, following, parts[following])
            drive, shadow = drive or more_drive, shadow or more_shadow
        if host is None and above >= 0:
            host = _host_above(parts, above)
        return Place(host, drive, shadow)
    return Place(host)


def host_told_in(content: bytes) -> str:
    """Return the host that a ``client_info.json`` names, or ""."""
    try:
        told = msgspec.json.decode(content)
    except (msgspec.MsgspecError, RecursionError):
        return ""
    if not isinstance(told, dict):
        return ""
    host = next((told[key] for key in _HOST_NAMES if isinstance(told.get(key), str) and told[key]), "")
    return host if _HOST.fullmatch(host) else ""


def _told_host(name: str, told: Mapping[str, str]) -> str | None:
    if not told:
        return None
    for end in range(len(name), 0, -1):
        if name[end - 1] in "/\\!" and (host := told.get(name[:end])):
            return host
    return None


def _parts(name: str) -> list[str]:
    """Split a name at folders and archives, and take percent signs back, which may stand for separators."""
    return [_unquoted(part) for part in re.split(r"[/\\!]", name)]


def _unquoted(part: str) -> str:
    return unquote(part, errors="replace")


def _volume(parts: list[str], number: int, part: str) -> tuple[str | None, str | None]:
    """Return drive and shadow copy that a folder stands for."""
    below_uploads = _UPLOADS in parts[max(0, number - 2) : number]
    if shadow := _SHADOW_DEVICE.fullmatch(part):
        return None, f"HarddiskVolumeShadowCopy{shadow[1]}"
    if shadow := _SHADOW_FOLDER.fullmatch(part):
        return (f"{shadow[1].upper()}:" if shadow[1] else None), f"VSS{shadow[2]}"
    if below_uploads and (drive := _DEVICE_DRIVE.fullmatch(part)):
        return f"{drive[1].upper()}:", None
    # A path that begins with `C:` is one of this machine.
    if (number or len(part) == 1) and (drive := _PLAIN_DRIVE.fullmatch(part)) and _is_root(parts, number + 1):
        return f"{drive[1].upper()}:", None
    return None, None


def _is_root(parts: list[str], number: int) -> bool:
    if number >= len(parts):
        return False
    following = parts[number]
    if _SHADOW_FOLDER.fullmatch(following):
        return True
    return following.lower() in _ROOTS


def _named_collection(parts: list[str]) -> str | None:
    for part in reversed(parts):
        collection = _COLLECTION.match(part) or _FLOW.match(part)
        if collection and _HOST.fullmatch(collection[1]):
            return collection[1]
    return None


def _host_above(parts: list[str], number: int) -> str | None:
    """Return the host for which the folder or archive over a drive is named, None where it is named for another thing.

    Velociraptor's ``uploads/<accessor>`` between them is passed over.
    """
    if number and parts[number - 1] == _UPLOADS:
        number -= 2
    if number < 0:
        return None
    base = _ARCHIVE_ENDINGS.sub("", parts[number])
    stamped = _STAMPED.fullmatch(base)
    name = (stamped["after"] or stamped["before"]) if stamped else base
    return name if _HOST.fullmatch(name) and name.lower() not in _NO_HOSTS else None
