"""What the leaves of a vault say: typed records, each written in exactly one way.

A record is canonical JSON (RFC 8785): keys sorted, no spaces, integers only. Each names its own place in the log, so
that one that was removed, added or moved gives itself away. docs/reference/vault-format.md has every field.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from yadorigi.errors import CaseError
from yadorigi.limits import VAULT_RECORD_BYTES_LIMIT
from yadorigi.schema.ocsf_values import clean

FORMAT: Final = 2
"""Of vaults; what opens one must know it."""

Index: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=(1 << 53) - 1)]
Digest: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$", max_length=64)]


class RecordBase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    """What all records have.

    Attributes:
        index: place of the record in the log; `VaultWriter` gives it.
        after: how many records the checkpoint had to which the record was added; `VaultWriter` gives it. So the
            log itself says for which sizes there were checkpoints, of which the tiles must stay.
        time: when it was made, canonical, by the clock of the machine that made it.
    """

    index: Index = 0
    after: Index = 0
    time: str = ""


class Opening(RecordBase, frozen=True, tag="opening"):
    """The first record of a vault.

    Attributes:
        format: `FORMAT`.
        origin: name of the log, as in its checkpoints.
        version: of the program.
    """

    format: Index
    origin: str
    version: str


class RulesUsed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of an act.

    Attributes:
        count: how many were loaded.
        sha256: over the digests of their documents, in order.
    """

    count: Index
    sha256: Digest


class Custody(RecordBase, frozen=True, tag="custody"):
    """The begin of an act that changes the case: who did what, when, with what.

    Attributes:
        act: name of the command.
        user, machine: as the operating system calls them.
        version: of the program.
        arguments: of the command line, secrets left out.
        settings: what shapes events, by name, so that the lake can be made again in the same way.
        rules: those that were loaded, or None where the act uses none.
        content: digest of the content that ships with the program.
    """

    act: str
    user: str
    machine: str
    version: str
    arguments: tuple[str, ...] = ()
    settings: dict[str, str | tuple[str, ...] | None] = {}
    rules: RulesUsed | None = None
    content: Digest | None = None


class Receipt(RecordBase, frozen=True, tag="receipt"):
    """One input of an act.

    Attributes:
        name: as given.
        object: SHA-256 of its bytes, or None where it could not be read.
        size: bytes.
        modified: canonical time of its last change as the file system told it, or None.
        kept: whether the vault holds the bytes.
        site: of the act, or None.
        source: name of the reader, or None where none knows it.
        problem: why it could not be read or kept, or "".
    """

    name: str
    object: Digest | None
    size: Index
    modified: str | None = None
    kept: bool = True
    site: str | None = None
    source: str | None = None
    problem: str = ""


class LakeChange(RecordBase, frozen=True, tag="lake"):
    """One commit of the lake, recorded before it counts.

    Attributes:
        number: of the commit.
        sha256: of its manifest.
    """

    number: Index
    sha256: Digest


class Outcome(RecordBase, frozen=True, tag="outcome"):
    """The end of an act.

    Attributes:
        act_index: place of its `Custody`.
        ended: how.
        files: SHA-256 of each result file of the case, by name.
        lake: number of the lake's newest commit, or None where there is no lake.
    """

    act_index: Index
    ended: Literal["done", "interrupted", "failed"]
    files: dict[str, Digest]
    lake: Index | None = None


class Expiry(RecordBase, frozen=True, tag="expiry"):
    """What was taken out on purpose.

    Attributes:
        act_index: place of the `Custody` of the act.
        what: whether events of the lake went, or an original.
        object: SHA-256 of the original that went, or None.
        before: canonical time before which events went, or None.
        events: how many went.
        reason: why, as whoever did it said.
    """

    act_index: Index
    what: Literal["events", "object"]
    object: Digest | None = None
    before: str | None = None
    events: Index = 0
    reason: str = ""


class Decision(RecordBase, frozen=True, tag="decision"):
    """What an analyst decided.

    Attributes:
        act_index: place of the `Custody` of the act.
        subject: of what: a finding, a technique, a host, in the analyst's words.
        decision, reason: in the analyst's words.
        by: who, as given.
    """

    act_index: Index
    subject: str
    decision: str
    reason: str = ""
    by: str = ""


Record: TypeAlias = Opening | Custody | Receipt | LakeChange | Outcome | Expiry | Decision

_ENCODE: Final = msgspec.json.Encoder(order="sorted").encode
_ENCODE_AS_IS: Final = msgspec.json.Encoder().encode
_DECODE: Final = msgspec.json.Decoder(Record).decode
_LAST_OF_16_BITS: Final = "\uffff"


def encode(record: Record) -> bytes:
    """Return a record's canonical bytes. Halves of surrogates, which UTF-8 does not have, become U+FFFD.

    Raises:
        CaseError: it is longer than a leaf may be.
    """
    data = _canonical(record)
    if len(data) > VAULT_RECORD_BYTES_LIMIT:
        raise CaseError(f"a record of {len(data):,} bytes is longer than the vault's log takes")
    return data


def decode(data: bytes) -> Record:
    """Return the record that some bytes are.

    Raises:
        CaseError: they are no record, or not written in the one way.
    """
    try:
        record: Record = _DECODE(data)
        same = _canonical(record) == data
    except (msgspec.MsgspecError, UnicodeError, ValueError, RecursionError) as error:
        raise CaseError(f"no record of a vault: {error}") from error
    if not same:
        raise CaseError("a record that is not written in canonical form")
    return record


def _canonical(record: Record) -> bytes:
    try:
        data = _ENCODE(record)
    except UnicodeEncodeError:
        return _ENCODE_AS_IS(_cleaned(msgspec.to_builtins(record)))
    # RFC 8785 sorts keys by their UTF-16, which only differs from what was done where one has more than 16 bits.
    named: Iterable[str] = (
        record.files if isinstance(record, Outcome) else record.settings if isinstance(record, Custody) else {}
    )
    if any(max(name, default="") > _LAST_OF_16_BITS for name in named):
        return _ENCODE_AS_IS(_cleaned(msgspec.to_builtins(record)))
    return data


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        cleaned = {clean(key): _cleaned(one) for key, one in value.items()}
        return dict(sorted(cleaned.items(), key=lambda item: item[0].encode("utf-16-be")))
    return [_cleaned(one) for one in value] if isinstance(value, list | tuple) else value
