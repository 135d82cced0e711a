"""What a file is that no source reads, in words: so that nobody has to guess whether a log was passed over."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_SHARE_OF_CONTROLS: Final = 50
"""More than one byte in so many is none of text."""
_CONTROLS: Final = bytes(code for code in range(0x20) if code not in b"\t\n\r\x0c\x1b")
_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_JSON: Final = re.compile(rb"\xef\xbb\xbf?\s*[\[{]|\s*[\[{]\s*[\[{\"\]}]").match
_NAME: Final = re.compile(rb'"([^"\\\x00-\x1f]{1,40})"\s*:')
_NAMES: Final = 4
_TOLD: Final = 2_048
_TEMPLATE: Final = re.compile(rb"\{\{ ?\w+ ?\}\}")
_TABLE: Final = re.compile(rb"[^\n]{0,2000}?(?:,|\t|;)[^\n]{0,2000}?(?:,|\t|;)").match
_KNOWN: Final[tuple[tuple[Callable[[bytes], object], str], ...]] = (
    (
        re.compile(rb'\s*\{\s*"errorcode"\s*:\s*-?\d+\s*,\s*"message"\s*:\s*"').match,
        "an answer of NetScaler's NITRO interface: what is configured or counted, no events",
    ),
    (
        re.compile(rb'\s*\{\s*"(?:response|events|data|value|results|items|records)"\s*:\s*\[\s*\]').match,
        "an answer of an interface without records",
    ),
)


def why_unread(head: bytes) -> str:
    """Return why no source reads a file that begins so.

    Args:
        head: some kilobytes of its beginning.
    """
    if not head.strip():
        return "empty" if not head else "blank"
    if not head.startswith(_MARKS) and _is_no_text(head):
        return "no text, and no log or archive of a known kind"
    if _TEMPLATE.search(head):
        return "lines with placeholders ({{ name }}) in place of values: a template, no log"
    for is_it, words in _KNOWN:
        if is_it(head):
            return words
    if _JSON(head):
        names = list(dict.fromkeys(name.decode("utf-8", "replace") for name in _NAME.findall(head[:_TOLD])))[:_NAMES]
        return f"JSON of no known log (names: {', '.join(names)})" if names else "JSON of no known log"
    return (
        "text of no known log" if not _TABLE(head) else "text of no known log; a table is read by a mapping (--source)"
    )


def _is_no_text(head: bytes) -> bool:
    return len(head) - len(head.translate(None, _CONTROLS)) > len(head) // _SHARE_OF_CONTROLS
