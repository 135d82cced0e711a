"""Tables are told what conditions above them ask for, and only what holds of each of their rows."""

from __future__ import annotations

import re

import pytest

from yadorigi.app.hunting_query import hunting_query


def views(text: str) -> set[str]:
    return set(re.findall(r'FROM "(\w+)"', hunting_query(text, "xql", 0).sql))


ALL = views("dataset = xdr_data | fields _time")


@pytest.mark.parametrize(
    ("text", "few"),
    [
        ('dataset = xdr_data | filter event_type = ENUM.PROCESS', True),
        ('dataset = xdr_data | filter action_process_image_name = "a.exe"', True),
        ('dataset = xdr_data | fields action_process_image_name as x | sort asc x | filter x contains "a"', True),
        ('dataset = xdr_data | alter y = 1 | filter event_type in (ENUM.PROCESS) and y = 1', True),
        ('dataset = xdr_data | filter action_process_image_name = null', False),
        ('dataset = xdr_data | filter action_process_image_name != "a.exe"', False),
        ('dataset = xdr_data | filter action_process_image_name = "a" or agent_hostname = "b"', False),
        ('dataset = xdr_data | limit 5 | filter action_process_image_name = "a.exe"', False),
        ('dataset = xdr_data | alter action_process_image_name = "a" | filter action_process_image_name = "a"', False),
        ('dataset = xdr_data | dedup agent_hostname | filter action_process_image_name = "a.exe"', False),
    ],
)  # fmt: skip
def test_tables_are_left_out_only_where_no_row_could_be_wanted(text: str, few: bool) -> None:
    asked = views(text)
    assert "process_activity" in asked
    assert (asked < ALL) if few else (asked == ALL)
