"""The scene of every test of damage."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.damage.scene import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A folder of sound evidence, to put something damaged into."""
    return Scene.in_folder(tmp_path)
