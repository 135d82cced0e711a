"""Every Python module of the repository, as the contract tests read them."""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("src", "packages", "tests", "benchmarks", "docs", "samples", "requirements", "tools")
IMPORT_ROOTS = ("src", "packages/evtx-writer/src", "samples", ".")
"""What a dotted name is looked up from, first match wins."""


@dataclass(frozen=True)
class Parts:
    """What of a parsed module the contracts look at.

    Attributes:
        imports: its imports, wherever they stand.
        functions: line, name and number of lines of its functions, inner ones included.
        body: what stands in it, if it is the ``__init__`` of a package.
    """

    imports: tuple[ast.Import | ast.ImportFrom, ...]
    functions: tuple[tuple[int, str, int], ...]
    body: tuple[ast.stmt, ...]


@dataclass(frozen=True)
class Module:
    """One Python file."""

    path: Path

    @property
    def place(self) -> str:
        """The path from the root, for messages."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def is_package(self) -> bool:
        """Whether this is the ``__init__`` of a package."""
        return self.path.name == "__init__.py"

    @property
    def name(self) -> str:
        """The dotted name that others import it by."""
        for root in IMPORT_ROOTS:
            if self.path.is_relative_to(ROOT / root):
                parts = self.path.relative_to(ROOT / root).with_suffix("").parts
                return ".".join(parts[:-1] if self.is_package else parts)
        raise ValueError(self.path)

    @cached_property
    def text(self) -> str:
        """The source."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def parts(self) -> Parts:
        """What the contracts look at. Whole trees of all modules are hundreds of megabytes, so none is kept."""
        tree = ast.parse(self.text, self.place)
        nodes = list(ast.walk(tree))
        return Parts(
            tuple(node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)),
            tuple(
                (node.lineno, node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
                for node in nodes
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            ),
            tuple(tree.body) if self.is_package else (),
        )

    @property
    def comments(self) -> list[tuple[int, str]]:
        """Line and text of every comment."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]


def all_modules() -> list[Module]:
    """Every module that the contracts hold for."""
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return [Module(path) for path in [*paths, ROOT / "tasks.py"]]


MODULES = all_modules()
