"""What to hunt and how, and what a hunt leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from yadorigi.schema.finding import level_rank
from yadorigi.settings import Settings
from yadorigi.sources.choice import SourceChoices

if TYPE_CHECKING:
    from yadorigi.app.judge_case import Judged
    from yadorigi.schema.report import ReportDocument
    from yadorigi.schema.sites import Site
    from yadorigi.schema.summary import Summary
    from yadorigi.schema.warning import ParseWarning


@dataclass(frozen=True, slots=True)
class HuntOptions:
    """What to hunt and how.

    Attributes:
        paths: files and folders.
        rules: files, folders, zip archives, or ``builtin``.
        case: the case folder, or None for a new one.
        force: start the case anew.
        site: the site of whatever settings say nothing of, or None.
        sites: what settings say of sites; those of the case where they say nothing.
        sites_file: the file that they came from, where nobody named it and it was found.
        since, until: canonical times of the period (half-open), or "".
        workers: number of processes; 0 for one per processor.
        zone: of times without one.
        settings: the settings file's content.
        password_file: passwords of archives, one a line, or None.
        choices: sources that the user chose for some files.
        report: whether pages for people are written.
        store: whether events are kept in the case's lake.
        indicators: files, folders, zip archives, or ``builtin``; none to look for none.
        fields_only: whether indicators are looked for only in the lake's columns that hold one kind of value each.
        hunts: files, folders, zip archives of hunts.
        parameters: values for hunts, as ``ID.NAME=VALUE``.
        arguments: of the command line, for the record of who did what.
        geo: databases of addresses; those of the settings where there are none.
        warning_lists: lists of values that are no sign of anything (MISP).
    """

    paths: tuple[str, ...]
    rules: tuple[str, ...] = ("builtin",)
    case: Path | None = None
    force: bool = False
    site: str | None = None
    sites: tuple[Site, ...] = ()
    sites_file: Path | None = None
    since: str = ""
    until: str = ""
    workers: int = 0
    zone: tzinfo = UTC
    settings: Settings = field(default_factory=Settings)
    password_file: Path | None = None
    choices: SourceChoices = SourceChoices()  # noqa: RUF009 - it cannot change
    report: bool = True
    store: bool = True
    indicators: tuple[str, ...] = ("builtin",)
    warning_lists: tuple[str, ...] = ()
    fields_only: bool = False
    geo: tuple[str, ...] = ()
    hunts: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()

    @property
    def databases(self) -> tuple[str, ...]:
        """Return the databases of addresses to be used."""
        return self.geo or tuple(map(str, self.settings.enrichment))


@dataclass(frozen=True, slots=True)
class HuntOutcome:
    """What a hunt left.

    Attributes:
        case: the case folder.
        summary: as written to ``summary.json``.
        warnings: as written to ``warnings.jsonl``.
        damaged: whether something recognised could not be read whole.
        judged: what the verdicts come to.
        document: what the pages show; None where none were written.
    """

    case: Path
    summary: Summary
    warnings: tuple[ParseWarning, ...]
    damaged: bool
    judged: Judged
    document: ReportDocument | None = None

    def reaches(self, level: str) -> bool:
        """Say whether a finding has this level or a higher one."""
        return any(count and level_rank(name) >= level_rank(level) for name, count in self.summary.findings.items())

    @property
    def hunts_refused(self) -> int:
        """Return how many hunts were not run."""
        hunts = self.summary.hunts
        return 0 if hunts is None else len(hunts.unsupported) + (hunts.loaded if hunts.not_run else 0)

    @property
    def all_rules_loaded(self) -> bool:
        """Say whether every rule given was loaded."""
        return not self.summary.rules.unsupported and not self.hunts_refused
