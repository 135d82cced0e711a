"""Logons by chance, and rules that correlate them: what correlating costs where nearly every event serves it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

_FIRST: Final = datetime(2026, 3, 1, tzinfo=UTC)
_USERS: Final = 200
_SOURCES: Final = 40
_FAILED_SHARE: Final = 0.6
_SECONDS_APART: Final = 2

BASE_RULES: Final = """
title: failed logon
name: failed_logon
logsource: {product: windows, service: security}
detection: {selection: {EventID: 4625}, condition: selection}
---
title: logon
name: logon
logsource: {product: windows, service: security}
detection: {selection: {EventID: 4624}, condition: selection}
"""
CORRELATIONS: Final = """
title: many failed logons of one account
name: many_failed_logons
correlation:
  {type: event_count, rules: [failed_logon], group-by: [TargetUserName], timespan: 10m, condition: {gte: 5}}
---
title: many accounts from one address
correlation:
  type: value_count
  rules: [failed_logon]
  group-by: [IpAddress]
  timespan: 10m
  condition: {gte: 10, field: TargetUserName}
---
title: failed logons, then one that succeeds
correlation: {type: temporal_ordered, rules: [many_failed_logons, logon], group-by: [TargetUserName], timespan: 10m}
"""


def write_logons(folder: Path, events: int) -> None:
    """Write logons, failed and successful, of one domain controller, one every two seconds."""
    chance = random.Random(20_261_122)  # noqa: S311 - data must come out the same each time
    encode = msgspec.json.Encoder().encode
    with (folder / "logons.jsonl").open("wb") as stream:
        for number in range(events):
            failed = chance.random() < _FAILED_SHARE
            time = _FIRST + timedelta(seconds=_SECONDS_APART * number)
            system = {
                "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
                "EventID": 4625 if failed else 4624,
                "TimeCreated": {"#attributes": {"SystemTime": f"{time:%Y-%m-%dT%H:%M:%S}.0000000Z"}},
                "EventRecordID": number + 1,
                "Channel": "Security",
                "Computer": "DC01",
            }
            user, source = chance.randrange(_USERS), chance.randrange(_SOURCES)
            data = {"TargetUserName": f"user{user}", "IpAddress": f"10.60.4.{source}", "LogonType": 3}
            stream.write(encode({"Event": {"System": system, "EventData": data}}) + b"\n")
