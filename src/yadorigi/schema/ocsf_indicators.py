"""Leaves of a class that may hold an indicator of compromise, by what they hold (``content/windows/ocsf``)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from yadorigi.schema.ocsf_mapping import load

if TYPE_CHECKING:
    from yadorigi.schema.ocsf_transform import Kind

_INSIDE: Final[dict[Kind, str]] = {"hashes": "[].value", "answers": "[].rdata"}
"""Leaves inside of the objects that a transform makes."""


@cache
def typed_leaves(class_uid: int) -> tuple[tuple[str, str], ...]:
    """Return the paths of such leaves that some mapping of the class fills, and what each holds, in order of paths.

    Lists have ``[]`` in the path. What a leaf holds is ``hash`` (of any algorithm, in hexadecimal of either case),
    ``fingerprint`` (of how a program speaks TLS or SSH: JA3, JA4, hassh), ``ip``, ``hostname``, ``dns_answer`` (an
    address, or the name that a record gives), ``url``, ``file_path``, ``file_name``, ``registry_key`` (a path of a key;
    the value's name is beside it), ``detection_name`` or ``command_line``.
    """
    content = load()
    found: dict[str, str] = {}
    for mapping in content.mappings:
        if mapping.ocsf.class_uid != class_uid:
            continue
        for leaf in mapping.leaves:
            path = leaf.path + _INSIDE.get(leaf.transform.kind, "")
            parts = path.replace("[]", "").split(".")
            held = content.indicator_leaves.get(parts[-1]) or content.indicator_leaves.get(".".join(parts[-2:]))
            if held:
                found[path] = held
    return tuple(sorted(found.items()))
