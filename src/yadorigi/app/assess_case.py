"""Answer the questions of authorities from a case, and audit what its hosts record and keep."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from yadorigi.app.case_folder import SUMMARY, VERDICTS
from yadorigi.app.keep_coverage import COVERAGE
from yadorigi.app.load_case import load_case
from yadorigi.app.sealed_results import require_unchanged
from yadorigi.audits.assess import CaseFacts, assess
from yadorigi.audits.cells import cells_of
from yadorigi.audits.settings_audit import audit_settings
from yadorigi.errors import CaseError, UsageError
from yadorigi.packs.behaviours import load_behaviours
from yadorigi.packs.questions import QUESTIONNAIRES, load_questions

if TYPE_CHECKING:
    from yadorigi.schema.behaviour import Words
    from yadorigi.schema.question import Assessment
    from yadorigi.schema.settings_audit import SettingsAudit


def assess_case(path: Path, document: str) -> Assessment:
    """Answer the questions of a document from a case.

    Raises:
        UsageError: there are no questions of that name.
        CaseError: the folder holds no case, no event was read, or it cannot be read.
        UnprovenError: what the answer comes from is not what the case has sealed.
    """
    if document not in QUESTIONNAIRES:
        raise UsageError(f"--for {document}: one of {', '.join(QUESTIONNAIRES)}")
    return assess(load_questions(document), facts_of(path), load_behaviours())


def audit_case(path: Path) -> SettingsAudit:
    """Audit what the hosts of a case record and keep.

    Raises:
        CaseError: the folder holds no case, no event was read, or it cannot be read.
        UnprovenError: what the answer comes from is not what the case has sealed.
    """
    return audit_settings(facts_of(path), load_behaviours())


def facts_of(path: Path) -> CaseFacts:
    """Return what a case says, folded.

    Raises:
        CaseError: the folder holds no case, no event was read, or it cannot be read.
        UnprovenError: what the answer comes from is not what the case has sealed.
    """
    case = load_case(path)
    try:
        require_unchanged(path, (SUMMARY, COVERAGE, VERDICTS))
    except OSError as error:
        raise CaseError(f"{path} cannot be read: {error.strerror or error}") from error
    if case.overview is None:
        raise CaseError(f"{path}: no event was read, so nothing can be told")
    return CaseFacts(cells_of(case.verdicts()), case.overview, case.rules, case.log_sizes, str(path))


def setting_titles() -> dict[str, Words]:
    """Return the names of the settings by id."""
    return {name: setting.title for name, setting in load_behaviours().settings.items()}
