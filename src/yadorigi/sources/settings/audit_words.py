"""What auditpol and reports of policies call things, in the languages that the program knows."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import rtoml

from yadorigi.errors import ContentError


@dataclass(frozen=True)
class AuditWords:
    """Words by what they mean; letter case, spaces and widths of characters are taken out by `plain`.

    Attributes:
        settings: what is audited (success, failure) by the words for it.
        headings: of the column with the names of the subcategories.
        titles: of the list.
        subcategories: GUIDs by name.
        log_size_policies: policies that set the size of a log.
        log_channels: channels by the last part of such a policy's category.
    """

    settings: dict[str, tuple[bool, bool]]
    headings: frozenset[str]
    titles: frozenset[str]
    subcategories: dict[str, str]
    log_size_policies: frozenset[str]
    log_channels: dict[str, str]


def plain(text: str) -> str:
    """Return text by which names are compared."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


@lru_cache(maxsize=1)
def audit_words() -> AuditWords:
    """Return the words that ship with the program.

    Raises:
        ContentError: the content is broken.
    """
    path = files("yadorigi") / "content" / "windows" / "audit_words.toml"
    try:
        content = rtoml.loads(path.read_text("utf-8"))
        meanings = {"none": (False, False), "success": (True, False), "failure": (False, True), "both": (True, True)}
        settings = {plain(word): meanings[key] for key, words in content["settings"].items() for word in words}
        return AuditWords(
            settings=settings,
            headings=frozenset(map(plain, content["headings"]["names"])),
            titles=frozenset(map(plain, content["headings"]["titles"])),
            subcategories={plain(name): guid for guid, names in content["subcategories"].items() for name in names},
            log_size_policies=frozenset(map(plain, content["log_sizes"]["policies"])),
            log_channels={
                plain(name): channel for channel, names in content["log_sizes"]["channels"].items() for name in names
            },
        )
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ContentError(f"{path}: {error}") from error
