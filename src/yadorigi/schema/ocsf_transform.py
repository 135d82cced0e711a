"""Named transforms: one native value in, one OCSF value out.

The mapping data names these; this module knows nothing of events or classes. Every transform is total: whatever a log
holds, it returns a value of its declared type, ``ABSENT`` (the log says "nothing here") or None (the value does not fit,
and so belongs among the unmapped fields).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from math import isfinite
from typing import Any, Final, Literal, TypeAlias

from yadorigi.schema.event import Value


class _Absent(Enum):
    token = 0


ABSENT: Final = _Absent.token
"""What a transform gives for a value by which Windows means that there is none: a null GUID, an empty SID."""

Outcome: TypeAlias = Any
Function: TypeAlias = Callable[[Value], Outcome]
Kind: TypeAlias = Literal["text", "long", "int", "bool", "enum", "texts", "hashes", "answers"]
"""The shape of a transform's value. ``long`` is 64 bits; ``int`` 32; ``enum`` is a pair of id and caption."""

_INT64: Final = (-(1 << 63), (1 << 63) - 1)
_MAX_ITEMS: Final = 256
_SHORT: Final = 64
_MAX_IP: Final = 40
_MAX_PORT: Final = 65535
_NULL_SID: Final = "S-1-0-0"
_NULL_GUID: Final = "00000000-0000-0000-0000-000000000000"
_AUDIT_FAILURE: Final = 1 << 52
_AUDIT_SUCCESS: Final = 1 << 53
_GUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SID: Final = re.compile(r"S-1-[0-9a-fA-FxX-]{1,250}")
_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_DWORD: Final = re.compile(r"DWORD \((0x[0-9a-fA-F]{1,8})\)")
_QWORD: Final = re.compile(r"QWORD \((0x[0-9a-fA-F]{1,8})-(0x[0-9a-fA-F]{1,8})\)")
_ALGORITHMS: Final = {"MD5": 1, "SHA1": 2, "SHA256": 3, "SHA512": 4}
_CAPTIONS: Final = {1: "MD5", 2: "SHA-1", 3: "SHA-256", 4: "SHA-512"}


@dataclass(frozen=True, slots=True)
class Transform:
    """One transform as the mapping names it.

    Attributes:
        kind: shape of its value.
        function: value to outcome; never raises.
        keeps: the outcome holds only part of the value, so the native field stays among the unmapped ones as well.
    """

    kind: Kind
    function: Function
    keeps: bool = False


def clean(value: str) -> str:
    """Text that can be encoded: a lone surrogate becomes U+FFFD, because one would abort a query over the lake."""
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def text(value: Value) -> Outcome:
    """The value as text."""
    if isinstance(value, str):
        return value if value.isascii() else clean(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value) if isfinite(value) else None
    return str(value) if isinstance(value, int) and _INT64[0] <= value <= _INT64[1] else None


def integer(value: Value) -> Outcome:
    """A whole number of 64 bits, written decimal or as ``0x`` hexadecimal."""
    if isinstance(value, str):
        written = value.strip()
        if len(written) > 20 or not written.isascii():  # noqa: PLR2004  (no 64-bit number is longer)
            return None
        digits = written[2:] if written[:2] in ("0x", "0X") else ""
        if digits and _HEX.fullmatch(digits):
            value = int(digits, 16)
        elif written.removeprefix("-").isdigit():
            value = int(written)
        else:
            return None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if _INT64[0] <= value <= _INT64[1] else None


def port(value: Value) -> Outcome:
    """A port number. 0 is kept: Windows logs it for ICMP and for binds to any port."""
    number = integer(value)
    return number if number is not None and 0 <= number <= _MAX_PORT else None


def boolean(value: Value) -> Outcome:
    """True and false as Windows writes them."""
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) and len(value) <= _SHORT else value
    if word in ("true", "yes", "1", 1, "%%1842"):
        return True
    return False if word in ("false", "no", "0", 0, "%%1843") else None


@lru_cache(maxsize=8192)
def _parse_ip(written: str) -> str | None:
    try:
        address = ip_address(written)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    found = str(address)
    return found if len(found) <= _MAX_IP and found.isascii() else None


def ip(value: Value) -> Outcome:
    """An IP address; an IPv4 address that is mapped into IPv6 is unwrapped."""
    return _parse_ip(value.strip()) if isinstance(value, str) and len(value) <= _SHORT else None


def _split_address(value: Value) -> tuple[str, str] | None:
    if not isinstance(value, str) or len(value) > _SHORT:
        return None
    host, colon, number = value.strip().rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        return value.strip().strip("[]"), ""
    return host.strip("[]"), number


def address_ip(value: Value) -> Outcome:
    """The address of ``address:port``."""
    parts = _split_address(value)
    return ip(parts[0]) if parts else None


def address_port(value: Value) -> Outcome:
    """The port of ``address:port``."""
    parts = _split_address(value)
    return None if not parts else port(parts[1]) if parts[1] else ABSENT


def guid(value: Value) -> Outcome:
    """A GUID in lower case without braces, so that sources that write it differently can be joined."""
    if not isinstance(value, str) or len(value) > _SHORT:
        return None
    bare = value.strip().strip("{}")
    if not _GUID.fullmatch(bare):
        return None
    return ABSENT if bare == _NULL_GUID else bare.lower()


def sid(value: Value) -> Outcome:
    """A security identifier, also as ``%{S-1-…}``. The null SID is nobody."""
    if not isinstance(value, str) or len(value) > 4 * _SHORT:
        return None
    bare = value.strip().removeprefix("%{").removesuffix("}")
    if not _SID.fullmatch(bare):
        return None
    return ABSENT if bare == _NULL_SID else bare


def logon_id(value: Value) -> Outcome:
    """A logon session's LUID as ``0x`` and lower-case hexadecimal; session 0 is none."""
    number = integer(value)
    if number is None or number < 0:
        return None
    return hex(number) if number else ABSENT


def basename(value: Value) -> Outcome:
    """The last part of a path of either kind of slash."""
    path = text(value)
    if path is None:
        return None
    trimmed = path.rstrip("\\/")
    return trimmed[max(trimmed.rfind("\\"), trimmed.rfind("/")) + 1 :] or path


def account_name(value: Value) -> Outcome:
    """``user`` of ``DOMAIN\\user``."""
    whole = text(value)
    return None if whole is None else whole.rpartition("\\")[2] or whole


def account_domain(value: Value) -> Outcome:
    """``DOMAIN`` of ``DOMAIN\\user``."""
    whole = text(value)
    return None if whole is None else whole.rpartition("\\")[0] or ABSENT


def key_path(value: Value) -> Outcome:
    """The key of a registry path that ends in a value's name."""
    path = text(value)
    return None if path is None else path.rpartition("\\")[0] or path


def key_leaf(value: Value) -> Outcome:
    """The value's name at the end of a registry path. Names that hold a backslash cannot be told from keys."""
    path = text(value)
    return None if path is None else path.rpartition("\\")[2]


def registry_type(value: Value) -> Outcome:
    """The type that Sysmon's ``Details`` shows, where it shows one."""
    if not isinstance(value, str):
        return None
    if _DWORD.fullmatch(value):
        return 2, "REG_DWORD"
    if _QWORD.fullmatch(value):
        return 8, "REG_QWORD"
    return (1, "REG_BINARY") if value == "Binary Data" else ABSENT


def registry_integer(value: Value) -> Outcome:
    """The number in ``DWORD (0x…)`` or ``QWORD (0x…-0x…)``."""
    if not isinstance(value, str):
        return None
    found = _DWORD.fullmatch(value)
    if found:
        return int(found[1], 16)
    found = _QWORD.fullmatch(value)
    if not found:
        return ABSENT
    number = (int(found[1], 16) << 32) | int(found[2], 16)
    return number if number <= _INT64[1] else None


def registry_string(value: Value) -> Outcome:
    """``Details`` where it is the value's own text."""
    if isinstance(value, str) and (value == "Binary Data" or _DWORD.fullmatch(value) or _QWORD.fullmatch(value)):
        return ABSENT
    return text(value)


def hashes(value: Value) -> Outcome:
    """``MD5=…,SHA256=…`` as fingerprints; algorithms that OCSF has no number for are 99 with their name."""
    if not isinstance(value, str):
        return None
    found = []
    for item in value.split(",", 16):
        name, _, digest = item.strip().partition("=")
        if not name or not name.isascii() or not _HEX.fullmatch(digest):
            return None
        number = _ALGORITHMS.get(name.upper(), 99)
        found.append({"algorithm_id": number, "algorithm": _CAPTIONS.get(number, name), "value": digest})
    return found


def _tokens(value: Value, separators: str) -> list[str] | None:
    if isinstance(value, tuple):
        parts = [text(part) for part in value]
        return None if None in parts else parts
    if not isinstance(value, str):
        return None
    parts = clean(value).translate(str.maketrans(separators, " " * len(separators))).split()
    return parts if len(parts) <= _MAX_ITEMS else None


def words(value: Value) -> Outcome:
    """A list that Windows writes with line breaks, tabs or commas between the items."""
    parts = _tokens(value, ",;")
    return None if parts is None else [part for part in parts if part != "-"] or ABSENT


def timestamp(value: Value) -> Outcome:
    """An ISO date and time, UTC where it names no zone, as milliseconds since 1970. 1601 means never."""
    if not isinstance(value, str) or len(value) > _SHORT:
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if moment.year <= 1601:  # noqa: PLR2004  (FILETIME 0)
        return ABSENT
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def audit_outcome(value: Value) -> Outcome:
    """Success or failure, from the audit bits of ``Keywords``."""
    number = integer(value)
    if number is None and isinstance(value, str | int) and not isinstance(value, bool):
        number = _unsigned(value)
    if number is None:
        return None
    if number & _AUDIT_FAILURE:
        return 2, "Failure"
    return (1, "Success") if number & _AUDIT_SUCCESS else ABSENT


def _unsigned(value: str | int) -> int | None:
    written = value if isinstance(value, int) else value.strip()
    if isinstance(written, int):
        return written if 0 <= written < 1 << 64 else None
    digits = written[2:] if written[:2] in ("0x", "0X") else ""
    return int(digits, 16) if len(digits) <= 16 and _HEX.fullmatch(digits) else None  # noqa: PLR2004  (64 bits)


def task_command(value: Value) -> Outcome:
    """Command and arguments of the first ``Exec`` action in a task's XML, by search: the XML is the attacker's."""
    if not isinstance(value, str):
        return None
    parts = []
    for tag in ("Command", "Arguments"):
        start = value.find(f"<{tag}>")
        end = value.find(f"</{tag}>", start)
        if start >= 0 and end >= 0:
            parts.append(html.unescape(value[start + len(tag) + 2 : end]).strip())
    return clean(" ".join(parts)) if parts else ABSENT


def dns_answers(value: Value) -> Outcome:
    """``type:  5 name;::ffff:192.0.2.1;`` as answers: addresses are A or AAAA, the rest say their type."""
    if not isinstance(value, str):
        return None
    found = []
    for item in clean(value).split(";", _MAX_ITEMS + 1):
        entry = item.strip()
        if not entry or entry == "-":
            continue
        address = ip(entry)
        if address is not None:
            found.append({"type": "AAAA" if ":" in address else "A", "rdata": address})
        elif entry.startswith("type:"):
            kind, _, rdata = entry[5:].strip().partition(" ")
            found.append({"type": kind, "rdata": rdata.strip()})
        else:
            found.append({"rdata": entry})
    if len(found) > _MAX_ITEMS:
        return None
    return found or ABSENT


def url_host(value: Value) -> Outcome:
    """The host of a URL, without user, port or brackets."""
    if not isinstance(value, str):
        return None
    rest = clean(value).partition("://")[2]
    for end in "/?#\\":
        rest = rest.partition(end)[0]
    host = rest.rpartition("@")[2]
    host = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return host or ABSENT


def defender_path(value: Value) -> Outcome:
    """The first file of a Defender ``Path``: ``file:_C:\\x; process:_pid:12``."""
    whole = text(value)
    if whole is None:
        return None
    for item in whole.split("; ", _MAX_ITEMS):
        for scheme in ("file:_", "containerfile:_", "amsi:_"):
            if item.startswith(scheme):
                return item[len(scheme) :] or ABSENT
    return ABSENT


def defender_name(value: Value) -> Outcome:
    """The base name of ``defender_path``."""
    path = defender_path(value)
    return basename(path) if isinstance(path, str) else path


def member_name(value: Value) -> Outcome:
    """The common name of a distinguished name; any other name as it is."""
    whole = text(value)
    if whole is None or whole[:3].upper() != "CN=":
        return whole
    end = re.search(r"(?<!\\),", whole)
    return whole[3 : end.start() if end else None].replace("\\", "") or whole


def detail(key: str) -> Function:
    """The value of ``key=…`` in the text block that classic PowerShell events end in."""
    pattern = re.compile(rf"^[ \t]*{re.escape(key)}=([^\r\n]*)", re.MULTILINE)

    def function(value: Value) -> Outcome:
        for part in reversed(value if isinstance(value, tuple) else (value,)):
            found = pattern.search(part) if isinstance(part, str) else None
            if found:
                return clean(found[1].strip()) or ABSENT
        return ABSENT

    return function


def choice(table: Mapping[str, tuple[int, str]]) -> Function:
    """A native code as OCSF id and caption; a code that the table lacks is 99 with its own text."""

    def function(value: Value) -> Outcome:
        written = text(value)
        if written is None:
            return None
        bare = written.strip()
        found = table.get(bare) or table.get(bare.lower())
        if found is None and bare[:2].lower() == "0x" and (number := integer(bare)) is not None:
            found = table.get(str(number))
        return found or (99, written)

    return function


def flag(table: Mapping[str, bool]) -> Function:
    """A native code as true or false; a code that the table lacks says nothing."""

    def function(value: Value) -> Outcome:
        written = text(value)
        return None if written is None else table.get(written.strip(), ABSENT)

    return function


def lookup(table: Mapping[str, str]) -> Function:
    """A numeric code as its name; a code that the table lacks is left to the unmapped fields, 0 says nothing."""
    by_number = {int(key, 0): name for key, name in table.items()}

    def function(value: Value) -> Outcome:
        number = integer(value)
        if number is None:
            return None
        if number < 0:
            number &= 0xFFFFFFFF
        return by_number.get(number, None if number else ABSENT)

    return function


PLAIN: Final[dict[str, Transform]] = {
    "text": Transform("text", text),
    "integer": Transform("long", integer),
    "port": Transform("int", port),
    "boolean": Transform("bool", boolean),
    "ip": Transform("text", ip),
    "address_ip": Transform("text", address_ip),
    "address_port": Transform("int", address_port),
    "guid": Transform("text", guid),
    "sid": Transform("text", sid),
    "logon_id": Transform("text", logon_id),
    "basename": Transform("text", basename),
    "account_name": Transform("text", account_name),
    "account_domain": Transform("text", account_domain),
    "key_path": Transform("text", key_path),
    "key_leaf": Transform("text", key_leaf),
    "registry_type": Transform("enum", registry_type),
    "registry_integer": Transform("long", registry_integer),
    "registry_string": Transform("text", registry_string),
    "hashes": Transform("hashes", hashes),
    "words": Transform("texts", words),
    "timestamp": Transform("long", timestamp),
    "audit_outcome": Transform("enum", audit_outcome),
    "task_command": Transform("text", task_command, keeps=True),
    "dns_answers": Transform("answers", dns_answers),
    "url_host": Transform("text", url_host),
    "defender_path": Transform("text", defender_path, keeps=True),
    "defender_name": Transform("text", defender_name, keeps=True),
    "member_name": Transform("text", member_name),
}
