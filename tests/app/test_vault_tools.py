"""What a case has sealed can be given to others, who check it without the case; witnesses sign what only grew."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.lake.cases import event
from yadorigi.app import vault_acts, vault_keys
from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.progress import Silent
from yadorigi.app.run_ingest import run_ingest
from yadorigi.app.vault_files import verifier_key_of, write_file
from yadorigi.app.vault_proofs import Against, Wanted, checked_proof, opened_vault, proof_of, proof_since
from yadorigi.app.vault_restore import Selected, restored_files, safe_parts
from yadorigi.app.vault_witness import Asked, key_of_witness, sign_as_witness
from yadorigi.errors import CaseError, UnprovenError, UsageError
from yadorigi.settings import Settings
from yadorigi.vault.keys import VaultHome
from yadorigi.vault.records import Decision, Expiry, Receipt

SETTINGS = Settings()


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case with two files."""
    folder = tmp_path_factory.mktemp("ingested")
    (folder / "in").mkdir()
    (folder / "in" / "a.jsonl").write_text(event(1), "utf-8")
    (folder / "in" / "b.txt").write_text("no log\n", "utf-8")
    run_ingest(HuntOptions((str(folder / "in"),), rules=(), case=folder / "case", workers=1, report=False))
    return folder


@pytest.fixture
def folder(ingested: Path, tmp_path: Path) -> Path:
    """A copy of it with its inputs, its verifier key and its checkpoint."""
    copy = Path(shutil.copytree(ingested, tmp_path / "copy"))
    vault = opened_vault(copy / "case")
    (copy / "vkey").write_text(f"{vault.key}\n", "utf-8")
    (copy / "old").write_bytes(vault.checkpoint.data())
    return copy


def receipts(case: Path) -> dict[str, Receipt]:
    return {Path(one.name).name: one for one in opened_vault(case).records() if isinstance(one, Receipt)}


def decide(case: Path) -> int:
    return vault_acts.record_decision(
        case, vault_acts.Decided("host dc01", "false alarm", "backup", "A. Tanaka"), SETTINGS
    )


def test_a_proof_is_checked_without_the_case(folder: Path) -> None:
    case, proof = folder / "case", folder / "a.tlog-proof"
    own = receipts(case)["a.jsonl"]
    data = proof_of(case, Wanted(name=own.name)).text()
    assert data == proof_of(case, Wanted(own.index)).text() == proof_of(case, Wanted(sha256=own.object or "")).text()
    proof.write_bytes(data)
    shutil.rmtree(case)
    original = folder / "in" / "a.jsonl"
    found = checked_proof(proof, Against(str(folder / "vkey"), original=original))
    assert (found.record, found.index, found.original) == (own, own.index, True)
    with pytest.raises(UnprovenError, match="SHA-256"):
        checked_proof(proof, Against(str(folder / "vkey"), original=folder / "in" / "b.txt"))
    other = key_of_witness(folder / "w.key", "witness.example/one")
    with pytest.raises(UnprovenError, match="not signed by the witness"):
        checked_proof(proof, Against(str(folder / "vkey"), (other,)))
    with pytest.raises(UnprovenError):
        checked_proof(proof, Against(other))
    lines = data.split(b"\n")
    for place in range(len(lines)):
        if lines[place]:
            middle = len(lines[place]) // 2
            changed = lines[place][:middle] + bytes([lines[place][middle] ^ 1]) + lines[place][middle + 1 :]
            proof.write_bytes(b"\n".join([*lines[:place], changed, *lines[place + 1 :]]))
            with pytest.raises((UnprovenError, UsageError)):
                checked_proof(proof, Against(str(folder / "vkey")))


def test_which_record_is_meant(folder: Path) -> None:
    case = folder / "case"
    for wanted in (Wanted(10_000), Wanted(name="nothing\x1b[2J"), Wanted(sha256="0" * 64)):
        with pytest.raises(UsageError) as error:
            proof_of(case, wanted)
        assert "\x1b" not in str(error.value)
    with pytest.raises(CaseError, match="no vault"):
        proof_of(folder / "in", Wanted(0))


def test_a_log_that_grew_and_one_that_did_not(folder: Path) -> None:
    case, old, proof = folder / "case", folder / "old", folder / "since.proof"
    before = shutil.copytree(case, folder / "before")
    index = decide(case)
    record = opened_vault(case).record(index)
    assert isinstance(record, Decision)
    assert (record.decision, record.by) == ("false alarm", "A. Tanaka")
    proof.write_bytes(proof_since(case, old).text())
    found = checked_proof(proof, Against(str(folder / "vkey"), older=old))
    assert (found.older, found.size) == (index - 1, index + 2)
    with pytest.raises(UsageError, match="--older"):
        checked_proof(proof, Against(str(folder / "vkey")))
    new = folder / "new"
    new.write_bytes(opened_vault(case).checkpoint.data())
    with pytest.raises(UnprovenError):
        checked_proof(proof, Against(str(folder / "vkey"), older=new))
    with pytest.raises(UnprovenError, match="ROLLED BACK"):
        proof_since(before, new)
    vault_acts.record_decision(before, vault_acts.Decided("host dc01", "true", "changed my mind"), SETTINGS)
    with pytest.raises(UnprovenError, match="FORKED"):
        proof_since(before, new)


def test_a_witness_signs_what_grew(folder: Path) -> None:
    case, key, old, new, proof = (folder / name for name in ("case", "w.key", "old", "new", "since.proof"))
    witness = key_of_witness(key, "witness.example/one")
    assert witness == key_of_witness(key, "")
    assert os.name == "nt" or not key.stat().st_mode & 0o077
    with pytest.raises(UsageError, match="there already"):
        key_of_witness(key, "witness.example/two")
    with pytest.raises(UsageError, match="knows nothing of this log"):
        sign_as_witness(Asked(old, key))
    first = sign_as_witness(Asked(old, key, str(folder / "vkey")), now=1_770_000_000)
    assert (first.size, first.before, first.witness) == (opened_vault(case).size, None, witness)
    assert sign_as_witness(Asked(old, key)).before == first.size  # the same again

    fork = shutil.copytree(case, folder / "fork")
    decide(case)
    new.write_bytes(opened_vault(case).checkpoint.data())
    with pytest.raises(UsageError, match="--proof"):
        sign_as_witness(Asked(new, key))
    proof.write_bytes(proof_since(case, old).text())
    second = sign_as_witness(Asked(new, key, proof=proof), now=1_770_000_001)
    assert (second.size, second.before) == (first.size + 3, first.size)
    with pytest.raises(UnprovenError, match="ROLLED BACK"):
        sign_as_witness(Asked(old, key))

    vault_acts.record_decision(fork, vault_acts.Decided("host dc01", "true", "changed my mind"), SETTINGS)
    new.write_bytes(opened_vault(fork).checkpoint.data())
    with pytest.raises(UnprovenError, match="FORKED"):
        sign_as_witness(Asked(new, key))

    state = next((folder / "w.key.witnessed").glob("*[!k]"))
    state.write_bytes(state.read_bytes()[:-9])
    with pytest.raises(CaseError, match="damaged"):
        sign_as_witness(Asked(old, key))
    state.unlink()
    signed = folder / "signed"
    signed.write_bytes(second.note)
    with pytest.raises(UnprovenError, match="ROLLED BACK"):
        sign_as_witness(Asked(old, key, str(folder / "vkey"), older=signed))
    with pytest.raises(UnprovenError, match="not signed by this witness"):
        sign_as_witness(Asked(signed, key, str(folder / "vkey"), older=old))


def test_a_signature_of_a_witness_in_the_case(folder: Path) -> None:
    case, key, signed = folder / "case", folder / "w.key", folder / "signed"
    witness = key_of_witness(key, "witness.example/one")
    note = sign_as_witness(Asked(folder / "old", key, str(folder / "vkey")), now=1_770_000_000).note
    for data in (note, note.splitlines(keepends=True)[-1]):
        signed.unlink(missing_ok=True)
        signed.write_bytes(data)
        assert vault_acts.take_cosignature(case, signed, witness, SETTINGS) == ("witness.example/one", 1_770_000_000)
    proof = folder / "proof"
    proof.write_bytes(proof_of(case, Wanted(0)).text())
    found = checked_proof(proof, Against(str(folder / "vkey"), (witness,)))
    assert found.witnesses == (("witness.example/one", 1_770_000_000),)
    other = key_of_witness(folder / "other.key", "witness.example/two")
    with pytest.raises(UnprovenError, match="not signed by the witness"):
        vault_acts.take_cosignature(case, signed, other, SETTINGS)
    decide(case)
    signed.write_bytes(note)
    with pytest.raises(UsageError, match="not the newest"):
        vault_acts.take_cosignature(case, signed, witness, SETTINGS)


def test_originals_come_out_and_go(folder: Path) -> None:
    case, into = folder / "case", folder / "out"
    own = receipts(case)
    names = frozenset({own["a.jsonl"].name})
    (one,) = restored_files(case, Selected(names), into, Silent())
    assert one.path is not None
    assert one.path.read_bytes() == (folder / "in" / "a.jsonl").read_bytes()
    assert one.path.is_relative_to(into)
    assert list(restored_files(case, Selected(names), into, Silent())) == [one]  # the same is there already
    one.path.write_text("mine", "utf-8")
    (beside,) = restored_files(case, Selected(names), into, Silent())
    assert one.path.read_text("utf-8") == "mine"
    assert beside.path is not None
    assert beside.path.name == f"a~{one.sha256[:12]}.jsonl"
    with pytest.raises(UsageError, match="knows nothing of"):
        list(restored_files(case, Selected(digests=frozenset({"0" * 64})), into, Silent()))

    digest = own["b.txt"].object or ""
    assert vault_acts.original_to_expire(case, digest).names == (own["b.txt"].name,)
    index = vault_acts.expire_original(case, digest, "asked for", SETTINGS)
    assert isinstance(opened_vault(case).record(index), Expiry)
    found = {one.sha256: one for one in restored_files(case, Selected(every=True), folder / "all", Silent())}
    assert found[digest].path is None
    assert "taken out since" in found[digest].problem
    with pytest.raises(CaseError, match="has no original"):
        vault_acts.expire_original(case, digest, "again", SETTINGS)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        (r"C:\logs\a.evtx", ("C_", "logs", "a.evtx")),
        ("../../etc/passwd", ("__", "__", "etc", "passwd")),
        ("/a//./b", ("a", "b")),
        ("case.zip!x/..\\y\x1b[2J\u202e", ("case.zip!x", "__", "y_[2J_")),
        ("CON.txt", ("_CON.txt",)),
        ("dot.", ("dot_",)),
        ("", ("_",)),
    ],
)
def test_names_lead_downwards(name: str, parts: tuple[str, ...]) -> None:
    assert safe_parts(name) == parts


def test_long_and_deep_names() -> None:
    assert all(len(part.encode()) <= 255 for part in safe_parts("ログ" * 300 + ".evtx"))
    assert len(safe_parts("a/" * 5_000 + "b")) == 2


def test_through_no_link(folder: Path) -> None:
    into = folder / "out"
    outside = folder / "outside"
    outside.mkdir()
    own = receipts(folder / "case")["a.jsonl"]
    first = into / safe_parts(own.name)[0]
    into.mkdir()
    first.symlink_to(outside, target_is_directory=True)
    (one,) = restored_files(folder / "case", Selected(frozenset({own.name})), into, Silent())
    assert one.path is None
    assert not list(outside.iterdir())


def test_a_key_moves_to_another_machine(folder: Path) -> None:
    case, file = folder / "case", folder / "moved.key"
    here, there = VaultHome.found(), VaultHome(folder / "there")
    vault_keys.export_key(case, here, file)
    with pytest.raises(UsageError, match="there already"):
        vault_keys.export_key(case, here, file)
    assert vault_keys.case_key(case, there).signing is None
    vault_keys.import_key(case, there, file)
    assert vault_keys.case_key(case, there).signing is not None
    moved = Settings(vault_folder=there.folder)
    vault_acts.record_decision(case, vault_acts.Decided("host dc01", "false alarm", "backup"), moved)
    with pytest.raises(UsageError, match="no signing key"):
        vault_keys.import_key(case, there, folder / "vkey")
    key_of_witness(folder / "w.key", "witness.example/one")
    with pytest.raises(UsageError, match="is the key"):
        vault_keys.import_key(case, there, folder / "w.key")
    with pytest.raises(UsageError, match="signing key, which nobody else should see"):
        verifier_key_of(file.read_text("utf-8"), "--key")


def test_no_file_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_file(path, b"1")
    with pytest.raises(UsageError, match="there already"):
        write_file(path, b"2")
    assert path.read_bytes() == b"1"
    assert [found.name for found in tmp_path.iterdir()] == ["a"]
