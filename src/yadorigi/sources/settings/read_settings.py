"""Recognise files of settings by what they hold, and read them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from yadorigi.sources.settings.auditpol import is_list, is_plain_text, read_list, read_plain_text
from yadorigi.sources.settings.contract import (
    AUDITPOL,
    FILE_BYTES_LIMIT,
    GPO_REPORT,
    GPRESULT,
    REGISTRY_EXPORT,
    WEVTUTIL,
    StatedFile,
)
from yadorigi.sources.settings.group_policy import read_group_policy
from yadorigi.sources.settings.policy_xml import root_of
from yadorigi.sources.settings.registry_export import (
    is_registry_export,
    is_wevtutil,
    read_registry_export,
    read_wevtutil,
)
from yadorigi.sources.settings.text import text_of

REASONS: Final = {
    AUDITPOL: "an audit policy as auditpol lists it",
    GPO_REPORT: "a report of group policies (Get-GPOReport)",
    GPRESULT: "a report of the policies of a computer (gpresult /x)",
    REGISTRY_EXPORT: "begins as an export of the registry",
    WEVTUTIL: "the settings of a log (wevtutil gl)",
}
"""By what a file of each kind is recognised, in words."""

_READERS: Final[dict[str, Callable[[str], StatedFile]]] = {
    AUDITPOL: lambda text: read_list(text) if is_list(text) else read_plain_text(text),
    GPO_REPORT: lambda text: read_group_policy(text, GPO_REPORT),
    GPRESULT: lambda text: read_group_policy(text, GPRESULT),
    REGISTRY_EXPORT: read_registry_export,
    WEVTUTIL: read_wevtutil,
}


def recognise_settings(head: bytes, name: str) -> str:
    """Return the kind of a file of settings, one of `SETTINGS_KINDS`, or "" where it is none.

    Args:
        head: the file's beginning.
        name: its name; only the content decides.
    """
    del name
    if not head:
        return ""
    text = text_of(head, cut=True)
    if is_registry_export(text):
        return REGISTRY_EXPORT
    if root := root_of(text):
        return GPRESULT if root == "Rsop" else GPO_REPORT
    if text.lstrip().startswith("<"):
        return ""
    if is_list(text) or is_plain_text(text):
        return AUDITPOL
    return WEVTUTIL if is_wevtutil(text) else ""


def read_settings_file(source: Path | bytes, kind: str) -> StatedFile:
    """Read a file of settings; what cannot be understood is among its problems.

    Raises:
        OSError: the file cannot be read.
        KeyError: there is no such kind.
    """
    reader = _READERS[kind]
    if isinstance(source, bytes):
        data = source[: FILE_BYTES_LIMIT + 1]
    else:
        with source.open("rb") as stream:
            data = stream.read(FILE_BYTES_LIMIT + 1)
    cut = len(data) > FILE_BYTES_LIMIT
    stated = reader(text_of(data[:FILE_BYTES_LIMIT], cut=cut))
    stated.kind = kind
    if cut:
        stated.damaged = True
        stated.tell(f"only the first {FILE_BYTES_LIMIT:,} bytes are read")
    return stated
