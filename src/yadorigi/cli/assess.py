"""``yadorigi assess``: answer the questions of authorities from a case."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from yadorigi.cli.accounts import write_bytes
from yadorigi.cli.arguments import Debug, NoColour, Timezone, check_choice, zone_of

EXAMPLES: Final = """Examples:

  yadorigi assess yadorigi-case --for jpcert --lang ja

  yadorigi assess yadorigi-case --for aa24-038a --format markdown > aa24-038a.md

  yadorigi assess yadorigi-case --for lotl-guide --format json | jq '.answers[] | {id, answer}'

A case is what `yadorigi hunt` leaves. Exit codes: 0 done; 2 wrong use, no case with verdicts, or one
that is not as it was sealed, from which nothing is answered.
"""

FORMATS: Final = ("text", "json", "markdown")
LANGUAGES: Final = ("en", "ja")
_DOCUMENTS: Final = ("jpcert", "aa24-038a", "lotl-guide")

Case = Annotated[Path, typer.Argument(metavar="CASE", help="The folder that a hunt left.", show_default=False)]
Form = Annotated[str, typer.Option("--format", metavar="|".join(FORMATS), help="What to write.")]
Language = Annotated[str, typer.Option("--lang", metavar="|".join(LANGUAGES), help="Language of the answers.")]


def assess(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    case: Case,
    document: Annotated[
        str, typer.Option("--for", metavar="|".join(_DOCUMENTS), help="Whose questions.", show_default=False)
    ],
    language: Language = "en",
    form: Form = "text",
    timezone: Timezone = "UTC",
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Answer what an authority asks: what was observed, what was not, what nobody can tell, and what to do."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.assess_case import assess_case  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging  # noqa: PLC0415 - see above
    from yadorigi.reports.assessment import assessment_blocks  # noqa: PLC0415 - see above
    from yadorigi.reports.blocks import markdown_lines, print_blocks  # noqa: PLC0415 - see above
    from yadorigi.reports.json_lines import json_line  # noqa: PLC0415 - see above
    from yadorigi.reports.speech import Speech  # noqa: PLC0415 - see above

    check_choice("--for", document, _DOCUMENTS)
    check_choice("--format", form, FORMATS)
    check_choice("--lang", language, LANGUAGES)
    speech = Speech("ja" if language == "ja" else "en", zone_of(timezone))
    out, err = consoles(no_colour)
    with debugging(debug, err):
        assessment = assess_case(case, document)
    if form == "json":
        write_bytes([json_line(assessment) + b"\n"])
    elif form == "markdown":
        write_bytes(markdown_lines(assessment_blocks(assessment, speech)))
    else:
        print_blocks(out, assessment_blocks(assessment, speech, signs=out.encoding.lower().startswith("utf")))
