"""A plan in plain words has a line for each step, in the order in which they are done."""

from __future__ import annotations

from yadorigi.app.hunting_query import hunting_query


def test_steps_are_told_in_their_order() -> None:
    text = """
        DeviceProcessEvents
        | where FileName =~ "netsh.exe" and not(ProcessId > 4)
        | join kind=leftsemi (SecurityEvent | where EventID == 4624 | project DeviceName = Computer) on DeviceName
        | summarize many = count() by DeviceName
        | sort by many desc
        | take 5
    """
    assert hunting_query(text, "kql", 0).steps == [
        "rows 1:",
        "  read the table DeviceProcessEvents",
        "  keep rows where FileName is 'netsh.exe' and not (ProcessId > 4) and not (is_unknown(ProcessId))",
        "rows 2:",
        "  read the table SecurityEvent",
        "  keep rows where equal(EventID, 4624)",
        "  show DeviceName = Computer",
        "  show DeviceName1 = DeviceName",
        "join rows 1 and 2 where DeviceName = DeviceName1: those of the first that meet one",
        "work out of all rows many = count(), for each DeviceName = first_present(DeviceName, '')",
        "sort by many, the last first",
        "take the first 5 rows",
    ]
    assert hunting_query("SELECT 1", "sql").steps == []
