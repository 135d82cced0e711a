"""Read files into a case without any rule: events, and what logs say of themselves. Rules come later (`run_detect`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yadorigi.app.progress import Progress, Silent
from yadorigi.app.run_hunt import HuntRun
from yadorigi.ingest.discover import require_some
from yadorigi.packs.rule_set import RuleSet

if TYPE_CHECKING:
    from yadorigi.app.hunt_options import HuntOptions, HuntOutcome


class _Ingest(HuntRun):
    """A hunt that has no rules."""

    act_name = "ingest"

    def prepare(self) -> RuleSet:
        require_some(self.options.paths)
        return RuleSet((), ())


def run_ingest(options: HuntOptions, progress: Progress | None = None) -> HuntOutcome:
    """Read files into a case; ``options.rules`` counts for nothing.

    Raises:
        UsageError: no input exists.
        CaseError: the case folder cannot be used.
        UnfinishedError: the disk is full, say; what was in the case before is still there.
    """
    return _Ingest(options, progress if progress is not None else Silent()).run()
