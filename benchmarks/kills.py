"""Ends a process that writes to a vault, at any moment, again and again, and looks at what is left.

What was acknowledged must be there: ``python -m benchmarks.kills --kills 1000``. The process is ended as the system
ends one that takes too much memory: it can do nothing about it. POSIX only.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from yadorigi.vault.keys import VaultHome
from yadorigi.vault.reader import Vault
from yadorigi.vault.records import Receipt
from yadorigi.vault.segments import SegmentWriter
from yadorigi.vault.verification.faults import Faults
from yadorigi.vault.verification.seal import Known
from yadorigi.vault.verification.verify_vault import Telling, verify_vault
from yadorigi.vault.writer import VaultWriter

_FILES = 3
_BYTES = 20_000


def _write(case: Path, home: VaultHome, out: int, seed: int) -> None:
    """Keep made originals, commit after commit, and tell the size of the log after each."""
    chance = random.Random(seed)  # noqa: S311 - it must be repeatable
    writer = VaultWriter.opened(case, home)
    while True:
        with SegmentWriter(writer.new_part()) as segment:
            for number in range(_FILES):
                path = case / f"input-{number}"
                path.write_bytes(chance.randbytes(chance.randrange(_BYTES)))
                found = segment.add_file(path, writer.vault.kept if writer.vault is not None else frozenset())
                writer.append(Receipt(name=path.name, object=found.sha256, size=found.size))
            part = segment.part
        writer.add_part(part)
        os.write(out, f"{writer.commit().size}\n".encode())


def _killed(case: Path, home: VaultHome, seed: int) -> int:
    """Start a writer and end it; return the size of the log that it acknowledged last, 0 where it told none."""
    chance = random.Random(seed)  # noqa: S311 - it must be repeatable
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        try:
            _write(case, home, write, seed)
        finally:
            os._exit(1)
    os.close(write)
    time.sleep(chance.random() ** 2 * 0.15)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with open(read, "rb") as told:  # noqa: PTH123 - it is open already
        sizes = told.read().split()
    if not os.WIFSIGNALED(status):
        raise SystemExit(f"seed {seed}: the writer ended by itself")
    return int(sizes[-1]) if sizes else 0


def _look(case: Path, size: int) -> int:
    """Check that a vault is sound and has so many records; return how many."""
    vault = Vault.open(case)
    if vault is None:
        if size:
            raise SystemExit(f"{case}: {size} records were acknowledged, and there is no vault")
        return 0
    if vault.size < size:
        raise SystemExit(f"{case}: {size} records were acknowledged, {vault.size} are there")
    indexes = [record.index for record in vault.records()]
    if indexes != list(range(vault.size)) or vault.root_at(vault.size) != vault.checkpoint.root:
        raise SystemExit(f"{case}: the log is damaged")
    faults = Faults()
    verify_vault(vault.storage, Known(), 1, faults, Telling(lambda *_: None, lambda _: None))
    if faults:
        raise SystemExit(f"{case}: verifying finds {faults.sorted()[:3]}")
    if set(vault.objects) != set(vault.kept) or vault.damaged_segments:
        raise SystemExit(f"{case}: the originals are not those of the log")
    for sha256 in vault.kept:
        for _ in vault.original(sha256):
            pass
    return vault.size


def main() -> int:
    """Kill, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    size = broken_off = 0
    with tempfile.TemporaryDirectory() as folder:
        case, home = Path(folder) / "case", VaultHome(Path(folder) / "home")
        for number in range(options.kills):
            if number % 50 == 0:  # a vault anew: how one begins is tried as well, and looking stays cheap
                case, home = Path(folder) / f"case-{number}", VaultHome(Path(folder) / f"home-{number}")
                case.mkdir()
                size = 0
            acknowledged = max(size, _killed(case, home, options.seed + number))
            broken_off += (case / "vault" / "journal").exists()
            size = _look(case, acknowledged)
    print(
        f"{options.kills} kills: nothing that was acknowledged is lost; {broken_off} amid a commit that counted already"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
