"""The page on the layout of vaults is true: its example is made again, and what was written from it reads cases."""

from __future__ import annotations

import io
import re
import shutil
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest
from cryptography.exceptions import InvalidSignature

from tests.lake.cases import event, hunt
from tests.vault import stranger
from tests.vault.worked_example import KEY, make_case, page_of
from yadorigi.vault.keys import VaultHome
from yadorigi.vault.reader import Vault
from yadorigi.vault.records import Receipt, Record
from yadorigi.vault.segments import SegmentObject, SegmentWriter
from yadorigi.vault.verification.faults import KINDS
from yadorigi.vault.writer import VaultWriter

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "reference" / "vault-format.md"
MARK = "<!-- made by tests/vault/worked_example.py -->"


@dataclass(frozen=True)
class Made:
    case: Path
    home: VaultHome
    vault: Vault


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("example")
    home = VaultHome(folder / "home")
    return Made(folder / "case", home, make_case(folder / "case", home))


def test_the_example_of_the_page_is_what_comes_out(made: Made) -> None:
    assert PAGE.read_text(encoding="utf-8").split(MARK)[1].strip() == page_of(made.case, made.vault)


def is_sound(case: Path) -> bool:
    try:
        stranger.Stranger(case).verify()
    except (ValueError, KeyError, TypeError, struct.error, InvalidSignature, OSError, zstd.ZstdError):
        return False
    return True


def test_a_stranger_finds_the_example_sound(made: Made) -> None:
    older = made.home.checkpoint_path(made.vault.origin).read_bytes()
    assert stranger.Stranger(made.case).verify(str(KEY.verifier), (older,)) == made.vault.size


def test_a_stranger_finds_every_byte_that_was_changed(made: Made, tmp_path: Path) -> None:
    case = tmp_path / "case"
    shutil.copytree(made.case, case)
    missed = []
    for path in sorted(path for path in case.rglob("*") if path.is_file()):
        whole = path.read_bytes()
        path.chmod(0o644)
        for place in range(0, len(whole), 7):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            if is_sound(case):
                missed.append((path.name, place))
        path.write_bytes(whole)
    assert missed == []
    assert is_sound(case)


class KilledError(Exception):
    pass


class Killed(VaultWriter):
    """A writer that is killed as soon as its commit counts."""

    def _finish(self, *, again: bool = False) -> None:
        if not again:
            raise KilledError


def test_a_stranger_reads_a_commit_that_was_broken_off(made: Made, tmp_path: Path) -> None:
    case = tmp_path / "case"
    shutil.copytree(made.case, case)
    writer = Killed.opened(case, made.home)
    with SegmentWriter(writer.new_part()) as segment:
        kept = segment.add(io.BytesIO(b"more"))
        segment.flush()
    assert isinstance(kept, SegmentObject)
    writer.add_part(segment.part)
    writer.append(Receipt(name="more", object=kept.sha256, size=kept.size))
    with pytest.raises(KilledError):
        writer.commit()
    assert stranger.Stranger(case).verify() == made.vault.size + 1
    assert [path.name for path in case.glob("vault/objects/*.part")] != []


def test_a_stranger_reads_what_hunts_leave(tmp_path: Path) -> None:
    case, monday = tmp_path / "case", tmp_path / "monday.jsonl"
    monday.write_text(event(1) + event(2), encoding="utf-8")
    hunt(case, monday)
    older = (case / "vault" / "checkpoint").read_bytes()
    tuesday = tmp_path / "tuesday.jsonl"
    tuesday.write_text(event(3), encoding="utf-8")
    hunt(case, monday, tuesday)
    vault = Vault.open(case)
    assert vault is not None
    assert stranger.Stranger(case).verify(str(vault.key), (older, vault.checkpoint.data())) == vault.size
    missed = []
    for path in sorted(path for path in case.rglob("*") if path.is_file()):
        whole = path.read_bytes()
        path.chmod(0o644)
        path.write_bytes(whole[:-1] + (bytes([whole[-1] ^ 1]) if whole else b"?"))
        if is_sound(case):
            missed.append(path.relative_to(case).as_posix())
        path.write_bytes(whole)
    assert missed == []


def test_every_kind_of_fault_is_explained_where_cases_are_verified() -> None:
    page = (DOCS / "how-to" / "keep-evidence.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"`{kind}`" not in page] == []


def test_every_key_of_every_record_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for record in get_args(Record):
        section = re.search(rf"^### {record.__struct_config__.tag}$(.*?)^##", page, re.DOTALL | re.MULTILINE)
        assert section is not None, record
        keys = {*record.__struct_fields__} - {"index", "after", "time"}
        assert [key for key in sorted(keys) if f"`{key}`" not in section[1]] == [], record
