"""The content is TOML as the standard library reads it, whatever reads it when the program runs."""

from __future__ import annotations

import tomllib
from pathlib import Path

import rtoml

import yadorigi

_CONTENT = Path(yadorigi.__file__).with_name("content")


def test_every_file_of_the_content_means_what_the_standard_library_reads() -> None:
    texts = {path: path.read_text("utf-8") for path in _CONTENT.rglob("*.toml")}
    assert len(texts) > 500
    # By their representation: the order of names matters too, and True and 1 are equal.
    differ = [path for path, text in texts.items() if repr(rtoml.loads(text)) != repr(tomllib.loads(text))]
    assert not differ
