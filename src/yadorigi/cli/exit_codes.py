"""Exit codes; what they mean to a user stands in the README."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
LEVEL_REACHED: Final = 1
WRONG_USE: Final = 2
DAMAGED_INPUT: Final = 3
VERIFY_FOUND: Final = 4
UNFINISHED: Final = 5
INTERRUPTED: Final = 130
