"""``yadorigi audit``: what hosts record and keep, against what is needed."""

from __future__ import annotations

from typing import Final

from yadorigi.cli.accounts import write_bytes
from yadorigi.cli.arguments import Debug, NoColour, Timezone, check_choice, zone_of
from yadorigi.cli.assess import FORMATS, LANGUAGES, Case, Form, Language

EXAMPLES: Final = """Examples:

  yadorigi audit yadorigi-case

  yadorigi audit yadorigi-case --lang ja --format markdown > settings.md

Settings come from the logs themselves and from files beside them: auditpol /get /category:* /r, gpresult /x,
Get-GPOReport, exports of the registry, wevtutil gl. Exit codes: 0 done; 2 wrong use, no case with verdicts, or
one that is not as it was sealed, of which nothing is told.
"""


def audit(
    case: Case,
    language: Language = "en",
    form: Form = "text",
    timezone: Timezone = "UTC",
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Tell host by host what is recorded and kept, and what to change first so that more can be told."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.assess_case import audit_case, setting_titles  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging  # noqa: PLC0415 - see above
    from yadorigi.reports.blocks import markdown_lines, print_blocks  # noqa: PLC0415 - see above
    from yadorigi.reports.json_lines import json_line  # noqa: PLC0415 - see above
    from yadorigi.reports.settings_audit import settings_audit_blocks  # noqa: PLC0415 - see above
    from yadorigi.reports.speech import Speech  # noqa: PLC0415 - see above

    check_choice("--format", form, FORMATS)
    check_choice("--lang", language, LANGUAGES)
    speech = Speech("ja" if language == "ja" else "en", zone_of(timezone))
    out, err = consoles(no_colour)
    with debugging(debug, err):
        found = audit_case(case)
    if form == "json":
        write_bytes([json_line(found) + b"\n"])
    elif form == "markdown":
        write_bytes(markdown_lines(settings_audit_blocks(found, setting_titles(), speech)))
    else:
        print_blocks(out, settings_audit_blocks(found, setting_titles(), speech))
