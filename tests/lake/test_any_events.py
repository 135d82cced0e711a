"""Whatever a log says, the lake gives back: any batch of records, written down, made into parts and read again."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from yadorigi.lake.commits import Lake
from yadorigi.lake.frames import Frame, PartTask
from yadorigi.lake.parts import make_parts
from yadorigi.lake.scan import LakeReader, scan_tasks
from yadorigi.lake.spool import Spool
from yadorigi.schema.ocsf_values import clean
from yadorigi.schema.times import ticks_of
from yadorigi.sources.contract import Gathered, ReadingLog
from yadorigi.sources.registry import source_named

if TYPE_CHECKING:
    from yadorigi.schema.stored_lake import Part

Pairs = tuple[tuple[str, Any], ...]
"""An object in JSON whose keys may occur twice."""

TEXTS: Final = (
    "", " ", "a", "工藤 たかし", "ﾊﾝｶｸ", "É\u0130ß\u2028", "🦊", "\x00", "a\x00b", "\x1b[2J", "\u202e", '"', "\\",
    "\ud800", "a\udfffb", "\ud83e\udd8a", "\ufeff", "\ufffd", "x" * 70_000, "}}}", ',"EventData":', '{"Event":', "null",
    "0x1F", "%%1936", "</script>",
    "2026-03-11T09:00:00.1234567Z", "S-1-5-21-1-2-3-500", "10.1.2.3", "C:\\Windows\\System32\\cmd.exe",
)  # fmt: skip
NUMBERS: Final = (
    "0", "-0", "1", "-1", "4688", "1.0", "1e3", "2.5", "1E-7", "9007199254740993", "-9223372036854775808",
    "9223372036854775807", "9223372036854775808", "18446744073709551616", "1e308", "1e309", "-1e999", "1" + "0" * 400,
    "0.1e-400", "true", "false", "null",
)  # fmt: skip
TIMES: Final = (
    "0001-01-01T00:00:00.0000000Z", "0001-01-01T00:00:00Z", "1601-01-01T00:00:00.0000000Z",
    "1969-12-31T23:59:59.9999999Z", "1970-01-01T00:00:00.0000001Z", "2026-03-11T09:00:00.1234567Z",
    "2026-03-11T09:00:00.999999999Z", "2038-01-19T03:14:08Z",
    "9999-12-31T23:59:59.9999999Z", "2024-02-29T12:00:00+09:00",
)  # fmt: skip
NAMES: Final = (
    "CommandLine", "commandline", "Data", "Image", "Hashes", "TargetUserName", "IpAddress", "ProcessId", "NewProcessId",
    "Binary", "#text", "#attributes", "xmlns", "Name", "工藤", "a.b", 'a"b', "a\\b", "\ud800", "", "System",
    "EventData", "\x00",
)  # fmt: skip


class Raw(str):
    """JSON as it stands."""

    __slots__ = ()


def written(value: Any) -> str:
    """Return JSON, duplicate keys and numbers that no reader takes included."""
    if isinstance(value, Raw):
        return value
    if isinstance(value, tuple):
        return "{" + ",".join(f"{json.dumps(key)}:{written(one)}" for key, one in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value)


numbers = st.sampled_from(NUMBERS).map(Raw)
texts = st.sampled_from(TEXTS) | st.text(max_size=8)
scalars = texts | numbers
nested = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(st.tuples(st.sampled_from(NAMES), inner), max_size=3).map(tuple)
    ),
    max_leaves=6,
)
objects = st.lists(st.tuples(st.sampled_from(NAMES), nested), max_size=5).map(tuple)
unnamed = st.one_of(
    texts.map(lambda text: (("Data", text),)),
    st.lists(texts, max_size=3).map(lambda found: (("Data", (("#text", found),)),)),
    st.lists(scalars, max_size=3).map(lambda found: (("Data", found),)),
)
payloads: st.SearchStrategy[Pairs] = st.one_of(
    st.just(()),
    st.one_of(objects, unnamed, scalars).map(lambda data: (("EventData", data),)),
    st.tuples(st.sampled_from(NAMES), objects).map(lambda inner: (("UserData", (inner,)),)),
    st.tuples(objects, objects).map(lambda both: (("EventData", both[0]), ("UserData", (("A", both[1]),)))),
    st.tuples(objects, objects).map(lambda both: (("EventData", both[0]), ("EventData", both[1]))),
)


@st.composite
def systems(draw: st.DrawFn) -> Pairs:
    """Draw a ``System`` element, mostly with what it should have."""
    few = st.sampled_from(("Security", "Microsoft-Windows-Sysmon/Operational", "System", "a\ud800", "", "工藤"))
    number = draw(st.sampled_from((1, 3, 11, 4624, 4688, 7045, 0, 65_535, 2**40)))
    provider = draw(st.sampled_from(("Microsoft-Windows-Security-Auditing", "Microsoft-Windows-Sysmon", "P\udfff", "")))
    found: list[tuple[str, Any]] = [
        ("Provider", (("#attributes", (("Name", provider), ("EventSourceName", draw(few)))),)),
        ("EventID", draw(st.sampled_from((number, (("#attributes", (("Qualifiers", 16_384),)), ("#text", number)))))),
        ("TimeCreated", (("#attributes", (("SystemTime", draw(st.sampled_from(TIMES))),)),)),
        ("EventRecordID", draw(st.sampled_from((1, 0, 2**31, 2**63 - 1, 77)))),
        ("Channel", draw(few)),
        ("Computer", draw(st.sampled_from(("DC01.example", "dc01", "", "h\ud800", "日本", "x" * 300)))),
        ("Level", draw(scalars)),
        ("Execution", (("#attributes", (("ProcessID", draw(scalars)), ("ThreadID", 4))),)),
        ("Security", draw(st.sampled_from((None, (("#attributes", (("UserID", "S-1-5-18"),)),))))),
    ]
    left_out = draw(st.sets(st.sampled_from(("EventRecordID", "Computer", "Channel", "Level", "Provider")), max_size=1))
    more = draw(st.lists(st.tuples(st.sampled_from(NAMES), nested), max_size=1))
    return tuple(pair for pair in (*found, *more) if pair[0] not in left_out)


@st.composite
def records(draw: st.DrawFn) -> str:
    """Draw a line."""
    head = (("#attributes", (("xmlns", "http://schemas.microsoft.com/win/2004/08/events/event"),)),)
    event: Pairs = (*draw(st.sampled_from((head, ()))), ("System", draw(systems())), *draw(payloads))
    return written((("Event", event),))


@dataclass(frozen=True)
class Read:
    """Events that were read: by file and line, each as far as it can be compared; and how many of each kind."""

    events: dict[tuple[int, int | None], Any]
    kinds: Counter[Any]


def seen(gathered: list[Gathered]) -> Read:
    events: dict[tuple[int, int | None], Any] = {}
    kinds: Counter[Any] = Counter()
    for batch in (batch for one in gathered for batch in one.batches()):
        columns = batch.columns(["CommandLine", "Data", "System.Level", "工藤"])
        for place in range(len(batch)):
            event, origin = batch.event(place), batch.origin(place)
            # Halves of surrogate pairs, which no table holds, are the same whether cleaned or not.
            known = (
                tuple(clean(str(part)) for part in event.kind), event.time, clean(event.host), event.record_id,
                cleaned(event.system), cleaned(event.data), list(map(clean, event.data)), batch.times[place],
                [repr(cleaned(column[place])) for column in columns],
            )  # fmt: skip
            key = (origin.file, origin.line)
            assert key not in events
            events[key] = known
            kinds[known[0]] += 1
    return Read(events, kinds)


def cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): (type(one).__name__, repr(cleaned(one))) for key, one in value.items()}
    return tuple(map(cleaned, value)) if isinstance(value, tuple) else value


def read_file(path: Path) -> list[Gathered]:
    source = source_named("evtx_dump")
    return list(source.read(list(source.pieces(0, path, path.name, path.stat().st_size)), ReadingLog()))


def kept(gathered: list[Gathered], folder: Path) -> Lake:
    """Write events down and make parts of them."""
    spool = Spool(folder, "spool")
    frames: list[Frame] = [frame for one in gathered for frame in spool.add(one)]
    spool.flush()
    if spool._stream is not None:
        spool._stream.close()
    parts: list[Part] = []
    for table in sorted({frame.table for frame in frames}):
        own = tuple(frame for frame in frames if frame.table == table)
        parts += make_parts(PartTask(table, own, {0: 5}, folder, f"{table}/00000001-abcd-00001")).parts
    return Lake(folder, 1, tuple(parts), 6)


def read_back(lake: Lake) -> list[Gathered]:
    reader = LakeReader({5: (0,)})
    return [table for task in scan_tasks(lake, lambda _: True, reader.numbers) for table in reader.read(task)]


def assert_kept(lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "log.jsonl"
        log.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        first = seen(read_file(log))
        lake = kept(read_file(log), folder)
        again = seen(read_back(lake))
        assert again.events.keys() == first.events.keys()
        for key, event in first.events.items():
            assert again.events[key] == event, lines[(key[1] or 1) - 1][:2_000]
        assert again.kinds == first.kinds
        assert lake.events() == len(first.events)
        for part in lake.parts:
            for found in part.kinds:
                assert found.first <= found.last
        spans = [ticks_of(event[7]) for event in first.events.values()]
        if spans:
            assert min(part.first for part in lake.parts) == min(spans)
            assert max(part.last for part in lake.parts) == max(spans)


def line(*payload: tuple[str, Any], time: str = TIMES[5], **system: Any) -> str:
    head: dict[str, Any] = {
        "Provider": (("#attributes", (("Name", "Microsoft-Windows-Sysmon"),)),), "EventID": 1,
        "TimeCreated": (("#attributes", (("SystemTime", time),)),), "EventRecordID": 1, "Channel": "C", "Computer": "H",
    } | system  # fmt: skip
    return written((("Event", (("System", tuple(head.items())), *payload)),))


@settings(max_examples=120)
@given(st.lists(records(), min_size=1, max_size=12))
@example([line(("EventData", (("CommandLine", Raw("1e999")),)))])
@example([line(("EventData", (("CommandLine", "a"), ("CommandLine", "b"))))])
@example([line(("EventData", (("a", "\ud800"), ("b", "\udfff")))), line(("EventData", (("a", "plain"),)))])
@example([line(("EventData", (("a", Raw("[1,[2,[3]]]")), ("b", (("c", (("d", 1),)),)))))])
@example([line(time=time) for time in TIMES])
def test_any_records(lines: list[str]) -> None:
    assert_kept(lines)


@pytest.mark.parametrize("name", ["EventRecordID", "EventID", "Computer", "Channel", "Level"])
def test_any_value_of_the_head(name: str) -> None:
    odd: list[Any] = [None, [], (), [1, "a"], (("#text", "a"),), (("#text", 5), ("#attributes", ()))]
    heads: list[dict[str, Any]] = [{name: value} for value in (*map(Raw, NUMBERS), *TEXTS, *odd)]
    assert_kept([line(("EventData", (("a", "b"),)), **head) for head in heads])


def test_any_value_of_the_payload() -> None:
    values: list[Any] = [*map(Raw, NUMBERS), *TEXTS, None, [], (), [None], [[], ()], (("#text", None),)]
    for name in ("CommandLine", "Data", "#text", "工藤"):
        assert_kept([line(("EventData", ((name, value), ("last", number)))) for number, value in enumerate(values)])
    assert_kept([line(("EventData", value)) for value in values])
    assert_kept([line(("UserData", value)) for value in values])
    assert_kept([line(("UserData", (("Any", value),))) for value in values])
