"""FortiMail, FortiWeb, FortiManager, FortiAnalyzer, FortiClient and others: FortiGate's layout, with other names.

They write ``date=… time=… device_id=… log_id=… type=… subtype=… pri=…`` (newer ones ``devid``, ``logid`` and
``level``). Names and values are those of the line. The channel goes by ``type``: ``fortinet/event`` (administration;
logons are ``fortinet/logon``), ``fortinet/traffic`` and ``fortinet/attack`` (FortiWeb), ``fortinet/session`` (other
traffic), ``fortinet/virus``, ``fortinet/spam`` and ``fortinet/statistics`` (FortiMail), ``fortinet/other``. The event
id is the last six digits of ``log_id``. The time is ``date`` and ``time`` in the zone ``timezone`` or ``tz``, where the
line has one. FortiAuthenticator writes ``category="Event" subcategory="Authentication" typeid=… …`` and a sentence (the
field ``message``) behind a header, whose time counts. JSON is read too. Not read is CEF (there is a reader for CEF of
any product).

Sources: Fortinet, log references of FortiMail, FortiWeb, FortiManager and FortiAnalyzer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yadorigi.sources.appliances.fortinet_fields import fortinet_fields, level_of, message_number, stated_time, text_of
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock
    from yadorigi.sources.lines.fields import Fields

_KINDS: Final = frozenset({"traffic", "attack", "virus", "spam", "statistics", "event"})
_SAME_AS: Final = {
    "kevent": "event", "elog": "event", "alog": "attack", "tlog": "traffic", "systemevent": "event",
    "antispam": "spam", "encrypt": "statistics", "history": "statistics", "securityevent": "attack",
}  # fmt: skip
_TYPE_ID: Final = 6
_LOGONS: Final = frozenset({"login", "logout", "log in", "log out", "login_failed"})


def _read(line: Line, clock: Clock) -> Reading:
    fields = fortinet_fields(line.message)
    kind = text_of(fields, "type").lower()
    if "subcategory" in fields:
        return _of_authenticator(line, fields)
    if not kind:
        raise LineError("a line of a product of Fortinet without a type")
    number = message_number(text_of(fields, "log_id") or text_of(fields, "logid"))
    host = text_of(fields, "devname") or text_of(fields, "hostname") or line.header.host or _device(fields)
    return Reading(
        f"fortinet/{_kind_of(kind, fields)}", fields, stated_time(fields, clock), host, number, level_of(fields)
    )


def _of_authenticator(line: Line, fields: Fields) -> Reading:
    """Return what FortiAuthenticator says; its sentence stands behind the fields without a name."""
    sentence = line.message.rpartition('" ')[2]
    if sentence and "=" not in sentence:
        fields["message"] = sentence
    kind = "logon" if text_of(fields, "subcategory").lower() == "authentication" else "event"
    number = text_of(fields, "typeid")
    return Reading(
        f"fortinet/{kind}", fields, None, "", message_number(number) if len(number) <= _TYPE_ID else 0, level_of(fields)
    )


def _device(fields: Fields) -> str:
    return text_of(fields, "device_id") or text_of(fields, "devid") or text_of(fields, "dev_id")


def _kind_of(kind: str, fields: Fields) -> str:
    own = _SAME_AS.get(kind, kind)
    if own == "traffic" and "http_method" not in fields and "http_url" not in fields:
        return "session"
    if own != "event":
        return own if own in _KINDS else "other"
    said = (text_of(fields, "action") or text_of(fields, "operation")).lower()
    return "logon" if said in _LOGONS else "event"


FORTINET: Final = LineFormat(
    "fortinet",
    "FortiMail, FortiWeb, FortiManager and other products of Fortinet",
    _read,
    opening=(
        r"date=\d{4}-\d{1,2}-\d{1,2},? time=[\d:.]{5,18},? (?:[a-z_]{1,16}=(?:\"[^\"]{0,128}\"|[^\s\"]{0,128}),? ){0,4}"
        r"(?:device_id=\"?(?!F[GW]|\"?FGT)|(?:devid|dev_id)=\"?F(?:E|V|MG|ML|AZ|L-|SA|AC|AD|CT|DD|R|S))"
        r"|category=\"[^\"]{1,40}\" subcategory=\""
        r"|\{ ?(?:\"[a-z_]{2,16}\" ?: ?(?:\"[^\"\\]{0,128}\"|\d{1,20}), ?){2,10}"
        r"\"(?:devid|device_id|dev_id)\" ?: ?\"F(?:E|V|MG|ML|AZ|L-|SA|AC|AD|CT|DD|R|S)"
    ),
)
