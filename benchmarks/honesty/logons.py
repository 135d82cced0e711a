"""Logons, tickets, accounts and the audit policy: events of Security, and of remote desktop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from benchmarks.honesty.journal import DOMAIN_SID, SYSTEM_SID, Account, Journal, Session, after
from benchmarks.honesty.kinds import CONNECTIONS, SECURITY, SESSIONS
from benchmarks.honesty.records import DNS_DOMAIN, DOMAIN, Host, Named

REMOTE_DESKTOP: Final = 10
_NO_GUID: Final = "{00000000-0000-0000-0000-000000000000}"
_RIGHTS: Final = ("SeSecurityPrivilege", "SeBackupPrivilege", "SeRestorePrivilege", "SeDebugPrivilege")
_DOMAIN_RIGHT: Final = "SeEnableDelegationPrivilege"


@dataclass(frozen=True, kw_only=True)
class Logon:
    """How somebody logs on.

    Attributes:
        account, source, workstation: who, and from where.
        logon_type, package: how.
        privileged: whether the account is an administrator there.
        of_domain: whether it is one of the domain, which shows on domain controllers.
    """

    account: Account
    source: str = "-"
    workstation: str = "-"
    logon_type: int = 3
    package: str = "Kerberos"
    privileged: bool = False
    of_domain: bool = False


def log_on(journal: Journal, ticks: int, logon: Logon) -> Session:
    """Somebody logged on (4624, and 4672 if privileged)."""
    remote = logon.logon_type == REMOTE_DESKTOP
    session = journal.new_session(logon.account, 2 if remote else 0)
    local = logon.logon_type not in (3, REMOTE_DESKTOP)
    payload: Named = {
        "SubjectUserSid": SYSTEM_SID if remote or local else "S-1-0-0",
        "SubjectUserName": journal.machine.name if remote or local else "-",
        "SubjectDomainName": DOMAIN if remote or local else "-",
        "SubjectLogonId": "0x3e7" if remote or local else "0x0",
        "TargetUserSid": logon.account.sid,
        "TargetUserName": logon.account.name,
        "TargetDomainName": logon.account.domain,
        "TargetLogonId": session.logon_id,
        "LogonType": logon.logon_type,
        "LogonProcessName": "User32 " if remote or local else "NtLmSsp " if logon.package == "NTLM" else "Kerberos",
        "AuthenticationPackageName": "Negotiate" if remote or local else logon.package,
        "WorkstationName": journal.host.name if remote else logon.workstation,
        "LogonGuid": _NO_GUID,
        "TransmittedServices": "-",
        "LmPackageName": "NTLM V2" if logon.package == "NTLM" else "-",
        "KeyLength": 128 if logon.package == "NTLM" else 0,
        "ProcessId": "0x3d8" if remote or local else "0x0",
        "ProcessName": "C:\\Windows\\System32\\svchost.exe" if remote or local else "-",
        "IpAddress": logon.source,
        "IpPort": "0" if remote or local else str(journal.chance.randrange(49200, 65000)),
        "ImpersonationLevel": "%%1833",
        "ElevatedToken": "%%1842" if logon.privileged else "%%1843",
    }
    journal.write((SECURITY, 4624), ticks, payload, process_id=648)
    if logon.privileged:
        rights = (*_RIGHTS, _DOMAIN_RIGHT) if logon.of_domain else _RIGHTS
        special = _subject(logon.account, session.logon_id) | {"PrivilegeList": "\r\n\t\t\t".join(rights)}
        journal.write((SECURITY, 4672), after(ticks, 0.001), special, process_id=648)
    return session


def _subject(account: Account, logon_id: str) -> Named:
    return {
        "SubjectUserSid": account.sid,
        "SubjectUserName": account.name,
        "SubjectDomainName": account.domain,
        "SubjectLogonId": logon_id,
    }


def log_off(journal: Journal, ticks: int, session: Session, logon_type: int = 3) -> None:
    """A session ended (4634)."""
    payload: Named = {
        "TargetUserSid": session.account.sid,
        "TargetUserName": session.account.name,
        "TargetDomainName": session.account.domain,
        "TargetLogonId": session.logon_id,
        "LogonType": logon_type,
    }
    journal.write((SECURITY, 4634), ticks, payload, process_id=648)


def used_other_credentials(journal: Journal, ticks: int, session: Session, account: Account, target: Host) -> None:
    """A session named an account and its password for another host (4648)."""
    payload: Named = _subject(session.account, session.logon_id) | {
        "LogonGuid": _NO_GUID,
        "TargetUserName": account.name,
        "TargetDomainName": account.domain,
        "TargetLogonGuid": _NO_GUID,
        "TargetServerName": target.computer,
        "TargetInfo": f"TERMSRV/{target.computer}",
        "ProcessId": "0x1f4",
        "ProcessName": "C:\\Windows\\System32\\lsass.exe",
        "IpAddress": "-",
        "IpPort": "-",
    }
    journal.write((SECURITY, 4648), ticks, payload, process_id=648)


def ticket(journal: Journal, ticks: int, account: Account, source: str) -> None:
    """A domain controller gave a ticket-granting ticket (4768)."""
    payload: Named = {
        "TargetUserName": account.name,
        "TargetDomainName": DOMAIN,
        "TargetSid": account.sid,
        "ServiceName": "krbtgt",
        "ServiceSid": f"{DOMAIN_SID}-502",
        "TicketOptions": "0x40810010",
        "Status": "0x0",
        "TicketEncryptionType": "0x12",
        "PreAuthType": "2",
        "IpAddress": f"::ffff:{source}",
        "IpPort": str(journal.chance.randrange(49200, 65000)),
        "CertIssuerName": "",
        "CertSerialNumber": "",
        "CertThumbprint": "",
    }
    journal.write((SECURITY, 4768), ticks, payload, process_id=648)


def service_ticket(journal: Journal, ticks: int, account: Account, source: str, service: Account) -> None:
    """A domain controller gave a service ticket (4769)."""
    payload: Named = {
        "TargetUserName": f"{account.name}@{DNS_DOMAIN.upper()}",
        "TargetDomainName": DNS_DOMAIN.upper(),
        "ServiceName": service.name,
        "ServiceSid": service.sid,
        "TicketOptions": "0x40810000",
        "TicketEncryptionType": "0x12",
        "IpAddress": f"::ffff:{source}",
        "IpPort": str(journal.chance.randrange(49200, 65000)),
        "Status": "0x0",
        "LogonGuid": _NO_GUID,
        "TransmittedServices": "-",
    }
    journal.write((SECURITY, 4769), ticks, payload, process_id=648)


def validated(journal: Journal, ticks: int, account: Account, workstation: str) -> None:
    """An NTLM answer was checked (4776)."""
    payload: Named = {
        "PackageName": "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0",
        "TargetUserName": account.name,
        "Workstation": workstation,
        "Status": "0x0",
    }
    journal.write((SECURITY, 4776), ticks, payload, process_id=648)


def account_made(journal: Journal, ticks: int, session: Session, account: Account) -> None:
    """An account was made (4720), and changed as it is then (4738)."""
    target: Named = {
        "TargetUserName": account.name,
        "TargetDomainName": account.domain,
        "TargetSid": account.sid,
    }
    made = target | _subject(session.account, session.logon_id) | {"PrivilegeList": "-", "SamAccountName": account.name}
    journal.write((SECURITY, 4720), ticks, made, process_id=648)


def member_added(journal: Journal, ticks: int, session: Session, account: Account) -> None:
    """An account was added to the administrators of the domain (4728)."""
    payload: Named = {
        "MemberName": f"CN={account.name},CN=Users,DC=minato-gas,DC=example",
        "MemberSid": account.sid,
        "TargetUserName": "Domain Admins",
        "TargetDomainName": DOMAIN,
        "TargetSid": f"{DOMAIN_SID}-512",
        **_subject(session.account, session.logon_id),
        "PrivilegeList": "-",
    }
    journal.write((SECURITY, 4728), ticks, payload, process_id=648)


def desktop_session(journal: Journal, ticks: int, event_id: int, session: Session, source: str) -> None:
    """A remote desktop session began, ended or was cut off (21 to 24)."""
    payload: Named = {"User": session.account.full, "SessionID": session.terminal}
    if event_id != 23:  # noqa: PLR2004 - a logoff names no address
        payload["Address"] = source
    journal.write((SESSIONS, event_id), ticks, payload, user=SYSTEM_SID, process_id=984)


def desktop_authenticated(journal: Journal, ticks: int, account: Account, source: str) -> None:
    """Somebody authenticated to remote desktop (1149)."""
    payload: Named = {"Param1": account.name, "Param2": account.domain, "Param3": source}
    journal.write((CONNECTIONS, 1149), ticks, payload, user="S-1-5-20", process_id=984)


def desktop(journal: Journal, ticks: int, logon: Logon, minutes: int) -> Session:
    """Somebody worked on the host by remote desktop for some time: 1149, 4624, 21, 22, then 4634, 23, 24."""
    desktop_authenticated(journal, ticks, logon.account, logon.source)
    session = log_on(journal, after(ticks, 0.4), logon)
    for event_id, seconds in ((21, 1.2), (22, 1.9)):
        desktop_session(journal, after(ticks, seconds), event_id, session, logon.source)
    end = after(ticks, minutes * 60)
    desktop_session(journal, end, 23, session, logon.source)
    log_off(journal, after(end, 0.5), session, REMOTE_DESKTOP)
    desktop_session(journal, after(end, 0.9), 24, session, logon.source)
    return session
