"""Windows' Network Policy Server (RADIUS): its log in the form for databases, in XML, and in the older one of IAS.

Requests are ``microsoft_nps/logon`` (asked, accepted, refused) and ``microsoft_nps/accounting``, by the names of the
attributes that the manual gives: ``Packet-Type`` (1 asked, 2 accepted, 3 refused, 4 and 5 accounting, 11 challenge),
``User-Name``, ``Fully-Qualified-User-Name``, ``Calling-Station-Id`` (where the user is), ``Client-IP-Address`` (the
device that asked), ``Reason-Code``, ``Policy-Name`` and so on; attributes of the older form whose number is of no known
name are called ``Attribute-N``. Times are local. Sources: Microsoft, Interpret NPS Database Format Log Files, Interpret
IAS Format Log Files; NXLog, xm_nps (the form in XML).
"""

from __future__ import annotations

import csv
import re
from html import unescape
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock, Stamp

_NAMES: Final = (
    "Computer-Name", "Service-Name", "Record-Date", "Record-Time", "Packet-Type", "User-Name",
    "Fully-Qualified-User-Name", "Called-Station-Id", "Calling-Station-Id", "Callback-Number", "Framed-IP-Address",
    "NAS-Identifier", "NAS-IP-Address", "NAS-Port", "Client-Vendor", "Client-IP-Address", "Client-Friendly-Name",
    "Event-Timestamp", "Port-Limit", "NAS-Port-Type", "Connect-Info", "Framed-Protocol", "Service-Type",
    "Authentication-Type", "Policy-Name", "Reason-Code", "Class", "Session-Timeout", "Idle-Timeout",
    "Termination-Action", "EAP-Friendly-Name", "Acct-Status-Type", "Acct-Delay-Time", "Acct-Input-Octets",
    "Acct-Output-Octets", "Acct-Session-Id", "Acct-Authentic", "Acct-Session-Time", "Acct-Input-Packets",
    "Acct-Output-Packets", "Acct-Terminate-Cause", "Acct-Multi-Ssn-Id", "Acct-Link-Count", "Acct-Interim-Interval",
    "Tunnel-Type", "Tunnel-Medium-Type", "Tunnel-Client-Endpt", "Tunnel-Server-Endpt", "Acct-Tunnel-Conn",
    "Tunnel-Pvt-Group-Id", "Tunnel-Assignment-Id", "Tunnel-Preference", "MS-Acct-Auth-Type", "MS-Acct-EAP-Type",
    "MS-RAS-Version", "MS-RAS-Vendor", "MS-CHAP-Error", "MS-CHAP-Domain", "MS-MPPE-Encryption-Types",
    "MS-MPPE-Encryption-Policy", "Proxy-Policy-Name", "Provider-Type", "Provider-Name", "Remote-Server-Address",
    "MS-RAS-Client-Name", "MS-RAS-Client-Version",
)  # fmt: skip
_OF_IAS: Final = ("NAS-IP-Address", "User-Name", "Record-Date", "Record-Time", "Service-Name", "Computer-Name")
"""What a line of the older form begins with; numbers of attributes and their values follow."""
_ATTRIBUTES: Final = {
    "5": "NAS-Port", "6": "Service-Type", "7": "Framed-Protocol", "8": "Framed-IP-Address", "25": "Class",
    "30": "Called-Station-Id", "31": "Calling-Station-Id", "32": "NAS-Identifier", "40": "Acct-Status-Type",
    "42": "Acct-Input-Octets", "43": "Acct-Output-Octets", "44": "Acct-Session-Id", "46": "Acct-Session-Time",
    "49": "Acct-Terminate-Cause", "61": "NAS-Port-Type", "77": "Connect-Info", "4108": "Client-IP-Address",
    "4116": "Client-Vendor", "4127": "Authentication-Type", "4128": "Client-Friendly-Name",
    "4129": "SAM-Account-Name", "4130": "Fully-Qualified-User-Name", "4132": "EAP-Friendly-Name",
    "4136": "Packet-Type", "4142": "Reason-Code", "4149": "Policy-Name", "4154": "Proxy-Policy-Name",
}  # fmt: skip
_ELEMENT: Final = re.compile(r'<([A-Za-z][\w.\-]{0,63}) data_type="\d{1,2}">([^<]*)</\1>').findall
_RENAMED: Final = {
    "NP-Policy-Name": "Policy-Name",
    "SAM-Account-Name": "SAM-Account-Name",
    "Event-Source": "Service-Name",
}
_DATE: Final = re.compile(r"(\d\d)/(\d\d)/(\d{4}),? (\d\d:\d\d:\d\d(?:\.\d{1,7})?)", re.ASCII).fullmatch
_FEWEST: Final = 7
_ACCOUNTING: Final = frozenset({"4", "5"})


def _read(line: Line, clock: Clock) -> Reading:
    message = line.message or line.text
    if message.startswith("<"):
        fields = {_RENAMED.get(name, name): unescape(value) for name, value in _ELEMENT(message)}
        stated = fields.get("Timestamp", "")
    else:
        try:
            cells = next(csv.reader([message], strict=False), [])
        except csv.Error as error:
            raise LineError(f"no row of values: {error}") from error
        if len(cells) < _FEWEST:
            raise LineError("no line of a policy server's log")
        fields = _of_ias(cells) if message[0] != '"' else dict(zip(_NAMES, cells, strict=False))
        fields = {name: value for name, value in fields.items() if value}
        stated = f"{fields.get('Record-Date', '')} {fields.get('Record-Time', '')}"
    time = _moment(stated, clock)
    if time is None or "Packet-Type" not in fields:
        raise LineError("a line of a policy server without a time or a type")
    kind = "accounting" if fields["Packet-Type"] in _ACCOUNTING else "logon"
    return Reading(f"microsoft_nps/{kind}", fields, time, fields.get("Computer-Name", ""))


def _of_ias(cells: list[str]) -> dict[str, str]:
    fields = dict(zip(_OF_IAS, cells, strict=False))
    rest = cells[len(_OF_IAS) :]
    for number, value in zip(rest[::2], rest[1::2], strict=False):
        fields.setdefault(_ATTRIBUTES.get(number, f"Attribute-{number}"), value)
    return fields


def _moment(stated: str, clock: Clock) -> Stamp | None:
    found = _DATE(stated)
    if found is None:
        return None
    stamp = clock.iso(f"{found[3]}-{found[1]}-{found[2]} {found[4]}")
    return stamp._replace(stated=stated) if stamp is not None else None


MICROSOFT_NPS: Final = LineFormat(
    "microsoft_nps",
    "log of Windows' Network Policy Server",
    _read,
    opening=r'"[^"]{1,64}","(?:IAS|RAS|NPS)",\d\d/\d\d/\d{4},\d\d:\d\d:\d\d,\d{1,2},'
    r'|<Event><Timestamp data_type="4">'
    r"|[0-9.]{7,15},[^,]{0,256},\d\d/\d\d/\d{4},\d\d:\d\d:\d\d,(?:IAS|RAS|NPS),[^,]{1,64},\d{1,5},",
)
