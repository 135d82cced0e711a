"""Hunts: queries with a name, and what becomes of their rows. They are files of the user.

A hunt is a TOML file, with its query in it or in a file beside it. A file of a query alone (``.xql``, ``.kql``,
``.sql``) is a hunt too: its name is its id, and a comment that begins with ``Description:`` or ``説明:`` its title.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final, Literal

import msgspec

from yadorigi.limits import HUNT_FILE_LIMIT
from yadorigi.packs.given_files import GivenFile, Sought, files_below
from yadorigi.schema.finding import LEVELS, UNDEFINED_LEVEL

Language = Literal["xql", "kql", "sql"]

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
"""Names that Windows takes for devices, whatever ends them ("Naming Files, Paths, and Namespaces")."""
_TECHNIQUE: Final = re.compile(r"T\d{4}(\.\d{3})?")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_TITLE: Final = re.compile(r"^[ \t]*(?://|--)[ \t]*(?:description|説明)[ \t]*[:：][ \t]*(\S.*?)[ \t]*$", re.I | re.M)  # noqa: RUF001 - as written in Japanese
_QUERIES: Final = (".xql", ".kql", ".sql")
_SOUGHT: Final = Sought(
    counts=lambda name: name.lower().endswith((".toml", *_QUERIES)),
    limit=HUNT_FILE_LIMIT,
    shipped="hunts",
    called="hunt",
    places="hunt file or folder",
)


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value that whoever runs a hunt may choose; the query names it ``$name`` in XQL and SQL, ``name`` in KQL.

    Attributes:
        kind: what it is.
        value: what it is where nobody chooses: a text, a number, true or false; a time or a span as a text.
        description: what it is for.
    """

    kind: Literal["text", "long", "real", "boolean", "time", "span"]
    value: str | int | float | bool
    description: str = ""


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of a table, and whether the hunt finds it.

    Attributes:
        table: its name, as the query has it.
        row: values by column; those that are not named are missing.
        found: whether it must be found, or must not.
        title: what it shows.
    """

    table: str
    row: dict[str, Any]
    found: bool
    title: str = ""


class Hunt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One hunt, as its file has it.

    Attributes:
        id: letters, digits, ``.``, ``_`` and ``-``; findings and results have it as their name.
        title: for people.
        language: of the query.
        query: its text; empty where it stands in ``file``.
        file: a file beside this one with the query.
        description, author, references: for people.
        level: of findings.
        attack: ids of ATT&CK's techniques.
        findings: whether rows become findings, where they are events; else they are a table.
        parameters: values that the query names.
        examples: rows that must and must not come.
        path: of the file, as the user gave it.
    """

    id: str
    title: str
    language: Language
    query: str = ""
    file: str = ""
    description: str = ""
    author: str = ""
    references: tuple[str, ...] = ()
    level: str = UNDEFINED_LEVEL
    attack: tuple[str, ...] = ()
    findings: bool = True
    parameters: dict[str, Parameter] = {}
    examples: tuple[Example, ...] = ()
    path: str = ""


@dataclass(frozen=True, slots=True)
class RefusedHunt:
    """A hunt that was given and cannot be run."""

    path: str
    reason: str
    id: str = ""
    title: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class GivenHunts:
    """Hunts, and what cannot be one."""

    hunts: tuple[Hunt, ...]
    refused: tuple[RefusedHunt, ...]


class _BrokenHuntError(Exception):
    """A hunt's file is wrong."""


def read_hunts(paths: Iterable[str]) -> GivenHunts:
    """Read all hunts below the paths, each id once.

    Args:
        paths: files, folders, zip archives, or ``builtin``.

    Raises:
        UsageError: a path does not exist.
    """
    hunts: dict[str, Hunt] = {}
    refused: list[RefusedHunt] = []
    for given in paths:
        files = {file.path: file for file in files_below(given, _SOUGHT)}
        for found in _of_files(files):
            if isinstance(found, RefusedHunt):
                refused.append(found)
            elif found.id.lower() in hunts:
                # Letter case aside, since a case's folder may be on a disk that puts it aside.
                other = hunts[found.id.lower()].path
                if found.path != other:
                    reason = f"the id {found.id} is that of {other} too"
                    refused.append(RefusedHunt(found.path, reason, found.id, found.title))
            else:
                hunts[found.id.lower()] = found
    return GivenHunts(tuple(hunts.values()), tuple(refused))


def _of_files(files: dict[str, GivenFile]) -> Iterator[Hunt | RefusedHunt]:
    taken: set[str] = set()
    for path, file in files.items():
        if path.lower().endswith(_QUERIES):
            continue
        try:
            yield _of_toml(file, files, taken)
        except _BrokenHuntError as error:
            yield RefusedHunt(path, str(error))
    for path, file in files.items():
        if path.lower().endswith(_QUERIES) and path not in taken:
            try:
                yield _of_query(file)
            except _BrokenHuntError as error:
                yield RefusedHunt(path, str(error))


def _of_toml(file: GivenFile, files: dict[str, GivenFile], taken: set[str]) -> Hunt:
    if file.problem:
        raise _BrokenHuntError(file.problem)
    try:
        hunt = msgspec.toml.decode(file.data, type=Hunt)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _BrokenHuntError(f"no hunt: {error}") from error
    if hunt.file:
        beside = _beside(file.path, hunt.file)
        taken.add(beside)
        if hunt.query:
            raise _BrokenHuntError("give query or file, and not both")
        if beside not in files:
            raise _BrokenHuntError(f"there is no file {hunt.file} beside it")
        hunt = msgspec.structs.replace(hunt, query=_text_of(files[beside]))
    hunt = msgspec.structs.replace(hunt, path=file.path)
    _check(hunt)
    return hunt


def _beside(path: str, name: str) -> str:
    if "/" in name or "\\" in name or name.startswith("."):
        raise _BrokenHuntError("file is the name of a file in the same folder")
    folder, mark = (path.rsplit("!", 1)[0] + "!", path.rsplit("!", 1)[1]) if "!" in path else ("", path)
    for sign in ("/", "\\"):
        if sign in mark:
            return f"{folder}{mark.rsplit(sign, 1)[0]}{sign}{name}"
    return f"{folder}{posixpath.join('', name)}"


def _text_of(file: GivenFile) -> str:
    if file.problem:
        raise _BrokenHuntError(file.problem)
    try:
        return file.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _BrokenHuntError(f"no text in UTF-8: {error}") from error


def _of_query(file: GivenFile) -> Hunt:
    text = _text_of(file)
    name = PurePosixPath(file.path.replace("\\", "/").rsplit("!", 1)[-1]).name
    stem, _, ending = name.rpartition(".")
    found = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-.")
    # A name without a letter that an id may have says nothing; what is in the file says what it is.
    own = found if _ID.fullmatch(found) and found == stem and not _RESERVED.fullmatch(found) else ""
    id_ = own or f"{ending.lower()}-{hashlib.sha256(file.data).hexdigest()[:12]}"
    title = _TITLE.search(text)
    language = msgspec.convert(ending.lower(), Language)
    hunt = Hunt(id_, title.group(1)[:200] if title else stem, language, text, path=file.path)
    _check(hunt)
    return hunt


def _check(hunt: Hunt) -> None:
    if not _ID.fullmatch(hunt.id):
        raise _BrokenHuntError("id has letters, digits, dots, dashes and underscores, 100 at most")
    if hunt.id.endswith(".") or _RESERVED.fullmatch(hunt.id):
        raise _BrokenHuntError(f"id {hunt.id!r} is no name of a file on Windows, and results have it as theirs")
    if not hunt.title.strip():
        raise _BrokenHuntError("title is empty")
    if not hunt.query.strip():
        raise _BrokenHuntError("there is no query in it; give query or file")
    if hunt.level not in (*LEVELS, UNDEFINED_LEVEL):
        raise _BrokenHuntError(f"level {hunt.level[:40]!r} is none of {', '.join(LEVELS)}")
    for technique in hunt.attack:
        if not _TECHNIQUE.fullmatch(technique):
            raise _BrokenHuntError(f"attack {technique[:40]!r} is no technique such as T1003.003")
    for name in hunt.parameters:
        if not _NAME.fullmatch(name):
            raise _BrokenHuntError(f"parameter {name[:40]!r}: a name has letters, digits and underscores")
