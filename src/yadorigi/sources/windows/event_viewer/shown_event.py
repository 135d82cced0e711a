"""One event by what a program shows of it: its head in columns, its fields in the rendered message."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.records.record import RecordError, integer_in
from yadorigi.sources.records.shown_dates import by_own_clock, stated_time
from yadorigi.sources.windows.event_form import event_of
from yadorigi.sources.windows.event_viewer.messages import ViewedSource, rendered_messages
from yadorigi.sources.windows.event_viewer.wordings import word_key

if TYPE_CHECKING:
    from yadorigi.sources.windows.event_viewer.columns import Column

LEVELS: Final = {
    "重大": "Critical", "エラー": "Error", "警告": "Warning", "情報": "Information", "詳細": "Verbose",
    "Error event": "Error", "Warning event": "Warning", "Information event": "Information",
}  # fmt: skip
"""Words for levels, as Windows calls them in English."""
AUDITS: Final = {
    "成功の監査": "Audit Success", "失敗の監査": "Audit Failure", "監査の成功": "Audit Success",
    "監査の失敗": "Audit Failure", "Success Audit": "Audit Success", "Failure Audit": "Audit Failure",
    "Success Audit event": "Audit Success", "Failure Audit event": "Audit Failure",
    "SuccessAudit": "Audit Success", "FailureAudit": "Audit Failure", "成功": "Audit Success", "失敗": "Audit Failure",
    "Audit Success": "Audit Success", "Audit Failure": "Audit Failure",
    "AUDIT_SUCCESS": "Audit Success", "AUDIT_FAILURE": "Audit Failure",
}  # fmt: skip
"""Words for the outcome of audited acts, as Windows calls them in English."""
_NO_USER: Final = frozenset(("", "-", "N/A", "なし", "該当なし"))
_CHANNELS: Final = {
    "セキュリティ": "Security",
    "システム": "System",
    "アプリケーション": "Application",
    "セットアップ": "Setup",
}
_NUMBER_OF_EVENT: Final = 0xFFFF
"""What older interfaces show as the event's number has qualifiers in its upper half."""


def event_number(stated: str) -> int:
    """Return the number of an event as shown.

    Raises:
        RecordError: it is none.
    """
    number = stated.strip().replace(",", "")
    if not (number.isascii() and number.isdigit() and len(number) <= len("4294967295")):
        raise RecordError(f"the event id is no number: {stated[:40]!r}")
    return int(number) & _NUMBER_OF_EVENT


def channel_named(stated: str) -> str:
    """Return the channel that a name of a log means; a file's is not taken for one."""
    name = stated.strip()
    return "" if "\\" in name or name.lower().endswith((".evtx", ".evt")) else _CHANNELS.get(name, name)


def head_of_row(row: Mapping[Column, str], own: ViewedSource, event_id: int, time: str | None) -> dict[str, Any]:
    """Return the head of the event that a row shows, for `event_of`."""
    level, keywords = row.get("level", "").strip(), row.get("keywords", "").strip()
    if level in AUDITS:
        level, keywords = "", level
    user = row.get("user", "").strip()
    # The name of an account stands where its SID was, as in messages; of those that Windows has, the SID is put back.
    user = "" if user in _NO_USER else rendered_messages().sids.get(word_key(user), user)
    return {
        "EventID": event_id, "Provider": own.provider, "UserID": user or None,
        "Channel": channel_named(row.get("log", "")) or own.channel_of(event_id) or None, "Time": time,
        "Computer": row.get("computer", "").strip() or None, "Level": LEVELS.get(level, level),
        "Keywords": AUDITS.get(keywords, keywords) or None, "Task": row.get("category"),
        "Opcode": row.get("operation"), "ProcessID": row.get("process"), "ThreadID": row.get("thread"),
        "RecordID": row.get("record"), "ActivityID": row.get("activity"), "Message": row.get("message", ""),
    }  # fmt: skip


def shown_event(row: Mapping[Column, str], time: Any = None, known: Mapping[str, Any] | None = None) -> dict[str, Any]:  # noqa: ANN401 - any usual form
    """Return the event, in the form of evtx_dump, that a row shows.

    Args:
        row: what is shown, by column; its message may stand on one line.
        time: in any form that `event_of` takes; None for the one of the row, which is local where it names no zone.
        known: fields that are known otherwise, by their own names or those of the labels; the message goes before them.

    Raises:
        RecordError: it shows no event.
    """
    number = event_number(row.get("id", ""))
    message = row.get("message", "")
    messages = rendered_messages()
    channel = channel_named(row.get("log", ""))
    stated = row.get("source", "").strip() or provider_of(channel) or messages.provider_by(channel, number, message)
    own = messages.sources.get(stated.casefold(), ViewedSource(stated, ""))
    shown = messages.shown(own.provider, number, message)
    fields = shown.fields
    if known:
        fields = {**messages.by_labels(own.provider, number, known), **fields}
    if fields and shown.rest and "Data" not in fields:
        fields = {**fields, "Data": {"#text": message}}
    return event_of(head_of_row(row, own, number, time or _time(row.get("time", ""), fields)), fields or None)


def provider_of(channel: str) -> str:
    """Return the provider that a channel has its name of, or that alone writes it; "" where that is not known."""
    if channel.casefold() == "security":
        return "Microsoft-Windows-Security-Auditing"
    name, found, _ = channel.partition("/")
    return name if found and name.startswith("Microsoft-") else ""


def _time(text: str, fields: Mapping[str, Any]) -> str | None:
    stated = stated_time(text, "month")
    if stated is None:
        return None
    if stated.zone is not None:
        return stated.in_utc(UTC)
    # Where the event says its time in UTC, too, the zone of the clock that showed it is known.
    own = by_own_clock(stated.local, fields["UtcTime"]) if isinstance(fields.get("UtcTime"), str) else None
    fraction = f".{stated.fraction}" if stated.fraction else ""
    return own[0] if own is not None else f"{stated.local.isoformat()}{fraction}"


def message_is_unread(event: Mapping[str, Any]) -> tuple[str, int] | None:
    """Return provider and number of an event whose message should show its fields, and does not; else None."""
    whole = event["Event"]
    message = whole.get("RenderingInfo", {}).get("Message")
    if not message or whole.get("EventData") not in (None, {"Data": {"#text": message}}) or "UserData" in whole:
        return None
    system = whole["System"]
    provider = ((system.get("Provider") or {}).get("#attributes") or {}).get("Name")
    number = system["EventID"]
    number = integer_in(number.get("#text") if isinstance(number, dict) else number)
    if not isinstance(provider, str) or number is None or not rendered_messages().knows(provider, number):
        return None
    return provider, number
