"""What people are told of shipped rules: reads content/packs/*/texts, gives words by rule id."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import rtoml

from yadorigi.errors import ContentError
from yadorigi.schema.behaviour import Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.resources.abc import Traversable

_ENDING: Final = ".toml"


class RuleTexts(NamedTuple):
    """The words of one rule: its title, why it matters, and where to look next."""

    title: Words
    why: Words
    next: Words


class _Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    why: str
    next: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: _Told
    ja: _Told


def rule_texts(names: Mapping[str, str], wanted: Iterable[str]) -> dict[str, RuleTexts]:
    """Return the texts of rules, by id, of those that have some.

    Args:
        names: rule ids by file name without ending.
        wanted: ids of rules.

    Raises:
        ContentError: a file of texts is not of the form.
    """
    asked = set(wanted)
    places = _places()
    return {rule: _read(places[name]) for name, rule in names.items() if rule in asked and name in places}


@lru_cache(maxsize=1)
def _places() -> dict[str, Traversable]:
    packs = files("yadorigi") / "content" / "packs"
    folders = [pack / "texts" for pack in packs.iterdir() if pack.is_dir()]
    return {
        path.name.removesuffix(_ENDING): path
        for folder in folders
        if folder.is_dir()
        for path in folder.iterdir()
        if path.name.endswith(_ENDING)
    }


def _read(path: Traversable) -> RuleTexts:
    try:
        told = msgspec.convert(rtoml.loads(path.read_text("utf-8")), _File)
    except (OSError, ValueError) as error:
        raise ContentError(f"{path}: {error}") from error
    return RuleTexts(*(Words(getattr(told.en, key), getattr(told.ja, key)) for key in RuleTexts._fields))
