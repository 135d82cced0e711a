"""The hostile statements, with the paths that they are about."""

from __future__ import annotations

from pathlib import Path

LINES = [
    line
    for line in (Path(__file__).with_name("hostile_statements.txt")).read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def statement(line: str, folder: Path, part: Path) -> str:
    """A line with its places filled in: a secret and a file that must not come to be lie in the folder."""
    places = {"{secret}": folder / "secret.csv", "{out}": folder / "out.csv", "{folder}": folder, "{part}": part}
    line = line.replace("{lake}", f"lake://{part.parent.name}/{part.name}")
    for name, path in places.items():
        line = line.replace(name, path.as_posix())
    return line.replace("\\n", "\n").replace("\\0", "\0")
