"""``yadorigi expire`` as a user runs it: it shows what goes, asks, and refuses to guess."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.lake.cases import event, hunt
from yadorigi.cli import expire
from yadorigi.cli.verbs import app
from yadorigi.errors import CaseError, UsageError
from yadorigi.lake.commits import Lake

RUN = CliRunner()
SAID = """3 events before 2026-03-11T09:04:00.0000000Z go, 4 stay:
             2  FS01.example  Security
             1  \\x1b[2JDC01  Security
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    events = [event(number, host="FS01.example") for number in range(2, 8)]
    (folder / "a.jsonl").write_text("".join([*events, event(1, host="\x1b[2JDC01")]), "utf-8")
    hunt(folder / "case", folder / "a.jsonl")
    return folder / "case"


@pytest.fixture
def case(base: Path, tmp_path: Path) -> Path:
    shutil.copytree(base, tmp_path / "case")
    return tmp_path / "case"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expire, "at_a_terminal", lambda: True)


def test_dry_run_only_says(case: Path) -> None:
    result = RUN.invoke(app, ["expire", str(case), "--before", "2026-03-11T09:04", "--dry-run"])
    assert result.exit_code == 0
    assert result.stdout == SAID
    assert Lake.open(case).events() == 7


def test_yes_asks_nothing(case: Path) -> None:
    result = RUN.invoke(app, ["expire", str(case), "--before", "2026-03-11T09:04", "--yes"])
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{SAID}Dropped. Later verdicts know of it; ")
    assert Lake.open(case).events() == 4
    result = RUN.invoke(app, ["expire", str(case), "--before", "2026-03-11T09:04", "--yes"])
    assert result.exit_code == 0
    assert "nothing to drop, 4 events are kept" in result.stdout
    result = RUN.invoke(app, ["expire", str(case), "--keep-days", "1", "--yes", "--quiet"])
    assert (result.exit_code, result.stdout, Lake.open(case).events()) == (0, "", 0)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(("answer", "code", "left"), [("y\n", 0, 4), ("n\n", 130, 7), ("\n", 130, 7), ("", 130, 7)])
def test_it_asks_at_a_terminal(case: Path, answer: str, code: int, left: int) -> None:
    result = RUN.invoke(app, ["expire", str(case), "--before", "2026-03-11T09:04", "--quiet"], input=answer)
    assert result.exit_code == code
    assert result.stdout.startswith(f"{SAID}Drop 3 events for good? [y/N]: ")
    assert Lake.open(case).events() == left


def test_it_drops_nothing_where_it_cannot_ask(case: Path) -> None:
    result = RUN.invoke(app, ["expire", str(case), "--before", "2026-03-11T09:04"])
    assert isinstance(result.exception, UsageError)
    assert "give --yes" in str(result.exception)
    assert Lake.open(case).events() == 7


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ([], UsageError, "give one of --before and --keep-days"),
        (["--before", "2026-03-11", "--keep-days", "3"], UsageError, "give one of"),
        (["--before", "yesterday"], UsageError, "no time"),
        (["--keep-days", "9999999"], UsageError, "no day so long ago"),
    ],
)
def test_wrong_use(case: Path, options: list[str], error: type[Exception], said: str) -> None:
    result = RUN.invoke(app, ["expire", str(case), *options, "--yes"])
    assert isinstance(result.exception, error)
    assert said in str(result.exception)


def test_no_case(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["expire", str(tmp_path / "none"), "--before", "2026-03-11", "--yes"])
    assert isinstance(result.exception, CaseError)
    assert not (tmp_path / "none").exists()
