"""All formats of lines, in the order in which a line is tried. To add one, add its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yadorigi.sources.antivirus.cisco_secure_endpoint import CISCO_SECURE_ENDPOINT
from yadorigi.sources.antivirus.crowdstrike import CROWDSTRIKE
from yadorigi.sources.antivirus.cylance import CYLANCE
from yadorigi.sources.antivirus.defender_endpoint import DEFENDER_ENDPOINT
from yadorigi.sources.antivirus.defender_log import DEFENDER_LOG
from yadorigi.sources.antivirus.eset import ESET
from yadorigi.sources.antivirus.forticlient import FORTICLIENT
from yadorigi.sources.antivirus.kaspersky import KASPERSKY
from yadorigi.sources.antivirus.sophos_central import SOPHOS_CENTRAL
from yadorigi.sources.antivirus.symantec import SYMANTEC
from yadorigi.sources.antivirus.trellix_epo import TRELLIX_EPO
from yadorigi.sources.antivirus.trend_micro import TREND_MICRO
from yadorigi.sources.appliances.check_point import CHECK_POINT
from yadorigi.sources.appliances.cisco_asa import CISCO_ASA
from yadorigi.sources.appliances.cisco_duo import CISCO_DUO
from yadorigi.sources.appliances.cisco_fmc import CISCO_FMC
from yadorigi.sources.appliances.cisco_ios import CISCO_IOS
from yadorigi.sources.appliances.cisco_ise import CISCO_ISE
from yadorigi.sources.appliances.cisco_meraki import CISCO_MERAKI
from yadorigi.sources.appliances.cisco_umbrella import CISCO_UMBRELLA
from yadorigi.sources.appliances.citrix_netscaler import CITRIX_NETSCALER
from yadorigi.sources.appliances.f5_bigip import F5_BIGIP
from yadorigi.sources.appliances.fortigate import FORTIGATE
from yadorigi.sources.appliances.fortinet import FORTINET
from yadorigi.sources.appliances.junos import JUNOS
from yadorigi.sources.appliances.network_services import NETWORK_SERVICES
from yadorigi.sources.appliances.panos import PANOS
from yadorigi.sources.appliances.panos_cloud import PANOS_CLOUD
from yadorigi.sources.appliances.panos_gpsvc import PANOS_GPSVC
from yadorigi.sources.appliances.panos_nginx import PANOS_NGINX
from yadorigi.sources.appliances.panos_telemetry import PANOS_TELEMETRY
from yadorigi.sources.appliances.pfsense import PFSENSE
from yadorigi.sources.appliances.pulse_secure import PULSE_SECURE
from yadorigi.sources.appliances.screenos import SCREENOS
from yadorigi.sources.appliances.sonicwall import SONICWALL
from yadorigi.sources.appliances.sophos_firewall import SOPHOS_FIREWALL
from yadorigi.sources.appliances.sophos_utm import SOPHOS_UTM
from yadorigi.sources.appliances.zeek import ZEEK
from yadorigi.sources.lines.cef import CEF, LEEF
from yadorigi.sources.lines.plain_syslog import SYSLOG
from yadorigi.sources.linux.apt_history import APT_HISTORY
from yadorigi.sources.linux.audit import AUDITD
from yadorigi.sources.linux.auditbeat import AUDITBEAT
from yadorigi.sources.linux.esxi import ESXI
from yadorigi.sources.linux.journal import JOURNAL
from yadorigi.sources.linux.journal_blocks import JOURNAL_EXPORT, JOURNAL_PRETTY
from yadorigi.sources.linux.last import LAST
from yadorigi.sources.linux.packages import LINUX_PACKAGES
from yadorigi.sources.linux.shell_history import SHELL_HISTORY
from yadorigi.sources.linux.syslog import LINUX
from yadorigi.sources.linux.sysmon import LINUX_SYSMON
from yadorigi.sources.linux.vsftpd import VSFTPD
from yadorigi.sources.web.access import ACCESS
from yadorigi.sources.web.atlassian import ATLASSIAN
from yadorigi.sources.web.aws_elb import AWS_ELB
from yadorigi.sources.web.error_logs import APACHE_ERROR, NGINX_ERROR
from yadorigi.sources.web.haproxy import HAPROXY
from yadorigi.sources.web.iis_lines import IIS_LINES
from yadorigi.sources.web.java_logs import JAVA_LOGS
from yadorigi.sources.web.json_logs import WEB_JSON
from yadorigi.sources.web.modsecurity_parts import MODSECURITY_PARTS
from yadorigi.sources.web.squid import SQUID
from yadorigi.sources.windows.dhcp_audit import MICROSOFT_DHCP
from yadorigi.sources.windows.dns_debug import MICROSOFT_DNS
from yadorigi.sources.windows.nps_log import MICROSOFT_NPS
from yadorigi.sources.windows.relayed import WINDOWS_LINES
from yadorigi.sources.windows.transcript import POWERSHELL_TRANSCRIPT

if TYPE_CHECKING:
    from yadorigi.sources.lines.format import LineFormat

FORMATS: Final[tuple[LineFormat, ...]] = (
    AUDITD,  # before all whose openings may have any text in front: whoever is watched chooses that of its records
    FORTINET,  # before FortiGate, whose dates its lines begin with too
    FORTIGATE,
    SONICWALL,
    CHECK_POINT,
    SOPHOS_FIREWALL,
    SOPHOS_UTM,
    PANOS,
    PANOS_CLOUD,
    PANOS_GPSVC,
    PANOS_TELEMETRY,
    PANOS_NGINX,  # before other access logs, which have fewer addresses
    PFSENSE,
    NETWORK_SERVICES,
    PULSE_SECURE,
    CITRIX_NETSCALER,
    JUNOS,
    SCREENOS,
    F5_BIGIP,
    CISCO_ASA,
    CISCO_ISE,
    CISCO_FMC,
    CISCO_DUO,
    CISCO_MERAKI,
    CISCO_UMBRELLA,
    ZEEK,
    CISCO_IOS,  # after ASA, whose messages look alike
    ACCESS,
    IIS_LINES,
    APACHE_ERROR,
    NGINX_ERROR,
    HAPROXY,
    SQUID,
    ATLASSIAN,
    AWS_ELB,
    JAVA_LOGS,
    MODSECURITY_PARTS,
    TREND_MICRO,
    SYMANTEC,
    ESET,
    KASPERSKY,
    SOPHOS_CENTRAL,
    DEFENDER_ENDPOINT,
    DEFENDER_LOG,
    TRELLIX_EPO,
    CISCO_SECURE_ENDPOINT,
    FORTICLIENT,
    CYLANCE,
    CROWDSTRIKE,
    CEF,  # after products that write CEF or LEEF and have a reader of their own
    LEEF,
    AUDITBEAT,
    LINUX_SYSMON,
    JOURNAL,
    JOURNAL_EXPORT,
    JOURNAL_PRETTY,
    SHELL_HISTORY,
    LAST,
    LINUX_PACKAGES,
    APT_HISTORY,
    VSFTPD,
    ESXI,
    LINUX,
    MICROSOFT_DNS,
    MICROSOFT_DHCP,
    MICROSOFT_NPS,
    POWERSHELL_TRANSCRIPT,
    WEB_JSON,  # after others in JSON, whose messages may hold a line of it
    WINDOWS_LINES,  # after all in JSON, which it would look through, and Sysmon for Linux, which looks alike
    SYSLOG,  # last: it takes every line with a header
)
