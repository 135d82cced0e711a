"""Packages that were installed, removed or brought up to date: ``dpkg.log`` and lines of yum and dnf.

``dpkg.log`` has ``action``, ``package``, ``version``, ``old_version`` (``<none>`` where there was none), and ``status``
in lines of that; yum and dnf have ``action`` and ``package``, and dnf also ``Command``, what it was started with;
zypper has ``action``, ``package``, ``version``, ``user`` and ``Command``. The channel is ``linux/packages``. Source:
dpkg(1), the option ``--log``; yum's and dnf's logs; libzypp, history file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.format import BetweenLinesError, Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

PACKAGES: Final = "linux/packages"
_DPKG: Final = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) "
    r"(startup|status|install|upgrade|configure|trigproc|disappear|remove|purge|conffile) (.*)$",
    re.ASCII,
).match
_DNF: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d{4})) (?:SUBDEBUG|DEBUG|INFO) "
    r"((?:Install|Upgrade|Erase|Downgrade|Reinstall|Obsolete)d?(?:ed)?|Cleanup): (\S+)",
    re.ASCII,
).match
_DNF_COMMAND: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d{4})) D?DEBUG Command: (.*\S)", re.ASCII
).match
_DNF_OTHER: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d{4}) (?:[A-Z]{1,5})?(?:DEBUG|INFO)\b").match
_ZYPP: Final = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\|(install|remove|command|radd|rremove|patch) *\|(.*)", re.ASCII
).fullmatch
_ZYPP_NAMES: Final = {
    "install": ("package", "version", "architecture", "user", "repository", "checksum"),
    "remove": ("package", "version", "architecture", "user"),
    "command": ("user", "Command"),
    "radd": ("repository", "url"),
    "rremove": ("repository",),
    "patch": ("package", "version", "architecture", "repository", "severity", "category", "status"),
}
_YUM_PROGRAMS: Final = frozenset({"installed", "updated", "erased", "obsoleted", "downgraded"})
_NAMES: Final = {
    "status": ("status", "package", "version"),
    "conffile": ("file", "decision"),
    "startup": ("type", "command"),
}
_OTHER_NAMES: Final = ("package", "old_version", "version")


def _read(line: Line, clock: Clock) -> Reading:
    found = _DPKG(line.text)
    if found is not None:
        fields = {"program": "dpkg", "action": found[2]}
        fields |= dict(zip(_NAMES.get(found[2], _OTHER_NAMES), found[3].split(" "), strict=False))
        return Reading(PACKAGES, fields, clock.iso(found[1]))
    found = _DNF(line.text)
    if found is not None:
        return Reading(PACKAGES, {"program": "dnf", "action": found[2], "package": found[3]}, clock.iso(found[1]))
    if (command := _DNF_COMMAND(line.text)) is not None:
        return Reading(PACKAGES, {"program": "dnf", "action": "command", "Command": command[2]}, clock.iso(command[1]))
    if (zypp := _ZYPP(line.text)) is not None:
        values = [value.strip() for value in zypp[3].split("|")]
        fields = {"program": "zypp", "action": zypp[2]}
        fields |= {name: value for name, value in zip(_ZYPP_NAMES[zypp[2]], values, strict=False) if value}
        return Reading(PACKAGES, fields, clock.iso(zypp[1]))
    if _DNF_OTHER(line.text) is not None:
        raise BetweenLinesError("what dnf writes between what it does with packages")
    if line.text.startswith("# "):
        raise BetweenLinesError("what packages wrote into the history of zypper")
    if line.header.program.lower() in _YUM_PROGRAMS:
        return Reading(PACKAGES, {"program": "yum", "action": line.header.program, "package": line.message.strip()})
    raise LineError("no line of a log of packages")


LINUX_PACKAGES: Final = LineFormat(
    "linux_packages",
    "Packages of Linux",
    _read,
    opening=(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:startup (?:archives|packages)|status (?:[a-z]+-)?[a-z]+ \S+:\S+"
        r"|(?:install|upgrade|configure|trigproc|disappear|remove|purge) [^ :]+(?::[a-z0-9]+)? \S+ \S+$"
        r"|conffile /\S+ [a-z]+$)"
        r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d{4}) (?:(?:SUBDEBUG|DEBUG|INFO) [A-Z][a-z]+: \S+-\d"
        r"|INFO --- logging initialized ---|D?DEBUG (?:DNF version|Command|Base command): |DDEBUG |SUBDEBUG )"
        r"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\|(?:install|remove|command|radd|rremove|patch) *\|"
        r"|# \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+\.rpm "
    ),
    programs=_YUM_PROGRAMS,
    keeps=True,
)
