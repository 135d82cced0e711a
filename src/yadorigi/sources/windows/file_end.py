"""Says whether a text file was written to its end: a list or a root element that it begins with is closed.

A file that is cut off between two records has no broken record that would tell.
"""

from __future__ import annotations

import codecs
import os
import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.contract import HEAD_BYTES
from yadorigi.sources.records.text_window import encoding_of

if TYPE_CHECKING:
    from yadorigi.sources.contract import Piece

_TAIL_BYTES: Final = 4_096
_ROOT: Final = re.compile(r"<([A-Za-z_][\w.:-]*)(?:\s[^<>]*)?(?<!/)>\s*(?:<!--[^<>]*-->\s*)*(?=<Event[\s>])").search


def list_is_cut_off(piece: Piece) -> bool:
    """Say whether a JSON file that ends with this piece begins a list and ends behind one of its records."""
    ends = _ends_of(piece)
    if ends is None:
        return False
    first_line = ends[0].lstrip("\ufeff \t\r\n").partition("\n")[0].rstrip()
    closed = len(first_line) > 1 and first_line.endswith("]")  # a list on each line, say
    return first_line.startswith("[") and not closed and ends[1].rstrip().endswith(("}", ","))


def root_is_cut_off(piece: Piece) -> bool:
    """Say whether an XML file that ends with this piece begins a root element around its events and does not end it."""
    ends = _ends_of(piece)
    root = _ROOT(ends[0]) if ends is not None else None
    return ends is not None and root is not None and f"</{root[1]}" not in ends[1]


def _ends_of(piece: Piece) -> tuple[str, str] | None:
    """Return the text of a file's beginning and end if the piece is its last one, else None."""
    try:
        with piece.path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if piece.start + piece.size != size:
                return None
            head = stream.read(HEAD_BYTES)
            # An even place is the beginning of a character in UTF-16 too.
            stream.seek(max(size - _TAIL_BYTES, 0) // 2 * 2)
            tail = stream.read(_TAIL_BYTES + 1)
    except OSError:
        return None  # Told by whoever reads the piece.
    encoding, _ = encoding_of(head)
    return codecs.decode(head, encoding, "replace"), codecs.decode(tail, encoding, "replace")
