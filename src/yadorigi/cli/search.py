"""``yadorigi search``: events that hold a text."""

from __future__ import annotations

from typing import Final

from yadorigi.cli.arguments import Paths
from yadorigi.errors import UsageError

EXAMPLES: Final = """Examples:

  yadorigi search mimikatz C:\\evidence
"""


def search(text: str, paths: Paths) -> None:
    """Find events that hold a text."""
    raise UsageError(f"search cannot look for {text!r} in {len(paths)} paths yet")
