"""Rule files below the given paths: files, folders, zip archives, and the packs that ship with the program."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from yadorigi.errors import UsageError
from yadorigi.limits import RULE_FILE_LIMIT, RULE_FILES_LIMIT, RULES_BYTES_LIMIT
from yadorigi.packs.given_files import BUILTIN, Sought, files_below

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["BUILTIN", "RuleFile", "find_rules"]

_SOUGHT: Final = Sought(
    counts=lambda name: name.lower().endswith((".yml", ".yaml")),
    limit=RULE_FILE_LIMIT,
    shipped="packs",
    called="rule file",
    places="rule file or folder",
    within="rules",  # shipped packs hold examples beside their rules
)


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule file's bytes.

    Attributes:
        path: as given; a member of an archive after ``!``; below ``builtin`` for the shipped packs.
        data: the bytes; empty where ``problem`` says why they could not be read.
        sha256: of the bytes, or of the problem.
        problem: why the file cannot be used, or "".
    """

    path: str
    data: bytes
    sha256: str
    problem: str = ""


def find_rules(given: Iterable[str]) -> list[RuleFile]:
    """Return all rule files below the given paths, each once, sorted by path.

    Args:
        given: files, folders, ``.zip`` archives, or ``builtin``.

    Raises:
        UsageError: a path does not exist, or there are too many files.
    """
    found: dict[str, RuleFile] = {}
    size = 0
    for name in given:
        for file in files_below(name, _SOUGHT):
            size += len(file.data)
            if len(found) >= RULE_FILES_LIMIT or size > RULES_BYTES_LIMIT:
                limit = f"{RULE_FILES_LIMIT} rule files or {RULES_BYTES_LIMIT} bytes"
                raise UsageError(f"more than {limit} of rules, below {name}; name a smaller folder")
            digest = hashlib.sha256(file.problem.encode() or file.data).hexdigest()
            rule_file = RuleFile(file.path, file.data, digest, file.problem)
            # One file by two names (`rules`, `./rules`) is one file.
            key = os.path.normpath(rule_file.path)
            known = found.setdefault(key, rule_file)
            if known is not rule_file:
                found[key] = min(known, rule_file, key=lambda one: (len(one.path), one.path))
    return sorted(found.values(), key=lambda rule_file: rule_file.path)
