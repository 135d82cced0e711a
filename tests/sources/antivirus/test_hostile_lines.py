"""Lines that an attacker made: long ones of the parts that readers look for take no time worth naming."""

from __future__ import annotations

import time

import pytest

from yadorigi.sources.formats import FORMATS
from yadorigi.sources.lines.clock import Clock
from yadorigi.sources.lines.format import LineError
from yadorigi.sources.lines.survey import Formats

ALL = Formats(FORMATS)
HEADS = [
    "CEF:0|a|b|c|d|e|5|", "LEEF:2.0|a|b|c|d|^|", "CEF:0|Trend Micro|x|1|4000000|n|6|", '{"event_type":"Threat_Event",',
    "2026-03-10 12:00:00,Virus found,IP Address: ", '{"type":"Event::Endpoint::x","name":"', '{"ActionType":"A","x":"',
    "20260310<;>1<;>", "proto=tcp service=a status=deny src=", "38020A150D32,5,1,2,a,", 'type="Event::', "{",
    "<EPOEvent><a>",
    "2026-03-10T12:13:50.123Z DETECTIONEVENT ", '<12>1 2026-03-10T12:14:07Z k K - G [event@23668 et="1" p="',
]  # fmt: skip
PARTS = [
    "a",
    "a ",
    "a=",
    "ab=cd ",
    " ",
    "|",
    "\\",
    "=",
    '"',
    '",',
    "{",
    "[",
    "<;>",
    ",Aa: x",
    "'",
    "\t",
    "[SID: ",
    " at '",
]
CHARACTERS = 100_000


@pytest.mark.parametrize("head", HEADS)
def test_long_lines_take_no_time(head: str) -> None:
    begun = time.process_time()
    for part in PARTS:
        line, own = ALL.split(head + part * (CHARACTERS // len(part)))
        if own is not None:
            try:
                own.read(line, Clock())
            except LineError:
                continue
    assert time.process_time() - begun < 5
