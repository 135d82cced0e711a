"""What all tests share: how Hypothesis searches, where the public corpora lie, one cache of compiled rules."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from tests.rules_cache import CACHE_VARIABLE

CORPORA_VARIABLE = "YADORIGI_CORPORA"
VAULT_VARIABLE = "YADORIGI_VAULT_HOME"

# The same examples in every run, and no deadline: a busy machine must not fail a build.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci")


def pytest_configure() -> None:
    """Begin every run without compiled rules and keys of cases; pytest-xdist hands the folders on to all processes.

    Collecting makes a million objects that stay, among which there is nothing to collect.
    """
    gc.disable()
    for name in (CACHE_VARIABLE, VAULT_VARIABLE):
        if name not in os.environ:
            os.environ[name] = tempfile.mkdtemp(prefix="yadorigi-tests-")
    # Whoever asks for no cache of his own has that of the run: no user's folder is read or filled.
    os.environ["XDG_CACHE_HOME"] = os.environ[CACHE_VARIABLE]


def pytest_collection_finish() -> None:
    """Keep the collector from looking again and again at what lives as long as the run: a seventh of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the cache with the process that made it."""
    if not hasattr(config, "workerinput"):
        for name in (CACHE_VARIABLE, VAULT_VARIABLE):
            shutil.rmtree(os.environ.pop(name), ignore_errors=True)


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
