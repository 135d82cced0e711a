"""No module reaches itself through its imports, hidden ones included."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.contract import modules
from tests.contract.imports import cycles, import_graph
from tests.contract.modules import MODULES, Module

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def own_graph() -> Mapping[str, set[str]]:
    return import_graph(MODULES)


def test_the_repository_has_no_import_cycles() -> None:
    groups = cycles(own_graph())
    assert not groups, "modules that reach each other:\n" + "\n".join(map(" ".join, groups))


def test_the_graph_sees_the_repository() -> None:
    graph = own_graph()
    assert "tests.contract.modules" in graph["tests.contract.imports"]
    assert len(graph) == len(MODULES), "two modules have one name"


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, []),
        ({"a": {"b"}, "b": {"a"}}, [["a", "b"]]),
        ({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}, [["a", "b", "c"]]),
        ({"a": {"b", "d"}, "b": {"d"}, "d": {"e"}, "e": {"d"}}, [["d", "e"]]),
    ],
)
def test_cycles_are_found(graph: Mapping[str, set[str]], expected: list[list[str]]) -> None:
    assert cycles(graph) == expected


@pytest.mark.parametrize(
    "source",
    [
        "import p.b\n",
        "from p import b\n",
        "from . import b\n",
        "from .b import name\n",
        "from p.b import name\n",
        "def f():\n    from p.b import name\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.b import name\n",
    ],
)
def test_every_form_of_import_counts(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modules, "ROOT", tmp_path)
    package = tmp_path / "p"
    package.mkdir()
    for name, text in {"__init__": "", "a": source, "b": ""}.items():
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    graph = import_graph([Module(path) for path in sorted(package.iterdir())])
    assert graph == {"p": set(), "p.a": {"p.b"}, "p.b": set()}
