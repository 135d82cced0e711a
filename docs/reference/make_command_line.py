"""Write docs/reference/command-line.md from the program's own help.

Run as ``python docs/reference/make_command_line.py``; a test holds the page in step.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from typer.main import get_command

from yadorigi.cli.verbs import app

PAGE: Final = Path(__file__).with_name("command-line.md")
_WIDTH: Final = 110
_HEAD: Final = """# Command line

Made from the program's own help by `docs/reference/make_command_line.py`. Do not edit.

Files and folders are read recursively. Times without a zone are in the zone of `--timezone`. What the verbs leave is
described in [the case folder](case-folder.md), the settings file in [settings](settings.md).
"""


def commands(command: Any, name: str, parent: Any = None) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - click's types
    """Give the full name and the help of a command and of all below it."""
    settings = {**command.context_settings, "terminal_width": _WIDTH}
    context = command.context_class(command, info_name=name, parent=parent, **settings)
    yield context.command_path, command.get_help(context)
    for below in command.list_commands(context) if hasattr(command, "list_commands") else ():
        yield from commands(command.get_command(context, below), below, context)


def page() -> str:
    """Return the page."""
    parts = [_HEAD]
    for name, text in commands(get_command(app), "yadorigi"):
        lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
        parts.append(f"## {name}\n\n```text\n{lines}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
