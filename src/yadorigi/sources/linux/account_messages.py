"""What programs write that change accounts and groups: those of shadow, and passwd of PAM.

Source: shadow, src/useradd.c, usermod.c, userdel.c, groupadd.c, groupmod.c, groupdel.c, gpasswd.c, chage.c, passwd.c.
"""

from __future__ import annotations

import re
from typing import Any, Final

from yadorigi.sources.linux.ssh_messages import Told

ACCOUNT: Final = "linux/account"
GROUP: Final = "linux/group"

_NEW: Final = re.compile(
    r"(?P<event>new user|new group|group added|add subordinate \w+)(?: to (?P<file>[\w/]+))?: (?P<rest>.*)$"
).match
_PAIR: Final = re.compile(r"(\w+)=([^,]*)")
_ADDED: Final = re.compile(
    r"(?P<event>add|delete) '(?P<user>[^']*)' (?:to|from) (?P<kind>(?:shadow )?group) '(?P<group>[^']*)'"
).match
_FAILED: Final = re.compile(
    r"failed (?P<event>adding|deleting|removing) (?P<kind>user|group) '(?P<name>[^']*)'(?:, exit code: (?P<code>\d+))?"
).match
_USER: Final = re.compile(
    r"(?P<event>delete|change|lock|unlock|changed) user(?P<name_itself> name)? '(?P<user>[^']*)'"
    r"(?: (?P<what>password|expiration|home|shell|UID|GID|inactive|comment|information|gecos))?"
    r"(?:(?: from)?(?: '(?P<old>[^']*)')?(?: to)? '(?P<new>[^']*)')?"
).match
_REMOVED: Final = re.compile(
    r"(?P<event>removed) (?P<kind>(?:shadow )?group) '(?P<group>[^']*)'"
    r"|(?P<kind2>group) '(?P<group2>[^']*)' (?P<event2>removed)"
).match
_MEMBER: Final = re.compile(
    r"user (?P<user>\S+) (?P<event>added|removed) by (?P<by>\S+) (?:to|from) group (?P<group>\S+)"
).match
_PASSWORD: Final = re.compile(
    r"password for '?(?P<user>[^' ]+)'? (?P<event>changed|locked|unlocked)(?: by '?(?P<by>[^' ]+)'?)?"
    r"|(?P<event2>password changed) for (?P<user2>\S+)"
    r"|(?P<event3>changed password expiry) for (?P<user3>\S+)"
    r"|(?P<event4>can't view or modify password information) for (?P<user4>\S+)"
).match
_GROUP_CHANGED: Final = re.compile(
    r"(?P<event>group changed) in (?P<file>\S+) \(group (?P<group>[^/,)]+)(?:/(?P<gid>\d+))?(?P<rest>[^)]*)\)"
).match
_OF_GROUPS: Final = ("groupadd", "groupdel", "groupmod", "gpasswd")


def read_account(program: str, message: str) -> Told | None:
    """Return what a message of a program tells that changes accounts or groups."""
    found = _NEW(message)
    if found is not None:
        fields: dict[str, Any] = {"event": found["event"]}
        if found["file"]:
            fields["file"] = found["file"]
        fields |= {name: value.strip() for name, value in _PAIR.findall(found["rest"])}
        return Told(GROUP if "group" in found["event"] else ACCOUNT, fields)
    for pattern, channel in (
        (_ADDED, GROUP), (_MEMBER, GROUP), (_REMOVED, GROUP), (_GROUP_CHANGED, GROUP), (_USER, ACCOUNT),
        (_PASSWORD, ACCOUNT),
    ):  # fmt: skip
        found = pattern(message)
        if found is not None:
            return Told(channel, _event(found, channel))
    found = _FAILED(message)
    if found is None:
        return None
    channel = GROUP if found["kind"] == "group" or program in _OF_GROUPS else ACCOUNT
    fields = {
        "event": f"failed {found['event']} {found['kind']}",
        "group" if channel == GROUP else "user": found["name"],
    }
    return Told(channel, fields | ({"code": found["code"]} if found["code"] else {}))


def _event(found: re.Match[str], channel: str) -> dict[str, Any]:
    fields = {name.rstrip("234"): value.strip() for name, value in found.groupdict().items() if value}
    fields.pop("name_itself", None)
    event, what = fields["event"], fields.get("what", "")
    if channel == GROUP and "user" in fields:
        fields["event"] = "member added" if event in ("add", "added") else "member removed"
    elif channel == GROUP:
        fields["event"] = "group removed" if event == "removed" else event
    elif event in ("changed", "locked", "unlocked", "password changed") and "what" not in fields:
        fields["event"] = f"password {event.removeprefix('password ')}"
    elif event in ("delete", "change", "lock", "unlock", "changed"):
        fields["event"] = " ".join(
            part for part in (event.removesuffix("d") if event == "changed" else event, "user", what) if part
        )
    return fields
