"""The words of the page in one language: reads content/words/report.toml, fills in numbers and names."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

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
        return _FILL.vformat(self._words[key].of(self.language), (), values)

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


class _Fill(string.Formatter):
    """Texts as of `str.format` by name, and ``{hosts:|host|hosts}`` for one or several of something."""

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        # No attributes, no indexes: a text asks for a value and for nothing inside it.
        return self.get_value(field_name, args, kwargs), field_name

    def format_field(self, value: object, format_spec: str) -> str:
        if format_spec.startswith("|"):
            forms = format_spec[1:].split("|")
            if len(forms) != _FORMS:
                raise ValueError(f"one form and several, not {format_spec!r}")
            return forms[0 if value == 1 else 1]
        return format(value, format_spec)


_FILL: Final = _Fill()
