"""What reports of group policies say: ``gpresult /x`` about one computer, ``Get-GPOReport`` about policies.

A result (gpresult) is the state of a computer: of several policies that set the same, the one with precedence counts.
A report (Get-GPOReport) says what a policy sets, and where it is linked; whether a computer got it, it does not say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from yadorigi.sources.settings.audit_words import audit_words, plain
from yadorigi.sources.settings.contract import GPO_REPORT, GPRESULT, TEXT_LIMIT, Policy, StatedFile, Statement
from yadorigi.sources.settings.policy_xml import Node, PolicyXmlError, read_records
from yadorigi.sources.settings.registry_values import hive_path, is_relevant, number_of, statements_of

_BY_NUMBER: Final = {0: (False, False), 1: (True, False), 2: (False, True), 3: (True, True), 4: (False, False)}
_KIBIBYTE: Final = 1_024
_LAST: Final = 1_000_000
_STATES: Final = {"enabled": 1, "disabled": 0}
_ALL_COMPUTERS: Final = {"S-1-5-11", "S-1-1-0"}
"""Authenticated users, everyone; all computers of a domain are its group 515."""
_FULL: Final = {0: "overwrite", 1: "archive", 2: "keep"}


@dataclass(slots=True)
class _Current:
    """The group policy that is being read."""

    id: str = ""
    name: str = ""
    domain: str = ""
    enabled: bool = True
    filter: str = ""
    applies: str = ""
    links: list[tuple[str, bool]] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)

    def policy(self) -> Policy:
        """Return what is known of it."""
        everywhere = any(on and path.casefold() == self.domain.casefold() for path, on in self.links)
        holds_back = ""
        if not self.enabled:
            holds_back = "its computer settings are switched off"
        elif self.filter:
            holds_back = f"it applies by the WMI filter {self.filter[:100]!r}"
        elif not self.links:
            holds_back = "it is linked nowhere"
        elif self.applies:
            holds_back = self.applies
        elif not everywhere:
            holds_back = "it is linked to parts of the domain: " + ", ".join(path for path, _ in self.links[:5])
        name = self.name or self.id
        return Policy(self.id or name, name, tuple(path for path, _ in self.links), holds_back)


class _Reading:
    """Reads one document."""

    def __init__(self, stated: StatedFile) -> None:
        self.stated = stated
        self.is_result = stated.kind == GPRESULT
        self.current = _Current()
        self.best: dict[tuple[str, str], int] = {}
        self.results: dict[tuple[str, str], Statement] = {}

    def take(self, path: tuple[str, ...], node: Node) -> None:
        """Take a record, the text of a leaf, or the end of a policy."""
        if "User" in path or "UserResults" in path:
            return
        if self.is_result:
            self._take_of_result(path, node)
        else:
            self._take_of_report(path, node)

    def _take_of_result(self, path: tuple[str, ...], node: Node) -> None:
        if path == ("Rsop", "ComputerResults") and node.name == "Name":
            # `DOMAIN\NAME$`
            self.stated.host = node.text.strip().rpartition("\\")[2].removesuffix("$")[:TEXT_LIMIT]
        elif "ComputerResults" in path:
            precedence = number_of(node.of("Precedence"))
            for statement in _statements(node):
                key = (statement.kind, statement.name.casefold())
                rank = precedence if precedence is not None and precedence > 0 else _LAST
                if rank < self.best.get(key, _LAST + 1):
                    self.best[key] = rank
                    self.results[key] = statement

    def _take_of_report(self, path: tuple[str, ...], node: Node) -> None:
        inside = path[path.index("GPO") :] if "GPO" in path else ()
        match inside, node.name:
            case ((), "GPO"):
                self.end_policy()
            case (("GPO",), "Name"):
                self.current.name = node.text.strip()[:TEXT_LIMIT]
            case (("GPO",), "Identifier"):
                self.current.id = node.of("Identifier") or node.text.strip()[:TEXT_LIMIT]
                self.current.domain = node.of("Domain")
            case (("GPO", "Computer"), "Enabled"):
                self.current.enabled = node.text.strip().lower() != "false"
            case (("GPO",), "FilterName"):
                self.current.filter = node.text.strip()
            case (("GPO",), "LinksTo"):
                on = node.of("Enabled").lower() != "false"
                self.current.links.append((node.of("SOMPath")[:TEXT_LIMIT], on))
            case (("GPO",), "SecurityDescriptor"):
                self.current.applies = _applies_to(node)
            case _ if "Computer" in inside:
                self.current.statements += _statements(node)

    def end_policy(self) -> None:
        """Keep what the policy says that just ended."""
        policy = self.current.policy()
        if policy.id:
            self.stated.policies.setdefault(policy.id, policy)
            for statement in self.current.statements:
                self.stated.add(replace(statement, policy=policy.id))
        self.current = _Current()


def read_group_policy(text: str, kind: str) -> StatedFile:
    """Read a report; ``kind`` says which sort it is."""
    stated = StatedFile(kind)
    reading = _Reading(stated)
    try:
        read_records(text, reading.take)
    except PolicyXmlError as error:
        stated.damaged = True
        stated.tell(f"the report cannot be read to its end: {error}")
        if kind == GPO_REPORT:
            # Where a policy is linked stands behind its name, and what it sets behind that: half a policy still counts
            # for what it says, but not as in force everywhere.
            reading.current.links.clear()
            reading.end_policy()
    for statement in reading.results.values():
        stated.add(statement)
    if not stated.statements:
        stated.tell("no setting of what is recorded or kept")
    return stated


def _applies_to(descriptor: Node) -> str:
    """Return why a policy does not apply to all computers, by its permissions, or ""."""
    allowed: set[str] = set()
    denied: set[str] = set()
    for node in _below(descriptor, "TrusteePermissions"):
        standard, kind, trustee = node.child("Standard"), node.child("Type"), node.child("Trustee")
        if standard is None or "apply" not in standard.of("GPOGroupedAccessEnum").casefold():
            continue
        sid = trustee.of("SID") if trustee is not None else ""
        (denied if kind is not None and kind.of("PermissionType") == "Deny" else allowed).add(sid)
    if denied:
        return "its permissions keep it from some accounts"
    if allowed and not any(sid in _ALL_COMPUTERS or sid.endswith("-515") for sid in allowed):
        return "its permissions let it apply to some accounts only"
    return ""


def _below(node: Node, name: str) -> Iterator[Node]:
    for child in node.children:
        if child.name == name:
            yield child
        else:
            yield from _below(child, name)


def _statements(node: Node) -> list[Statement]:
    """Return what a record says; leaves say nothing."""
    match node.name:
        case "AuditSetting":
            guid = node.of("SubcategoryGuid").strip("{}").lower()
            audited = _BY_NUMBER.get(number_of(node.of("SettingValue")) or 0)
            known = node.of("SettingValue") and audited is not None and len(guid) < TEXT_LIMIT
            return [Statement("audit", guid, *audited)] if known and audited is not None else []
        case "RegistrySetting":
            return _registry_setting(node)
        case "Registry":
            return _registry_preference(node)
        case "Policy":
            return _administrative_template(node)
        case "EventLog":
            return _event_log(node)
    return []


def _registry_setting(node: Node) -> list[Statement]:
    found: list[Statement] = []
    key = node.of("KeyPath")
    path = hive_path(key) or hive_path(f"HKLM\\{key}")
    for child in node.children:
        if child.name == "Value" and path and is_relevant(path):
            number = number_of(child.of("Number"))
            found += statements_of(path, child.of("Name"), number if number is not None else child.of("String"))
    return found


def _registry_preference(node: Node) -> list[Statement]:
    properties = node.child("Properties")
    if properties is None or properties.attributes.get("action", "U").upper() == "D":
        return []
    given = properties.attributes
    path = hive_path(f"{given.get('hive', '')}\\{given.get('key', '')}")
    if not path or not is_relevant(path):
        return []
    text = given.get("value", "")
    number = number_of(text, 16) if given.get("type", "").upper() == "REG_DWORD" else None
    return list(statements_of(path, given.get("name", ""), number if number is not None else text))


def _administrative_template(node: Node) -> list[Statement]:
    words = audit_words()
    name, state = node.of("Name")[:TEXT_LIMIT], _STATES.get(node.of("State").casefold())
    if not name or state is None:
        return []
    if plain(name) not in words.log_size_policies:
        return [Statement("policy", name, value=state)]
    channel = words.log_channels.get(plain(node.of("Category").rpartition("/")[2]))
    numeric = node.child("Numeric")
    size = number_of(numeric.of("Value")) if numeric is not None else None
    return [Statement("log_size", channel, value=size * _KIBIBYTE)] if state and channel and size else []


def _event_log(node: Node) -> list[Statement]:
    """Return what the old part of the security settings says about a log: KiB, and what becomes of a full one."""
    channel = node.of("Log")[:TEXT_LIMIT]
    number = number_of(node.of("SettingNumber"))
    if not channel or number is None:
        return []
    match node.of("Name"):
        case "MaximumLogSize" if number > 0:
            return [Statement("log_size", channel, value=number * _KIBIBYTE)]
        case "AuditLogRetentionPeriod" if number in _FULL:
            return [Statement("log_full", channel, value=_FULL[number])]
    return []
