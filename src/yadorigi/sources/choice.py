"""Which source the user wants for which file: ``--source [PATTERN=]NAME``, or what reads files by a file of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import Final

from yadorigi.errors import UsageError
from yadorigi.sources.registry import every_source, source_named

_MAPPING: Final = ".toml"


@dataclass(frozen=True, slots=True)
class SourceChoices:
    """Patterns with the name of the source that reads the files they fit.

    Attributes:
        choices: (pattern, name) in the order given; of several that fit a file, the last counts.
    """

    choices: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, texts: Iterable[str]) -> SourceChoices:
        """Read choices as the command line gives them; without a pattern a choice is for every file.

        A name that ends in ``.toml`` is the path of a mapping of a table, one that ends in ``.conf`` that of a
        configuration of Apache or nginx, whose directives say how lines look.

        Raises:
            UsageError: there is no source of that name, or the mapping is wrong.
        """
        texts = list(texts)
        if not texts:
            return cls()
        from yadorigi.sources.tables.source import PREFIX  # noqa: PLC0415 - most hunts choose none, and do not wait
        from yadorigi.sources.web import custom_access  # noqa: PLC0415 - as above

        names = [source.name for source in every_source()]
        known = f"{', '.join(names)}, a mapping of a table (FILE.toml), or a configuration (FILE.conf)"
        choices = []
        for text in texts:
            pattern, _, name = text.rpartition("=")
            if name.endswith(_MAPPING):
                name = f"{PREFIX}{Path(name).resolve()}"
                source_named(name)  # What is wrong with the mapping is said before anything is read.
            elif name.endswith(custom_access.SUFFIX):
                name = f"{custom_access.PREFIX}{Path(name).resolve()}"
                source_named(name)
            elif name not in names:
                raise UsageError(f"--source {text}: no source named {name or '(nothing)'}; one of {known}")
            choices.append((pattern or "*", name))
        return cls(tuple(choices))

    def for_file(self, shown: str) -> str | None:
        """Return the name of the source chosen for a file, None where its content decides.

        A pattern (``*``, ``?``, ``[...]``) is held against the whole name as shown, and against its last part.
        """
        if not self.choices:
            return None
        last = PurePath(shown).name
        chosen = None
        for pattern, name in self.choices:
            if fnmatchcase(shown, pattern) or fnmatchcase(last, pattern):
                chosen = name
        return chosen
