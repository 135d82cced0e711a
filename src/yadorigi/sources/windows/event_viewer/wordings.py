"""How headings and labels of messages are compared: as words, whatever a version of Windows made of their spelling."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from yadorigi.errors import ContentError

_REMEMBERED = 8_192


@lru_cache(maxsize=_REMEMBERED)
def word_key(words: str) -> str:
    """Return by what a wording is known.

    Japanese versions of Windows spell the same words with and without blanks, with full and half width letters, and
    with and without the mark of a long vowel at the end of a word.
    """
    return "".join(unicodedata.normalize("NFKC", words).casefold().replace("ー", "").split())


def by_wording(words: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return the ids of headings or labels by the key of each wording.

    Raises:
        ContentError: a wording stands for two.
    """
    found: dict[str, str] = {}
    for name, own in words.items():
        for wording in own:
            key = word_key(wording)
            if found.setdefault(key, name) != name:
                raise ContentError(f"{wording!r} stands for {found[key]} and for {name}")
    return found
