"""The truth about the sample: which records are the intruder's, what cannot be found, how questions are answered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

NOT_FINDABLE: Mapping[str, str] = {
    "web-upload": "A contractor logs in and uploads a file, as contractors do; nobody recorded which file it was.",
    "guess-name": "One refused login under a name that is nearly right, which people who mistype have too.",
    "web-shell-gone": "Two requests for a page that is not there, among hundreds of others.",
    "go-out": "The end of a session of the VPN looks like the end of any.",
    "leave": "Logging off looks like logging off.",
    "go-back": "Logging off, and one file deleted in a folder where files are deleted all day.",
}
"""Steps whose records no rule can tell from ordinary ones, and why."""

ANSWERS: Mapping[str, Mapping[str, object]] = {
    "J2": {"answer": "observed", "observed": {"PE-02": ["WEB02"]}, "cannot_tell": ["PE-03"]},
    "J4": {
        "answer": "observed",
        "observed": {
            "IA-01": ["FGT01"],
            "IA-08": ["DC01", "FGT01", "JUMP01"],
            "IA-13": ["FGT01"],
            "IA-14": ["FGT01"],
            "DI-17": ["FGT01", "JUMP01"],
        },
        "cannot_tell": ["IA-09", "IA-10", "IA-11", "IA-12"],
    },
}
"""What JPCERT/CC's questions about web shells and the SSL-VPN come to: behaviours that were there, by host, and those
that these logs cannot settle."""


def write(records: Sequence[Mapping[str, str | int]], path: Path) -> None:
    """Write the truth into a file, one record in a line."""
    rows = ",\n".join(json.dumps(record) for record in records)
    rest = json.dumps({"not_findable": NOT_FINDABLE, "jpcert": ANSWERS}, indent=1)
    path.write_text(f'{{"records": [\n{rows}\n],\n{rest[1:].lstrip()}\n', encoding="utf-8", newline="\n")
