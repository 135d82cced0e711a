"""What keeping events costs, what it takes on disk, and how soon old events answer new questions."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.data import used_chunks
from benchmarks.figures import MEBIBYTE, Bench, Figure
from benchmarks.indicators import LOOKED_UP, MILLION, write_list, write_table
from benchmarks.processes import Run, alternated, python, run
from yadorigi.digests import sha256_of
from yadorigi.lake.commits import FILES, Lake, LakeWriter
from yadorigi.lake.files import stored_files, write_files
from yadorigi.lake.part_files import PAYLOADS, is_dictionary
from yadorigi.lake.parts import how_to_write
from yadorigi.schema.event import EventKind
from yadorigi.schema.ocsf import class_of
from yadorigi.sources.windows.evtx_chunk import FIRST_RECORD

if TYPE_CHECKING:
    from yadorigi.schema.stored_lake import Part, StoredFile

STORE_LIMIT: Final = 1.5
VAULT_LIMIT: Final = 1.8
SIZE_LIMIT: Final = 0.15
RETRO_LIMIT: Final = 0.5
LOOK_UP_LIMIT: Final = 3.0
LOAD_LIMIT: Final = 10.0
MEMORY_LIMIT: Final = 1536
_FREE_SPACE: Final = slice(48, 52)
_FEW: Final = 100_000
_TIMES: Final = 10
"""How many times the events of a hunt indicators are looked up in."""


def lake(bench: Bench) -> list[Figure]:
    """Measure hunts with a lake, its size, and hunting it again."""
    path = bench.data.different_evtx()
    return [*_storing(bench, "EVTX", path), *_size(bench), *_hunting_again(bench), *_memory(bench)]


def lake_of_lines(bench: Bench) -> list[Figure]:
    """Measure hunts with a lake over lines of which hardly any value comes twice, from a thousand hosts."""
    return _storing(bench, "varied JSON lines", bench.data.lines)


def indicators(bench: Bench) -> list[Figure]:
    """Measure loading a million indicators, and looking up 100,000 in a lake ten times the size of a hunt's."""
    folder = bench.folder / "indicators"
    folder.mkdir(exist_ok=True)
    # A trial with few events is to see that all is measured, not how long it takes.
    shrunk = 1 if bench.data.events >= _FEW else 1_000
    many = write_list(folder / "many.txt", MILLION // shrunk)
    table = write_table(folder / "many.csv", MILLION // shrunk)
    some = write_list(folder / "some.txt", LOOKED_UP // shrunk)
    bench.hunt(bench.data.different_evtx(), store=True)
    small = bench.folder / "case-of-some"
    shutil.rmtree(small, ignore_errors=True)
    small.mkdir()
    shutil.move(bench.folder / "case-with-lake", small / "case")
    case = small / "case"
    events = _enlarge(case, _TIMES)
    bench.say(f"looking {LOOKED_UP:,} indicators up in {events:,} events")
    figures = []
    for name, options in (("in every field and text", ()), ("in columns of one kind of value", ("--fields-only",))):
        runs = [_detect(bench, case, ["--indicators", str(some), *options]) for _ in range(bench.runs)]
        seconds = [summary["seconds"]["read and match"] for _, summary in runs]
        details = {"events": events, "seconds": seconds, "whole runs": [one.seconds for one, _ in runs]}
        scaled = median(seconds) * 10_000_000 / events
        figures.append(
            Figure(f"{LOOKED_UP:,} indicators, 10 million events, {name}", scaled, "s", LOOK_UP_LIMIT, details)
        )
        peak = max(summary["peak_rss_bytes"] for _, summary in runs) / MEBIBYTE
        figures.append(Figure(f"the same: memory, {name}", peak, "MiB", MEMORY_LIMIT))
    for path in (many, table):
        bench.say(f"loading {path.name}")
        loads = [
            json.loads(run(python("-m", "benchmarks.indicators", "--load", str(path))).output)
            for _ in range(bench.runs)
        ]
        figures.append(Figure(f"a million indicators load from {path.suffix[1:]}",
                              median(one["seconds"] for one in loads), "s", LOAD_LIMIT, {"runs": loads}))  # fmt: skip
    return figures


def _storing(bench: Bench, name: str, path: Path) -> list[Figure]:
    bench.say(f"{name}: hunts with a lake and without in turns")
    withs, withouts = alternated(bench.runs, partial(bench.hunt, path, store=True), partial(bench.hunt, path))
    ratios = [one.seconds / other.seconds for (one, _), (other, _) in zip(withs, withouts, strict=True)]
    # The vault keeps the originals, whether there is a lake or not.
    of_lake = [
        (one.seconds - summary["seconds"].get("keep", 0)) / other.seconds
        for (one, summary), (other, _) in zip(withs, withouts, strict=True)
    ]
    spent = [a.processor_seconds / b.processor_seconds for (a, _), (b, _) in zip(withs, withouts, strict=True)]
    # Verdicts are given by hosts and are the same either way; with a thousand hosts they hide everything else.
    reading = [
        (kept["seconds"]["read and match"] + kept["seconds"]["store"]) / bare["seconds"]["read and match"]
        for (_, kept), (_, bare) in zip(withs, withouts, strict=True)
    ]
    details = {
        "events": withs[-1][1]["events"],
        "seconds with": [round(one.seconds, 2) for one, _ in withs],
        "seconds without": [round(one.seconds, 2) for one, _ in withouts],
        "stages with": [summary["seconds"] for _, summary in withs],
        "stages without": [summary["seconds"] for _, summary in withouts],
        "lake": withs[-1][1]["lake"],
    }
    peak = max(summary["peak_rss_bytes"] for _, summary in withs) / MEBIBYTE
    return [
        Figure(
            f"{name}: hunt with a lake / without, the vault not counted", median(of_lake), "times", STORE_LIMIT, details
        ),
        Figure(f"{name}: hunt with vault and lake / without", median(ratios), "times", VAULT_LIMIT),
        Figure(f"{name}: the same in processor time", median(spent), "times"),
        Figure(f"{name}: reading, matching and storing / reading and matching", median(reading), "times"),
        Figure(f"{name}: memory of a hunt with a lake", peak, "MiB", MEMORY_LIMIT),
    ]


def _size(bench: Bench) -> list[Figure]:
    """Compare the lake of the corpora, each file once, with the bytes of the records in them."""
    bench.say("size of the lake of the corpora")
    folder = bench.folder / "once"
    shutil.rmtree(folder, ignore_errors=True)
    for path in bench.data.corpora.evtx_files:
        target = folder / path.relative_to(bench.data.corpora.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    _, summary = bench.hunt(folder, store=True)
    records = sum(
        int.from_bytes(chunk[_FREE_SPACE], "little") - FIRST_RECORD
        for path in bench.data.corpora.evtx_files
        for chunk in used_chunks(path)
    )
    files = sum(path.stat().st_size for path in bench.data.corpora.evtx_files)
    taken = _bytes_of(bench.folder / "case-with-lake" / "lake")
    details = {"lake": taken, "records": records, "files": files, "events": summary["events"]}
    return [
        Figure("bytes of the lake / of the records in the EVTX files", taken / records, "times", SIZE_LIMIT, details)
    ]


def _hunting_again(bench: Bench) -> list[Figure]:
    path = bench.data.different_evtx()
    kept = bench.folder / "case-to-hunt-again"
    shutil.rmtree(kept, ignore_errors=True)
    run(
        [
            *python(
                "-m", "yadorigi", "ingest", str(path), "--quiet", "--case", str(kept), "--workers", str(bench.workers)
            )
        ]
    )
    rules = [part for found in bench.data.corpora.windows_rules for part in ("--rules", str(found))]
    bench.say("hunting the lake and the files in turns")
    agains, hunts = alternated(bench.runs, lambda: _detect_anew(bench, kept, rules), lambda: bench.hunt(path))
    keeping = [bench.hunt(path, store=True) for _ in range(bench.runs)]
    spent = [a.processor_seconds / b.processor_seconds for (a, _), (b, _) in zip(agains, hunts, strict=True)]
    reading = [
        again["seconds"]["read and match"] / hunted["seconds"]["read and match"]
        for (_, again), (_, hunted) in zip(agains, hunts, strict=True)
    ]
    details = {
        "events": hunts[-1][1]["events"],
        "seconds again": [round(one.seconds, 2) for one, _ in agains],
        "seconds of files": [round(one.seconds, 2) for one, _ in hunts],
        "seconds of files, events kept": [round(one.seconds, 2) for one, _ in keeping],
        "stages again": [summary["seconds"] for _, summary in agains],
        "stages of files": [summary["seconds"] for _, summary in hunts],
    }
    without, default = _ratio(agains, hunts), _ratio(agains, keeping)
    return [
        Figure("hunting the lake / hunting the files without one", without, "times", RETRO_LIMIT, details),
        Figure("the same in processor time", median(spent), "times"),
        Figure("the same, only reading and matching", median(reading), "times"),
        Figure("hunting the lake / hunting the files as it is by default", default, "times", RETRO_LIMIT),
        Figure("memory of hunting the lake",
               max(summary["peak_rss_bytes"] for _, summary in agains) / MEBIBYTE, "MiB", MEMORY_LIMIT),
    ]  # fmt: skip


def _ratio(ones: Sequence[tuple[Run, Any]], others: Sequence[tuple[Run, Any]]) -> float:
    return median(one.seconds / other.seconds for (one, _), (other, _) in zip(ones, others, strict=True))


def _memory(bench: Bench) -> list[Figure]:
    """Compare the memory of hunts with a lake over as many events and over a fifth of them."""
    bench.say("memory of hunts with a lake")
    path = bench.data.different_evtx()
    fifth = bench.folder / "a-fifth"
    shutil.rmtree(fifth, ignore_errors=True)
    copies = sorted(path.iterdir())
    for one in copies[: max(len(copies) // 5, 1)]:
        shutil.copytree(one, fifth / one.name)
    small, large = (bench.hunt(folder, True, store=True)[0].peak_bytes for folder in (fifth, path))
    return [Figure("memory with a lake: all / a fifth of the events", large / small, "times", 1.5)]


def _detect_anew(bench: Bench, case: Path, options: Sequence[str]) -> tuple[Run, dict[str, Any]]:
    """Run rules over a copy of a case that has no findings yet, as a hunt of the files finds it."""
    # Each turn has a place of its own: where a case lay, an older copy of it is told as rolled back.
    with tempfile.TemporaryDirectory(dir=bench.folder) as place:
        return _detect(bench, shutil.copytree(case, Path(place) / "case"), options)


def _detect(bench: Bench, case: Path, options: Sequence[str]) -> tuple[Run, dict[str, Any]]:
    command = python("-m", "yadorigi", "detect", str(case), "--no-report", "--quiet", "--workers", str(bench.workers))
    found = run([*command, "--settings", str(bench.settings(bench.folder / "cache")), *options])
    return found, json.loads((case / "summary.json").read_bytes())


def _bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _enlarge(case: Path, times: int) -> int:
    """Give a lake the same events again, as if they came from other files; return how many it holds."""
    # Nobody kept the originals of these files, so it becomes a case of before there were vaults.
    shutil.rmtree(case / "vault")
    summary = json.loads((case / "summary.json").read_bytes())
    (case / "summary.json").write_text(json.dumps(summary | {"vault": None}), "utf-8")
    opened = Lake.open(case)
    files = stored_files(opened)
    for number in range(1, times):
        writer = LakeWriter(case)
        writer.prepare()
        moved = number * len(files)
        parts = [_moved(opened, writer, part, moved) for part in opened.parts if part.table != FILES]
        others = [_other(file, moved, number) for file in files]
        parts.append(write_files(writer.lake.folder, writer.part_name(FILES), others))
        writer.commit(tuple(parts), next_file=moved + len(files))
    return Lake.open(case).events()


def _moved(opened: Lake, writer: LakeWriter, part: Part, moved: int) -> Part:
    name = writer.part_name(part.table)
    path = writer.lake.folder / name
    kind = part.kinds[0]
    uid = class_of(EventKind(kind.channel, kind.provider, kind.event_id, kind.source)).class_uid
    with (
        pq.ParquetFile(opened.folder / part.path) as old,
        pq.ParquetWriter(
            path, old.schema_arrow, **how_to_write(old.schema_arrow, uid, repeating=is_dictionary(old, PAYLOADS))
        ) as new,
    ):
        for number in range(old.num_row_groups):
            rows = old.read_row_group(number)
            place = rows.schema.get_field_index("yadorigi_file")
            numbers = pa.array(rows.column(place).to_numpy() + moved)
            new.write_table(rows.set_column(place, rows.schema.field(place), numbers))
    files = tuple((number + moved, count) for number, count in part.files)
    return msgspec.structs.replace(part, path=name, size=path.stat().st_size, files=files, sha256=sha256_of(path))


def _other(file: StoredFile, moved: int, number: int) -> StoredFile:
    copy_of = None if file.copy_of is None else file.copy_of + moved
    sha256 = hashlib.sha256(f"{file.sha256} {number}".encode()).hexdigest()
    return msgspec.structs.replace(
        file, number=file.number + moved, path=f"{number}/{file.path}", sha256=sha256, copy_of=copy_of
    )


MEASUREMENTS: Final[dict[str, Callable[[Bench], list[Figure]]]] = {
    "lake": lake,
    "lake-lines": lake_of_lines,
    "indicators": indicators,
}
"""By the name that ``--only`` takes."""
