"""Which ATT&CK techniques the rules of the shipped pack bear, by their tags."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import Final

_ID: Final = re.compile(r"^id: *['\"]?([0-9A-Za-z-]+)", re.MULTILINE)
_TECHNIQUE: Final = re.compile(r"\battack\.(t\d{4}(?:\.\d{3})?)\b")


@lru_cache(maxsize=1)
def rule_techniques() -> dict[str, frozenset[str]]:
    """Return the techniques of each shipped rule by its id."""
    folder = files("yadorigi") / "content" / "packs" / "living_off_the_land" / "rules"
    found = {}
    for path in folder.iterdir():
        text = path.read_text("utf-8") if path.name.endswith(".yml") else ""
        if known := _ID.search(text):
            found[known[1]] = frozenset(tag.upper() for tag in _TECHNIQUE.findall(text))
    return found


def bears(rules: tuple[str, ...], technique: str) -> bool:
    """Say whether one of these rules is about a technique or one below it; a rule that does not ship may be."""
    known = rule_techniques()
    return any(
        rule not in known or any(one == technique or one.startswith(f"{technique}.") for one in known[rule])
        for rule in rules
    )
