"""Whether a vault's newest checkpoint is signed by its key, and goes on from what is known of it elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from yadorigi.errors import CaseError
from yadorigi.limits import VAULT_NOTE_BYTES_LIMIT
from yadorigi.vault.checkpoints import Checkpoint
from yadorigi.vault.journal import CHECKPOINT, JOURNAL, VERIFIER_KEY, Journal, is_segment, read_journal
from yadorigi.vault.notes import VerifierKey
from yadorigi.vault.tiles import BUNDLE_BYTES_LIMIT

if TYPE_CHECKING:
    from yadorigi.vault.notes import Note
    from yadorigi.vault.storage import Storage
    from yadorigi.vault.verification.faults import Faults
    from yadorigi.vault.verification.log import LogFound

_SHOWN: Final = 120


@dataclass(frozen=True, slots=True)
class Older:
    """A checkpoint that is known from outside of the case.

    Attributes:
        place: where it comes from, for people.
        checkpoint: itself.
        newest: whether it is a copy of the newest, to the byte, that the machine keeps.
    """

    place: str
    checkpoint: Checkpoint
    newest: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a vault from outside.

    Attributes:
        key: what checks its checkpoints, or None where only the case itself says.
        older: checkpoints.
        witnesses: keys of those that must have signed.
    """

    key: VerifierKey | None = None
    older: tuple[Older, ...] = ()
    witnesses: tuple[VerifierKey, ...] = ()


@dataclass(slots=True)
class Seal:
    """What a vault is held against.

    Attributes:
        key: what checked the checkpoint, or None where there is none.
        checkpoint: what counts as the newest, or None where nothing signed is there.
        files, renamed: what a commit that was broken off still has to do (`reader.Vault`).
        moments: name and time (POSIX seconds) of each witness's signature, and how many records it signed.
        unknown_signatures: how many signatures nobody here has the keys of.
    """

    key: VerifierKey | None = None
    checkpoint: Checkpoint | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    moments: list[tuple[str, int, int]] = field(default_factory=list)
    unknown_signatures: int = 0


def stated_origins(storage: Storage) -> list[str]:
    """Return the names of the log that a vault states, nothing of it checked: of its checkpoint and its key."""
    found: list[str] = []
    readers: tuple[tuple[str, Callable[[bytes], str]], ...] = (
        (CHECKPOINT, lambda data: Checkpoint.parsed(data).origin),
        (VERIFIER_KEY, lambda data: data.decode().partition("+")[0]),
    )
    for path, read in readers:
        try:
            found.append(read(storage.read(path, VAULT_NOTE_BYTES_LIMIT)))
        except (OSError, CaseError, UnicodeDecodeError):
            continue
    return list(dict.fromkeys(found))


def check_seal(storage: Storage, known: Known, faults: Faults) -> Seal:
    """Check key, checkpoint and journal of a vault against what is known.

    Raises:
        OSError: they cannot be read.
    """
    seal = Seal(_checked_key(storage, known, faults))
    before = _checked_checkpoint(storage, known, seal, faults)
    seal.checkpoint = before
    _take_journal(storage, seal, before, faults)
    for older in known.older:
        if seal.key is not None and not _is_of(older.checkpoint, seal.key):
            expected = f"a checkpoint of this case, signed by {seal.key}"
            faults.add("wrong_key", older.place, expected, f"a checkpoint of {_cut(older.checkpoint.origin)}")
    return seal


def check_older(known: Known, seal: Seal, found: LogFound, faults: Faults) -> None:
    """Check that a log that was read goes on from all checkpoints that are known from outside."""
    for older in known.older:
        size, root = older.checkpoint.size, older.checkpoint.root
        if seal.key is None or not _is_of(older.checkpoint, seal.key):
            continue
        if size > found.size:
            told = f"{size:,} records or more, which {older.place} has"
            faults.add("rolled_back", f"vault/{CHECKPOINT}", told, f"{found.size:,} records")
        elif found.whole and found.roots.get(size) != root:
            expected = f"the first {size:,} records of {older.place}, which lead to {root.hex()}"
            led = found.roots.get(size, b"").hex()
            faults.add("forked", f"vault/{CHECKPOINT}", expected, f"{size:,} other records, which lead to {led}")


def _checked_key(storage: Storage, known: Known, faults: Faults) -> VerifierKey | None:
    """Return the key that counts: what is known from outside before what lies in the case."""
    place = f"vault/{VERIFIER_KEY}"
    expected = str(known.key) if known.key is not None else "a verifier key on one line"
    try:
        data = storage.read(VERIFIER_KEY, VAULT_NOTE_BYTES_LIMIT)
        stated = VerifierKey.parsed(data.decode("utf-8", "replace").removesuffix("\n"))
    except FileNotFoundError:
        faults.add("key_changed", place, expected, "no such file")
        return known.key
    except CaseError as error:
        faults.add("key_changed", place, expected, str(error))
        return known.key
    if known.key is not None and stated != known.key:
        faults.add("key_changed", place, expected, str(stated))
    elif data != f"{stated}\n".encode():
        faults.add("key_changed", place, f"{stated} and the end of the line", f"{len(data):,} bytes that say the same")
    return known.key or stated


def _checked_checkpoint(storage: Storage, known: Known, seal: Seal, faults: Faults) -> Checkpoint | None:
    """Return the checkpoint that lies in the vault if its key signed it."""
    place = f"vault/{CHECKPOINT}"
    try:
        data = storage.read(CHECKPOINT, VAULT_NOTE_BYTES_LIMIT)
        found = Checkpoint.parsed(data)
    except FileNotFoundError:
        try:
            begun = storage.size(JOURNAL) is not None
        except CaseError:
            begun = True
        if not begun:
            faults.add("checkpoint_missing", place, "a signed checkpoint", "no such file")
        return None
    except CaseError as error:
        faults.add("checkpoint_damaged", place, "a signed checkpoint", str(error))
        return None
    if found.note is None or seal.key is None:
        return None
    if not _is_signed(found, found.note, seal.key, place, faults):
        return None
    if found.data() != data:
        faults.add("checkpoint_damaged", place, "a checkpoint that is written in the one way", "the same, otherwise")
    _check_witnesses(found, known, seal, place, faults)
    return found


def _is_signed(found: Checkpoint, note: Note, key: VerifierKey, place: str, faults: Faults) -> bool:
    signed = f"the signature of {key}"
    claimed = [one for one in note.signatures if one[:2] == (key.name, key.number)]
    true = [one for one in note.signatures if key.signed(one[2], note.text) is not None]
    if found.origin == key.name and claimed and all(one in true for one in claimed):
        return True
    if claimed and found.origin == key.name:
        faults.add("checkpoint_damaged", place, signed, "a signature of that name that is not one of this text")
    elif true or claimed or any(_is_nearly(one, key) for one in note.signatures):
        # The key did sign this text, or somebody says so: what names it was changed.
        faults.add(
            "checkpoint_damaged", place, signed, f"the text names {_cut(found.origin)}, or its signature another key"
        )
    else:
        names = ", ".join(f"{name}+{number.hex()}" for name, number, _ in note.signatures)
        faults.add("wrong_key", place, signed, f"signed by {_cut(names)}, for {_cut(found.origin)}")
    return False


def _is_nearly(signature: tuple[str, bytes, bytes], key: VerifierKey) -> bool:
    """Say whether a signature names a key but for one byte of its id, which no other key is likely to do."""
    name, number, _ = signature
    return name == key.name and sum(one != other for one, other in zip(number, key.number, strict=True)) <= 1


def _check_witnesses(found: Checkpoint, known: Known, seal: Seal, place: str, faults: Faults) -> None:
    note = found.note
    if seal.key is None or note is None:
        return
    told = {(seal.key.name, seal.key.number)}
    for witness in known.witnesses:
        told.add((witness.name, witness.number))
        try:
            moment = note.signed_by(witness)
        except CaseError as error:
            faults.add("checkpoint_damaged", place, f"the signature of the witness {witness.name}", str(error))
            continue
        if moment is not None:
            seal.moments.append((witness.name, moment, found.size))
            continue
        earlier = [seen for older in known.older if (seen := _witnessed(older, witness)) is not None]
        if not earlier:
            faults.add("not_witnessed", place, f"the signature of the witness {witness.name}", "none of it")
        seal.moments += [(witness.name, moment, size) for size, moment in sorted(earlier)[-1:]]
    unknown = [one for one in note.signatures if one[:2] not in told]
    seal.unknown_signatures = len(unknown)
    for older in known.older:
        if older.newest and older.checkpoint.note is not None and older.checkpoint.text == note.text:
            lost = [one for one in older.checkpoint.note.signatures if one not in note.signatures]
            if lost:
                names = ", ".join(one[0] for one in lost)
                faults.add(
                    "checkpoint_damaged", place, f"the signatures of {older.place}", f"without that of {_cut(names)}"
                )
            elif all(one in older.checkpoint.note.signatures for one in unknown):
                seal.unknown_signatures = 0


def _witnessed(older: Older, witness: VerifierKey) -> tuple[int, int] | None:
    """Return how many records an older checkpoint has and when a witness signed it, or None."""
    try:
        moment = older.checkpoint.note.signed_by(witness) if older.checkpoint.note is not None else None
    except CaseError:
        return None
    return (older.checkpoint.size, moment) if moment is not None else None


def _is_of(checkpoint: Checkpoint, key: VerifierKey) -> bool:
    try:
        checkpoint.require(key)
    except CaseError:
        return False
    return True


def _take_journal(storage: Storage, seal: Seal, before: Checkpoint | None, faults: Faults) -> None:
    """Read a commit that was broken off as if it were done."""
    place = f"vault/{JOURNAL}"
    expected = "one commit that goes on from the checkpoint"
    try:
        journal = read_journal(storage)
        if journal is None:
            return
        if seal.key is None or (before is None and journal.size):
            faults.notice(f"{place} cannot be checked without the checkpoint and the key")
            return
        if storage.read(JOURNAL, len(journal.encoded()) + 1) != journal.encoded():
            raise CaseError("it is not written in the one way")
        if journal.is_done(before, seal.key):
            _check_done(journal, before, faults)
            return
        growth = journal.growth(before, lambda path: storage.read(path, BUNDLE_BYTES_LIMIT))
    except (CaseError, FileNotFoundError) as error:
        faults.add("journal_damaged", place, expected, str(error))
        return
    seal.checkpoint = Checkpoint.parsed(journal.checkpoint)
    seal.files = growth.files
    seal.renamed = {path: part for part, path in journal.renamed}
    faults.notice(f"{place}: a commit that counts already was broken off; it is read as if it were done")


def _check_done(journal: Journal, before: Checkpoint | None, faults: Faults) -> None:
    after = Checkpoint.parsed(journal.checkpoint)
    if before is not None and after.text != before.text:
        raise CaseError("its checkpoint is another than the one that is there")
    if not all(is_segment(path) for _, path in journal.renamed):
        raise CaseError("it names files that are no originals")
    faults.notice(f"vault/{JOURNAL} is of a commit that is done already; it counts for nothing")


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
