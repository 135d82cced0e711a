"""All readers that are fuzzed. To add one, write its `Target` and add it here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.fuzz import event_sources, exports, indicators, log_lines, opened_archives, rules_and_settings, stated_files

if TYPE_CHECKING:
    from tests.fuzz.findings import Target

TARGETS: Final[dict[str, Target]] = {
    target.name: target
    for module in (event_sources, exports, indicators, log_lines, opened_archives, rules_and_settings, stated_files)
    for target in module.TARGETS
}
