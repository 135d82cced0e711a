"""vsftpd: ``vsftpd.log`` (with ``log_ftp_protocol`` or without): connections, logons and transfers.

Fields: ``pid``, ``user``, ``result`` (``OK`` or ``FAIL``), ``event`` (``LOGIN``, ``UPLOAD``, ``DOWNLOAD`` ...),
``Client``, ``path``, ``bytes`` and ``message``. Source: vsftpd, logging.c.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_HEAD: Final = re.compile(
    r"(?P<time>[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d \d{4}) \[pid (?P<pid>\d{1,10})\] "
    r"(?:\[(?P<user>.*(?=\] (?:OK|FAIL) LOGIN: Client \"[^\"]{0,64}\"$)|[^\]]*)\] )?(?P<message>.*)$"
).match
_DONE: Final = re.compile(
    r"(?:(?P<result>OK|FAIL) )?(?P<event>CONNECT|LOGIN|UPLOAD|DOWNLOAD|DELETE|MKDIR|RMDIR|RENAME|CHMOD|APPEND): "
    r'Client "(?P<Client>[^"]{0,64})"(?:, "(?P<path>[^"]*)")?(?:, (?P<bytes>\d{1,20}) bytes)?'
).match


def _read(line: Line, clock: Clock) -> Reading:
    head = _HEAD(line.text)
    if head is None:
        raise LineError("no line of vsftpd")
    fields: dict[str, Any] = {"program": "vsftpd", "pid": head["pid"], "message": head["message"]}
    if head["user"]:
        fields["user"] = head["user"]
    found = _DONE(head["message"])
    if found is not None:
        fields |= {name: value for name, value in found.groupdict().items() if value}
    return Reading(f"vsftpd/{'logon' if fields.get('event') == 'LOGIN' else 'ftp'}", fields, clock.bsd(head["time"]))


VSFTPD: Final = LineFormat(
    "vsftpd", "vsftpd", _read, opening=r"[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d \d{4} \[pid \d+\] "
)
