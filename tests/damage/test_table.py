"""Every line of docs/reference/damage.md names its test, and every test of damage has its line."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.cli.hunting import ROOT

TABLE = ROOT / "docs" / "reference" / "damage.md"
HERE = Path(__file__).parent


def test_lines_and_tests_name_each_other() -> None:
    named = re.findall(r"\| `(test_\w+)` \|$", TABLE.read_text(encoding="utf-8"), re.MULTILINE)
    tests = [
        node.name
        for path in sorted(HERE.glob("test_*.py"))
        if path.name != Path(__file__).name
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    assert sorted(named) == sorted(tests)


def test_every_line_says_kind_and_exit_code() -> None:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.endswith("` |")]
    for line in lines:
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        assert len(cells) == 5, line
        assert re.fullmatch(r"-|(`(record|file|gap|notice)`(, )?)+", cells[2]), line
        assert re.fullmatch(r"(0|2|3|5|130)( or (0|2|3|5|130))?", cells[3]), line
