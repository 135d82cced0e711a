"""What holds a statement that gets past the gate: DuckDB's settings, then the kernel."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.modules import ROOT
from tests.lake.sql.hostile import LINES, statement
from yadorigi.errors import CaseError
from yadorigi.lake.commits import Lake
from yadorigi.lake.sql.lake_tables import LakeTables
from yadorigi.lake.sql.messages import Needed

if TYPE_CHECKING:
    from yadorigi.lake.sql.views import Catalogue

HIDDEN = "the-secret-of-this-test"
SLOW = ("sleep",)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's fence is Linux's")


class Scene:
    """A copy of one table beside a secret, and what became of both."""

    def __init__(self, catalogue: Catalogue, folder: Path) -> None:
        self.folder = folder / "outside"
        self.folder.mkdir()
        self.secret = self.folder / "secret.csv"
        self.secret.write_text(f"content\n{HIDDEN}\n", encoding="utf-8")
        views = catalogue.define(Needed(("events",)))
        self.views = views.statements
        self.made = {name: content.hex() for name, content in views.made.items()}
        self.files = {}
        for name, path in views.files.items():
            copy = folder / "lake" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            self.files[name] = str(shutil.copy(path, copy))
        self.part = Path(next(iter(self.files.values())))
        self.before = self.all_bytes()

    def all_bytes(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in self.folder.parent.rglob("*") if path.is_file()}

    def run(self, statements: list[str], *, fenced: bool) -> list[tuple[str, str]]:
        asked = {
            "statements": statements,
            "views": self.views,
            "files": self.files,
            "made": self.made,
            "fenced": fenced,
            "secret": str(self.secret),
            "folder": str(self.folder),
        }
        command = [sys.executable, "-m", "tests.lake.sql.ungated"]
        done = subprocess.run(
            command, input=json.dumps(asked), capture_output=True, text=True, cwd=ROOT, check=False, timeout=300
        )
        assert done.returncode == 0, done.stderr[-3_000:]
        outcomes: list[Any] = json.loads(done.stdout)
        return [(str(name), str(outcome)) for name, outcome in outcomes]


@pytest.fixture(scope="module")
def scene(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(catalogue, tmp_path_factory.mktemp("hostile"))


@pytest.mark.parametrize("fenced", [False, pytest.param(True, marks=LINUX)])
def test_without_the_gate_nothing_is_read_or_changed(scene: Scene, fenced: bool) -> None:
    lines = [line for line in LINES if not any(slow in line for slow in SLOW)]
    statements = [statement(line, scene.folder, scene.part) for line in lines]
    outcomes = scene.run(statements, fenced=fenced)
    assert [pair for pair in outcomes if HIDDEN in pair[1]] == []
    assert [name for name, outcome in outcomes if "root:" in outcome] == []
    assert scene.all_bytes() == scene.before


@LINUX
def test_the_kernel_holds_whoever_has_the_process_in_hand(scene: Scene) -> None:
    outcomes = scene.run([], fenced=True)
    assert len(outcomes) >= 20
    assert [pair for pair in outcomes if not pair[1].startswith("refused:")] == []
    assert scene.all_bytes() == scene.before


@pytest.mark.parametrize("what", ["part", "table", "lake"])
def test_links_in_a_case_lead_nowhere(sample_lake: Path, tmp_path: Path, what: str) -> None:
    case = tmp_path / "case"
    shutil.copytree(sample_lake, case)
    chosen = {
        "part": next((case / "lake" / "files").iterdir()),
        "table": case / "lake" / "files",
        "lake": case / "lake",
    }
    elsewhere = tmp_path / "elsewhere"
    shutil.move(chosen[what], elsewhere)
    chosen[what].symlink_to(elsewhere)
    with pytest.raises(CaseError, match="link"):
        LakeTables.of(Lake.open(case))


def test_a_case_behind_a_link_of_its_user_is_read(sample_lake: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(sample_lake)
    assert LakeTables.of(Lake.open(tmp_path / "link")).parts == LakeTables.of(Lake.open(sample_lake)).parts


def test_the_views_still_work_there(scene: Scene) -> None:
    ((_, outcome), *_) = scene.run(["SELECT count(*) > 1000 FROM events"], fenced=True)
    assert outcome == "[(True,)]"
