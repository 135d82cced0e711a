r"""Keys of the registry in one spelling, because every product has its own.

Sysmon writes ``HKLM\System\CurrentControlSet\…``, audit events ``\REGISTRY\MACHINE\SYSTEM\ControlSet001\…``, other
agents ``HKEY_LOCAL_MACHINE\…``. The control set in use is one of the numbered ones under another name; which one is not
logged, and hardly ever another than the first. So all of them count as the current one.
"""

from __future__ import annotations

import re
from typing import Final

_ROOTS: Final = {
    "hklm": "HKEY_LOCAL_MACHINE",
    "hkcu": "HKEY_CURRENT_USER",
    "hku": "HKEY_USERS",
    "hkcr": "HKEY_CLASSES_ROOT",
    "hkcc": "HKEY_CURRENT_CONFIG",
    "\\registry\\machine": "HKEY_LOCAL_MACHINE",
    "\\registry\\user": "HKEY_USERS",
}
_ROOT: Final = re.compile(r"(\\registry\\(?:machine|user)|hk(?:lm|cu|u|cr|cc))(?=\\|$)", re.IGNORECASE)
_CONTROL_SET: Final = re.compile(r"(?<![^\\])(?:ControlSet\d{3})(?=\\|$)", re.IGNORECASE)


def key_in_one_spelling(text: str) -> str:
    """Return a key, or a part of one, with the long name of its root and the current control set."""
    found = _ROOT.match(text)
    if found is not None:
        text = _ROOTS[found.group(1).lower()] + text[found.end() :]
    return _CONTROL_SET.sub("CurrentControlSet", text)
