"""One account, host and address in logs of several makers: joined by keys, listed with what is not sure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.address_database import written
from tests.lake.sql.asking import ask
from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.run_ingest import run_ingest
from yadorigi.errors import QueryError
from yadorigi.lake.commits import Lake
from yadorigi.lake.sql.lake_tables import LakeTables
from yadorigi.lake.sql.views import Catalogue

GATEWAY = (
    'date=2026-03-11 time=21:40:02 devname="fw1" devid="FG100E0000000001" eventtime=1773232802000000000 tz="+0900" '
    'logid="0101039424" type="event" subtype="vpn" level="information" vd="root" logdesc="SSL VPN tunnel up" '
    'action="tunnel-up" tunneltype="ssl-tunnel" tunnelid=1 remip=198.51.100.23 tunnelip=10.212.134.200 '
    'user="{user}" group="vpn" dst_host="N/A" reason="tunnel established" msg="SSL tunnel established"\n'
)
WEB = (
    "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2026-03-11 12:50:00\n"
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status\n"
    r"2026-03-11 12:50:01 10.20.0.30 GET /wiki/ - 443 CORP\Kudo-Adm 10.212.134.200 Mozilla/5.0 200" + "\n"
)


def logon(number: int, host: str, name: str, domain: str, sid: str, address: str) -> str:
    system = {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
        "EventID": 4624,
        "TimeCreated": {"#attributes": {"SystemTime": "2026-03-11T12:45:00.0000000Z"}},
        "EventRecordID": number,
        "Channel": "Security",
        "Computer": host,
    }
    data = {"TargetUserName": name, "TargetDomainName": domain, "TargetUserSid": sid, "IpAddress": address}
    return json.dumps({"Event": {"System": system, "EventData": data}}) + "\n"


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The tables of a case with logs of a VPN gateway, a web server and Windows."""
    folder = tmp_path_factory.mktemp("mixed")
    (folder / "fw1.log").write_text(GATEWAY.format(user="kudo-adm@corp.example") * 2, encoding="utf-8")
    (folder / "u_ex.log").write_text(WEB, encoding="utf-8")
    logons = [
        logon(1, "dc1.corp.example", "kudo-adm", "CORP", "S-1-5-21-1-2-3-1104", "::ffff:10.212.134.200"),
        logon(2, "DC1", "kudo-adm", "BRANCH", "S-1-5-21-9-9-9-1104", "-"),
        logon(3, "dc1.branch.example", "SYSTEM", "NT AUTHORITY", "S-1-5-18", "-"),
    ]
    (folder / "Security.jsonl").write_text("".join(logons), encoding="utf-8")
    case = folder / "case"
    run_ingest(HuntOptions(paths=(str(folder),), case=case, workers=1, report=False))
    return Catalogue(LakeTables.of(Lake.open(case)))


def rows(catalogue: Catalogue, sql: str) -> list[tuple[Any, ...]]:
    return ask(catalogue, sql).rows


def test_one_query_joins_logs_of_all_makers(mixed: Catalogue) -> None:
    found = rows(
        mixed,
        "SELECT channel, user, address, address_key('[::FFFF:10.212.134.200]:443') FROM events "
        "WHERE account_key(user) = account_key('Corp\\KUDO-ADM') ORDER BY channel, user DESC",
    )
    shown = "10.212.134.200"
    assert found == [
        ("Security", r"CORP\kudo-adm", shown, shown),
        ("Security", r"BRANCH\kudo-adm", None, shown),
        *[("fortigate/vpn", "kudo-adm@corp.example", "198.51.100.23", shown)] * 2,
        ("iis/access", r"CORP\Kudo-Adm", shown, shown),
    ]


def test_accounts_show_where_one_name_is_not_one_account(mixed: Catalogue) -> None:
    found = rows(
        mixed, "SELECT account, name, domain, sid, events, hosts, domains, sids FROM accounts ORDER BY ALL NULLS LAST"
    )
    assert found == [
        ("kudo-adm", "kudo-adm", "branch", "S-1-5-21-9-9-9-1104", 1, 1, 3, 2),
        ("kudo-adm", "kudo-adm", "corp", "S-1-5-21-1-2-3-1104", 1, 1, 3, 2),
        ("kudo-adm", "kudo-adm", "corp", None, 1, 1, 3, 2),
        ("kudo-adm", "kudo-adm", "corp.example", None, 2, 1, 3, 2),
        (r"nt authority\system", "system", "nt authority", "S-1-5-18", 1, 1, 1, 1),
    ]


def test_hosts_show_where_one_short_name_is_in_two_domains(mixed: Catalogue) -> None:
    found = rows(mixed, "SELECT host, name, domain, events, domains FROM hosts WHERE host LIKE 'dc%' ORDER BY name")
    assert found == [
        ("dc1", "dc1", None, 1, 2),
        ("dc1", "dc1.branch.example", "branch.example", 1, 2),
        ("dc1", "dc1.corp.example", "corp.example", 1, 2),
    ]


def test_functions_ask_databases_of_addresses(mixed: Catalogue, tmp_path: Path) -> None:
    record = {"country": {"iso_code": "JP"}, "city": {"names": {"en": "Oita"}}, "autonomous_system_number": 64500}
    (tmp_path / "geo.mmdb").write_bytes(written({"5.6.7.0/24": record}))
    sql = (
        "SELECT a, address_kind(a), country(a), city(a), asn(a), organisation(a) "
        "FROM (VALUES ('::ffff:5.6.7.8'), ('10.0.0.1'), (NULL), ('x')) AS t(a)"
    )
    assert ask(mixed, sql, databases=(str(tmp_path / "geo.mmdb"),)).rows == [
        ("::ffff:5.6.7.8", "public", "JP", "Oita", 64500, None),
        ("10.0.0.1", "private", None, None, None, None),
        (None, None, None, None, None, None),
        ("x", None, None, None, None, None),
    ]
    with pytest.raises(QueryError, match="--geo"):
        ask(mixed, "SELECT host FROM events WHERE country(address) = 'JP'")
