r"""Paths of files and of the registry in the one form in which they are compared.

A path of a file loses its drive and what stands for one (``\\?\``, ``\Device\HarddiskVolume3``, ``%SystemDrive%``);
environment variables become the folders that they name on a Windows that nobody moved, and ``*`` stands for a user.
"""

from __future__ import annotations

import re
from typing import Final

from yadorigi.limits import OBSERVED_PARENTS_LIMIT

_DRIVE: Final = re.compile(r"^(?:\\\\[?.]\\|\\\?\?\\)?(?:[a-z]:|\\device\\[^\\]{1,80}|\\\\[^\\]{1,255}\\[a-z]\$)(?=\\)")
_PREFIX: Final = re.compile(r"^(?:\\\\[?.]\\(?:unc\\)?|\\\?\?\\)")
_USER: Final = re.compile(r"^\\(?:users|documents and settings)\\([^\\]{1,128})(?=\\)")
_VARIABLE: Final = re.compile(r"^[%$](?:env:)?([a-z()0-9_]{2,40})%?(?=\\|$)")
_VARIABLES: Final = {
    "systemdrive": "",
    "homedrive": "",
    "systemroot": r"\windows",
    "windir": r"\windows",
    "programfiles": r"\program files",
    "programw6432": r"\program files",
    "programfiles(x86)": r"\program files (x86)",
    "commonprogramfiles": r"\program files\common files",
    "programdata": r"\programdata",
    "allusersprofile": r"\programdata",
    "public": r"\users\public",
    "userprofile": r"\users\*",
    "homepath": r"\users\*",
    "appdata": r"\users\*\appdata\roaming",
    "localappdata": r"\users\*\appdata\local",
    "temp": r"\users\*\appdata\local\temp",
    "tmp": r"\users\*\appdata\local\temp",
}
_SYSTEM_ROOT: Final = "\\systemroot\\"
_BLANK: Final = " \t\r\n\"'"

_HIVES: Final = re.compile(
    r"^(?:computer\\)?(?:registry::)?(?:(hkey_local_machine|hklm|\\registry\\machine)|(hkey_users|hku|\\registry\\user)"
    r"|(hkey_current_user|hkcu)|(hkey_classes_root|hkcr)|(hkey_current_config|hkcc)|(\\registry\\a)):?(?=\\|$)"
)
_CONTROL_SET: Final = re.compile(r"^hklm\\system\\controlset\d{3}(?=\\|$)")
_HIVE_NAMES: Final = ("hklm", "hku", "hku\\*", "hkcr", "hkcc", "app")
_SID: Final = re.compile(r"^hku\\(?!\*)([^\\]{1,128})(?=\\)")
_CLASSES: Final = "hklm\\software\\classes\\"
_NO_HIVE: Final = ("software\\", "system\\", "sam\\", "security\\")


def path_form(text: str) -> str:
    """Return the path of a file in the form in which paths are compared."""
    path = text.strip(_BLANK).casefold().replace("/", "\\")
    if path.startswith(("%", "$")):
        found = _VARIABLE.match(path)
        if found is not None and found[1] in _VARIABLES:
            return _VARIABLES[found[1]] + path[found.end() :]
    shortened = _DRIVE.sub("", path, count=1)
    if shortened == path:
        shortened = _PREFIX.sub(_without_prefix, path, count=1)
    if shortened.startswith(_SYSTEM_ROOT):
        shortened = "\\windows\\" + shortened[len(_SYSTEM_ROOT) :]
    return shortened


def _without_prefix(found: re.Match[str]) -> str:
    return "\\\\" if found[0].endswith("unc\\") else ""


def path_candidates(form: str) -> list[str]:
    """Return under which forms a path that was seen may be known: as it is, and with any user in it."""
    found = _USER.match(form)
    if found is None:
        return [form]
    return [form, f"{form[: found.start(1)]}*{form[found.end(1) :]}"]


def name_of(path: str) -> str:
    """Return the last part of a path."""
    return path[path.rfind("\\") + 1 :]


def is_path(text: str) -> bool:
    """Say whether a text looks like a path of a file that begins at a root."""
    lowered = text[:60].strip(_BLANK).casefold().replace("/", "\\")
    return bool(_DRIVE.match(lowered) or lowered.startswith("\\") or (_VARIABLE.match(lowered) and "\\" in lowered))


def registry_form(text: str) -> str:
    r"""Return a path of the registry in the form in which such paths are compared.

    ``hklm\…``, ``hku\SID\…``, ``hku\*\…`` for the current user, ``hkcr\…``; ``*\…`` where no hive is named. A numbered
    control set is the current one.
    """
    path = text.strip(_BLANK).casefold().replace("/", "\\").rstrip("\\")
    found = _HIVES.match(path)
    if found is not None:
        path = _HIVE_NAMES[(found.lastindex or 1) - 1] + path[found.end() :]
    elif path.lstrip("\\").startswith(_NO_HIVE):
        path = "*\\" + path.lstrip("\\")
    if path.startswith(_CLASSES):
        return "hkcr\\" + path[len(_CLASSES) :]
    return _CONTROL_SET.sub(r"hklm\\system\\currentcontrolset", path, count=1)


def is_registry(text: str) -> bool:
    """Say whether a text names a hive of the registry."""
    return _HIVES.match(text[:60].strip(_BLANK).casefold().replace("/", "\\")) is not None


def registry_candidates(form: str) -> list[str]:
    """Return under which forms a registry path that was seen may be known: any user, any hive."""
    found = [form]
    sid = _SID.match(form)
    if sid is not None:
        found.append(f"hku\\*{form[sid.end() :]}")
    rest = found[-1].removeprefix("hku\\*\\").removeprefix("hklm\\")
    if rest != found[-1]:
        found.append(f"*\\{rest}")
    return found


def registry_parents(form: str) -> list[str]:
    """Return a registry path and those above it, below the hive."""
    found = [form]
    place = form.rfind("\\")
    while place > 0 and len(found) < OBSERVED_PARENTS_LIMIT:
        found.append(form[:place])
        place = form.rfind("\\", 0, place)
    return found
