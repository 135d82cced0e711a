"""Network services: what OpenVPN, strongSwan, Unbound, DHCP servers, Snort and Suricata send to syslog.

They run on firewalls (pfSense, OPNsense, IPFire ...) and servers alike. Lines are known by the program in their header:

- ``network_services/openvpn``: ``user``, ``ip``, ``port``, ``assigned_ip``, ``text``; ``event`` is what happened;
- ``network_services/ipsec`` (charon): ``thread``, ``group``, ``connection``, addresses and ports of packets
  (``local_ip``, ``remote_ip`` ...), ``text``;
- ``network_services/vpn_logon``: of either, whose logon was accepted or not: ``user``, ``event``;
- ``network_services/radius`` (FreeRADIUS): ``user``, ``event``, ``reason``, the device that asked (``nas``,
  ``nas_port``) and where the user is (``cli``);
- ``network_services/dns`` (Unbound, dnsmasq, BIND; also BIND's own log of queries): ``ip``, ``name``, ``type``,
  ``class``, ``event`` (``query`` or ``reply``), and of an answer ``rcode``;
- ``network_services/dhcp`` (ISC dhcpd, Kea, dnsmasq): ``event`` (``DHCPACK`` ...), ``ip``, ``mac``, ``hostname``,
  ``interface``;
- ``network_services/http`` (Squid, where its line is not as the reader of Squid's own files has it): ``client_ip``,
  ``result``, ``status_code``, ``http_method``, ``url``, ``user``, ``hierarchy``, ``server`` ...;
- ``network_services/ids`` (Snort, Suricata): ``gid``, ``sid``, ``rev``, ``msg``, ``classification``, ``priority``,
  ``proto``, ``src``, ``sport``, ``dst``, ``dport``; of Suricata's events in JSON (EVE) the names that these have, as
  ``alert.signature``, also from a file without headers;
- what else Suricata's events in JSON tell, by their type: ``network_services/suricata_dns`` (``dns.rdata`` has all
  answers, with semicolons between), ``suricata_http``, ``suricata_tls`` (QUIC too), ``suricata_ssh``, ``suricata_smb``,
  ``suricata_logon`` (Kerberos, and NTLM inside of SMB), ``suricata_rdp``, ``suricata_dhcp``, ``suricata_flow``,
  ``suricata_file`` (``fileinfo``), and ``suricata_traffic`` for all others of a connection; ``tls.fingerprint_sha1`` is
  the certificate's fingerprint without its colons, ``files.NAME`` has the values of all files of an alert; the host is
  the sensor's name, where the events have it;
- ``network_services/other``: all else, with its text alone.

Every event but those in JSON has ``program``, ``pid`` and ``message``. ``event`` is made of the message's own words in
lower case.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.appliances.network_messages import READERS, told
from yadorigi.sources.appliances.suricata import read_eve
from yadorigi.sources.lines.clock import MONTHS
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock


_NAMED_LOG: Final = re.compile(
    r"(\d\d)-([A-Z][a-z]{2})-(\d{4}) (\d\d:\d\d:\d\d\.\d{3}) (.*)", re.ASCII | re.DOTALL
).fullmatch


def _read(line: Line, clock: Clock) -> Reading:
    header = line.header
    program = header.program.strip("()")
    if line.message.startswith("{") and program.lower() in ("", "suricata"):
        kind, event = read_eve(line.message)
        sensor = event.get("host")
        stamp = clock.read(str(event.get("timestamp", "")))
        return Reading(f"network_services/{kind}", event, stamp, sensor if isinstance(sensor, str) else "")
    if not header.time and (own := _NAMED_LOG(line.message)) is not None:
        day, month, year, moment, rest = own.groups()
        kind, event = told("named", rest)
        stamp = clock.iso(f"{year}-{MONTHS.get(month.lower(), 0):02}-{day} {moment}")
        return Reading(f"network_services/{kind}", {"program": "named", "message": rest, **event}, stamp)
    if not header.time:
        raise LineError("a line of a network service without a time")
    fields = {"program": program, "message": line.message}
    if header.process:
        fields["pid"] = header.process
    kind, found = told(program.lower(), line.message)
    return Reading(f"network_services/{kind}", fields | found)


NETWORK_SERVICES: Final = LineFormat(
    "network_services",
    "services of networks (OpenVPN, strongSwan, Unbound, DHCP, Snort)",
    _read,
    opening=r"\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d\.\d{3} (?:[\w\-]{1,32}: )?(?:[a-z]{4,7}: )?"
    r"client (?:@0x[0-9a-f]+ )?\S+#\d"
    r"|\{ ?\"timestamp\": ?\"\d{4}-\d\d-\d\dT[^\"]{8,30}\", ?"
    r"(?:\"[a-z_]{1,20}\": ?(?:\d{1,20}|\"[^\"\\]{0,64}\"), ?){0,4}\"event_type\": ?\"",
    programs=frozenset((*READERS, "(squid-1)", "(squid)")),
    keeps=True,
)
