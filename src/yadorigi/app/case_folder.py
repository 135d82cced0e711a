"""The case folder: made, added to or started anew, and never anything else overwritten."""

from __future__ import annotations

import shutil
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

import msgspec

from yadorigi.errors import CaseError
from yadorigi.schema.summary import Summary
from yadorigi.schema.warning import ParseWarning

FINDINGS: Final = "findings.jsonl"
WARNINGS: Final = "warnings.jsonl"
SUMMARY: Final = "summary.json"
TIMELINE: Final = "timeline.csv"
_OURS: Final = (FINDINGS, WARNINGS, SUMMARY, TIMELINE)
_WORK: Final = ".work"


class CaseFolder:
    """A folder that holds the results of hunts.

    Attributes:
        path: the folder.
        work: a folder inside it for what a running hunt keeps on disk.
    """

    def __init__(self, path: Path) -> None:
        """Take the folder as it is; `opened` is the way to get one that can be used."""
        self.path = path
        self.work = path / _WORK

    @classmethod
    def opened(cls, path: Path | None, force: bool) -> CaseFolder:
        """Return a case to write to.

        Args:
            path: the folder; None for a new one below the current folder, named by the time.
            force: start the case anew if there is one.

        Raises:
            CaseError: the folder holds something else, or cannot be made.
        """
        if path is None:
            path = Path(f"yadorigi-case-{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}")
        case = cls(path)
        try:
            if path.exists() and not path.is_dir():
                raise CaseError(f"{path} is a file; --case takes a folder")
            if path.is_dir() and any(path.iterdir()) and not case._is_case():
                raise CaseError(f"{path} holds files that are no case; name a new or empty folder")
            path.mkdir(parents=True, exist_ok=True)
            if force:
                for name in _OURS:
                    (path / name).unlink(missing_ok=True)
            shutil.rmtree(case.work, ignore_errors=True)
            case.work.mkdir()
        except OSError as error:
            raise CaseError(f"case folder {path}: {error.strerror or error}") from error
        return case

    def _is_case(self) -> bool:
        return any((self.path / name).is_file() for name in _OURS) or self.work.is_dir()

    def clear_work(self) -> None:
        """Remove what a hunt kept on disk while it ran."""
        shutil.rmtree(self.work, ignore_errors=True)

    def file(self, name: str) -> Path:
        """Return the path of one of the case's files."""
        return self.path / name

    def earlier_summary(self) -> Summary | None:
        """Return the summary of earlier runs, or None.

        Raises:
            CaseError: there is one, and it cannot be read.
        """
        path = self.file(SUMMARY)
        if not path.exists():
            return None
        try:
            return msgspec.json.decode(path.read_bytes(), type=Summary)
        except (OSError, msgspec.MsgspecError) as error:
            raise CaseError(f"{path} cannot be read ({error}); name another --case, or use --force") from error

    def earlier_warnings(self) -> list[ParseWarning]:
        """Return the warnings of earlier runs.

        Raises:
            CaseError: they cannot be read.
        """
        path = self.file(WARNINGS)
        if not path.exists():
            return []
        try:
            return msgspec.json.decode(b"[" + b",".join(path.read_bytes().splitlines()) + b"]", type=list[ParseWarning])
        except (OSError, msgspec.MsgspecError) as error:
            raise CaseError(f"{path} cannot be read ({error}); name another --case, or use --force") from error
