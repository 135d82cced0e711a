"""One cache of compiled rules for all processes of a run of the tests.

Compiling the shipped rules takes longer than most hunts of the tests. It begins empty, so each run compiles them; tests
that are about the cache have their own.
"""

from __future__ import annotations

import os
from pathlib import Path

CACHE_VARIABLE = "YADORIGI_TESTS_CACHE"


def cache_home() -> Path:
    """The folder to be given as ``XDG_CACHE_HOME``."""
    return Path(os.environ[CACHE_VARIABLE])


def rules_cache() -> Path:
    """The same as a setting, ``cache_folder``."""
    return cache_home() / "yadorigi"
