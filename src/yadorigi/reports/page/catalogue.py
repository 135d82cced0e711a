"""The words of the page in one language: reads content/words/report.toml, fills in numbers and names."""

from __future__ import annotations

import string
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import msgspec
import rtoml

from yadorigi.errors import ContentError
from yadorigi.schema.behaviour import Words

if TYPE_CHECKING:
    from yadorigi.schema.behaviour import Language

_FORMS: Final = 2


class Catalogue:
    """The words of one language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._words = load_words()

    def say(self, key: str, **values: object) -> str:
        """Return a text with values filled in.

        Raises:
            KeyError: there is no such text, or it asks for a value that is not given.
        """
        filled = []
        for literal, name, form in _parts(self._words[key].of(self.language)):
            filled.append(literal)
            if name is not None:
                filled.append(_filled(values[name], form))
        return "".join(filled)

    def name(self, kind: str, key: str) -> str:
        """Return the name of something that logs or content name by a key, or the key where nobody knew of it."""
        words = self._words.get(f"{kind}.{key}")
        return words.of(self.language) if words else key

    def joined(self, parts: Sequence[str]) -> str:
        """Return parts as a list in one line."""
        return self.say("list.separator").join(parts)


@lru_cache(maxsize=1)
def load_words() -> dict[str, Words]:
    """Return all texts by key.

    Raises:
        ContentError: the catalogue is not of the form.
    """
    path = files("yadorigi") / "content" / "words" / "report.toml"
    try:
        return msgspec.convert(rtoml.loads(path.read_text("utf-8")), dict[str, Words])
    except (OSError, ValueError) as error:
        raise ContentError(f"{path}: {error}") from error


@lru_cache(maxsize=4_096)
def _parts(text: str) -> tuple[tuple[str, str | None, str], ...]:
    """Return what a text is made of: literal text, then the name of a value, None for none, and how it is shown.

    Texts are those of `str.format` by name, and ``{hosts:|host|hosts}`` is for one or several of something.

    Raises:
        ContentError: it asks for more than values, such as something inside one.
    """
    parts = []
    for literal, name, form, conversion in string.Formatter().parse(text):
        if name is not None and (not name.isidentifier() or conversion or "{" in (form or "")):
            raise ContentError(f"a text may ask for values by name and for nothing else: {text!r}")
        parts.append((literal, name, form or ""))
    return tuple(parts)


def _filled(value: object, form: str) -> str:
    if form.startswith("|"):
        forms = form[1:].split("|")
        if len(forms) != _FORMS:
            raise ValueError(f"one form and several, not {form!r}")
        return forms[0 if value == 1 else 1]
    return format(value, form)
