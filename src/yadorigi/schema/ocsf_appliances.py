"""Transforms of what appliances log: users that are none, addresses inside other texts, parts of what is joined."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.schema.identity import split_account
from yadorigi.schema.ocsf_values import ABSENT, Function, Outcome, account_name, clean, ip, port, text

if TYPE_CHECKING:
    from yadorigi.schema.event import Value

_NOBODY: Final = frozenset({"n/a", "(null)", "null", "none", "unknown", "unknown-user", "not available"})
_NO_ACCOUNT: Final = frozenset(
    {*_NOBODY, "no authentication required", "not found", "failed authentication", "invalid id", ""}
)
_IN_PARENTHESES: Final = re.compile(r"\(([0-9A-Fa-f.:]{2,45})\)")
_ADDRESS: Final = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})"
)
_BETWEEN: Final = re.compile(r"[\s,;]+")
_LONGEST: Final = 4_096
_LONGEST_NOBODY: Final = 13
_NOBODY_BECAUSE: Final = "unknown ("
"""How SonicWall begins where it says why it knows no user: ``Unknown (SSO failed)``."""
_MAX_PARTS: Final = 16
_MAIL: Final = re.compile(r"[a-zA-Z0-9!#$%&'*+\-/=?^_`{|}~.]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9.-]+").fullmatch
"""What OCSF takes for an address of mail."""
_WORDS: Final = 256
"""Characters of a message whose words tell how it ended."""
_FAILED: Final = re.compile(
    r"\b(?:denied|fail(?:ed|ure|s)?|invalid|incorrect|bad|wrong|disabled|lock(?:ed|out)|reject(?:ed)?|refused|exceeded|"
    r"expired|unsuccessful(?:ly)?|blocked|unable|not allowed|not permitted|not authori[sz]ed|could not)\b",
    re.IGNORECASE,
).search
_DONE: Final = re.compile(
    r"\b(?:allowed|success(?:ful|fully)?|succeeded|started|accepted|granted|logged[ -](?:in|on|out|off)|"
    r"(?:dis)?connected|ended|authenticated|permitted)\b",
    re.IGNORECASE,
).search
_DISPOSITIONS: Final = (
    (re.compile(r"\b(?:dropped|discarded|dropping)\b", re.IGNORECASE).search, (6, "Dropped")),
    (re.compile(r"\b(?:blocked|prevented|denied|stopped|blocking)\b", re.IGNORECASE).search, (2, "Blocked")),
)


def named(value: Value) -> Outcome:
    """The value as text; words like ``N/A``, ``(null)`` and ``unknown`` say that there is none."""
    written = text(value)
    if not isinstance(written, str):
        return written
    if len(written) <= _LONGEST_NOBODY and written.strip().lower() in {*_NOBODY, ""}:
        return ABSENT
    if written[: len(_NOBODY_BECAUSE)].lower() == _NOBODY_BECAUSE:
        return ABSENT
    return written.strip()


def known_account(value: Value) -> Outcome:
    """The user as `account_name` has it; words that say why no user is known, as FTD has them, say none."""
    written = text(value)
    if isinstance(written, str) and written.strip().lower() in _NO_ACCOUNT:
        return ABSENT
    return account_name(value)


def named_account(value: Value) -> Outcome:
    r"""The user of ``DOMAIN\user``, with one backslash or two, or ``user@domain``; words like ``N/A`` say none."""
    written = named(value)
    return split_account(written)[0] or written if isinstance(written, str) else written


def named_domain(value: Value) -> Outcome:
    r"""The domain of ``DOMAIN\user``, with one backslash or two, or ``user@domain``."""
    written = named(value)
    return split_account(written)[1] or ABSENT if isinstance(written, str) else written


def translated_ip(value: Value) -> Outcome:
    """The address after translation, also of ``address:port:…``; one of zeros says that nothing was translated."""
    found = ip(value) or (part_ip("0:")(value) if isinstance(value, str) and value.count(":") in (1, 2, 3) else None)
    return ABSENT if found in ("0.0.0.0", "::") else found  # noqa: S104 - nothing is bound to it


def translated_port(value: Value) -> Outcome:
    """The port after translation, also of ``address:port:…``; 0 says that nothing was translated."""
    found = part_port("1:")(value) if isinstance(value, str) and ":" in value else port(value)
    return ABSENT if found == 0 else found


def ip_in_parentheses(value: Value) -> Outcome:
    """The address in parentheses behind a name: ``https(192.0.2.1)``."""
    found = _IN_PARENTHESES.search(value[:_LONGEST]) if isinstance(value, str) else None
    return (ip(found[1]) or ABSENT) if found else ABSENT


def ip_in_text(value: Value) -> Outcome:
    """The first address in a text: ``logged in from 192.0.2.1``."""
    for found in _ADDRESS.finditer(value[:_LONGEST]) if isinstance(value, str) else ():
        own = ip(found[0])
        if own is not None:
            return own
    return ABSENT


def worded_outcome(value: Value) -> Outcome:
    """Success or failure by the words of a message: ``login denied``, ``authenticated successfully``."""
    if not isinstance(value, str):
        return None
    words = value[:_WORDS]
    if _FAILED(words):
        return 2, "Failure"
    return (1, "Success") if _DONE(words) else ABSENT


def worded_disposition(value: Value) -> Outcome:
    """That a device stopped something, by the words of a message: ``Smurf Amplification attack dropped``."""
    if not isinstance(value, str):
        return None
    words = value[:_WORDS]
    return next((what for search, what in _DISPOSITIONS if search(words)), ABSENT)


def address_list(value: Value) -> Outcome:
    """Addresses with commas or blanks between them, as answers of DNS: A or AAAA."""
    written = value if isinstance(value, str) else ""
    found = [own for word in _BETWEEN.split(written[:_LONGEST]) if (own := ip(word)) is not None]
    return [{"type": "AAAA" if ":" in own else "A", "rdata": own} for own in found] or ABSENT


def email_address(value: Value) -> Outcome:
    """An address of mail, without angle brackets and a name before them."""
    written = value[:_LONGEST] if isinstance(value, str) else ""
    bare = written.rpartition("<")[2].partition(">")[0] if "<" in written else written
    bare = clean(bare).strip().strip("'\"")
    return bare if _MAIL(bare) else None


def email_addresses(value: Value) -> Outcome:
    """Addresses of mail with commas, semicolons or blanks between them; what is none is left out."""
    if not isinstance(value, str):
        return None
    words = [word.strip("<>'\"") for word in _BETWEEN.split(clean(value[:_LONGEST]))]
    return [word for word in words if _MAIL(word)] or None


def _part(value: Value, index: int, separator: str) -> str | None:
    if not isinstance(value, str):
        return None
    parts = clean(value).split(separator, _MAX_PARTS)
    return parts[index].strip() if index < len(parts) else ""


def part(argument: str) -> Function:
    """The part of a text between separators: ``part:1/`` is ``https`` of ``tcp/https``."""
    index, separator = int(argument[:1]), argument[1:]

    def function(value: Value) -> Outcome:
        found = _part(value, index, separator)
        return None if found is None else found or ABSENT

    return function


def part_ip(argument: str) -> Function:
    """The same, where it is an address."""
    index, separator = int(argument[:1]), argument[1:]

    def function(value: Value) -> Outcome:
        found = _part(value, index, separator)
        return ip(found) if found else ABSENT

    return function


def part_port(argument: str) -> Function:
    """The same, where it is a port."""
    index, separator = int(argument[:1]), argument[1:]

    def function(value: Value) -> Outcome:
        found = _part(value, index, separator)
        return port(found) if found else ABSENT

    return function
