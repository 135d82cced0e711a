"""Lines that are read in one step, or whose headers are known, are what the plain way makes of them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.lines import varied
from tests.sources.lines.golden import CASES, WRITTEN
from yadorigi.sources.appliances.cisco_asa import CISCO_ASA
from yadorigi.sources.appliances.fortigate import FORTIGATE
from yadorigi.sources.appliances.junos import JUNOS
from yadorigi.sources.appliances.panos import PANOS
from yadorigi.sources.contract import ReadingLog
from yadorigi.sources.formats import FORMATS
from yadorigi.sources.lines import framing, known_shapes, shapes
from yadorigi.sources.lines import source as line_source
from yadorigi.sources.lines.at_once import ShapedLines
from yadorigi.sources.lines.clock import Clock
from yadorigi.sources.lines.format import Header, Line
from yadorigi.sources.lines.known_shapes import KnownShapes
from yadorigi.sources.lines.shapes import Shape, key_value_shape, prepared
from yadorigi.sources.lines.source import LineSource
from yadorigi.sources.lines.survey import Formats
from yadorigi.sources.records import file_text, line_cuts

if TYPE_CHECKING:
    from yadorigi.sources.lines.format import LineFormat

SHAPED = [own for own in FORMATS if own.shapes is not None]
OTHERS = [own for own in FORMATS if own.shapes is None and not own.alone]
PLAIN = Formats(
    [replace(own, shapes=own.shapes._replace(learn=lambda _: None) if own.shapes else None) for own in FORMATS]
)
"""Formats that learn no shape."""
FAST = Formats(FORMATS)


def lines_of(own: LineFormat) -> list[bytes]:
    logs = [path for path in sorted((CASES / own.name).iterdir()) if not path.name.endswith(".golden.json")]
    return [line for log in logs for line in log.read_bytes().splitlines() if line.strip()]


def read_plainly(own: LineFormat, path: Path) -> tuple[list[object], list[str]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_source, "KNOWN_HEADERS", False)
        return read(PLAIN, own.name, path)


def read(formats: Formats, name: str, path: Path) -> tuple[list[object], list[str]]:
    return read_by(LineSource(next(one for one in formats.every if one.name == name), formats), path)


def read_by(source: LineSource, path: Path) -> tuple[list[object], list[str]]:
    log, found = ReadingLog(), []
    for gathered in source.read(list(source.pieces(0, path, path.name, path.stat().st_size)), log):
        for batch in gathered.batches():
            found += [
                (batch.origin(place).line, batch.event(place), batch.texts()[place]) for place in range(len(batch))
            ]
    return sorted(found, key=str), sorted(warning.reason for _, warning in log.warnings)


def plain_lines_of(own: LineFormat) -> list[bytes]:
    return [line for line in lines_of(own) if prepared(line.decode("utf-8", "replace"))]


@pytest.mark.parametrize("chosen", [lines_of, plain_lines_of])
@pytest.mark.parametrize("own", SHAPED, ids=lambda own: own.name)
def test_one_step_is_the_plain_way(
    own: LineFormat, chosen: Callable[[LineFormat], list[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_source, "_COMPARED", 5)
    path = tmp_path / "log"
    path.write_bytes(varied(chosen(own), 1_100))
    os.utime(path, (WRITTEN, WRITTEN))
    fast, plain = read(FAST, own.name, path), read_plainly(own, path)
    assert fast == plain


@pytest.mark.parametrize("own", OTHERS, ids=lambda own: own.name)
def test_known_headers_are_the_plain_way(own: LineFormat, tmp_path: Path) -> None:
    path = tmp_path / "log"
    lines = lines_of(own)
    path.write_bytes(varied(lines, len(lines) + 40))
    os.utime(path, (WRITTEN, WRITTEN))
    assert read(FAST, own.name, path) == read_plainly(own, path)


@pytest.mark.parametrize("own", SHAPED, ids=lambda own: own.name)
def test_some_lines_are_read_in_one_step(own: LineFormat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    take = ShapedLines.take

    def noted(*about: Any) -> int:
        taken.append(take(*about))
        return taken[-1]

    monkeypatch.setattr(ShapedLines, "take", noted)
    monkeypatch.setattr(line_source, "_COMPARED", 5)
    monkeypatch.setattr(known_shapes, "_ALIKE", 8)
    narrow, narrowed = [], Shape.narrowed

    def noted_too(*about: Any) -> Shape | None:
        narrow.append(narrowed(*about))
        return narrow[-1]

    monkeypatch.setattr(Shape, "narrowed", noted_too)
    path = tmp_path / "log"
    path.write_bytes(varied(plain_lines_of(own), 1_200))
    read(FAST, own.name, path)
    assert sum(taken) > 40
    assert any(narrow) or own.name not in ("fortigate", "panos")


@pytest.mark.parametrize("own", [own for own in SHAPED if own.name in ("checkpoint", "junos", "leef")])
def test_shapes_are_known_again_in_another_file(
    own: LineFormat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_source, "_COMPARED", 5)
    paths = [tmp_path / name for name in ("one", "other", "third")]
    content = varied(lines_of(own), 240)
    for path, host in zip(paths, (b"srv-a 8", b"srv-b 9", b"srv-c 7"), strict=True):
        name, hour = host.split()
        # Another host, in whose headers the same values are another's.
        path.write_bytes(re.sub(rb"(?<=\d )(?:srx|gw|gate)-\d", name, content).replace(b" 08:", b" 0%s:" % hour))
        os.utime(path, (WRITTEN, WRITTEN))
    source = LineSource(own, FAST)
    for path in paths:
        assert read_by(source, path) == read_plainly(own, path)


@pytest.mark.parametrize("own", SHAPED, ids=lambda own: own.name)
def test_indented_lines_go_on_with_the_lines_above_them(
    own: LineFormat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_source, "_COMPARED", 5)
    lines: list[bytes] = []
    for number, line in enumerate(varied(plain_lines_of(own), 700).splitlines()):
        lines += [line, b"    at org.example.Main(Main.java:1)"] if number % 31 == 0 or number > 690 else [line]
    path = tmp_path / "log"
    path.write_bytes(b"\n".join(lines))
    os.utime(path, (WRITTEN, WRITTEN))
    assert read(FAST, own.name, path) == read_plainly(own, path)


def test_years_of_lines_are_those_of_the_lines_before_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of known shapes are taken together, and those between them by themselves: both change the year."""
    monkeypatch.setattr(line_source, "_COMPARED", 5)
    flows = [line for line in lines_of(JUNOS) if b": session " in line and line.startswith(b"Mar ")]
    months = (b"Mar", b"Mar", b"Jul", b"Dec", b"Dec", b"Jan", b"Dec", b"Jan", b"Sep", b"Jan", b"Feb")
    lines = []
    for number, line in enumerate(varied(flows, 900).splitlines()):
        month = months[number // 80 % len(months)]
        lines.append(month + line[3:])
        if number % 7 == 0:
            other = months[number % len(months)]
            lines.append(other + b" 28 09:00:01 web-1 sshd[12]: Accepted password for a from 10.0.0.1 port 2 ssh2")
    path = tmp_path / "log"
    path.write_bytes(b"\n".join(lines))
    os.utime(path, (WRITTEN, WRITTEN))
    assert read(FAST, "junos", path) == read_plainly(JUNOS, path)


@given(
    texts=st.lists(
        st.builds(
            "".join,
            st.tuples(
                st.sampled_from(["2026-03-10", "2026/03/10", "2026-3-1", "2026-02-30", "0000-01-01", "Tue 2026-3-1"]),
                st.sampled_from(["T", " ", ""]),
                st.sampled_from(["09:00:01", "09:00:60", "25:00:00", "9:00:01", "09:00"]),
                st.sampled_from(["", ".1", ".120", ".123456789", ".1234567890", ",5", "."]),
                st.sampled_from(["Z", "+09:00", "-05:30", "+99:99", "+0900", "", " JST", "\u0661"]),
            ),
        ),
        min_size=1,
    )
)
def test_many_times_are_those_that_are_read_one_by_one(texts: list[str]) -> None:
    clock, other = Clock(), Clock()
    for _ in range(2):
        for text, stamp in zip(texts, clock.iso_with_zone(texts), strict=True):
            usual = re.fullmatch(r".{19}(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", text, re.ASCII)
            assert stamp == (other.iso(text) if usual is not None else None)
    assert clock.in_option_zone == other.in_option_zone


def test_usual_times_are_those_that_are_read_one_by_one() -> None:
    facts = FORTIGATE.shapes
    assert facts is not None
    assert facts.usual_times is not None
    seconds = ("1773100801", "1773100802", "1773000000")
    numbers = [second + part for second in seconds for part in ("123456789", "000000000", "12345678x", "")]
    dates = (("2026-03-10", "09:00:01"), ("2026-03-10", "09:00:02"), ("2026-03-32", "09:00:01"), ("", ""))
    values: list[tuple[str, ...]]
    values = [(*date, zone, number) for date in dates for zone in ("+0900", "", "x") for number in (*numbers, "")]
    values += [(*own, "") for own in values] + [own[:3] for own in values] + [own[:2] for own in values]
    usual = facts.usual_times(values)
    assert sum(stamp is not None for stamp in usual) > 1
    for own, stamp in zip(values, usual, strict=True):
        clock = Clock()
        assert stamp is None or (stamp == facts.time(own, clock) and not clock.in_option_zone)


FLOWS = [
    "RT_FLOW_SESSION_CREATE: session created 10.1.1.21/52000->203.0.113.53/53 0x0 junos-dns-udp 198.51.100.5/20512->"
    "203.0.113.53/53 0x0 source rule out N/A N/A 17 allow-dns trust untrust 6095 N/A(N/A) ge-0/0/1.0 UNKNOWN UNKNOWN",
    "RT_FLOW_SESSION_CLOSE: session closed idle Timeout: 10.1.1.21/52000->203.0.113.53/53 junos-dns-udp 198.51.100.5/"
    "20512->203.0.113.53/53 N/A N/A N/A N/A 17 allow-dns trust untrust 6095 1(67) 1(146) 60 UNKNOWN N/A(N/A) ge-0/0/1",
    "RT_FLOW_SESSION_DENY: session denied 2001:db8::9/1024->2001:db8::2/53 junos-ssh 6(0) deny-all trust untrust No",
]
PARTS = [
    "",
    "0x0",
    "17",
    "6(0)",
    "1(2)",
    "x(y)",
    "12",
    "10.0.0.1/2->10.0.0.3/4",
    "a:",
    "N/A",
    "é",
    "(",
    "1)",
    "\u0661",
    "3x(y)",
]


@settings(max_examples=40, deadline=None)
@given(
    data=st.lists(
        st.tuples(st.sampled_from(FLOWS), st.integers(1, 24), st.sampled_from(PARTS), st.integers(0, 1)), min_size=6
    )
)
def test_changed_flows_are_read_as_the_plain_way_does(data: list[tuple[str, int, str, int]]) -> None:
    header = Header("Mar 10 08:00:03", "srx-1", "RT_FLOW")
    assert JUNOS.shapes is not None
    known = KnownShapes(JUNOS.shapes)
    for flow in FLOWS * known_shapes._WORTH:
        known.learn(flow, JUNOS.read(Line(flow, flow, header), Clock()), header)
    assert all(known.find(flow, 0) for flow in FLOWS)
    for flow, place, part, left in data:
        words = flow.split(" ")
        words[place : place + left] = [part]
        text = " ".join(words)
        found = known.find(text, text.count('"'))
        if found is not None:
            fields = dict(JUNOS.read(Line(text, text, header), Clock()).fields)
            del fields["tag"], fields["program"]
            assert json.loads(found[0].data(found[1].groups())) == fields


HEADERS = [
    "", "<13>", "<13>Mar 10 09:00:01 gate-1 ", "<13>Mar 10 09:00:02 gate-1 ", "Mar 10 09:00:01 web nginx: ",
    "Mar 10 09:00:01 web nginx[12]: ", "2026-03-10T09:00:01.123456+09:00 gate-1 ", "2026-03-10T09:00:02.5Z gate-1 ",
    "<13>1 2026-03-10T09:00:01Z gate-1 app 12 id - ", "<13>1 2026-03-10T09:00:01Z gate\\1 app - - - ",
    "Mar 10 09:00:01 JST gate-1 ", "Mar 10 09:00:01 2026 gate-1 ", "Mar 10 09:00:01 info ", "99 <13>",
    "Mrz 10 09:00:01 h ", "Mar 10 2026 09:00:01 gate-1 : ", "Mar 10 2026 09:00:01: ", "Mar 10 09:00:01 EDGE ",
    "Mar 10 09:00:01 last ", "<13>Mar  3 09:00:01.5 a/b prog: ", "2026-03-10 09:00:01 local4.notice gate-1 ",
    "<13>1 2026-03-10T09:00:01Z gate-1 app 12 id [x@1 a=\"b\"] ", "2026-03-10T09:00:01Z stdout F ", "1 ",
    "Mar 10 09:00:01 ", "Mar 10 09:00:01 web sudo:    ", "Mar 10 09:00:01 web sudo[7]:         ",
    "Mar 10 09:00:01 gate-1 Mar 10 09:00:01 gate-2 ", "\ufeff", " ",
]  # fmt: skip
CHANGES = [
    '"', "=", " ", "\\", '\\"', "\\\\", "\t", "%", ",", "a=1 ", '"x"', "<9>", "\x1b", "é", "[", "]", "0", "時刻", "ｱ",
    "\u3000",
    "\u200b", "\x7f", "\u2028", "\r", ":", "-", "app: ", "app[1]: ",
    "app[1] x", "host ", "Mar 10 09:00:01 ", "Mon, ", "12 ", "info: ", "kern.info ",
    "\0",
    "\1", "CEF:0|", "{",
]  # fmt: skip


@st.composite
def changed_logs(draw: st.DrawFn) -> tuple[LineFormat, bytes]:
    own = draw(st.sampled_from(SHAPED + OTHERS))
    known = [line.decode("utf-8", "replace") for line in lines_of(own)]
    lines = []
    for _ in range(draw(st.integers(2, 6))):
        line = draw(st.sampled_from(known))
        place = draw(st.one_of(st.just(0), st.integers(0, len(line))))
        changed = line[:place] + draw(st.sampled_from(CHANGES)) + line[place + draw(st.integers(0, 3)) :]
        header = draw(st.sampled_from(HEADERS))
        lines += [line, header + line, line, header + changed, changed, header + line]
    end = draw(st.sampled_from(["\n", "\r\n", "\n\n"]))
    return own, end.join(lines).encode(draw(st.sampled_from(["utf-8", "utf-8", "cp932"])), "replace")


@settings(max_examples=80, deadline=None)
@given(
    log=changed_logs(), together=st.integers(1, 40), size=st.integers(300, 4_000), part=st.integers(1, 4_000),
    missed=st.integers(0, 5),
)  # fmt: skip
def test_changed_lines_too(
    log: tuple[LineFormat, bytes],
    together: int,
    size: int,
    part: int,
    missed: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    own, content = log
    path = tmp_path_factory.mktemp("changed") / "log"
    path.write_bytes(content)
    os.utime(path, (WRITTEN, WRITTEN))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(known_shapes, "_WORTH", 1)
        patch.setattr(known_shapes, "_ALIKE", 2)
        patch.setattr(known_shapes, "_MISSED", missed)
        patch.setattr(line_source, "_COMPARED", 1)
        patch.setattr(framing, "_TOGETHER", together)
        patch.setattr(framing, "_AT_ONCE", part)
        patch.setattr(file_text, "BLOCK_BYTES", size)
        patch.setattr(line_cuts, "PIECE_BYTES", 2 * size)
        assert read(FAST, own.name, path) == read_plainly(own, path)


@pytest.mark.parametrize(
    ("message", "names"),
    [
        ('a=1 b="x y" c=', ("a", "b", "c")),
        ("a=1  b=2", ("a", "b")),
        ("a=1 x b=2", ("a", "b")),
        ("a=1  x b=2", None),
        ("a=1 b=2 ", None),
        ('a=1 b="x', None),
        ("text", None),
        ("", None),
        ("a=1 a=2", ("a", "a")),
    ],
)
def test_the_shape_of_key_and_value(message: str, names: tuple[str, ...] | None) -> None:
    learned = key_value_shape(message)
    assert (learned.names if learned is not None else None) == names


def test_times_of_one_key_are_one() -> None:
    facts = PANOS.shapes
    assert facts is not None
    assert facts.time_key is not None
    zones = ("+09:00", "-05:00", "Z", "+0900", "00000Z", "+99:99")
    exact = [
        f"{year}-03-10T09:00:01.{part}{zone}" for year in (1970, 2026) for part in ("120", "845", "7") for zone in zones
    ]
    wholes = [
        (generated, *rest)
        for generated in ("2026/03/10 09:00:01", "2026/03/10 09:00:02", "")
        for rest in ((), *((own,) for own in exact), *((own, f"2026/03/10 0{own[-1:]}:00:03") for own in exact))
    ]
    found: dict[tuple[str, ...], object] = {}
    for whole in wholes:
        key = facts.time_key([whole])[0]
        assert key == whole or len(key) > len(facts.time_fields)
        clock = Clock()
        told = facts.time(whole, clock), clock.in_option_zone
        assert found.setdefault(key, told) == told
    assert len(found) < len(wholes)


@pytest.mark.parametrize("priority", ["", "<14>", "<14> ", "<134>1 ", "1 "])
@pytest.mark.parametrize(
    "behind", ["h", "h prog:", "h p[1]:", "h app 12 - -", "h app 12 ID", "h app 12 - - -", "stdout", "CEF:0"]
)
@pytest.mark.parametrize("own", [PANOS, CISCO_ASA], ids=lambda own: own.name)
def test_headers_of_some_lines_are_the_usual_ones(own: LineFormat, priority: str, behind: str) -> None:
    facts = own.shapes
    assert facts is not None
    message_form = "(.*)" if not facts.header else "(%.*)"
    usual, lines = re.compile(f"(?>{facts.header or shapes._HEADER}){message_form}", re.ASCII), []
    messages = ["a=1", "1,2026", '[a:"b"]', "abc: x", "abc[1]: x", "abc:  x", "abc: ", "- x", " x", "-", "1 x", ""]
    messages += ["%ASA-6-1: x", ": %ASA-6-1: x", "- %ASA-6-1: x", " : %ASA-6-1: x", "h : %ASA-6-1: x", "h: %ASA-6-1: x"]
    for message in messages:
        times = ["2026-03-10T08:00:01.1Z", "2026-03-10T08:00:02+09:00", "Mar  1 09:00:01", "Mar 11 09:00:02"]
        times += ["Mar 10 2026 09:00:01", "Mar 11 2026 09:00:02:"]
        lines += [f"{priority}{time} {behind} {message}" for time in times]
    found = {line: match.groups() for line in lines if (match := usual.fullmatch(line)) is not None}
    for groups in {(groups[0], groups[3]): groups for groups in found.values()}.values():
        if expression := shapes._same_header([groups], facts):
            some = re.compile(f"(?>{expression}){message_form}", re.ASCII)
            taken = {line: match.groups() for line in lines if (match := some.fullmatch(line)) is not None}
            assert taken
            for line, values in taken.items():
                assert (values[0], *values[2:]) == (found[line][0], *found[line][2:])
