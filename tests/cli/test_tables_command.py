"""``yadorigi tables check``: what is wrong with a mapping, and what rows become."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from yadorigi.cli.exit_codes import DAMAGED_INPUT, DONE
from yadorigi.cli.verbs import app
from yadorigi.errors import UsageError

RUN = CliRunner()
MAPPING = 'time = "when"\nhost = "pc"\nevents = "detection_finding"\n[columns]\nvirus = "malware.name"\n'
TABLE = "when,pc,virus\n2026-03-10 12:00:00,pc1,Trojan.Example\n"


def test_a_right_mapping(tmp_path: Path) -> None:
    mapping, table = tmp_path / "mapping.toml", tmp_path / "table.csv"
    mapping.write_text(MAPPING, encoding="utf-8")
    table.write_text(TABLE, encoding="utf-8")
    result = RUN.invoke(app, ["tables", "check", str(mapping)])
    assert result.exit_code == DONE
    assert "the mapping is right: 3 columns become events of table/detection_finding" in result.output
    result = RUN.invoke(app, ["tables", "check", str(mapping), str(table)])
    assert result.exit_code == DONE
    assert '"malware.name": "Trojan.Example"' in result.output
    assert "1 row read" in result.output


def test_rows_that_are_not_read(tmp_path: Path) -> None:
    mapping, table = tmp_path / "mapping.toml", tmp_path / "table.csv"
    mapping.write_text(MAPPING, encoding="utf-8")
    table.write_text(f"{TABLE}yesterday,pc2,X\n", encoding="utf-8")
    result = RUN.invoke(app, ["tables", "check", str(mapping), str(table), "--rows", "0"])
    assert result.exit_code == DAMAGED_INPUT
    assert "line 3: rows without a time that can be read" in result.output


def test_a_wrong_mapping_and_a_table_that_is_not_there(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(MAPPING.replace("malware.name", "malware.nam"), encoding="utf-8")
    result = RUN.invoke(app, ["tables", "check", str(mapping)])
    assert isinstance(result.exception, UsageError)
    assert "line 5: detection_finding has no field 'malware.nam'" in str(result.exception)
    mapping.write_text(MAPPING, encoding="utf-8")
    result = RUN.invoke(app, ["tables", "check", str(mapping), str(tmp_path / "none.csv")])
    assert isinstance(result.exception, UsageError)


def test_a_table_is_hunted_by_its_mapping(tmp_path: Path) -> None:
    mapping, table, names = tmp_path / "mapping.toml", tmp_path / "table.csv", tmp_path / "names.csv"
    mapping.write_text(MAPPING, encoding="utf-8")
    table.write_text(TABLE, encoding="utf-8")
    names.write_text("detection name\nTrojan.Example\n", encoding="utf-8")
    case = ["--case", str(tmp_path / "case"), "--workers", "1", "--no-report"]
    chosen = ["--source", f"*.csv={mapping}", "--indicators", str(names)]
    result = RUN.invoke(app, ["hunt", str(table), *chosen, *case])
    assert "Known detection name: Trojan.Example" in result.output, result.output
