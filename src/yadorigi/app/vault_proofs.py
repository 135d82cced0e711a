"""Proofs of what a vault holds: made from a case, and checked without one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from yadorigi.app.vault_files import checkpoint_in, read_file, verifier_key_of
from yadorigi.digests import sha256_of
from yadorigi.errors import CaseError, UnprovenError, UsageError
from yadorigi.reports.cells import one_line
from yadorigi.reports.vault import type_of
from yadorigi.vault.proofs import ConsistencyProof, InclusionProof
from yadorigi.vault.records import Receipt, Record, decode, encode

if TYPE_CHECKING:
    from yadorigi.vault.checkpoints import Checkpoint
    from yadorigi.vault.notes import VerifierKey
    from yadorigi.vault.reader import Vault

_LISTED: Final = 8
_SHOWN: Final = 200


def records_of(case: Path, types: frozenset[str], text: str = "", first: int = 0) -> Iterator[Record]:
    """Give the records of a case of some types that hold a text, letter case aside.

    Raises:
        CaseError: the case has no vault, or it cannot be read.
    """
    wanted = text.casefold()
    for record in opened_vault(case).records(first):
        if type_of(record) in types and (not wanted or wanted in encode(record).decode().casefold()):
            yield record


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which record a proof is wanted of: one of these is given.

    Attributes:
        leaf: place in the log, or None.
        name: of an input file, as given, or "".
        sha256: of an original, or "".
    """

    leaf: int | None = None
    name: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a proof proves.

    Attributes:
        record: the record that a log holds, or None of a proof of consistency.
        index: its place.
        origin, size: of the log.
        older: records of the older log that the proof begins with, or None of a proof of inclusion.
        witnesses: name and time (POSIX seconds) of each witness that was asked for.
        original: whether a file was held against the record, and is what it names.
    """

    record: Record | None
    index: int
    origin: str
    size: int
    older: int | None
    witnesses: tuple[tuple[str, int], ...]
    original: bool = False


@dataclass(frozen=True, slots=True)
class Against:
    """What a proof is held against, all from somebody who is trusted.

    Attributes:
        key: the log's verifier key, or a file that holds it.
        witnesses: verifier keys of witnesses that must have signed.
        record: file with the record's bytes, where the proof does not carry them, or None.
        original: a file that the record must name by its SHA-256, or None.
        older: the checkpoint that a proof of consistency begins with, or None.
    """

    key: str
    witnesses: Sequence[str] = ()
    record: Path | None = None
    original: Path | None = None
    older: Path | None = None


def opened_vault(case: Path) -> Vault:
    """Return the vault of a case.

    Raises:
        CaseError: it has none, or it cannot be read.
    """
    from yadorigi.vault.reader import Vault  # noqa: PLC0415 - help and completion answer at once

    vault = Vault.open(case)
    if vault is None:
        raise CaseError(f"{case} has no vault: it is no case, was hunted with --no-store, or by an earlier version")
    return vault


def proof_of(case: Path, wanted: Wanted) -> InclusionProof:
    """Return the proof that a case's log holds a record; it carries the record.

    Raises:
        UsageError: the log has no such record, or several.
        CaseError: the vault cannot be read.
    """
    vault = opened_vault(case)
    proof = vault.inclusion_proof(_index_of(vault, wanted))
    if proof.entry is not None:
        # What lies in the case may have been changed since it was signed; nobody is to be given such a proof.
        try:
            proof.require(vault.key, proof.entry)
        except CaseError as error:
            raise UnprovenError(f"{error}; yadorigi verify {case} says more") from error
    return proof


def _index_of(vault: Vault, wanted: Wanted) -> int:
    if wanted.leaf is not None:
        if not 0 <= wanted.leaf < vault.size:
            raise UsageError(f"the log has {vault.size:,} records, from 0 on; there is no record {wanted.leaf}")
        return wanted.leaf
    found: dict[str | None, Receipt] = {}
    names: dict[str, Receipt] = {}
    for record in vault.records():
        if isinstance(record, Receipt) and wanted.name and record.name == wanted.name:
            found.setdefault(record.object, record)
        elif isinstance(record, Receipt) and wanted.sha256 and record.object == wanted.sha256:
            names.setdefault(record.name, record)
    chosen = list((found if wanted.name else names).values())
    if not chosen:
        what = f"file {one_line(wanted.name, _SHOWN)}" if wanted.name else f"original {wanted.sha256}"
        raise UsageError(f"no record of {what}; yadorigi vault list CASE --type receipt names all, as they were given")
    if len(found) > 1:
        listed = ", ".join(f"{one.index} ({(one.object or 'unreadable')[:12]})" for one in chosen[:_LISTED])
        more = ", …" if len(chosen) > _LISTED else ""
        raise UsageError(f"{len(chosen)} files were given by this name; name the record by its number: {listed}{more}")
    return chosen[0].index


def proof_since(case: Path, older: Path) -> ConsistencyProof:
    """Return the proof that a case's log was only added to since an older checkpoint.

    Raises:
        UsageError: the file is no checkpoint.
        UnprovenError: the log does not begin with what the checkpoint says, or it is another log's.
        CaseError: the vault cannot be read.
    """
    checkpoint = checkpoint_in(older)
    vault = opened_vault(case)
    require_signed(checkpoint, vault.key)
    if checkpoint.size > vault.size:
        raise UnprovenError(
            f"ROLLED BACK: {older} is of {checkpoint.size:,} records, and the case has {vault.size:,}; yadorigi verify"
            f" {case} --checkpoint {older} says more"
        )
    if not checkpoint.size:
        return ConsistencyProof(0, (), vault.checkpoint)
    proof = vault.consistency_proof(checkpoint.size)
    try:
        proof.require(vault.key, checkpoint)
    except CaseError as error:
        raise UnprovenError(f"FORKED: {error}; yadorigi verify {case} --checkpoint {older} says more") from error
    return proof


def require_signed(checkpoint: Checkpoint, key: VerifierKey) -> None:
    """Check that a log's key signed a checkpoint.

    Raises:
        UnprovenError: it did not.
    """
    try:
        checkpoint.require(key)
    except CaseError as error:
        raise UnprovenError(str(error)) from error


def checked_proof(path: Path, against: Against) -> Checked:
    """Check a proof of either kind, with nothing but itself and what is trusted.

    Raises:
        UsageError: a file cannot be read, is no proof, or something is missing to check it.
        UnprovenError: it does not prove what it should.
    """
    data = read_file(path, "proof")
    key = verifier_key_of(against.key, "--key")
    try:
        inclusion = InclusionProof.parsed(data)
    except CaseError as first:
        try:
            steps = ConsistencyProof.parsed(data)
        except CaseError:
            raise UsageError(f"{path}: {first}") from first
        return _checked_consistency(path, steps, key, against)
    return _checked_inclusion(path, inclusion, key, against)


def _checked_inclusion(path: Path, proof: InclusionProof, key: VerifierKey, against: Against) -> Checked:
    entry = read_file(against.record, "record") if against.record is not None else proof.entry
    if entry is None:
        raise UsageError(f"{path} does not carry the record that it is of; give it with --record")
    if proof.entry is not None and entry != proof.entry:
        raise UnprovenError(f"{path} carries another record than {against.record}")
    try:
        proof.require(key, entry)
        record = decode(entry)
    except CaseError as error:
        raise UnprovenError(str(error)) from error
    if record.index != proof.index:
        raise UnprovenError(f"the record says that it is number {record.index}, and lies at {proof.index}")
    if against.original is not None:
        _require_original(record, against.original)
    seen = witnessed(proof.checkpoint, against.witnesses)
    own = proof.checkpoint
    return Checked(record, proof.index, own.origin, own.size, None, seen, against.original is not None)


def _checked_consistency(path: Path, proof: ConsistencyProof, key: VerifierKey, against: Against) -> Checked:
    if against.older is None:
        raise UsageError(f"{path} leads from an older checkpoint to a newer; give the older one with --older")
    try:
        proof.require(key, checkpoint_in(against.older))
    except UsageError:
        raise
    except CaseError as error:
        raise UnprovenError(str(error)) from error
    own = proof.checkpoint
    return Checked(None, 0, own.origin, own.size, proof.older, witnessed(own, against.witnesses))


def _require_original(record: Record, path: Path) -> None:
    """Check that a file is what a record names.

    Raises:
        UsageError: the record names none, or the file cannot be read.
        UnprovenError: it is another.
    """
    if not isinstance(record, Receipt) or record.object is None:
        raise UsageError("--original goes with the receipt of a file; this record names none")
    try:
        found = sha256_of(path)
    except OSError as error:
        raise UsageError(f"--original {path}: {error.strerror or error}") from error
    if found != record.object:
        raise UnprovenError(f"{path} has the SHA-256 {found}, the record names {record.object}")


def witnessed(checkpoint: Checkpoint, keys: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """Return name and time (POSIX seconds) of witnesses' signatures of a checkpoint, each of which must be there.

    Raises:
        UsageError: one is no verifier key.
        UnprovenError: one did not sign it.
    """
    found = []
    for text in keys:
        key = verifier_key_of(text, "--witness")
        try:
            moment = checkpoint.note.signed_by(key) if checkpoint.note is not None else None
        except CaseError as error:
            raise UnprovenError(f"witness {key.name}: {error}") from error
        if moment is None:
            raise UnprovenError(f"the checkpoint is not signed by the witness {key.name}")
        found.append((key.name, moment))
    return tuple(found)
