"""How fast a case verifies: ``python -m benchmarks.verify --gib 5 --workers 1``.

Makes a case whose vault holds so many GiB of originals (logs of lines, archives that do not shrink, large and small),
verifies it, and prints MiB of originals and of bytes on the disk a second and processor. The time of processors counts,
so that others on the machine do not.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from yadorigi.app.verify_case import VerifyOptions, verify_case
from yadorigi.limits import MEBIBYTE
from yadorigi.settings import Settings
from yadorigi.vault.keys import VaultHome
from yadorigi.vault.records import Custody, Outcome, Receipt
from yadorigi.vault.segments import SegmentWriter
from yadorigi.vault.writer import VaultWriter

_WORDS = 4_000
_SMALL = 64 * 1024
_LARGE = 64 * MEBIBYTE


def _blocks(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Give originals without end: their names and bytes; of eight, one does not shrink, three are small."""
    words = [chance.randbytes(chance.randrange(2, 9)).hex().encode() for _ in range(_WORDS)]
    number = 0
    while True:
        number += 1
        size = _SMALL if number % 8 in (1, 3, 5) else _LARGE
        if number % 8 == 0:
            yield f"archive-{number}.7z", chance.randbytes(size)
            continue
        line = b"%d " + b" ".join(chance.choices(words, k=20)) + b"\n"
        lines: list[bytes] = []
        length = 0
        while length < min(size, MEBIBYTE):
            text = line % len(lines) + b" ".join(chance.choices(words, k=5)) + b"\n"
            lines.append(text)
            length += len(text)
        page = b"".join(lines)
        yield f"log-{number}.log", b"".join(b"%d\n%b" % (place, page) for place in range(-(-size // len(page))))[:size]


def _make(case: Path, home: VaultHome, total: int) -> int:
    """Make a case; return how many bytes of originals it has."""
    writer = VaultWriter.opened(case, home.for_case(case))
    act = writer.append(Custody(act="ingest", user="made", machine="made", version="made"))
    chance = random.Random(1)  # noqa: S311 - it must be repeatable
    source = case / "source"
    done = 0
    segment = SegmentWriter(writer.new_part())
    for name, data in _blocks(chance):
        source.write_bytes(data)
        found = segment.add_file(source)
        writer.append(Receipt(name=name, object=found.sha256, size=found.size))
        done += found.size
        if segment.is_full or done >= total:
            segment.close()
            writer.add_part(segment.part)
            segment = SegmentWriter(writer.new_part())
        if done >= total:
            break
    source.unlink()
    writer.append(Outcome(act_index=act, ended="done", files={}))
    writer.commit()
    return done


def main() -> int:
    """Make, verify, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gib", type=float, default=5)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        case, home = Path(folder) / "case", VaultHome(Path(folder) / "home")
        case.mkdir()
        originals = _make(case, home, int(options.gib * 1024 * MEBIBYTE))
        stored = sum(path.stat().st_size for path in case.rglob("*") if path.is_file())
        before = time.process_time()
        begun = time.monotonic()
        found = verify_case(case, VerifyOptions(workers=options.workers, settings=Settings(vault_folder=home.folder)))
        seconds, processor = time.monotonic() - begun, time.process_time() - before
    if not found.sound:
        raise SystemExit(str(found.faults[:5]))
    sizes = f"{originals / MEBIBYTE:,.0f} MiB of originals, {stored / MEBIBYTE:,.0f} MiB on the disk"
    print(f"{sizes}, {options.workers} workers")
    for what, size in (("originals", originals), ("bytes on the disk", stored)):
        a_core, a_second = size / MEBIBYTE / processor, size / MEBIBYTE / seconds
        print(f"{what}: {a_core:,.0f} MiB a second of one processor, {a_second:,.0f} MiB a second in all")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"{seconds:.1f} s, {processor:.1f} s of processors, {peak} MiB of memory")
    return 0


if __name__ == "__main__":
    sys.exit(main())
