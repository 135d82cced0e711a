"""That verifying finds what was changed and calls it what it is, and finds nothing where nothing was."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.vault.changes import MADE_BY, Make, tried
from tests.vault.disks import Failing, Unsynced, kept, originals
from tests.vault.made_case import Hand, Made, made_case
from yadorigi.app.case_folder import listing_of
from yadorigi.app.verify_case import VerifyOptions, verify_case
from yadorigi.app.verify_results import verify_results
from yadorigi.cli.verbs import app
from yadorigi.errors import CaseError
from yadorigi.settings import Settings
from yadorigi.vault.keys import HOME_VARIABLE, VaultHome
from yadorigi.vault.notes import COSIGNATURE, Note, SigningKey
from yadorigi.vault.records import Outcome
from yadorigi.vault.storage import FolderStorage
from yadorigi.vault.verification.account import Account
from yadorigi.vault.verification.faults import KINDS, Faults
from yadorigi.vault.verification.seal import Known
from yadorigi.vault.verification.verify_vault import Telling, verify_vault
from yadorigi.vault.writer import VaultWriter

TELLING = Telling(lambda *_: None, lambda *_: None)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made_case(tmp_path_factory.mktemp("verify"), acts=2)


def vault_faults(folder: Path, known: Known | None = None) -> list[str]:
    """What is wrong with a vault alone."""
    faults = Faults()
    verify_vault(FolderStorage(folder), known or Known(), 1, faults, TELLING)
    return [fault.kind for fault in faults.sorted()]


@pytest.mark.parametrize("make", MADE_BY, ids=lambda make: make.__name__)
def test_each_single_change_is_found_and_called_what_it_is(made: Made, make: Make) -> None:
    chance = random.Random(make.__name__)  # noqa: S311 - it must be repeatable
    for _ in range(MADE_BY[make] * 3):
        one = tried(made, make, chance)
        assert one.found, one
        assert one.right, one


def test_a_case_that_nobody_touched_is_sound_and_says_against_what(made: Made) -> None:
    found = made.verified(checkpoints=(made.older,), key=str(made.key.verifier))
    assert found.sound, found.faults
    assert found.key == made.key.verifier
    assert next(size for _, size in found.older) == made.earlier[0][1]
    assert found.vault is not None
    assert found.vault.originals.originals == 8
    assert found.lake.parts
    assert not any("who made the case" in told for told in found.unproven)
    nobody = made.verified(outside=False)
    assert nobody.sound
    assert any("who made the case" in told for told in nobody.unproven)
    assert any("newest state" in told for told in nobody.unproven)


def test_what_only_an_older_checkpoint_or_the_machine_shows(made: Made, tmp_path: Path) -> None:
    hand = Hand()
    other = (made.other / "vault" / "verifier-key").read_text().partition("+")[0].rpartition("/")[2]
    shutil.copytree(made.home.folder, tmp_path / "home", ignore=shutil.ignore_patterns(f"{other}*"))
    hand.exchange(made.case, made.other)
    try:
        # Whoever exchanges the whole case, key and all, is found by what was known, or by what the machine saw here.
        assert made.verified(outside=False).sound
        given = made.verified(outside=False, checkpoints=(made.older,))
        assert given.faults[0].kind == "wrong_key"
        assert made.verified(outside=False, key=str(made.key.verifier)).faults[0].kind == "wrong_key"
        seen = verify_case(made.case, VerifyOptions(settings=Settings(vault_folder=tmp_path / "home")))
        assert [fault.kind for fault in seen.faults] == ["wrong_key"]
    finally:
        hand.take_back()


def test_witnesses(made: Made, tmp_path: Path) -> None:
    witness = SigningKey.made("witness.example/w", COSIGNATURE)
    path = made.vault / "checkpoint"
    data = path.read_bytes()
    note = Note.parsed(data)
    assert made.verified(witnesses=(str(witness.verifier),)).faults[0].kind == "not_witnessed"
    hand = Hand()
    line = witness.signature_line(note.text, 1_800_000_000).encode()
    hand.write(path, data + line)
    try:
        found = made.verified(witnesses=(str(witness.verifier),))
        assert found.sound
        assert found.proven == [("witness.example/w", 1_800_000_000, found.older[-1][1])]
        assert any("more signatures" in told for told in made.verified().unproven)
        damaged = bytearray(data + line)
        damaged[-5] ^= 4
        hand.write(path, bytes(damaged))
        assert made.verified(witnesses=(str(witness.verifier),)).faults[0].kind == "checkpoint_damaged"
    finally:
        hand.take_back()
    older = tmp_path / "older"
    note = Note.parsed(made.older.read_bytes())
    older.write_bytes(note.data() + witness.signature_line(note.text, 1_700_000_000).encode())
    found = made.verified(witnesses=(str(witness.verifier),), checkpoints=(older,))
    assert (found.sound, found.proven) == (True, [("witness.example/w", 1_700_000_000, made.earlier[0][1])])


def test_a_case_without_a_vault_is_not_verified_and_a_lost_one_is(made: Made, tmp_path: Path) -> None:
    options = VerifyOptions(settings=Settings(vault_folder=tmp_path / "home"))
    (tmp_path / "case").mkdir()
    with pytest.raises(CaseError, match="no vault"):
        verify_case(tmp_path / "case", options)
    for name in ("summary.json", "findings.jsonl", "lake"):
        case = tmp_path / name.replace(".", "-")
        case.mkdir()
        source = made.case / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, case / name)
        assert [fault.kind for fault in verify_case(case, options).faults] == ["vault_missing"]


def test_a_case_that_is_being_written_to_is_not_verified(made: Made) -> None:
    from yadorigi.app.case_lock import CaseLock  # noqa: PLC0415 - only here

    lock = CaseLock.taken(made.case)
    try:
        with pytest.raises(CaseError, match="written to"):
            made.verified()
    finally:
        lock.release()


@pytest.mark.parametrize("step", [*range(2, 34, 3)])
def test_what_a_broken_off_writer_leaves_is_sound(tmp_path: Path, step: int) -> None:
    paths = originals(tmp_path / "files")
    home, folder = VaultHome(tmp_path / "home"), tmp_path / "case" / "vault"
    folder.parent.mkdir()
    kept(VaultWriter.on(Unsynced(folder), home), paths[:2])
    storage = Failing(folder, step, errno.EIO)
    with pytest.raises(OSError, match="Input/output"):
        kept(VaultWriter.on(storage, home), paths[1:])
    key = home.key_of((folder / "verifier-key").read_text().partition("+")[0]).verifier
    assert vault_faults(folder, Known(key)) == []
    journal = folder / "journal"
    if journal.exists():
        data = bytearray(journal.read_bytes())
        chance = random.Random(step)  # noqa: S311 - it must be repeatable
        for _ in range(5):
            place = chance.randrange(len(data))
            changed = bytes(data[:place]) + bytes([data[place] ^ 1 << chance.randrange(8)]) + bytes(data[place + 1 :])
            journal.write_bytes(changed)
            assert set(vault_faults(folder, Known(key))) & {"journal_damaged", "object_missing"}, place


@pytest.mark.skipif(os.name == "nt", reason="Windows makes no pipes among files")
def test_a_case_of_somebody_who_means_harm_does_no_harm(made: Made) -> None:
    hand = Hand()
    path = made.newest("objects")[0]
    name = made.vault / "objects" / "a\x1b[2J\n.txt"
    hand.write(name, b"x")
    hand.remove(path)
    os.mkfifo(path)
    try:
        found = made.verified()
        assert {"object_missing", "foreign_file"} <= found.counts.keys()
        assert any("\x1b" in fault.place for fault in found.faults)
    finally:
        path.unlink()
        hand.take_back()


def test_the_command_tells_and_ends_with_4(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(made.home.folder))
    run = CliRunner()
    sound = run.invoke(app, ["verify", str(made.case), "--checkpoint", str(made.older)])
    assert sound.exit_code == 0
    assert sound.stdout.startswith("SOUND")
    hand = Hand()
    hand.write(made.case / "findings.jsonl", b"")
    try:
        told = run.invoke(app, ["verify", str(made.case)])
        found = json.loads(run.invoke(app, ["verify", str(made.case), "--json"]).stdout)
    finally:
        hand.take_back()
    assert told.exit_code == 4
    assert "report_foreign findings.jsonl: expected the file with the SHA-256" in told.stdout.replace("\n", " ")
    assert found["sound"] is False
    assert found["counts"] == {"report_foreign": 1}


def test_a_list_of_files_stands_for_a_folder_of_results(tmp_path: Path) -> None:
    (tmp_path / "hunts").mkdir()
    (tmp_path / "hunts" / "a.jsonl").write_bytes(b"a")
    (tmp_path / "hunts" / "b.jsonl").write_bytes(b"b")
    files = {name: sha256(name[0].encode()).hexdigest() for name in ("a.jsonl", "b.jsonl")}
    account = Account(outcome=Outcome(act_index=0, ended="done", files={"hunts/": listing_of(files)}))
    for change, kinds in (("", []), ("changed", ["report_foreign"]), ("removed", ["report_foreign"])):
        if change:
            (tmp_path / "hunts" / "a.jsonl").write_bytes(b"x")
        if change == "removed":
            (tmp_path / "hunts" / "a.jsonl").unlink()
        faults = Faults()
        verify_results(tmp_path, account, 1, faults, TELLING)
        assert ([fault.kind for fault in faults.sorted()], faults.notices) == (kinds, [])


def test_kinds_are_documented() -> None:
    page = Path("docs/reference/verify.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"`{kind}`" not in page] == []
