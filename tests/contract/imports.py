"""The import graph of the repository's own modules, and the cycles in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.contract.modules import Module

Graph = dict[str, set[str]]


def imported_names(module: Module) -> Iterator[str]:
    """Dotted names that a module imports, wherever in the module: at the top, in functions, for types only.

    ``from a import b`` gives ``a.b`` and ``a``: only a look at the modules tells whether ``b`` is one.
    """
    package = module.name if module.is_package else module.name.rpartition(".")[0]
    for node in module.parts.imports:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)


def import_graph(modules: list[Module]) -> Graph:
    """Which of the modules imports which.

    ``import a.b.c`` also runs ``a`` and ``a.b``, but an ancestor package counts only where it is named itself: every
    package would otherwise be in a cycle with each module that it gathers.
    """
    known = {module.name for module in modules}
    graph: Graph = {}
    for module in modules:
        names = set(imported_names(module))
        graph[module.name] = {
            name for name in names & known if name != module.name and not _only_leads_to_another(name, names & known)
        }
    return graph


def _only_leads_to_another(name: str, names: set[str]) -> bool:
    return any(other.startswith(f"{name}.") for other in names)


def cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of modules that reach each other: Tarjan's strongly connected components of more than one node."""
    numbers: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []
    ticket = count()

    def visit(node: str) -> None:
        numbers[node] = lowest[node] = next(ticket)
        stack.append(node)
        for neighbour in sorted(graph.get(node, ())):
            if neighbour not in numbers:
                visit(neighbour)
                lowest[node] = min(lowest[node], lowest[neighbour])
            elif neighbour in stack:
                lowest[node] = min(lowest[node], numbers[neighbour])
        if lowest[node] == numbers[node]:
            start = stack.index(node)
            group = stack[start:]
            del stack[start:]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(graph):
        if node not in numbers:
            visit(node)
    return found
