"""Hunts that makers published, as printed, on events that they must and must not find."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest

from yadorigi.lake.sql.own_functions import give_own_functions
from yadorigi.languages.kql.read import read_kql
from yadorigi.languages.tables import tables_of
from yadorigi.query.plan.sql import statement

HUNTS = Path(os.environ.get("YADORIGI_CORPORA", "")).parent / "documents" / "hunts"
NOW = 1_773_187_200_000_000
MEDIA = 'ntdsutil "ac i ntds" ifm "create full C:\\temp\\pro" q q'
PROXY = 'wmic process call create "netsh interface portproxy add v4tov4 listenport=50100 connectport=1"'
HASH = "baeffeb5fdef2f42a752c65c2d2a52e84fb57efc906d981f89dd518c314e231c"
DUMP = "rundll32.exe C:\\windows\\system32\\comsvcs.dll, MiniDump 600 a.dmp full"
HARMLESS = "netsh interface show interface"
FOUND = {
    "ms_dc_installation_media": (MEDIA, 1),
    "ms_frp_hashes": (HASH, 1),
    "ms_internal_proxies": (PROXY, 1),
    "sentinel_dc_installation_media": (MEDIA, 2),
    "sentinel_impacket": (r"Windows\system32\zXq.tmp", 2),
    "sentinel_internal_proxies": (PROXY, 2),
    "sentinel_lsass_dump": (DUMP, 1),
}
"""What the event says in the place that the hunt looks at, and how many rows that gives: one for each table."""

SECURITY_COLUMNS = (
    "Computer", "Account", "Process", "ProcessId", "NewProcessName", "NewProcessId", "CommandLine", "ParentProcessName",
    "_ResourceId", "SourceComputerId", "SubjectLogonId", "SubjectUserSid", "RelativeTargetName", "ShareName",
)  # fmt: skip


def text(written: str) -> str:
    return '@"' + written.replace('"', '""') + '"'


def tables(said: str, number: int) -> str:
    """Return the tables that hunts name, each with one event."""
    filled = {"CommandLine": said, "RelativeTargetName": said, "ShareName": r"\\*\ADMIN$", "Account": r"CORP\alice"}
    columns = ", ".join(f"{name}: string" for name in SECURITY_COLUMNS)
    values = ", ".join(text(filled.get(name, "x")) for name in SECURITY_COLUMNS)
    packed = ", ".join(f'"{name}", {text(value)}' for name, value in filled.items())
    return (
        f"let DeviceProcessEvents = datatable(ProcessCommandLine: string) [{text(said)}];\n"
        f"let AlertEvidence = datatable(SHA256: string) [{text(said)}];\n"
        f"let SecurityEvent = datatable(TimeGenerated: datetime, EventID: long, {columns})"
        f" [datetime(2026-03-11), {number}, {values}];\n"
        f"let WindowsEvent = print TimeGenerated = datetime(2026-03-11), EventID = {number}, Computer = "
        f'"pc.corp.example", _ResourceId = "", EventData = bag_pack({packed});\n'
    )


def test_find_what_they_must() -> None:
    if not HUNTS.is_dir():
        pytest.skip("the documents with published hunts are not here; YADORIGI_CORPORA names their neighbour")
    database = duckdb.connect()
    give_own_functions(database)
    counts = {}
    for name, (said, _) in FOUND.items():
        hunt = (HUNTS / f"{name}.kql").read_text("utf-8")
        number = 5145 if name == "sentinel_impacket" else 4688
        for event in (said, HARMLESS):
            sql = statement(read_kql(tables(event, number) + hunt, NOW).plan, tables_of("kql").sql_of)
            counts[name, event == said] = len(database.execute(sql).fetchall())
    assert counts == {
        (name, there): rows if there else 0 for name, (_, rows) in FOUND.items() for there in (True, False)
    }
