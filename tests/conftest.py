"""What all tests share: how Hypothesis searches, and where the public corpora lie."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

CORPORA_VARIABLE = "YADORIGI_CORPORA"

# The same examples in every run, and no deadline: a busy machine must not fail a build.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs the corpora, by fixture or by marker, where there are none, and say so."""
    folder = os.environ.get(CORPORA_VARIABLE)
    if folder and Path(folder).is_dir():
        return
    state = f"{CORPORA_VARIABLE} names no folder: {folder}" if folder else f"{CORPORA_VARIABLE} is not set"
    skip = pytest.mark.skip(reason=f"needs the public corpora; {state}")
    for item in items:
        if item.get_closest_marker("corpora") or "corpora" in getattr(item, "fixturenames", ()):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of the public corpora; a test that uses it is skipped where there is none."""
    return Path(os.environ[CORPORA_VARIABLE])
