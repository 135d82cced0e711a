"""A module is named by what it holds, and a package's ``__init__`` holds no logic."""

from __future__ import annotations

import ast

import pytest

from tests.contract.modules import MODULES, Module

GRAB_BAGS = {"utils", "util", "helpers", "helper", "misc", "common"}
DECLARATIONS = {"__all__", "__version__"}


def test_no_module_is_a_grab_bag() -> None:
    bags = [module.place for module in MODULES if GRAB_BAGS & set(module.name.replace("_", ".").split("."))]
    assert bags == []


@pytest.mark.parametrize("module", [module for module in MODULES if module.is_package], ids=lambda module: module.place)
def test_a_package_holds_no_logic(module: Module) -> None:
    logic = [node.lineno for node in module.parts.body if not is_declaration(node)]
    assert logic == [], f"only a docstring, imports and {sorted(DECLARATIONS)} belong in {module.place}"


def is_declaration(node: ast.stmt) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant(value=str())):
            return True
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name in DECLARATIONS
        case _:
            return False
