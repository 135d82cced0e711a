"""The floor: only parse the same files in as many processes and throw the results away.

Each file is handed to the parser whole, by its path, which is the fastest way there is; files of more than a piece are
cut as a hunt cuts them, so that all processes have work.

Run as ``python -m benchmarks.parse_only PATH... --workers N``; prints the number of events.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import evtx
import msgspec

from yadorigi.ingest.discover import InputFile, discover
from yadorigi.ingest.tasks import ReadTask, read_tasks
from yadorigi.limits import PIECE_BYTES
from yadorigi.sources.windows.evtx_chunk import CHUNK_MAGIC, CHUNK_SIZE, file_header

if TYPE_CHECKING:
    from yadorigi.sources.contract import Piece


def parse_evtx(piece: Piece) -> int:
    """Parse a piece of an EVTX file to JSON texts; give their number."""
    with piece.path.open("rb") as stream:
        stream.seek(piece.start)
        body = stream.read(piece.size)
    starts = range(0, len(body) - CHUNK_SIZE + 1, CHUNK_SIZE)
    chunks = [body[start : start + CHUNK_SIZE] for start in starts if body.startswith(CHUNK_MAGIC, start)]
    if not chunks:
        return 0
    whole = io.BytesIO(file_header(len(chunks)) + b"".join(chunks))
    return sum(1 for _ in evtx.PyEvtxParser(whole, number_of_threads=1).records_json())


def decode_lines(piece: Piece) -> int:
    """Decode the JSON lines of a piece; give their number."""
    decode = msgspec.json.Decoder().decode
    with piece.path.open("rb") as stream:
        stream.seek(piece.start)
        lines = stream.read(piece.size).split(b"\n")
    count = 0
    for line in lines:
        if line:
            decode(line)
            count += 1
    return count


def parse(task: ReadTask) -> int:
    """Parse all pieces of a task; give the number of events."""
    parse_piece = parse_evtx if task.source == "evtx" else decode_lines
    return sum(map(parse_piece, task.pieces))


def tasks_of(paths: list[str]) -> Iterator[ReadTask]:
    """Give the tasks that a hunt over these paths has."""
    yield from read_tasks(discover(paths).files, _refuse)


def _refuse(file: InputFile, error: OSError) -> None:
    raise OSError(f"{file.name} cannot be read") from error


def parse_file(path: str) -> int:
    """Parse a whole EVTX file to JSON texts; give their number."""
    return sum(1 for _ in evtx.PyEvtxParser(path, number_of_threads=1).records_json())


def _count(work: str | ReadTask) -> int:
    return parse_file(work) if isinstance(work, str) else parse(work)


def works_of(paths: list[str]) -> Iterator[str | ReadTask]:
    """Give the EVTX files that fit into a piece by their paths, and the tasks that a hunt makes of all others."""
    for path in map(Path, paths):
        files = sorted(found for found in path.rglob("*") if found.is_file()) if path.is_dir() else [path]
        others: list[str] = []
        for file in files:
            if file.suffix == ".evtx" and file.stat().st_size <= PIECE_BYTES:
                yield str(file)
            else:
                others.append(str(file))
        if others:
            yield from tasks_of(others)


def main() -> int:
    """Parse and count."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parse_only", description=__doc__)
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    with multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn").Pool(chosen.workers) as pool:
        print(sum(pool.imap_unordered(_count, works_of(chosen.paths), chunksize=8)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
