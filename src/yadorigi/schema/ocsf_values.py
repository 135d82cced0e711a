"""Transforms of single values: numbers, names, identifiers, addresses, times.

Every transform is total: whatever a log holds, it returns a value of one type, ``ABSENT`` (the log says "nothing here")
or None (the value does not fit, and so belongs among the unmapped fields).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from math import isfinite
from typing import Any, Final, TypeAlias

from yadorigi.schema.event import Value
from yadorigi.schema.identity import address_key, split_account


class _Absent(Enum):
    token = 0


ABSENT: Final = _Absent.token
"""What a transform gives for a value by which Windows means that there is none: a null GUID, an empty SID."""

Outcome: TypeAlias = Any
Function: TypeAlias = Callable[[Value], Outcome]

INT64: Final = (-(1 << 63), (1 << 63) - 1)
SHORT: Final = 64
_MAX_PORT: Final = 65535
_NULL_SID: Final = "S-1-0-0"
_NULL_GUID: Final = "00000000-0000-0000-0000-000000000000"
_AUDIT_FAILURE: Final = 1 << 52
_AUDIT_SUCCESS: Final = 1 << 53
_GUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SID: Final = re.compile(r"S-1-[0-9a-fA-FxX-]{1,250}")
_BYTE: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4: Final = re.compile(rf"(?:::ffff:)?((?:{_BYTE}\.){{3}}{_BYTE})")
HEX: Final = re.compile(r"[0-9a-fA-F]+")


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
    return str(value) if isinstance(value, int) and INT64[0] <= value <= INT64[1] else None


def integer(value: Value) -> Outcome:
    """A whole number of 64 bits, written decimal or as ``0x`` hexadecimal."""
    if isinstance(value, str):
        written = value.strip()
        if len(written) > 20 or not written.isascii():  # noqa: PLR2004  (no 64-bit number is longer)
            return None
        digits = written[2:] if written[:2] in ("0x", "0X") else ""
        if digits and HEX.fullmatch(digits):
            value = int(digits, 16)
        elif written.removeprefix("-").isdigit():
            value = int(written)
        else:
            return None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if INT64[0] <= value <= INT64[1] else None


def port(value: Value) -> Outcome:
    """A port number. 0 is kept: Windows logs it for ICMP and for binds to any port."""
    number = integer(value)
    return number if number is not None and 0 <= number <= _MAX_PORT else None


def boolean(value: Value) -> Outcome:
    """True and false as Windows writes them."""
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) and len(value) <= SHORT else value
    if word in ("true", "yes", "1", 1, "%%1842"):
        return True
    return False if word in ("false", "no", "0", 0, "%%1843") else None


def ip(value: Value) -> Outcome:
    """An IP address, as `identity.address_key` has it: IPv4 that is mapped into IPv6 is unwrapped, ports are cut."""
    if not isinstance(value, str) or len(value) > SHORT:
        return None
    usual = _IPV4.fullmatch(value)
    return usual[1] if usual else address_key(value)


def _split_address(value: Value) -> tuple[str, str] | None:
    if not isinstance(value, str) or len(value) > SHORT:
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
    if not isinstance(value, str) or len(value) > SHORT:
        return None
    bare = value.strip().strip("{}")
    if not _GUID.fullmatch(bare):
        return None
    return ABSENT if bare == _NULL_GUID else bare.lower()


def sid(value: Value) -> Outcome:
    """A security identifier, also as ``%{S-1-…}``. The null SID is nobody."""
    if not isinstance(value, str) or len(value) > 4 * SHORT:
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
    r"""``user`` of ``DOMAIN\user`` or ``user@domain``."""
    whole = text(value)
    return None if whole is None else split_account(whole)[0] or whole


def account_domain(value: Value) -> Outcome:
    r"""``DOMAIN`` of ``DOMAIN\user``, ``domain`` of ``user@domain``."""
    whole = text(value)
    return None if whole is None else split_account(whole)[1] or ABSENT


def timestamp(value: Value) -> Outcome:
    """An ISO date and time, UTC where it names no zone, as milliseconds since 1970. 1601 means never."""
    if not isinstance(value, str) or len(value) > SHORT:
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
    return int(digits, 16) if len(digits) <= 16 and HEX.fullmatch(digits) else None  # noqa: PLR2004  (64 bits)


def outcome_code(value: Value) -> Outcome:
    """A result code: 0 is success, any other number is failure."""
    number = integer(value)
    if number is None:
        return None
    return (2, "Failure") if number else (1, "Success")
