"""The transforms that the mapping names: texts with a form of their own, tables of codes, and the list of them all.

This module knows nothing of events or classes. That every transform is total is said, and meant, in `ocsf_values`.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from yadorigi.schema.ocsf_appliances import (
    address_list,
    email_address,
    email_addresses,
    ip_in_parentheses,
    ip_in_text,
    known_account,
    named,
    named_account,
    named_domain,
    translated_ip,
    translated_port,
    worded_disposition,
    worded_outcome,
)
from yadorigi.schema.ocsf_bare_urls import bare_url_host, bare_url_path, bare_url_query, dns_name
from yadorigi.schema.ocsf_files import (
    defender_log_name,
    defender_log_path,
    file_url_name,
    file_url_path,
    folder,
    whole_path,
)
from yadorigi.schema.ocsf_linux import (
    audit_account,
    audit_ip,
    audit_name,
    audit_number,
    audit_path,
    audit_path_name,
    audit_text,
    peer_name,
)
from yadorigi.schema.ocsf_macs import mac
from yadorigi.schema.ocsf_urls import (
    blanks_as_plus,
    client_end_ip,
    client_end_port,
    client_ip,
    client_name,
    host_name,
    http_method,
    http_outcome,
    url_path,
    url_query,
    user_in_query,
    web_error_file,
    web_error_file_name,
)
from yadorigi.schema.ocsf_values import (
    ABSENT,
    HEX,
    INT64,
    Function,
    Outcome,
    account_domain,
    account_name,
    address_ip,
    address_port,
    audit_outcome,
    basename,
    boolean,
    clean,
    guid,
    integer,
    ip,
    logon_id,
    outcome_code,
    port,
    sid,
    text,
    timestamp,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yadorigi.schema.event import Value

Kind: TypeAlias = Literal["text", "long", "int", "bool", "enum", "texts", "hashes", "answers"]
"""The shape of a transform's value. ``long`` is 64 bits; ``int`` 32; ``enum`` is a pair of id and caption."""

_MAX_ITEMS: Final = 256
_DWORD: Final = re.compile(r"DWORD \((0x[0-9a-fA-F]{1,8})\)")
_QWORD: Final = re.compile(r"QWORD \((0x[0-9a-fA-F]{1,8})-(0x[0-9a-fA-F]{1,8})\)")
_ALGORITHMS: Final = {"MD5": 1, "SHA1": 2, "SHA256": 3, "SHA512": 4}
_OTHER: Final = 99
_DIGEST_LENGTHS: Final = {32: 1, 40: 2, 64: 3, 128: 4}
_RECORDS: Final = {"2": "NS", "5": "CNAME", "6": "SOA", "12": "PTR", "15": "MX", "16": "TXT", "33": "SRV"}
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
    return number if number <= INT64[1] else None


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
        if not name or not name.isascii() or not HEX.fullmatch(digest):
            return None
        number = _ALGORITHMS.get(name.upper(), 99)
        found.append({"algorithm_id": number, "algorithm": _CAPTIONS.get(number, name), "value": digest})
    return found


def digest(value: Value) -> Outcome:
    """A digest alone, as a fingerprint: its length says the algorithm (MD5, SHA-1, SHA-256 or SHA-512)."""
    written = value.strip() if isinstance(value, str) else ""
    number = _DIGEST_LENGTHS.get(len(written))
    if number is None or not HEX.fullmatch(written):
        return None
    return [{"algorithm_id": number, "algorithm": _CAPTIONS[number], "value": written}]


def md5(value: Value) -> Outcome:
    """32 hexadecimal digits, as JA3 and hassh are."""
    written = value.strip() if isinstance(value, str) else ""
    return written if _DIGEST_LENGTHS.get(len(written)) == 1 and HEX.fullmatch(written) else None


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
            found.append({"type": _RECORDS.get(kind, kind), "rdata": rdata.strip()})
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
    r"""The first file of a Defender ``Path``: ``file:_C:\x; process:_pid:12``."""
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


def known(table: Mapping[str, tuple[int, str]]) -> Function:
    """A native code as `choice` has it; a code that the table lacks says nothing."""
    chosen = choice(table)

    def function(value: Value) -> Outcome:
        found = chosen(value)
        return ABSENT if isinstance(found, tuple) and found[0] == _OTHER else found

    return function


def one_of(words: frozenset[str]) -> Function:
    """Whether a native value is one of some words, whatever the case: true, or nothing."""

    def function(value: Value) -> Outcome:
        return True if isinstance(value, str) and value.strip().lower() in words else ABSENT

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
    "named": Transform("text", named),
    "named_account": Transform("text", named_account),
    "named_domain": Transform("text", named_domain),
    "known_account": Transform("text", known_account),
    "translated_ip": Transform("text", translated_ip),
    "translated_port": Transform("int", translated_port),
    "worded_disposition": Transform("enum", worded_disposition, keeps=True),
    "worded_outcome": Transform("enum", worded_outcome, keeps=True),
    "email_address": Transform("text", email_address),
    "email_addresses": Transform("texts", email_addresses),
    "address_list": Transform("answers", address_list),
    "ip_in_parentheses": Transform("text", ip_in_parentheses, keeps=True),
    "ip_in_text": Transform("text", ip_in_text, keeps=True),
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
    "whole_path": Transform("text", whole_path, keeps=True),
    "folder": Transform("text", folder),
    "defender_log_path": Transform("text", defender_log_path, keeps=True),
    "defender_log_name": Transform("text", defender_log_name, keeps=True),
    "file_url_name": Transform("text", file_url_name),
    "file_url_path": Transform("text", file_url_path),
    "digest": Transform("hashes", digest),
    "md5": Transform("text", md5),
    "words": Transform("texts", words),
    "timestamp": Transform("long", timestamp),
    "audit_outcome": Transform("enum", audit_outcome),
    "outcome_code": Transform("enum", outcome_code, keeps=True),
    "task_command": Transform("text", task_command, keeps=True),
    "dns_answers": Transform("answers", dns_answers),
    "url_host": Transform("text", url_host),
    "bare_url_host": Transform("text", bare_url_host, keeps=True),
    "bare_url_path": Transform("text", bare_url_path, keeps=True),
    "bare_url_query": Transform("text", bare_url_query, keeps=True),
    "dns_name": Transform("text", dns_name),
    "mac": Transform("text", mac),
    "url_path": Transform("text", url_path),
    "url_query": Transform("text", url_query),
    "http_method": Transform("text", http_method),
    "http_outcome": Transform("enum", http_outcome),
    "blanks_as_plus": Transform("text", blanks_as_plus),
    "user_in_query": Transform("text", user_in_query, keeps=True),
    "web_error_file": Transform("text", web_error_file, keeps=True),
    "web_error_file_name": Transform("text", web_error_file_name, keeps=True),
    "client_end_ip": Transform("text", client_end_ip),
    "client_end_port": Transform("int", client_end_port),
    "client_ip": Transform("text", client_ip, keeps=True),
    "client_name": Transform("text", client_name),
    "host_name": Transform("text", host_name),
    "defender_path": Transform("text", defender_path, keeps=True),
    "defender_name": Transform("text", defender_name, keeps=True),
    "member_name": Transform("text", member_name),
    "peer_name": Transform("text", peer_name),
    "audit_text": Transform("text", audit_text),
    "audit_account": Transform("text", audit_account),
    "audit_number": Transform("text", audit_number),
    "audit_path": Transform("text", audit_path, keeps=True),
    "audit_path_name": Transform("text", audit_path_name, keeps=True),
    "audit_name": Transform("text", audit_name),
    "audit_ip": Transform("text", audit_ip),
}
