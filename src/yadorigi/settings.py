"""All settings in one table: name, default, what it does.

They are read from ``yadorigi.toml`` in the current folder, else in the user's configuration folder; ``--settings FILE``
names another.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from platformdirs import user_cache_path, user_config_path

from yadorigi.errors import UsageError

FILE_NAME: Final = "yadorigi.toml"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the settings file can say.

    Attributes:
        placeholders: values of ``%name%`` in Sigma rules with the ``expand`` modifier (table ``[placeholders]``).
        cache_folder: where compiled rules are kept (``cache_folder``).
        enrichment: files with countries and networks of addresses (``databases`` in the table ``[enrichment]``).
        path: the file that the settings came from, or None.
        vault_folder: where signing keys and newest checkpoints of cases are kept (``folder`` in the table ``[vault]``);
            None where the environment or the system says.
    """

    placeholders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cache_folder: Path = field(default_factory=lambda: user_cache_path("yadorigi", appauthor=False))
    path: Path | None = None
    enrichment: tuple[Path, ...] = ()
    vault_folder: Path | None = None


def read_settings(path: Path | None = None) -> Settings:
    """Read the settings file, the given one or the first that is found; defaults where there is none.

    Raises:
        UsageError: the file cannot be read or says something that is no setting.
    """
    if path is None:
        usual = (Path(FILE_NAME), user_config_path("yadorigi", appauthor=False) / FILE_NAME)
        path = next((candidate for candidate in usual if candidate.is_file()), None)
        if path is None:
            return Settings()
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except RecursionError as error:
        raise UsageError(f"settings file {path}: nested too deeply") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"settings file {path}: {error}") from error
    unknown = sorted(set(content) - {"placeholders", "cache_folder", "enrichment", "vault"})
    if unknown:
        raise UsageError(f"settings file {path}: unknown setting {unknown[0]!r}")
    cache = content.get("cache_folder")
    if cache is not None and not isinstance(cache, str):
        raise UsageError(f"settings file {path}: cache_folder is a text")
    placeholders = _placeholders(content.get("placeholders", {}), path)
    databases = _databases(content.get("enrichment", {}), path)
    cache_folder = _folder(cache, path) if cache else Settings().cache_folder
    return Settings(placeholders, cache_folder, path, databases, _vault_folder(content.get("vault", {}), path))


def _vault_folder(table: Any, path: Path) -> Path | None:  # noqa: ANN401 - whatever the file holds
    if not isinstance(table, dict) or set(table) - {"folder"} or not isinstance(table.get("folder", ""), str):
        raise UsageError(f"settings file {path}: [vault] has folder, a text, and nothing else")
    folder = table.get("folder")
    return path.parent / _folder(folder, path, "folder of [vault]") if folder else None


def _folder(name: str, path: Path, setting: str = "cache_folder") -> Path:
    if "\0" in name:
        raise UsageError(f"settings file {path}: {setting} {name!r} is no path")
    try:
        return Path(name).expanduser()
    except RuntimeError as error:
        raise UsageError(f"settings file {path}: {setting} {name!r}: there is no such user") from error


def _databases(table: Any, path: Path) -> tuple[Path, ...]:  # noqa: ANN401 - any TOML value
    if not isinstance(table, dict) or set(table) - {"databases"}:
        raise UsageError(f"settings file {path}: enrichment is a table with databases and nothing else")
    names = table.get("databases", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UsageError(f"settings file {path}: enrichment.databases is a list of files")
    # A database lies beside the settings that name it, unless they say where.
    return tuple(path.parent / _folder(name, path, "enrichment.databases") for name in names)


def _placeholders(table: Any, path: Path) -> dict[str, tuple[str, ...]]:  # noqa: ANN401 - any TOML value
    if not isinstance(table, dict):
        raise UsageError(f"settings file {path}: placeholders is a table")
    found: dict[str, tuple[str, ...]] = {}
    for name, value in table.items():
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(element, str | int) for element in values):
            raise UsageError(f"settings file {path}: placeholders.{name} is a text or a list of texts")
        found[name] = tuple(str(element) for element in values)
    return found
