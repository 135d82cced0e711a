"""Lists of words in both languages that ship with the program (``content/words``)."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Final

import msgspec
import rtoml

from yadorigi.errors import ContentError
from yadorigi.schema.behaviour import Words

LINES: Final = "_lines"
"""What keys of texts end in that are about logs of lines only, which Windows does not write."""


@lru_cache(maxsize=8)
def word_list(name: str) -> dict[str, Words]:
    """Return the words of one file by their keys.

    Raises:
        ContentError: the content is not of the form.
    """
    path = files("yadorigi") / "content" / "words" / f"{name}.toml"
    try:
        return msgspec.convert(rtoml.loads(path.read_text("utf-8")), dict[str, Words])
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise ContentError(f"{path}: {error}") from error


def filled(words: Words, **values: str) -> Words:
    """Return words with names in braces filled in, the same in both languages."""
    return Words(words.en.format(**values), words.ja.format(**values))
