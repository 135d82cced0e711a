"""A small vault of which every byte is known, and the example of docs/reference/vault-format.md that is made of it."""

from __future__ import annotations

import io
from hashlib import sha256
from typing import TYPE_CHECKING

from yadorigi.vault.notes import ED25519, SigningKey
from yadorigi.vault.records import FORMAT, Custody, Opening, Outcome, Receipt
from yadorigi.vault.segments import SegmentObject, SegmentWriter
from yadorigi.vault.writer import VaultWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from yadorigi.vault.keys import VaultHome
    from yadorigi.vault.reader import Vault

ORIGIN = "yadorigi.invalid/case/000102030405060708090a0b0c0d0e0f"
KEY = SigningKey(ORIGIN, ED25519, bytes(range(32)))
TIME = "2026-03-11T14:19:03.7913094Z"
INPUTS = {"empty.log": b"", "web.log": b'192.0.2.7 - - "GET /"\n'}
RESULT = b'{"title":"Example"}\n'
_ROW = 16


def make_case(case: Path, home: VaultHome) -> Vault:
    """Make the example's case as a hunt does: what came in is committed first, and what came out of it then."""
    home.keep_key(KEY)
    (case / "vault").mkdir(parents=True)
    (case / "vault" / "verifier-key").write_bytes(f"{KEY.verifier}\n".encode())
    writer = VaultWriter.opened(case, home)
    writer.append(Opening(format=FORMAT, origin=ORIGIN, version="1.0.0", time=TIME))
    began = Custody(
        act="hunt", user="analyst", machine="laptop", version="1.0.0", arguments=("hunt", "logs", "--case", "case"),
        settings={"timezone": "Asia/Tokyo", "since": None}, time=TIME,
    )  # fmt: skip
    index = writer.append(began)
    with SegmentWriter(writer.new_part()) as segment:
        for name, data in INPUTS.items():
            kept = segment.add(io.BytesIO(data))
            assert isinstance(kept, SegmentObject)
            writer.append(Receipt(name=f"logs/{name}", object=kept.sha256, size=kept.size, time=TIME))
        segment.flush()
    writer.add_part(segment.part)
    writer.commit()
    (case / "findings.jsonl").write_bytes(RESULT)
    files = {"findings.jsonl": sha256(RESULT).hexdigest()}
    writer.append(Outcome(act_index=index, ended="done", files=files, time=TIME))
    return writer.commit()


def page_of(case: Path, vault: Vault) -> str:
    """Return the example as the page has it."""
    return "\n\n".join(f"{title}\n\n```text\n{text.strip()}\n```" for title, text in _blocks(case / "vault", vault))


def _blocks(folder: Path, vault: Vault) -> Iterator[tuple[str, str]]:
    entries = list(vault.entries())
    yield (
        "`objects/00000001`, an empty original and one of 22 bytes:",
        _dump((folder / "objects/00000001").read_bytes()),
    )
    yield "The records:", "\n".join(entry.decode() for entry in entries)
    bundle = (folder / f"tile/entries/000.p/{len(entries)}").read_bytes()
    yield f"`tile/entries/000.p/{len(entries)}` begins with the length of the first record:", _dump(bundle[: 2 * _ROW])
    tile = (folder / f"tile/0/000.p/{len(entries)}").read_bytes()
    yield f"`tile/0/000.p/{len(entries)}`, a hash of 32 bytes for each:", _dump(tile)
    yield "`verifier-key`, and the signing key, which a case never holds:", f"{KEY.verifier}\n\n{KEY.text()}"
    yield "`checkpoint`:", vault.checkpoint.data().decode()
    yield "A proof that `logs/web.log` was received:", vault.inclusion_proof(3).text().decode()
    yield "A proof that the log of 5 records begins with that of 4:", vault.consistency_proof(4).text().decode()


def _dump(data: bytes) -> str:
    rows = [data[place : place + _ROW] for place in range(0, len(data), _ROW)]
    return "\n".join(f"{place * _ROW:04x}  {row.hex(' ')}" for place, row in enumerate(rows))
