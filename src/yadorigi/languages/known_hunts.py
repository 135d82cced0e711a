"""Published queries with a flaw in what they say, and the shipped rule that looks wider.

``content/hunting/notes.toml`` names each by the digest of its text, without comments, blanks and letter case.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec
import rtoml

from yadorigi.errors import ContentError

_COMMENT: Final = re.compile(r"//[^\n]*")
_BLANKS: Final = re.compile(r"[\s\ufeff\u3000]+")


class KnownHunt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One published query.

    Attributes:
        sha256: of its text, as `digest_of` makes it.
        about: who published it, and what it looks for.
        misses: what it does not find of that, as it is written.
        rules: titles of shipped rules that do.
    """

    sha256: str
    about: str
    misses: str
    rules: tuple[str, ...]


class _Notes(msgspec.Struct, forbid_unknown_fields=True):
    hunts: tuple[KnownHunt, ...]


def digest_of(text: str) -> str:
    """Return what a query is known by, whatever its comments, blanks and letter case."""
    return hashlib.sha256(_BLANKS.sub("", _COMMENT.sub("", text)).lower().encode("utf-8", "replace")).hexdigest()


@cache
def known_hunts() -> dict[str, KnownHunt]:
    """Return all of them by their digests.

    Raises:
        ContentError: the data is broken.
    """
    path = files("yadorigi") / "content" / "hunting" / "notes.toml"
    try:
        found = msgspec.convert(rtoml.loads(path.read_text("utf-8")), _Notes, str_keys=True)
    except ValueError as error:
        raise ContentError(f"{path}: {error}") from error
    return {hunt.sha256: hunt for hunt in found.hunts}


def notes_on(text: str) -> tuple[str, ...]:
    """Return what is to be told of a query that is known."""
    found = known_hunts().get(digest_of(text))
    if found is None:
        return ()
    rules = " and ".join(f'"{title}"' for title in found.rules)
    return (f"{found.about}: as it is written it misses {found.misses}; the shipped rules {rules} look wider",)
