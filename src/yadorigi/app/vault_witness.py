"""Be a witness of vaults: sign checkpoints of a log that only grew since the last one that was signed.

A witness is somebody else, on another machine. What it signed (C2SP tlog-cosignature) shows that a case was not rolled
back or forked before this size and time, even to somebody who trusts neither the case nor its key. The rules are those
of C2SP tlog-witness; files take the place of requests.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import time
from typing import Final

from filelock import FileLock, Timeout

from yadorigi.app.vault_files import checkpoint_in, read_file, signing_key_in, verifier_key_of, write_file
from yadorigi.errors import CaseError, UnfinishedError, UnprovenError, UsageError
from yadorigi.vault.checkpoints import Checkpoint
from yadorigi.vault.notes import COSIGNATURE, Note, SigningKey, VerifierKey
from yadorigi.vault.proofs import ConsistencyProof

_SEEN: Final = ".witnessed"
_NAME_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """What a witness is asked to sign.

    Attributes:
        checkpoint: file with the checkpoint.
        key_file: file with the witness's signing key; what it signed before is kept beside it.
        log: verifier key of the log, or "" for the one that the witness knows.
        proof: file with a proof of consistency from what the witness signed last, or None.
        older: file with a checkpoint that this witness signed, where it has lost what it keeps, or None.
    """

    checkpoint: Path
    key_file: Path
    log: str = ""
    proof: Path | None = None
    older: Path | None = None


@dataclass(frozen=True, slots=True)
class Cosigned:
    """What a witness signed.

    Attributes:
        note: the checkpoint with the witness's signature.
        size: records of the log.
        before: records of the checkpoint that it signed before, or None where this is its first of the log.
        witness: the witness's verifier key.
    """

    note: bytes
    size: int
    before: int | None
    witness: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a witness knows of a log: its key, and the newest checkpoint that was signed."""

    log: VerifierKey
    checkpoint: Checkpoint


def key_of_witness(path: Path, name: str) -> str:
    """Return the verifier key of a witness; its signing key is made where a name is given, and read where none is.

    Raises:
        UsageError: there is a key already, or none, or nobody can have this name.
    """
    if name:
        try:
            key = SigningKey.made(name, COSIGNATURE)
        except CaseError as error:
            raise UsageError(f"--name: {error}") from error
        write_file(path, f"{key.text()}\n".encode(), secret=True)
        return str(key.verifier)
    return str(_key_in(path).verifier)


def sign_as_witness(asked: Asked, now: int | None = None) -> Cosigned:
    """Check a checkpoint against what the witness signed before, and sign it.

    Args:
        asked: what is to be signed.
        now: POSIX seconds; of the clock where there are none.

    Raises:
        UsageError: a file cannot be read or is not what it should be, or the log's key is not known.
        UnprovenError: the log was not only added to, or the checkpoint is not signed by its key; nothing was signed.
        UnfinishedError: what was signed cannot be kept, so nothing was signed.
    """
    key = _key_in(asked.key_file)
    fresh = checkpoint_in(asked.checkpoint)
    with _state_of(asked.key_file, fresh.origin) as path:
        seen = _seen(path, key)
        log = _log_key(asked, seen)
        _require(fresh, log)
        before = seen.checkpoint if seen is not None else None
        if asked.older is not None:
            before = _later(before, _own_earlier(asked.older, key, log))
        _require_growth(before, fresh, log, asked)
        moment = int(time()) if now is None else now
        signed = with_signatures(fresh, Note.parsed(f"{fresh.text}\n{key.signature_line(fresh.text, moment)}".encode()))
        _keep(path, _Seen(log, signed))
    return Cosigned(signed.data(), fresh.size, before.size if before is not None else None, str(key.verifier))


def with_signatures(checkpoint: Checkpoint, other: Note) -> Checkpoint:
    """Return a checkpoint with another note's signatures too; one takes the place of an older one of its key.

    Raises:
        CaseError: there are more than a checkpoint has.
    """
    if checkpoint.note is None:
        raise ValueError("a checkpoint that is not signed")
    new = {(name, number) for name, number, _ in other.signatures}
    kept = [one for one in checkpoint.note.signatures if one[:2] not in new]
    return Checkpoint.parsed(Note(checkpoint.text, (*kept, *other.signatures)).data())


def _key_in(path: Path) -> SigningKey:
    key = signing_key_in(path)
    if key.kind != COSIGNATURE:
        raise UsageError(f"{path} is the key of a log, not of a witness; make one with: yadorigi vault witness-key")
    return key


def _log_key(asked: Asked, seen: _Seen | None) -> VerifierKey:
    if asked.log:
        log = verifier_key_of(asked.log, "--log")
        if seen is not None and seen.log != log:
            raise UnprovenError(f"this witness knows the log with the key {seen.log}, and --log is another key")
        return log
    if seen is None:
        raise UsageError(
            "this witness knows nothing of this log: give its verifier key with --log, from somebody you trust"
            " (yadorigi vault key CASE prints it)"
        )
    return seen.log


def _require(checkpoint: Checkpoint, log: VerifierKey) -> None:
    try:
        checkpoint.require(log)
    except CaseError as error:
        raise UnprovenError(str(error)) from error


def _require_growth(before: Checkpoint | None, fresh: Checkpoint, log: VerifierKey, asked: Asked) -> None:
    """Check that a log only grew since what was signed before.

    Raises:
        UnprovenError: it did not.
        UsageError: a proof is needed, and there is none.
    """
    if before is None or not before.size:
        return
    if fresh.size < before.size:
        raise UnprovenError(
            f"ROLLED BACK: this witness signed a checkpoint of {before.size:,} records, and this one has {fresh.size:,}"
        )
    if fresh.size == before.size:
        if fresh.root != before.root:
            raise UnprovenError(
                f"FORKED: this witness signed another log of {before.size:,} records; keep both checkpoints as evidence"
            )
        return
    if asked.proof is None:
        raise UsageError(
            f"this witness signed a checkpoint of {before.size:,} records, and this one has {fresh.size:,}: give the"
            " proof between them with --proof (yadorigi vault consistency CASE OLD-CHECKPOINT)"
        )
    try:
        proof = ConsistencyProof.parsed(read_file(asked.proof, "proof"))
    except CaseError as error:
        raise UsageError(f"{asked.proof}: {error}") from error
    if proof.checkpoint.text != fresh.text:
        raise UsageError(f"{asked.proof} leads to another checkpoint, of {proof.checkpoint.size:,} records")
    if proof.older != before.size:
        raise UsageError(
            f"{asked.proof} begins at {proof.older:,} records, and this witness signed {before.size:,} last: make the"
            " proof from the checkpoint that it gave you then"
        )
    try:
        proof.require(log, before)
    except CaseError as error:
        raise UnprovenError(f"{error}; keep both checkpoints as evidence") from error


def _own_earlier(path: Path, key: SigningKey, log: VerifierKey) -> Checkpoint:
    older = checkpoint_in(path)
    _require(older, log)
    try:
        signed = older.note is not None and older.note.signed_by(key.verifier) is not None
    except CaseError:
        signed = False
    if not signed:
        raise UnprovenError(f"{path} is not signed by this witness")
    return older


def _later(one: Checkpoint | None, other: Checkpoint) -> Checkpoint:
    if one is not None and one.size == other.size and one.root != other.root:
        raise UnprovenError(f"FORKED: this witness signed two logs of {one.size:,} records; keep both as evidence")
    return other if one is None or other.size > one.size else one


@contextmanager
def _state_of(key_file: Path, origin: str) -> Iterator[Path]:
    """Give where a witness keeps what it signed of a log, and keep other runs of it away."""
    folder = key_file.with_name(f"{key_file.name}{_SEEN}")
    path = folder / sha256(origin.encode()).hexdigest()[: 2 * _NAME_BYTES]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{path}.lock", timeout=0):
            yield path
    except Timeout as error:
        raise UsageError("this witness is signing a checkpoint of this log already; try again") from error
    except OSError as error:
        raise UnfinishedError(f"{error.strerror or error}: {error.filename or folder}; nothing was signed") from error


def _seen(path: Path, key: SigningKey) -> _Seen | None:
    """Return what a witness keeps of a log, None where it knows nothing of it.

    Raises:
        CaseError: it is damaged: to begin anew in silence would let a log be rolled back.
    """
    if not os.path.lexists(path):
        return None
    log, _, note = read_file(path, "checkpoint").partition(b"\n")
    try:
        found = _Seen(VerifierKey.parsed(log.decode("utf-8", "replace")), Checkpoint.parsed(note))
        found.checkpoint.require(found.log)
        if found.checkpoint.note is None or found.checkpoint.note.signed_by(key.verifier) is None:
            raise CaseError("it is not signed by this witness")
    except CaseError as error:
        raise CaseError(
            f"{path}, what this witness signed last of this log, is damaged ({error}): restore it, or remove it and"
            " give a checkpoint that it signed with --older"
        ) from error
    return found


def _keep(path: Path, seen: _Seen) -> None:
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as stream:
            stream.write(f"{seen.log}\n".encode() + seen.checkpoint.data())
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
