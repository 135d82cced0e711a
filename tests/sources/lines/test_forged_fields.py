"""A name that an attacker chooses may hold what follows it in the text, and the names of other fields.

What the device itself says must not be lost for it: it is the value, or one of the values.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import rtoml

from yadorigi.sources.formats import FORMATS
from yadorigi.sources.lines.clock import Clock
from yadorigi.sources.lines.format import LineError
from yadorigi.sources.lines.survey import Formats

ALL = Formats(FORMATS)
REAL = "203.0.113.9"
HEAD = "Mar 10 08:00:03 device-1"

NAMES = rtoml.loads(Path(__file__).with_name("chosen_names.toml").read_text(encoding="utf-8"))


def fields_of(text: str) -> tuple[str, dict[str, Any]]:
    line, own = ALL.split(text)
    assert own is not None
    reading = own.read(line, Clock())
    return reading.channel, dict(reading.fields)


def values(fields: dict[str, Any], name: str) -> list[str]:
    value = fields.get(name, [])
    return [str(one).partition(":")[0] for one in (value if isinstance(value, list) else [value])]


@pytest.mark.parametrize("case", NAMES.values(), ids=NAMES)
def test_a_chosen_name_hides_not_the_address(case: dict[str, str]) -> None:
    line, follows, name = case["line"], case["follows"], case["field"]
    channel, plain = fields_of(line.replace("<name>", "tanaka"))
    assert values(plain, name) == [REAL]
    forged_channel, forged = fields_of(line.replace("<name>", f"tanaka{follows}"))
    assert REAL in values(forged, name)
    assert forged_channel == channel


TWICE: list[tuple[str, str, str, str, list[str]]] = [
    (
        "header-of-cef",
        f"{HEAD} CEF:0|Example|Gateway|1|1|Logon failed|5|suser=<name> src={REAL}",
        "a Name=Logon succeeded",
        "Name",
        ["Logon failed", "Logon succeeded"],
    ),
    (
        "header-of-leef",
        f"{HEAD} LEEF:1.0|Example|Gateway|1|logon-failed|usrName=<name>\tsrc={REAL}",
        "a\tEventID=logon",
        "EventID",
        ["logon-failed", "logon"],
    ),
    (
        "folder-of-sudo",
        f"{HEAD} sudo:    alice : TTY=pts/0 ; PWD=<name> ; USER=root ; COMMAND=/usr/bin/id",
        "/srv/a ; USER=nobody ; COMMAND=/bin/true",
        "USER",
        ["nobody", "root"],
    ),
    (
        "name-of-ise",
        f"<181>Mar 10 08:00:01 ise1 CISE_Failed_Attempts 0000000101 1 0 2026-03-10 17:00:01.935 +09:00 0000000201 5400 "
        f"NOTICE Failed-Attempt: Authentication failed, ConfigVersionId=1, UserName=<name>, Port={REAL}, ",
        "a, cat_name=CISE_Passed_Authentications",
        "cat_name",
        ["CISE_Failed_Attempts", "CISE_Passed_Authentications"],
    ),
    (
        "audit-by-syslog",
        f"{HEAD} audit[7]: USER_LOGIN pid=7 uid=0 auid=1 ses=1 msg='op=login acct=<name> res=failed'",
        "a program=sshd",
        "program",
        ["audit", "sshd"],
    ),
    (
        "esxi-program",
        "2026-03-11T09:00:05.123Z info hostd[10481B70] [Originator@6876 sub=Hostsvc user=<name>] x",
        "a program=vpxa",
        "program",
        ["hostd", "vpxa"],
    ),
]


@pytest.mark.parametrize(("line", "chosen", "name", "both"), [one[1:] for one in TWICE], ids=[one[0] for one in TWICE])
def test_what_is_stated_twice_is_said_twice(line: str, chosen: str, name: str, both: list[str]) -> None:
    channel, plain = fields_of(line.replace("<name>", "tanaka"))
    assert plain[name] in both
    forged_channel, forged = fields_of(line.replace("<name>", chosen))
    assert forged[name] == both
    assert forged_channel == channel


def test_messages_in_the_journal_are_records_of_sysmon_where_its_program_wrote_them() -> None:
    record = '<Event><System><Provider Name="Linux-Sysmon"/><EventID>1</EventID></System></Event>'
    entry = {
        "__CURSOR": "s=1",
        "__REALTIME_TIMESTAMP": "1773187202123456",
        "SYSLOG_IDENTIFIER": "alice",
        "MESSAGE": record,
    }
    channel, fields = fields_of(json.dumps(entry))
    assert channel == "linux/syslog"
    assert fields["program"] == "alice"


@pytest.mark.parametrize("case", NAMES.values(), ids=NAMES)
def test_long_names_take_no_time(case: dict[str, str]) -> None:
    begun = time.process_time()
    for part in (case["follows"], " ", "a ", "]"):
        line, own = ALL.split(case["line"].replace("<name>", part * (100_000 // len(part))))
        if own is not None:
            try:
                own.read(line, Clock())
            except LineError:
                continue
    assert time.process_time() - begun < 5
