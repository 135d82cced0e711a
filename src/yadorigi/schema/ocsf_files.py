"""Transforms of paths: whole ones, folders alone, and paths that are written as URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from yadorigi.schema.ocsf_values import ABSENT, Outcome, basename, clean, text

if TYPE_CHECKING:
    from yadorigi.schema.event import Value

_RESOURCES: Final = 20_000
_SCHEMES: Final = ("file", "containerfile")
_FILE: Final = "file://"


def whole_path(value: Value) -> Outcome:
    """A path with its folders; one that ends in a slash is a folder's, and a bare name says nothing."""
    path = text(value)
    if path is None:
        return None
    return path if ("\\" in path or "/" in path) and not path.endswith(("\\", "/")) else ABSENT


def folder(value: Value) -> Outcome:
    """A folder: a path that ends in a slash, without the slash; another path says nothing."""
    path = text(value)
    if path is None:
        return None
    if not path.endswith(("\\", "/")):
        return ABSENT
    bare = path.rstrip("\\/")
    return path[: len(bare) + 1] if not bare or bare.endswith(":") else bare


def defender_log_path(value: Value) -> Outcome:
    """The first file of the resources in Defender's text logs: ``file:C:/x;process:pid:1;``."""
    whole = text(value)
    for item in (whole or "")[:_RESOURCES].split(";"):
        scheme, _, path = item.strip().partition(":")
        if scheme in _SCHEMES and path:
            # Where the file is inside of another one, that one's path is in front.
            return path.partition("->")[0].lstrip("_") or ABSENT
    return ABSENT


def defender_log_name(value: Value) -> Outcome:
    """The base name of ``defender_log_path``."""
    path = defender_log_path(value)
    return basename(path) if isinstance(path, str) else path


def file_url_path(value: Value) -> Outcome:
    """A path, also where it is written as ``file:///C:/a%20b``; any other URL as it is."""
    path = text(value)
    if path is None or not path.lower().startswith(_FILE):
        return path
    plain = clean(unquote(path[len(_FILE) :]))
    # file:///C:/x has a slash in front of the drive, file://server/share a server.
    return plain[1:] if plain[2:3] == ":" else plain if plain.startswith("/") else f"//{plain}"


def file_url_name(value: Value) -> Outcome:
    """The base name of ``file_url_path``."""
    path = file_url_path(value)
    return basename(path) if isinstance(path, str) else path
