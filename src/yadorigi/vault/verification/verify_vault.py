"""All of a vault: its seal, its log, its originals, and what does not belong to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final

from yadorigi.errors import CaseError
from yadorigi.vault.journal import CHECKPOINT, JOURNAL, VERIFIER_KEY, is_segment
from yadorigi.vault.storage import PART
from yadorigi.vault.verification.log import Against, LogCheck, LogFound
from yadorigi.vault.verification.log_files import LogFiles, tile_name
from yadorigi.vault.verification.originals import OriginalsCheck, OriginalsFound
from yadorigi.vault.verification.seal import Seal, check_older, check_seal

if TYPE_CHECKING:
    from yadorigi.vault.storage import Storage
    from yadorigi.vault.verification.faults import Faults
    from yadorigi.vault.verification.seal import Known

_OWN: Final = frozenset({CHECKPOINT, JOURNAL, VERIFIER_KEY})

Stage = Callable[[str, int], object]


@dataclass(slots=True)
class VaultFound:
    """What was read of a vault.

    Attributes:
        seal: what it was held against.
        log, originals: what was read of both.
        paths: of its sealed files.
    """

    seal: Seal
    log: LogFound = field(default_factory=LogFound)
    originals: OriginalsFound = field(default_factory=OriginalsFound)
    paths: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Telling:
    """Who is told how far the work is.

    Attributes:
        stage: hears of a stage and its bytes.
        advance: hears of bytes that are done.
    """

    stage: Stage
    advance: Callable[[int], object]


def verify_vault(storage: Storage, known: Known, workers: int, faults: Faults, telling: Telling) -> VaultFound:
    """Verify a vault.

    Args:
        storage: where it lies.
        known: what is known of it from outside.
        workers: threads that read originals.
        faults: takes what is wrong.
        telling: hears how far the work is.

    Raises:
        CaseError: there are more files than any vault has, or its folder is none.
        OSError: it cannot be read.
    """
    paths = list(storage.names())
    found = VaultFound(check_seal(storage, known, faults))
    seal = found.seal
    plain = _plain(storage, paths, seal, faults)
    found.paths = [path for path in plain if path not in (CHECKPOINT, JOURNAL)]

    files = LogFiles(storage, seal.files, plain)
    origin = seal.key.name if seal.key is not None else ""
    sizes = frozenset(older.checkpoint.size for older in known.older)
    telling.stage("records", 0)
    check = LogCheck(files, Against(seal.checkpoint, origin, sizes), faults, telling.advance)
    found.log = check.run()
    check_older(known, seal, found.log, faults)

    gone = {path for path, part in seal.renamed.items() if not part}
    segments = sorted(
        {path for path in plain if is_segment(path)} - gone | (seal.renamed.keys() - gone),
        key=lambda path: (len(path), path),
    )
    _hold_names(plain, seal, faults)
    telling.stage("originals", sum(_size(storage, path) for path in segments))

    def opened(path: str) -> BinaryIO:
        part = seal.renamed.get(path)
        if part:
            try:
                return storage.opened(part)
            except FileNotFoundError:
                pass
        return storage.opened(path)

    originals = OriginalsCheck(opened, found.log.account, faults, telling.advance)
    found.originals = originals.run(segments, workers, ordered=found.log.whole)
    return found


def _hold_names(paths: list[str], seal: Seal, faults: Faults) -> None:
    """Check that a commit that was broken off gives segments the names that come next, or writes one anew."""
    there = {path for path in paths if is_segment(path)}
    new = [path for path, part in seal.renamed.items() if part and path not in there]
    last = max((_number(path) for path in there), default=0)
    for path in new:
        if not last < _number(path) <= last + len(new):
            told = f"a segment with the number {last + 1:,} or next to it"
            faults.add("journal_damaged", f"vault/{JOURNAL}", told, path)


def _number(path: str) -> int:
    return int(path.rpartition("/")[2])


def _size(storage: Storage, path: str) -> int:
    try:
        return storage.size(path) or 0
    except CaseError:
        return 0


def _plain(storage: Storage, paths: list[str], seal: Seal, faults: Faults) -> list[str]:
    """Return the files that belong to a vault; tell of others."""
    named = set(seal.renamed.values())
    found = []
    parts = 0
    for path in paths:
        if path.endswith(PART):
            parts += path not in named
            continue
        if path not in _OWN and not is_segment(path) and tile_name(path) is None:
            faults.add("foreign_file", f"vault/{path}", "files of the vault only", "a file of another name")
            continue
        try:
            storage.size(path)
        except CaseError:
            faults.add("foreign_file", f"vault/{path}", "a plain file", "a link, a device, a pipe or the like")
            continue
        found.append(path)
    if parts:
        faults.notice(f"vault: {parts:,} unfinished files of a writer that ended early; the next one removes them")
    return found
