"""The transform of hardware addresses, which makers write in several ways."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from yadorigi.schema.event import Value
    from yadorigi.schema.ocsf_values import Outcome

_PAIRS: Final = re.compile(r"[0-9A-Fa-f]{1,2}(?:[:-][0-9A-Fa-f]{1,2}){5}", re.ASCII).fullmatch
_BARE: Final = re.compile(r"[0-9A-Fa-f]{12}", re.ASCII).fullmatch
_LONGEST: Final = 17


def mac(value: Value) -> Outcome:
    """A hardware address: six pairs, also without their leading zeros (``0:c:29:1:2:3``), with dots, or bare."""
    written = value.strip() if isinstance(value, str) else ""
    if len(written) > _LONGEST:
        return None
    if _PAIRS(written):
        return ":".join(pair.zfill(2) for pair in written.replace("-", ":").split(":"))
    digits = written.replace(".", "")
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2)) if _BARE(digits) else None
