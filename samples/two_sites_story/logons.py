"""Events of logons, tickets and shares: writes them for a machine, gives the session that began."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from two_sites_story.estate import DNS_DOMAIN, DOMAIN, SYSTEM, Account

if TYPE_CHECKING:
    from two_sites_story.kinds import Json
    from two_sites_story.machine import Machine, Session

REMOTE_INTERACTIVE = 10
"""The logon type of remote desktop."""
_NO_GUID = "00000000-0000-0000-0000-000000000000"
_RDP_PROCESS = ("0x3d8", "C:\\Windows\\System32\\svchost.exe")
_PRIVILEGES = "\r\n\t\t\t".join(
    (
        "SeSecurityPrivilege",
        "SeBackupPrivilege",
        "SeRestorePrivilege",
        "SeTakeOwnershipPrivilege",
        "SeDebugPrivilege",
        "SeSystemEnvironmentPrivilege",
        "SeLoadDriverPrivilege",
        "SeImpersonatePrivilege",
        "SeEnableDelegationPrivilege",
    )
)


@dataclass(frozen=True, kw_only=True)
class Logon:
    """How somebody logs on: from where, by what type and package."""

    account: Account
    source: str
    logon_type: int = 3
    package: str = "Kerberos"
    workstation: str = "-"
    privileged: bool = False
    terminal: int = 0


def log_on(machine: Machine, ticks: int, logon: Logon) -> Session:
    """Write the logon (4624, and 4672 if the account is privileged) and give its session."""
    session = machine.new_session(
        logon.account, terminal=logon.terminal, integrity="High" if logon.privileged else "Medium"
    )
    remote = logon.logon_type == REMOTE_INTERACTIVE
    subject = SYSTEM.sid if remote else "S-1-0-0"
    process_id, process_name = _RDP_PROCESS if remote else ("0x0", "-")
    payload: dict[str, Json] = {
        "SubjectUserSid": subject,
        "SubjectUserName": machine.machine_account.name if remote else "-",
        "SubjectDomainName": DOMAIN if remote else "-",
        "SubjectLogonId": "0x3e7" if remote else "0x0",
        "TargetUserSid": logon.account.sid,
        "TargetUserName": logon.account.name,
        "TargetDomainName": logon.account.domain,
        "TargetLogonId": session.logon_hex,
        "LogonType": logon.logon_type,
        "LogonProcessName": "User32 " if remote else "Kerberos" if logon.package == "Kerberos" else "NtLmSsp ",
        "AuthenticationPackageName": "Negotiate" if remote else logon.package,
        "WorkstationName": machine.name if remote else logon.workstation,
        "LogonGuid": machine.new_guid() if logon.package == "Kerberos" else _NO_GUID,
        "TransmittedServices": "-",
        "LmPackageName": "NTLM V2" if logon.package == "NTLM" else "-",
        "KeyLength": 128 if logon.package == "NTLM" else 0,
        "ProcessId": process_id,
        "ProcessName": process_name,
        "IpAddress": logon.source,
        "IpPort": "0" if remote else str(machine.rng.randrange(49200, 65000)),
        "ImpersonationLevel": "%%1833",
        "RestrictedAdminMode": "-",
        "TargetOutboundUserName": "-",
        "TargetOutboundDomainName": "-",
        "VirtualAccount": "%%1843",
        "TargetLinkedLogonId": "0x0",
        "ElevatedToken": "%%1842" if logon.privileged else "%%1843",
    }
    machine.write("Security/4624", ticks, payload)
    if logon.privileged:
        privileges: dict[str, Json] = {
            "SubjectUserSid": logon.account.sid,
            "SubjectUserName": logon.account.name,
            "SubjectDomainName": logon.account.domain,
            "SubjectLogonId": session.logon_hex,
            "PrivilegeList": _PRIVILEGES,
        }
        machine.write("Security/4672", machine.moment(ticks), privileges)
    return session


def log_off(machine: Machine, ticks: int, session: Session, logon_type: int = 3) -> None:
    """Write the end of a session (4634)."""
    payload: dict[str, Json] = {
        "TargetUserSid": session.account.sid,
        "TargetUserName": session.account.name,
        "TargetDomainName": session.account.domain,
        "TargetLogonId": session.logon_hex,
        "LogonType": logon_type,
    }
    machine.write("Security/4634", ticks, payload)


def explicit(machine: Machine, ticks: int, session: Session, account: Account, target: str) -> None:
    """Write that a password was given for another host (4648), by remote desktop to it."""
    payload: dict[str, Json] = {
        "SubjectUserSid": session.account.sid,
        "SubjectUserName": session.account.name,
        "SubjectDomainName": session.account.domain,
        "SubjectLogonId": session.logon_hex,
        "LogonGuid": _NO_GUID,
        "TargetUserName": account.name,
        "TargetDomainName": account.domain,
        "TargetLogonGuid": machine.new_guid(),
        "TargetServerName": f"{target}.{DNS_DOMAIN}",
        "TargetInfo": f"TERMSRV/{target}",
        "ProcessId": "0x288",
        "ProcessName": "C:\\Windows\\System32\\lsass.exe",
        "IpAddress": "-",
        "IpPort": "-",
    }
    machine.write("Security/4648", ticks, payload)


def ticket(machine: Machine, ticks: int, account: Account, source: str) -> None:
    """Write the ticket-granting ticket (4768) that a domain controller gives."""
    payload: dict[str, Json] = {
        "TargetUserName": account.name,
        "TargetDomainName": DOMAIN,
        "TargetSid": account.sid,
        "ServiceName": "krbtgt",
        "ServiceSid": f"{account.sid.rsplit('-', 1)[0]}-502",
        "TicketOptions": "0x40810010",
        "Status": "0x0",
        "TicketEncryptionType": "0x12",
        "PreAuthType": "2",
        "IpAddress": f"::ffff:{source}",
        "IpPort": str(machine.rng.randrange(49200, 65000)),
        "CertIssuerName": "",
        "CertSerialNumber": "",
        "CertThumbprint": "",
    }
    machine.write("Security/4768", ticks, payload)


def service_ticket(machine: Machine, ticks: int, account: Account, source: str, service: Account) -> None:
    """Write the service ticket (4769) that a domain controller gives."""
    payload: dict[str, Json] = {
        "TargetUserName": f"{account.name}@{DNS_DOMAIN.upper()}",
        "TargetDomainName": DNS_DOMAIN.upper(),
        "ServiceName": service.name,
        "ServiceSid": service.sid,
        "TicketOptions": "0x40810000",
        "TicketEncryptionType": "0x12",
        "IpAddress": f"::ffff:{source}",
        "IpPort": str(machine.rng.randrange(49200, 65000)),
        "Status": "0x0",
        "LogonGuid": machine.new_guid(),
        "TransmittedServices": "-",
    }
    machine.write("Security/4769", ticks, payload)


def validated(machine: Machine, ticks: int, account: Account, workstation: str) -> None:
    """Write the check of an NTLM answer (4776)."""
    payload: dict[str, Json] = {
        "PackageName": "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0",
        "TargetUserName": account.name,
        "Workstation": workstation,
        "Status": "0x0",
    }
    machine.write("Security/4776", ticks, payload)


@dataclass(frozen=True, kw_only=True)
class Share:
    """A share, and a file in it if one is opened."""

    name: str
    local_path: str
    target: str | None = None
    mask: str = "0x120089"
    rights: str = "%%1538\r\n\t\t\t\t%%1541\r\n\t\t\t\t%%4416\r\n\t\t\t\t%%4419\r\n\t\t\t\t%%4423\r\n\t\t\t\t"


READ_TREE = Share(name="", local_path="", mask="0x1", rights="%%4416\r\n\t\t\t\t")


def use_share(machine: Machine, ticks: int, session: Session, source: str, share: Share) -> None:
    """Write the use of a share: 5140 for the share itself, 5145 for a file in it."""
    payload: dict[str, Json] = {
        "SubjectUserSid": session.account.sid,
        "SubjectUserName": session.account.name,
        "SubjectDomainName": session.account.domain,
        "SubjectLogonId": session.logon_hex,
        "ObjectType": "File",
        "IpAddress": source,
        "IpPort": str(machine.rng.randrange(49200, 65000)),
        "ShareName": f"\\\\*\\{share.name}",
        "ShareLocalPath": share.local_path,
    }
    if share.target is None:
        payload |= {"AccessMask": READ_TREE.mask, "AccessList": READ_TREE.rights}
        machine.write("Security/5140", ticks, payload, pid=4)
        return
    payload |= {
        "RelativeTargetName": share.target,
        "AccessMask": share.mask,
        "AccessList": share.rights,
        "AccessReason": "-",
    }
    machine.write("Security/5145", ticks, payload, pid=4)
