"""What an input is, by its beginning: a log, an archive, a file of settings, or none of these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from yadorigi.archives.kinds import ZIP, is_document, kind_of, unopened
from yadorigi.ingest.strangers import why_unread
from yadorigi.sources.registry import HEAD_BYTES, Recognition, recognise
from yadorigi.sources.settings.read_settings import REASONS, recognise_settings

_FIRST_BYTES: Final = 8_192


@dataclass(frozen=True, slots=True)
class Look:
    """What a file is.

    Attributes:
        source: name of the source that reads it, kind of archive, or kind of settings; None for none.
        reason: by what it is recognised, or why it is not opened or read.
        is_archive: whether ``source`` is a kind of archive.
        left_closed: whether it holds other files that are not looked at.
    """

    source: str | None
    reason: str = ""
    is_archive: bool = False
    left_closed: bool = False


def look_at(read: Callable[[int], bytes], name: str, chosen: str | None = None) -> Look:
    """Say what a file is.

    Args:
        read: returns the next bytes of the file, fewer than asked for at its end.
        name: the file's shown name, with or without folders.
        chosen: name of a source that is to read it whatever it holds, or None. An archive is opened all the same: the
            choice is for what is in it.

    Raises:
        OSError: from ``read``.
    """
    own = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    head = read(_FIRST_BYTES)
    kind = kind_of(head)
    if kind == ZIP and is_document(head, own):
        return Look(None, "a document or program in a zip file; not opened")
    if kind is not None:
        return Look(kind, f"{kind} archive by its first bytes", is_archive=True)
    recognition = recognise(head, own, chosen)
    if recognition.source is None:
        # Most files say what they are at once; the rest is read only of the others.
        more = read(HEAD_BYTES - _FIRST_BYTES)
        recognition = recognise(head + more, own, chosen) if more else recognition
        # Asked last: what a log holds must not make it pass for settings.
        if recognition.source is None and (settings := recognise_settings(head, own)):
            return Look(settings, REASONS[settings])
    return _by_name(recognition, head, own)


def _by_name(recognition: Recognition, head: bytes, own: str) -> Look:
    if recognition.source is not None:
        return Look(recognition.source.name, recognition.reason)
    kind = kind_of(head, own)
    if kind is not None:
        return Look(kind, f"{kind} archive by its name; its first bytes are something else", is_archive=True)
    closed = unopened(head)
    return (
        Look(None, f"{closed}: not opened; unpack it first", left_closed=True)
        if closed
        else Look(None, why_unread(head))
    )
