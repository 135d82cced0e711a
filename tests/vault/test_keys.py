"""What is kept outside of cases: signing keys for their owner's eyes, and checkpoints that only ever grow."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from yadorigi.errors import CaseError, UsageError
from yadorigi.settings import read_settings
from yadorigi.vault.checkpoints import Checkpoint
from yadorigi.vault.keys import HOME_VARIABLE, VaultHome
from yadorigi.vault.merkle import leaf_hash
from yadorigi.vault.notes import ED25519, SigningKey


@pytest.fixture
def home(tmp_path: Path) -> VaultHome:
    return VaultHome(tmp_path / "home")


def checkpoint(key: SigningKey, size: int, words: bytes = b"") -> Checkpoint:
    return Checkpoint(key.name, size, leaf_hash(words)).signed(key)


def test_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "named"))
    assert VaultHome.found(tmp_path / "stated").folder == tmp_path / "stated"
    assert VaultHome.found().folder == tmp_path / "named"
    monkeypatch.setenv(HOME_VARIABLE, "")
    assert VaultHome.found().folder.name == "yadorigi"


@pytest.mark.parametrize(
    ("text", "folder"), [('[vault]\nfolder = "keys here"', "keys here"), ("[vault]", None), ("", None)]
)
def test_settings_say_where(tmp_path: Path, text: str, folder: str | None) -> None:
    path = tmp_path / "yadorigi.toml"
    path.write_text(text)
    assert read_settings(path).vault_folder == (tmp_path / folder if folder else None)


@pytest.mark.parametrize(
    "text", ["vault = 1", "[vault]\nfolder = 1", "[vault]\nkey = 'x'", '[vault]\nfolder = "a\\u0000"']
)
def test_settings_that_say_nothing_of_use(tmp_path: Path, text: str) -> None:
    path = tmp_path / "yadorigi.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match="vault"):
        read_settings(path)


def test_a_key_is_for_its_owner_only(home: VaultHome) -> None:
    key = home.make_key()
    path = home.key_path(key.name)
    assert home.key_of(key.name) == key
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    if os.name == "posix":
        assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    home.keep_key(key)
    with pytest.raises(UsageError, match="another key"):
        home.keep_key(SigningKey(key.name, ED25519, bytes(32)))
    assert home.key_of(key.name) == key
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    assert home.make_key().name != key.name


@pytest.mark.parametrize("name", ["", "../../x", "yadorigi.invalid/case/../../x", "example.com/log", "a\n" * 50_000])
def test_no_other_log_names_a_file(home: VaultHome, name: str) -> None:
    assert not home.has_key(name)
    for ask in (home.key_of, home.checkpoint_of, home.key_path):
        with pytest.raises(CaseError, match="no case of this program"):
            ask(name)


def test_a_key_that_is_not_here_or_damaged(home: VaultHome) -> None:
    key, other = home.make_key(), home.make_key()
    home.key_path(key.name).write_text(other.text())
    with pytest.raises(CaseError, match="not of"):
        home.key_of(key.name)
    home.key_path(key.name).write_bytes(b"PRIVATE+KEY+\xff" * 10_000)
    with pytest.raises(CaseError, match=r"\.key: no signing key"):
        home.key_of(key.name)
    home.key_path(key.name).unlink()
    assert not home.has_key(key.name)
    with pytest.raises(CaseError, match="bring the key"):
        home.key_of(key.name)


def test_no_key_where_none_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=HOME_VARIABLE):
        VaultHome(tmp_path / "file").make_key()


def test_checkpoints_never_go_back(home: VaultHome) -> None:
    key = home.make_key()
    assert home.checkpoint_of(key.name) is None
    for size in (3, 3, 7):
        home.keep_checkpoint(checkpoint(key, size))
    for wrong in (checkpoint(key, 3), checkpoint(key, 7, b"another")):
        with pytest.raises(CaseError, match="and stays"):
            home.keep_checkpoint(wrong)
    assert home.checkpoint_of(key.name) == checkpoint(key, 7)
    assert [one.name for one in home.checkpoint_path(key.name).parent.iterdir()] == [
        home.checkpoint_path(key.name).name
    ]
    home.checkpoint_path(key.name).write_bytes(b"\xff")
    with pytest.raises(CaseError, match="kept outside"):
        home.checkpoint_of(key.name)
    with pytest.raises(CaseError, match="kept outside"):
        home.keep_checkpoint(checkpoint(key, 9))


def test_copies_of_a_case_have_checkpoints_of_their_own(home: VaultHome, tmp_path: Path) -> None:
    key = home.make_key()
    one, two = (home.for_case(tmp_path / name) for name in ("one", "two"))
    one.keep_checkpoint(checkpoint(key, 7))
    two.keep_checkpoint(checkpoint(key, 3))
    assert one.checkpoint_of(key.name) == checkpoint(key, 7)
    assert [place.name for place, _ in one.elsewhere(key.name)] == ["two"]
    assert list(two.elsewhere(key.name)) == [(tmp_path / "one", checkpoint(key, 7))]
