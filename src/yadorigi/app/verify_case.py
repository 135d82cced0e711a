"""Verify a case: recompute everything that its vault vouches for, and say against what it was held."""

from __future__ import annotations

import os
import re
import stat
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from yadorigi.app.case_folder import FINDINGS, SUMMARY, VAULT
from yadorigi.app.case_lock import LOCK
from yadorigi.app.progress import Progress, Silent
from yadorigi.app.vault_files import checkpoint_in, verifier_key_of
from yadorigi.app.verify_lake import LakeCheck
from yadorigi.app.verify_results import verify_results
from yadorigi.errors import CaseError, UnfinishedError, UsageError
from yadorigi.limits import VAULT_NOTE_BYTES_LIMIT
from yadorigi.runner.processors import usable_processors
from yadorigi.settings import Settings
from yadorigi.vault.journal import CHECKPOINT, JOURNAL, is_segment
from yadorigi.vault.keys import VaultHome
from yadorigi.vault.notes import COSIGNATURE
from yadorigi.vault.storage import FolderStorage
from yadorigi.vault.verification.faults import Faults
from yadorigi.vault.verification.protection import protection_of
from yadorigi.vault.verification.seal import Known, Older, Seal, stated_origins
from yadorigi.vault.verification.verified import Verified
from yadorigi.vault.verification.verify_vault import Telling, verify_vault

if TYPE_CHECKING:
    from yadorigi.vault.notes import VerifierKey

_SUMMARY_BYTES: Final = 256 << 20
_LINES: Final = 1_000
_LINE_BYTES: Final = 1 << 20
_has_leaf: Final = re.compile(rb'"leaf":[0-9]').search


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """What to verify a case against.

    Attributes:
        checkpoints: files with older checkpoints.
        key: verifier key of the case, or a file that holds it; "" where it is not known.
        witnesses: verifier keys of witnesses that must have signed, or files that hold them.
        workers: threads; 0 for one per processor.
        settings: say where this machine keeps keys and checkpoints.
    """

    checkpoints: tuple[Path, ...] = ()
    key: str = ""
    witnesses: tuple[str, ...] = ()
    workers: int = 0
    settings: Settings = field(default_factory=Settings)


def verify_case(case: Path, options: VerifyOptions, progress: Progress | None = None) -> Verified:
    """Verify a case. Nothing in it is changed.

    Raises:
        UsageError: a key or checkpoint that was given cannot be read.
        CaseError: there is no case, it never had a vault, or somebody writes to it.
        UnfinishedError: somebody changed it meanwhile, or it cannot be read.
    """
    told = progress if progress is not None else Silent()
    begun = time.monotonic()
    if not case.is_dir():
        raise CaseError(f"{case} is no case; name the folder that a hunt left")
    _require_unlocked(case)
    found, faults = Verified(case), Faults()
    try:
        given = _given(options)
        if _has_vault(case):
            _verify(case, options, given, found, (faults, told))
        else:
            faults.add("vault_missing", VAULT, f"a vault: {_evidence(case, options)}", "none, or an empty folder")
    except OSError as error:
        raise UnfinishedError(f"{error.strerror or error}: {error.filename or case}") from error
    found.faults, found.counts = faults.sorted(), dict(faults.counts)
    found.notices = faults.notices
    found.seconds = time.monotonic() - begun
    return found


@dataclass(slots=True)
class _Given:
    key: VerifierKey | None
    older: list[Older]
    witnesses: tuple[VerifierKey, ...]


def _given(options: VerifyOptions) -> _Given:
    """Read what was given to verify against.

    Raises:
        UsageError: it cannot be read.
    """
    key = verifier_key_of(options.key, "--key") if options.key else None
    if key is not None and key.kind == COSIGNATURE:
        raise UsageError(f"--key: {key} is the key of a witness; give it with --witness")
    older = [Older(str(path), checkpoint_in(path)) for path in options.checkpoints]
    witnesses = tuple(verifier_key_of(text, "--witness") for text in options.witnesses)
    return _Given(key, older, witnesses)


def _verify(case: Path, options: VerifyOptions, given: _Given, found: Verified, to: tuple[Faults, Progress]) -> None:
    faults, progress = to
    storage = FolderStorage(case / VAULT)
    known = _known(storage, options, given, found, faults)
    workers = options.workers or usable_processors()
    telling = Telling(progress.stage, progress.advance)
    before = _state(storage)
    found.older = [(one.place, one.checkpoint.size) for one in known.older]
    try:
        found.vault = verify_vault(storage, known, workers, faults, telling)
    except CaseError as error:
        faults.add("foreign_file", VAULT, "a folder of plain files and folders", str(error))
        return
    account = found.vault.log.account
    found.lake = LakeCheck(case, account, faults, telling).run(workers)
    found.results = verify_results(case, account, workers, faults, telling)
    if _state(storage) != before:
        raise UnfinishedError(f"{case} was written to while it was verified; verify again when that has ended")
    seal = found.vault.seal
    found.key = seal.key
    found.proven = seal.moments
    found.unproven = _unproven(known, seal)
    found.protection = protection_of(case / VAULT, found.vault.paths)


def _known(storage: FolderStorage, options: VerifyOptions, given: _Given, found: Verified, faults: Faults) -> Known:
    """Return what is known of a vault from outside: what was given, and what this machine keeps."""
    home = VaultHome.found(options.settings.vault_folder).for_case(storage.folder.parent)
    key, older = given.key, list(given.older)
    found.key_place = "given with --key" if key is not None else ""
    for origin in dict.fromkeys([*([key.name] if key is not None else []), *stated_origins(storage)]):
        try:
            newest = home.checkpoint_of(origin)
            if newest is not None:
                older.append(
                    Older(f"this machine's copy of the newest checkpoint, {home.checkpoint_path(origin)}", newest, True)
                )
            for place, other in home.elsewhere(origin):
                if origin in stated_origins(FolderStorage(place / VAULT)):
                    faults.notice(
                        f"another copy of this case, {place}, had {other.size:,} records when it was seen last"
                    )
                else:
                    # The case was moved from there, or somebody wants it to look so.
                    older.append(Older(f"the newest checkpoint of the case when it was {place}", other))
            if key is None and home.has_key(origin):
                key = home.key_of(origin).verifier
                found.key_place = f"of the signing key on this machine, {home.key_path(origin)}"
        except CaseError as error:
            if origin.startswith("yadorigi.invalid/"):
                faults.notice(str(error))
    if key is None:
        found.key_place = "as it lies in the case itself"
        seen = home.seen_here()
        if seen and not older:
            stated = ", ".join(stated_origins(storage)) or "none that can be read"
            faults.add("wrong_key", VAULT, f"the case that this machine has seen here, {seen[0]}", stated)
    return Known(key, tuple(older), given.witnesses)


def _unproven(known: Known, seal: Seal) -> list[str]:
    """Say what could not be proven, and what it would take."""
    told = []
    if known.key is None:
        told.append(
            "who made the case: its key was taken from the case itself, and whoever changes a case can exchange it;"
            " give the key that was made known (--key)"
        )
    if not known.older:
        told.append(
            "that this is the newest state, and no other: no older checkpoint is known; this machine keeps none of this"
            " case, and none was given (--checkpoint)"
        )
    elif not any(older.newest for older in known.older) and seal.checkpoint is not None:
        most = max(older.checkpoint.size for older in known.older)
        if most < seal.checkpoint.size:
            told.append(f"what came after the {most:,} records of the newest checkpoint that was given")
    if not known.witnesses:
        told.append("that somebody else has seen it: no witness was asked for (--witness)")
    told += [
        f"that the witness {name} has seen what came after the {size:,} records that it signed"
        for name, _, size in seal.moments
        if seal.checkpoint is not None and size < seal.checkpoint.size
    ]
    if seal.unknown_signatures:
        told.append(
            f"{seal.unknown_signatures} more signatures of the checkpoint: whose they are was not said (--witness)"
        )
    told.append("that the logs were true and complete before they came; docs/threat-model.md says more")
    return told


def _state(storage: FolderStorage) -> list[bytes | None]:
    """Return what changes when somebody writes to a vault."""
    found: list[bytes | None] = []
    for path in (CHECKPOINT, JOURNAL):
        try:
            with storage.opened(path) as stream:
                found.append(stream.read(VAULT_NOTE_BYTES_LIMIT))
        except (OSError, CaseError):
            found.append(None)
    return found


def _require_unlocked(case: Path) -> None:
    """Check that nobody writes to a case.

    Raises:
        CaseError: somebody does.
    """
    path = case / LOCK
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return
        number = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return  # nobody does, or only what cannot be written to is read
    try:
        from filelock import lock_descriptor  # noqa: PLC0415 - only where there is a lock

        if not lock_descriptor(number, blocking=False):
            raise CaseError(f"{case} is being written to by another run; verify it when that has ended")
    except OSError:
        return
    finally:
        os.close(number)


def _has_vault(case: Path) -> bool:
    """Say whether there is anything of a vault; a link in its place counts."""
    folder = case / VAULT
    if not os.path.lexists(folder):
        return False
    if not stat.S_ISDIR(folder.lstat().st_mode):
        return True
    storage = FolderStorage(folder)
    try:
        paths = storage.names()
        return any(path in (CHECKPOINT, JOURNAL) or path.startswith("tile/") or is_segment(path) for path in paths)
    except CaseError:
        return True


def _evidence(case: Path, options: VerifyOptions) -> str:
    """Say why a case must have had a vault.

    Raises:
        CaseError: nothing says so.
    """
    if options.checkpoints or options.key:
        return "a key or checkpoint of it was given"
    if VaultHome.found(options.settings.vault_folder).for_case(case).seen_here():
        return "this machine has seen it"
    try:
        with (case / SUMMARY).open("rb") as stream:
            stated = msgspec.json.decode(stream.read(_SUMMARY_BYTES), type=dict[str, object])
        if stated.get("vault") is not None:
            return f"{SUMMARY} speaks of one"
    except (OSError, msgspec.MsgspecError, UnicodeError, RecursionError):
        pass
    if _findings_have_leaves(case):
        return f"evidence in {FINDINGS} names records of it"
    if _files_have_leaves(case):
        return "the lake's table of files names records of it"
    raise CaseError(
        f"{case} has no vault, so there is nothing to verify: it is no case, was hunted with --no-store, or by an"
        " earlier version"
    )


def _findings_have_leaves(case: Path) -> bool:
    try:
        with (case / FINDINGS).open("rb") as stream:
            return any(_has_leaf(stream.readline(_LINE_BYTES)) for _ in range(_LINES))
    except OSError:
        return False


def _files_have_leaves(case: Path) -> bool:
    from yadorigi.lake.commits import Lake  # noqa: PLC0415 - only where nothing else says so

    try:
        lake = Lake.open(case)
        if not lake.commits or next(lake.damaged_parts(), None) is not None:
            return False
        from yadorigi.lake.files import stored_files  # noqa: PLC0415 - imports pyarrow

        return any(file.leaf is not None for file in stored_files(lake))
    except (CaseError, OSError):
        return False
