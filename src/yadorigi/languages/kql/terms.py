r"""``has`` and its like: terms, not parts of texts.

A term is a run of letters and digits. ``has "net"`` finds ``C:\\net.exe`` and not ``netsh``: where what is looked for
begins or ends in a letter or digit, no other may stand beside it there. What begins or ends otherwise needs no border.
"""

from __future__ import annotations

import re

from yadorigi.query.nodes import Regex

_BORDER = r"[^\pL\pN]"


def term(text: str, *, cased: bool, begins: bool = True, ends: bool = True) -> Regex:
    """Return the test that a term, or terms beside each other, are in a value.

    Args:
        text: what is looked for.
        cased: whether letter case counts.
        begins: whether it must begin a term.
        ends: whether it must end one.
    """
    before = rf"(?:^|{_BORDER})" if begins and text[:1].isalnum() else ""
    behind = rf"(?:$|{_BORDER})" if ends and text[-1:].isalnum() else ""
    return Regex(before + re.escape(text) + behind, "s" if cased else "is")
