"""Acts on a vault itself: decisions of analysts, originals that go, signatures of witnesses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from yadorigi.app.acts import act_begun
from yadorigi.app.case_folder import SUMMARY, CaseFolder
from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.sealed_results import newest_outcome
from yadorigi.app.vault_files import read_file, verifier_key_of
from yadorigi.app.vault_proofs import opened_vault
from yadorigi.app.vault_witness import with_signatures
from yadorigi.errors import CaseError, UnfinishedError, UnprovenError, UsageError
from yadorigi.vault.keys import VaultHome
from yadorigi.vault.notes import COSIGNATURE, Note
from yadorigi.vault.records import Decision, Expiry, Receipt
from yadorigi.vault.writer import VaultWriter

if TYPE_CHECKING:
    from yadorigi.app.custody import Act
    from yadorigi.settings import Settings

_TEXT_LIMIT: Final = 8_000
_DIGEST_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class Decided:
    """What an analyst decided.

    Attributes:
        subject: of what, in the analyst's words.
        decision, reason: in the analyst's words.
        by: who, or "" where it is who typed it, whom the act's record names.
    """

    subject: str
    decision: str
    reason: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Original:
    """An original that is to go.

    Attributes:
        size: of its bytes.
        names: by which it was given.
    """

    size: int
    names: tuple[str, ...]


@contextmanager
def acting(
    case: Path, name: str, settings: Settings, arguments: tuple[str, ...] = ()
) -> Iterator[tuple[CaseFolder, Act]]:
    """Give a case and an act on it that has begun; whoever asks for it concludes it.

    Raises:
        CaseError: there is no case, it has no vault, or its key is not here.
        UnfinishedError: the disk is full or failing.
    """
    if opened_vault(case).size == 0 or not (case / SUMMARY).is_file():
        raise CaseError(f"{case} is no case; name the folder that a hunt left")
    try:
        with CaseFolder.opened(case, force=False) as folder:
            options = HuntOptions((), case=case, settings=settings, arguments=arguments)
            act = act_begun(case, name, options, None, folder.earlier_summary())
            if act is None:
                raise CaseError(f"{case} has no vault")
            yield folder, act
    except OSError as error:
        raise UnfinishedError(f"{error.strerror or error}: {error.filename or case}") from error


def conclude(folder: CaseFolder, act: Act) -> None:
    """End an act that left the lake as it was.

    Raises:
        OSError: the disk is full or failing.
    """
    before = newest_outcome(act.writer.vault.records()) if act.writer.vault is not None else None
    act.conclude(folder, before.lake if before is not None else None)
    folder.publish()


def record_decision(case: Path, decided: Decided, settings: Settings, arguments: tuple[str, ...] = ()) -> int:
    """Seal a decision; return the place of its record.

    Raises:
        UsageError: it says nothing, or too much.
        CaseError: there is no case, it has no vault, or its key is not here.
        UnfinishedError: the disk is full or failing.
    """
    for name, text in (("SUBJECT", decided.subject), ("--decision", decided.decision), ("--reason", decided.reason)):
        if not text.strip():
            raise UsageError(f"{name} is empty; say what was decided of what, and why")
    if sum(map(len, (decided.subject, decided.decision, decided.reason, decided.by))) > _TEXT_LIMIT:
        raise UsageError(f"a decision has up to {_TEXT_LIMIT:,} characters; name a document that says more")
    with acting(case, "decide", settings, arguments) as (folder, act):
        index = act.writer.append(
            Decision(
                act_index=act.index,
                subject=decided.subject,
                decision=decided.decision,
                reason=decided.reason,
                by=decided.by,
            )
        )
        conclude(folder, act)
    return index


def original_to_expire(case: Path, sha256: str) -> Original:
    """Return what is known of an original.

    Raises:
        UsageError: it is no SHA-256.
        CaseError: the vault does not hold it, or cannot be read.
    """
    if len(sha256) != _DIGEST_LENGTH or set(sha256) - set("0123456789abcdef"):
        raise UsageError(f"{sha256} is no SHA-256: 64 hexadecimal digits are expected")
    vault = opened_vault(case)
    if sha256 not in vault.objects:
        raise CaseError(f"the vault of {case} holds no original {sha256}; yadorigi vault list {case} --type receipt")
    names = [one.name for one in vault.records() if isinstance(one, Receipt) and one.object == sha256]
    return Original(vault.objects[sha256][1].size, tuple(dict.fromkeys(names)))


def expire_original(case: Path, sha256: str, reason: str, settings: Settings, arguments: tuple[str, ...] = ()) -> int:
    """Take an original out of a vault for good; return the place of the record that says so.

    Raises:
        UsageError: there is no reason.
        CaseError: the vault does not hold it, there is no case, or its key is not here.
        UnfinishedError: the disk is full or failing.
    """
    if not reason.strip() or len(reason) > _TEXT_LIMIT:
        raise UsageError(f"--reason says why, in up to {_TEXT_LIMIT:,} characters; it is sealed")
    with acting(case, "expire", settings, arguments) as (folder, act):
        act.writer.drop(sha256)
        index = act.writer.append(Expiry(act_index=act.index, what="object", object=sha256, reason=reason))
        conclude(folder, act)
    return index


def take_cosignature(case: Path, path: Path, witness: str, settings: Settings) -> tuple[str, int]:
    """Put a witness's signature to a case's newest checkpoint; return the witness's name and the time that it states.

    Args:
        case: the folder.
        path: file with the checkpoint as the witness signed it, or only the lines of its signatures.
        witness: the witness's verifier key, or a file that holds it.
        settings: say where keys are kept.

    Raises:
        UsageError: a file is not what it should be, or the witness signed another checkpoint.
        UnprovenError: it is not signed by the witness.
        CaseError: the case has no vault, or its key is not here.
        UnfinishedError: the disk is full or failing.
    """
    key = verifier_key_of(witness, "--witness")
    if key.kind != COSIGNATURE:
        raise UsageError(f"--witness: {key} is the key of a log, not of a witness")
    data = read_file(path, "checkpoint")
    newest = opened_vault(case).checkpoint
    try:
        note = Note.parsed(f"{newest.text}\n".encode() + data if data.startswith("\N{EM DASH} ".encode()) else data)
    except CaseError as error:
        raise UsageError(f"{path}: {error}") from error
    if note.text != newest.text:
        raise UsageError(
            f"{path} is not the newest checkpoint of the case, which has {newest.size:,} records: keep it outside of"
            " the case (yadorigi verify CASE --checkpoint FILE --witness VKEY), and let the newest be signed too"
        )
    try:
        moment = note.signed_by(key)
    except CaseError as error:
        raise UnprovenError(f"witness {key.name}: {error}") from error
    if moment is None:
        raise UnprovenError(f"{path} is not signed by the witness {key.name}")
    own = tuple(one for one in note.signatures if one[:2] == (key.name, key.number))
    try:
        with CaseFolder.opened(case, force=False):
            writer = VaultWriter.opened(case, VaultHome.found(settings.vault_folder).for_case(case))
            writer.cosign(with_signatures(newest, Note(newest.text, own)))
    except OSError as error:
        raise UnfinishedError(f"{error.strerror or error}: {error.filename or case}") from error
    return key.name, moment
