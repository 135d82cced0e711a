"""How a Sigma field is got from the native fields of an event that has no field of that name.

A category such as ``process_creation`` is written in Sysmon's words, but other events tell the same thing in theirs.
What is derived here is what the event states, put in the words that Sysmon would have used; nothing is guessed.
Where Sysmon has two spellings (by version), or rules test either of two forms, the value is a tuple of both: a test on
a field with several values holds if it holds on one of them.

Every value may have been written by an attacker: the functions never raise, and what they cannot read they hand
through as it is, so that a test on the native form still works.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final, TypeAlias
from urllib.parse import unquote

import msgspec
from msgspec import UNSET, UnsetType

from yadorigi.languages.sigma.derive_appliances import APPLIANCE_FUNCTIONS
from yadorigi.languages.sigma.derive_web import WEB_FUNCTIONS
from yadorigi.limits import NUMBER_TEXT_LIMIT
from yadorigi.schema.event import Value

Missing: TypeAlias = UnsetType
MISSING: Final[Missing] = UNSET
"""Stands for the value of a field that the event does not have."""

Input: TypeAlias = Value | Missing
Function: TypeAlias = Callable[[tuple[Input, ...]], Input]


class Derivation(msgspec.Struct, frozen=True):
    """How one Sigma field is got from native fields.

    Attributes:
        inputs: native field names.
        function: "" for the first input as it is; else a key of `FUNCTIONS`.
    """

    inputs: tuple[str, ...]
    function: str = ""


def derive(derivation: Derivation, values: Mapping[str, Value]) -> Input:
    """Return the Sigma field's value for the native fields of one event, or `MISSING`."""
    inputs = tuple(values.get(name, MISSING) for name in derivation.inputs)
    if not derivation.function:
        return inputs[0]
    return FUNCTIONS[derivation.function](inputs)


def _text(value: Input) -> str:
    """Return the value if it is a text without surrounding space, else ""."""
    return value.strip() if isinstance(value, str) else ""


def _named(value: Input) -> str:
    """Return a name that Windows wrote, or "" where it wrote its hyphen for "none"."""
    text = _text(value)
    return "" if text == "-" else text


def _dns_name(inputs: tuple[Input, ...]) -> Input:
    """Return a name of DNS without the dot of the root at its end, which rules do not write."""
    value = inputs[0]
    return value.removesuffix(".") or value if isinstance(value, str) else value


def _integer(value: Input) -> int | None:
    """Return the whole number that the value is or spells (decimal, or hexadecimal with ``0x``), or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    text = _text(value)
    if not text or len(text) > NUMBER_TEXT_LIMIT or not text.isascii() or "_" in text:
        return None
    try:
        return int(text, 16 if text[:2].lower() == "0x" else 10)
    except ValueError:
        return None


def _several(*values: str) -> Value:
    """Return the distinct values: one as a plain text, more as a tuple."""
    distinct = tuple(dict.fromkeys(values))
    return distinct[0] if len(distinct) == 1 else distinct


def _first(inputs: tuple[Input, ...]) -> Input:
    """Return the first input that the event has."""
    return next((value for value in inputs if value is not MISSING), MISSING)


def _decimal(inputs: tuple[Input, ...]) -> Input:
    """Return an id as Sysmon writes it: Security has ``0x1f4`` where Sysmon has ``500``."""
    number = _integer(inputs[0])
    return inputs[0] if number is None else number


_SYSTEM_ACCOUNTS: Final = MappingProxyType(
    {
        "S-1-5-18": "NT AUTHORITY\\SYSTEM",
        "S-1-5-19": "NT AUTHORITY\\LOCAL SERVICE",
        "S-1-5-20": "NT AUTHORITY\\NETWORK SERVICE",
    }
)


def _account(inputs: tuple[Input, ...]) -> Input:
    r"""Return ``DOMAIN\name`` of the first account that is stated; inputs are (domain, name, SID) for each account.

    Security names the system by its machine account (``CORP\HOST$``, S-1-5-18) where Sysmon writes
    ``NT AUTHORITY\SYSTEM``. Both are given, since only one of them tells rules what they ask.
    """
    for domain, name, sid in zip(inputs[0::3], inputs[1::3], inputs[2::3], strict=False):
        system = _SYSTEM_ACCOUNTS.get(_text(sid))
        if account := _named(name):
            stated = f"{_named(domain)}\\{account}" if _named(domain) else account
            return _several(stated, system or stated)
        if system:
            return system
    return MISSING


def _logon_id(inputs: tuple[Input, ...]) -> Input:
    """Return the target's logon id where a target is stated, else the subject's.

    Inputs are (target name, target's logon id, subject's logon id).
    """
    target_name, target_id, subject_id = inputs
    if _named(target_name) and _integer(target_id):
        return target_id
    return subject_id


_INTEGRITY: Final = MappingProxyType(
    {
        "S-1-16-0": "Untrusted",
        "S-1-16-4096": "Low",
        "S-1-16-8192": "Medium",
        "S-1-16-12288": "High",
        "S-1-16-16384": "System",
    }
)


def _integrity_level(inputs: tuple[Input, ...]) -> Input:
    """Return the integrity level by Sysmon's name and as the SID that Security logs; rules test either."""
    name = _INTEGRITY.get(_text(inputs[0]))
    return inputs[0] if name is None else (name, _text(inputs[0]))


_PROTOCOLS: Final = MappingProxyType({1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 58: "ipv6-icmp"})


def _protocol(inputs: tuple[Input, ...]) -> Input:
    """Return Sysmon's name of an IP protocol number."""
    number = _integer(inputs[0])
    return inputs[0] if number is None else _PROTOCOLS.get(number, inputs[0])


_INITIATED: Final = MappingProxyType(
    {"%%14592": False, "inbound": False, "%%14593": True, "outbound": True, "connect": True, "accept": False}
)


def _initiated(inputs: tuple[Input, ...]) -> Input:
    """Say whether this host opened the connection.

    The direction is a message id of Windows, or its English text in exports, or a system call of Linux.
    """
    return _INITIATED.get(_text(inputs[0]).casefold(), MISSING)


_TYPED_WORDS: Final = 8
"""First words of a typed command among which its program is looked for."""
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=").match


def _command_image(inputs: tuple[Input, ...]) -> Input:
    """Return the program of a command line that begins with its path, as sudo writes it."""
    command = _text(inputs[0])
    image = command.partition(" ")[0]
    return image if image.startswith("/") else MISSING


def _typed_image(inputs: tuple[Input, ...]) -> Input:
    """Return the program of a command as it was typed; of a bare name the path is not known, so it is ``/name``."""
    words = _text(inputs[0]).split(None, _TYPED_WORDS)
    image = next((word for word in words[:_TYPED_WORDS] if word != "sudo" and not _ASSIGNMENT(word)), "")
    if not image:
        return MISSING
    return image if "/" in image else f"/{image}"


def _is_ipv6(inputs: tuple[Input, ...]) -> Input:
    """Say whether an address is an IPv6 address."""
    address = _text(inputs[0])
    return ":" in address if address else MISSING


def _hash(algorithm: str, inputs: tuple[Input, ...]) -> Input:
    """Return one digest of ``MD5=…,SHA256=…,IMPHASH=…``."""
    for part in _text(inputs[0]).split(","):
        name, equals, digest = part.partition("=")
        if equals and name.strip().upper() == algorithm:
            return digest.strip()
    return MISSING


_ROOTS: Final = (("\\registry\\machine", "HKLM"), ("\\registry\\user", "HKU"))


def _registry_forms(path: str) -> tuple[str, ...]:
    r"""Return the spellings of a kernel registry path that Sysmon uses, the most literal first.

    Sysmon documents that it writes ``HKLM\SYSTEM\ControlSet00x`` as ``HKLM\System\CurrentControlSet`` and the
    machine's classes as ``HKCR``, but not all of its versions do; rules ask for either.
    """
    folded = path.lower()  # keeps the number of characters of all that can match, which casefold does not ("ﬆ")
    for kernel, short in _ROOTS:
        if folded == kernel or folded.startswith(kernel + "\\"):
            path = short + path[len(kernel) :]
            break
    folded = path.lower()
    control_set = "hklm\\system\\controlset"
    number = folded[len(control_set) : len(control_set) + 3]
    rest = path[len(control_set) + 3 :]
    if folded.startswith(control_set) and number.isdecimal() and number.isascii() and rest[:1] in ("", "\\"):
        return (path, "HKLM\\System\\CurrentControlSet" + rest)
    classes = "hklm\\software\\classes\\"
    if folded.startswith(classes):
        return (path, "HKCR\\" + path[len(classes) :])
    return (path,)


def _registry_object(inputs: tuple[Input, ...]) -> Input:
    r"""Return ``key\value`` with Sysmon's short roots. Sysmon calls the value without a name ``(Default)``."""
    if not (key := _text(inputs[0])):
        return MISSING
    value = inputs[1]
    name = "" if value is MISSING else "\\" + (value if isinstance(value, str) and value else "(Default)")
    return _several(*(form + name for form in _registry_forms(key.rstrip("\\"))))


_DWORD: Final = frozenset({"%%1876", "REG_DWORD"})
_QWORD: Final = frozenset({"%%1883", "REG_QWORD"})
_BINARY: Final = frozenset({"%%1875", "REG_BINARY"})


def _registry_details(inputs: tuple[Input, ...]) -> Input:
    """Return the data of a registry value as logged and as Sysmon writes it, for (type, data)."""
    kind, data = _text(inputs[0]).upper(), inputs[1]
    if data is MISSING or isinstance(data, tuple):
        return data
    number = _integer(data)
    if isinstance(data, str):
        raw = data
    elif data is None:
        raw = ""
    elif number is not None and 0 <= number < 2**64:
        raw = str(number)
    else:
        return data
    if kind in _DWORD and number is not None and 0 <= number < 2**32:
        return _several(f"DWORD (0x{number:08x})", raw)
    if kind in _QWORD and number is not None and 0 <= number < 2**64:
        return _several(f"QWORD (0x{number >> 32:08x}-0x{number & 0xFFFFFFFF:08x})", raw)
    if kind in _BINARY:
        return _several("Binary Data", raw)
    return data if raw else ("(Empty)", raw)


_OPERATIONS: Final = MappingProxyType(
    {
        "%%1904": "SetValue",
        "new registry value created": "SetValue",
        "%%1905": "SetValue",
        "existing registry value modified": "SetValue",
        "%%1906": "DeleteValue",
        "registry value deleted": "DeleteValue",
    }
)


def _registry_event_type(inputs: tuple[Input, ...]) -> Input:
    """Return Sysmon's word for what happened to a registry value."""
    return _OPERATIONS.get(_text(inputs[0]).casefold(), MISSING)


_RESOURCE_BREAK: Final = re.compile(r"; (?=[A-Za-z]{2,32}:_)")
_RESOURCE_KIND: Final = re.compile(r"[A-Za-z]{2,32}:_")


def _defender_path(inputs: tuple[Input, ...]) -> Input:
    r"""Return the resources of a Defender detection without their kind: ``file:_C:\a.exe; process:_pid:1,…``."""
    text = _text(inputs[0])
    if not text:
        return inputs[0]
    return _several(
        *(
            _RESOURCE_KIND.sub("", part, count=1) if _RESOURCE_KIND.match(part) else part
            for part in _RESOURCE_BREAK.split(text)
        )
    )


def _file_path(inputs: tuple[Input, ...]) -> Input:
    """Return the first path that there is; one that ends in a slash is a folder, and the last input its file's name."""
    path = next((text for value in inputs[:-1] if (text := _named(value))), "")
    name = _named(inputs[-1])
    if path.endswith(("\\", "/")) and name:
        return path + name
    return path or name or MISSING


def _path_in_folder(inputs: tuple[Input, ...]) -> Input:
    """Return the path of a file of which folder and name are logged apart."""
    folder, name = (_named(value) for value in inputs)
    if not folder or not name or folder.endswith(name):
        return folder or name or MISSING
    between = "\\" if "\\" in folder else "/"
    return f"{folder.rstrip(between)}{between}{name}"


def _defender_log_paths(inputs: tuple[Input, ...]) -> Input:
    r"""Return the files of a detection in Defender's text logs: ``file:C:\\a;process:pid:1;``; else all resources."""
    text = _text(inputs[0])
    parts = [part.strip().partition(":") for part in text.split(";", _RESOURCES)]
    files = [path for scheme, _, path in parts if scheme in ("file", "containerfile") and path]
    return _several(*files) if files else text or MISSING


def _windows_path(inputs: tuple[Input, ...]) -> Input:
    r"""Return the first input; a path that is written as ``file:///C:/a%20b`` comes as ``C:\a b``."""
    value = _first(inputs)
    text = _text(value)
    if not text.lower().startswith("file://"):
        return value
    plain = unquote(text[len("file://") :])
    return plain[1:].replace("/", "\\") if plain[2:3] == ":" else plain


_RESOURCES: Final = 256
_CONTEXT_STARTS: Final = ("DetailSequence=", "NewEngineState=", "ProviderName=")
_CONTEXT_KEYS: Final = frozenset(
    {"DetailSequence", "DetailTotal", "NewEngineState", "PreviousEngineState", "ProviderName", "NewProviderState"}
    | {"SequenceNumber", "UserId", "HostName", "HostVersion", "HostId", "HostApplication", "EngineVersion"}
    | {"RunspaceId", "PipelineId", "CommandName", "CommandType", "ScriptName", "CommandPath", "CommandLine"}
)


def _powershell_context(data: Input) -> str:
    """Return the element of a classic PowerShell event that holds its ``key=value`` lines, or "".

    The other elements hold script text, which an attacker chooses and which may look the same.
    """
    if isinstance(data, tuple):
        texts = (element for element in data if isinstance(element, str))
        return next((text for text in texts if text.lstrip().startswith(_CONTEXT_STARTS)), "")
    text = data if isinstance(data, str) else ""
    places = [place for start in _CONTEXT_STARTS if (place := text.find(start)) >= 0]
    return text[min(places) :] if places else ""


def _powershell(key: str, inputs: tuple[Input, ...]) -> Input:
    """Return one value of the ``key=value`` lines; a value runs on over lines that begin with no known key.

    The first occurrence counts: later ones can be the tail of a command line that was made to look like a key.
    """
    found: list[str] | None = None
    for line in _powershell_context(inputs[0]).split("\n"):
        name, equals, value = line.lstrip().partition("=")
        known = bool(equals) and name in _CONTEXT_KEYS
        if known and found is not None:
            break
        if known and name == key:
            found = [value]
        elif found is not None:
            found.append(line)
    return MISSING if found is None else "\n".join(found).strip()


_POWERSHELL_KEYS: Final = (
    ("host_application", "HostApplication"),
    ("host_name", "HostName"),
    ("host_version", "HostVersion"),
    ("host_id", "HostId"),
    ("engine_version", "EngineVersion"),
    ("runspace_id", "RunspaceId"),
    ("pipeline_id", "PipelineId"),
    ("command_name", "CommandName"),
    ("command_type", "CommandType"),
    ("command_path", "CommandPath"),
    ("command_line", "CommandLine"),
    ("script_name", "ScriptName"),
    ("user_id", "UserId"),
    ("provider_name", "ProviderName"),
    ("new_engine_state", "NewEngineState"),
    ("previous_engine_state", "PreviousEngineState"),
    ("new_provider_state", "NewProviderState"),
)

FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        "account": _account,
        "command_image": _command_image,
        "typed_image": _typed_image,
        "decimal": _decimal,
        "defender_path": _defender_path,
        "dns_name": _dns_name,
        "defender_log_paths": _defender_log_paths,
        "file_path": _file_path,
        "path_in_folder": _path_in_folder,
        "first": _first,
        "imphash": partial(_hash, "IMPHASH"),
        "initiated": _initiated,
        "integrity_level": _integrity_level,
        "is_ipv6": _is_ipv6,
        "logon_id": _logon_id,
        "md5": partial(_hash, "MD5"),
        "protocol": _protocol,
        "registry_details": _registry_details,
        "registry_event_type": _registry_event_type,
        "registry_object": _registry_object,
        "sha1": partial(_hash, "SHA1"),
        "sha256": partial(_hash, "SHA256"),
        "windows_path": _windows_path,
        **APPLIANCE_FUNCTIONS,
        **WEB_FUNCTIONS,
        **{f"powershell_{name}": partial(_powershell, key) for name, key in _POWERSHELL_KEYS},
    }
)
"""The derivations by name: pure, total; each takes one value per input, `MISSING` where the event has no such field."""
