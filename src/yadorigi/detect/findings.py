"""A matched event becomes a finding, with the record that proves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from yadorigi.limits import DISPLAY_CELL_LIMIT
from yadorigi.query.values import text_of
from yadorigi.schema.finding import Finding
from yadorigi.schema.ocsf import normalise
from yadorigi.schema.platforms import WINDOWS, platform_of

if TYPE_CHECKING:
    from yadorigi.languages.sigma.rule import CompiledRule
    from yadorigi.schema.event import Event, Value

_TARGET_IS_THE_USER: Final = frozenset(
    {4624, 4625, 4627, 4634, 4647, 4648, 4740, 4767, 4768, 4769, 4770, 4771, 4772, 4773, 4776, 4778, 4779, 4800, 4801}
)
"""Security events of which ``TargetUserName`` is the account that acts, not the one that is acted on."""

_ACCOUNTS: Final = (
    ("SubjectDomainName", "SubjectUserName"),
    ("TargetDomainName", "TargetUserName"),
    ("", "User"),
    ("", "UserName"),
    ("", "SourceUser"),
    ("", "AccountName"),
    ("", "UserContext"),
)


def user_of(event: Event) -> str | None:
    r"""Return the account that an event is about, as ``DOMAIN\\name`` where the event says so, or None."""
    if platform_of(event.kind.channel) != WINDOWS:
        return _normalised_user(event)
    data = event.data
    user = _name(data.get("User"))
    if user:
        return user
    accounts = list(_ACCOUNTS)
    if event.kind.event_id in _TARGET_IS_THE_USER:
        accounts[0], accounts[1] = accounts[1], accounts[0]
    for domain_field, name_field in accounts:
        name = _name(data.get(name_field))
        if name:
            domain = _name(data.get(domain_field))
            return f"{domain}\\{name}" if domain else name
    return _name(event.system.get("Security_UserID")) or None


def _normalised_user(event: Event) -> str | None:
    """Return the account as the normalised event has it: the one that acts, else the one that is acted on."""
    found = normalise(event)
    for user in (found.get("actor", {}).get("user", {}), found.get("user", {})):
        if name := _name(user.get("name")):
            domain = _name(user.get("domain"))
            # As it is written: the domain of a user principal name is one of DNS.
            return f"{name}@{domain}" if "." in domain else f"{domain}\\{name}" if domain else name
    return None


def _name(value: Value) -> str:
    return value if isinstance(value, str) and value not in ("", "-", "N/A") else ""


def message_of(title: str, matched: Mapping[str, Value]) -> str:
    """Return one line that says what was seen: the rule's title and the values that made it match."""
    shown = ", ".join(f"{name}={_shown(value)}" for name, value in matched.items())
    return f"{title}: {shown}"[:DISPLAY_CELL_LIMIT] if shown else title


def _shown(value: Value) -> str:
    if isinstance(value, tuple):
        return " | ".join(text_of(element) for element in value)
    return text_of(value)


def finding_of(rule: CompiledRule, event: Event, time: str, matched: dict[str, Value], site: str | None) -> Finding:
    """Return the finding without its evidence, which the caller knows; it shares its fields with the event."""
    title = rule.title or rule.rule_id
    return Finding(
        rule_id=rule.rule_id,
        title=title,
        level=rule.level,
        time=time,
        host=event.host,
        user=user_of(event),
        event_id=event.kind.event_id,
        message=message_of(title, matched),
        matched=matched,
        fields=event.data,
        evidence=(),
        techniques=rule.techniques,
        rule_author=rule.author,
        rule_path=rule.path,
        references=rule.references,
        site=site,
    )
