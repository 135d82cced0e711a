"""Accounts, hosts and addresses have one key in all spellings, and stand in the same OCSF fields in all logs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from yadorigi.schema.event import Event, EventKind, Value
from yadorigi.schema.identity import account_key, address_key, host_key, split_account
from yadorigi.schema.ocsf import normalise

SECURITY = "Microsoft-Windows-Security-Auditing"
Cases = Mapping[str | None, Sequence[str]]

ACCOUNTS: Cases = {
    "alice": [
        "alice",
        "ALICE",
        " Alice ",
        r"CORP\alice",
        r"CORP\\alice",
        "alice@corp.example",
        r".\alice",
        r"CORP\alice@x.example",
    ],
    "dc1$": ["DC1$", r"CORP\DC1$", "DC1$@CORP.EXAMPLE"],
    r"nt authority\system": [r"NT AUTHORITY\SYSTEM", "SYSTEM", "S-1-5-18", r"NT-AUTORITÄT\SYSTEM"],
    r"nt authority\anonymous logon": [r"NT AUTHORITY\ANONYMOUS LOGON", "S-1-5-7"],
    r"iis apppool\alice": [r"IIS APPPOOL\alice"],
    "s-1-5-21-1-2-3-1104": ["S-1-5-21-1-2-3-1104"],
    "@corp.example": ["@corp.example"],
    "alice@": ["alice@"],
    None: ["", "-", " ", "N/A", "(null)", "S-1-0-0", r"CORP\-", "\\", "unknown", "a" * 2_000],
}
HOSTS: Cases = {
    "dc1": ["DC1", "dc1.corp.example", "DC1.CORP.EXAMPLE.", r"\\DC1", "DC1$"],
    "192.0.2.7": ["192.0.2.7", "::ffff:192.0.2.7", "192.0.2.7:443"],
    None: ["", "-", "localhost", "localhost.localdomain", ".", "h" * 300],
}
ADDRESSES: Cases = {
    "10.0.0.1": ["10.0.0.1", "::ffff:10.0.0.1", "::FFFF:a00:1", "10.0.0.1:3389", "[::ffff:10.0.0.1]:50000"],
    "::1": ["::1", "[::1]", "[::1]:8443", "0:0:0:0:0:0:0:1"],
    "fe80::1": ["fe80::1%12", "[fe80::1%eth0]:22", "FE80:0000::0001"],
    None: ["", "-", "LOCAL", "256.1.1.1", "10.0.0.1:", "10.0.0.1:999999", "::1]:22", "1" * 200, "\uff11\uff10.0.0.1"],
}


@pytest.mark.parametrize(("function", "cases"), [(account_key, ACCOUNTS), (host_key, HOSTS), (address_key, ADDRESSES)])
def test_spellings_of_one_thing_have_one_key(function: Callable[[str], str | None], cases: Cases) -> None:
    for key, spellings in cases.items():
        assert {spelling: function(spelling) for spelling in spellings} == dict.fromkeys(spellings, key)
        if key is not None:
            assert function(key) == key


def test_accounts_are_taken_apart() -> None:
    assert split_account(r"CORP\alice") == ("alice", "CORP")
    assert split_account("alice@corp.example") == ("alice", "corp.example")
    assert split_account(r"CORP\alice@corp.example") == ("alice", "CORP")
    assert split_account(r".\alice") == ("alice", "")
    assert split_account("alice") == ("alice", "")


def event(channel: str, provider: str, number: int, **data: Value) -> Event:
    return Event(EventKind(channel, provider, number), 0, "fw1.corp.example", 1, {}, data)


@pytest.mark.parametrize(
    ("logged", "user"),
    [
        (event("fortigate/vpn", "fortigate", 39424, user="alice@corp.example"), ("alice", "corp.example")),
        (event("panos/globalprotect", "panos", 0, srcuser=r"corp\alice"), ("alice", "corp")),
        (event("iis/access", "iis", 0, **{"cs-username": r"CORP\alice"}), ("alice", "CORP")),
        (event("Security", SECURITY, 4624, TargetUserName="alice", TargetDomainName="CORP"), ("alice", "CORP")),
        (event("Security", SECURITY, 4625, TargetUserName="alice@corp.example"), ("alice", "corp.example")),
        (event("Security", SECURITY, 4769, TargetUserName="DC1$@CORP.EXAMPLE"), ("DC1$", "CORP.EXAMPLE")),
        (event("Security", SECURITY, 4776, TargetUserName=r"CORP\alice"), ("alice", "CORP")),
    ],
)
def test_logs_of_all_kinds_name_users_in_one_way(logged: Event, user: tuple[str, str]) -> None:
    found = normalise(logged)
    own = found.get("user") or found["actor"]["user"]
    assert (own["name"], own.get("domain")) == user
    assert found["device"] == {"hostname": "fw1.corp.example", "domain": "corp.example", "type_id": 0}
