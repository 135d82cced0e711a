"""Write the page: reads a `ReportDocument`, gives one file of HTML that needs nothing else.

Text of logs is made visible and escaped at one place, where a template puts it out (`_harmless` and the escaping of
jinja2). The page forbids itself to load or send anything; its style and its script are allowed by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, Final, get_args

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from yadorigi.reports.cells import visible
from yadorigi.reports.page.answer import answer_view
from yadorigi.reports.page.log_chart import host_charts, hosts_without_chart, mark_kinds, stretch_kinds, time_axis
from yadorigi.reports.page.matrix_blocks import matrix_blocks
from yadorigi.reports.page.recording import setting_lines
from yadorigi.reports.page.sheets import sheet_groups
from yadorigi.reports.page.voice import SIGNS, RecordLine, Voice
from yadorigi.reports.terminal import able_rules, site_label
from yadorigi.schema.finding import LEVELS
from yadorigi.schema.verdict import Reason

if TYPE_CHECKING:
    from yadorigi.schema.behaviour import Language
    from yadorigi.schema.report import ReportDocument

SILENT_SHOWN: Final = 300
"""Hosts without logs of their own that are named one by one."""

LIST_LIMIT: Final = 200
"""Rules that were not loaded and files of no known format that are named one by one."""

_TEMPLATES: Final = "templates"

_PIECES: Final = 4_096
"""Pieces of a page, of some characters each, that are written at once."""

_SHORT: Final = 128
"""Characters of names and words, which come again and again."""


@dataclass(frozen=True)
class SilentHost:
    """A host that others' logs name and that has brought none."""

    index: int
    name: str
    member: bool
    sightings: int
    record: RecordLine | None
    by: str


def write_report(stream: IO[str], document: ReportDocument, language: Language) -> None:
    """Write the page of a document.

    Args:
        stream: where to, a text stream of UTF-8.
        document: what the page shows.
        language: of the page.

    Raises:
        ContentError: the catalogue of words is not of the form.
    """
    pieces = _environment().get_template("report.html").generate(_context(document, language))
    while some := list(islice(pieces, _PIECES)):
        stream.write("".join(some))


def content_policy(css: str, script: str) -> str:
    """Return the page's own rule of what it may load: nothing but this style and this script."""
    return (
        f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _read(name: str) -> str:
    return (files("yadorigi.reports.page") / _TEMPLATES / name).read_text("utf-8").replace("\r\n", "\n")


def _harmless(value: object) -> object:
    """Return what a template puts out with characters that act on a reader's screen made visible."""
    if isinstance(value, Markup):
        return value
    text = value if isinstance(value, str) else str(value)
    return _visible_short(text) if len(text) < _SHORT else visible(text)


@lru_cache(maxsize=4_096)
def _visible_short(text: str) -> str:
    return visible(text)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        finalize=_harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=False,
    )


def _context(document: ReportDocument, language: Language) -> dict[str, Any]:
    voice = Voice(document, language)
    titles = {site.name: site.title for site in document.summary.sites}
    named = sorted({host.site for host in document.overview.hosts if host.site})
    sites = [site_label(site, titles.get(site, "")) for site in named]
    heading = [titles.get(site) or site for site in named]
    css, script = _read("report.css"), _read("report.js")
    elsewhere = sheet_groups(voice, shown_by_logs=False)
    hosts = document.overview.hosts
    return {
        "language": language,
        "policy": content_policy(css, script),
        "css": Markup(css),  # noqa: S704 - our own file
        "script": Markup(script),  # noqa: S704 - our own file
        "voice": voice,
        "say": voice.say,
        "name": voice.name,
        "pick": voice.pick,
        "title": voice.say("page.head_site", site=voice.catalogue.joined(heading))
        if sites
        else voice.say("page.title"),
        "sites": sites,
        "unassigned": next((row for row in document.summary.hosts_by_site if row.site is None), None),
        "zone": str(voice.zone),
        "signs": SIGNS,
        "summary": document.summary,
        "overview": document.overview,
        "known_hosts": sum(host.known for host in hosts),
        "judged": sum(behaviour.shown_by_logs for behaviour in document.behaviours),
        "answer": answer_view(voice),
        "blocks": matrix_blocks(voice),
        "unplaced": document.unplaced,
        "sheets": sheet_groups(voice, shown_by_logs=True),
        "elsewhere": [{"name": group.name, "sheets": group.sheets, "size": len(group.sheets)} for group in elsewhere],
        "ticks": time_axis(voice),
        "charts": host_charts(voice),
        "without_chart": hosts_without_chart(voice),
        "stretch_kinds": stretch_kinds(voice),
        "mark_kinds": mark_kinds(voice),
        "settings": setting_lines(voice),
        "steps": document.steps,
        **_silent(voice),
        **_findings(voice),
        **_limits(document),
    }


def _silent(voice: Voice) -> dict[str, Any]:
    hosts = [
        SilentHost(
            index=index,
            name=host.host,
            member=host.member,
            sightings=host.sightings,
            record=voice.record(host.sighted) if host.sighted else None,
            by=host.sighted.host if host.sighted else "",
        )
        for index, host in enumerate(voice.document.overview.hosts)
        if not host.known
    ]
    hosts.sort(key=lambda host: (not host.member, -host.sightings, host.name))
    left_out = max(len(hosts) - SILENT_SHOWN, 0) + voice.document.overview.unlisted_hosts
    return {"silent": hosts[:SILENT_SHOWN], "silent_left_out": left_out}


def _findings(voice: Voice) -> dict[str, Any]:
    document = voice.document
    found = document.summary.findings
    levels = [*reversed(LEVELS), *sorted(set(found) - set(LEVELS))]
    return {
        "groups": document.groups,
        "groups_left_out": document.groups_left_out,
        "lowest_level": document.lowest_level,
        "levels": [(level, found.get(level, 0)) for level in levels],
        "known_levels": frozenset(LEVELS),
        "titles": {behaviour.id: voice.pick(behaviour.title) for behaviour in document.behaviours},
    }


def _limits(document: ReportDocument) -> dict[str, Any]:
    rules = document.summary.rules
    return {
        "losses": document.losses,
        "losses_left_out": document.losses_left_out,
        "unknown_files": sorted(file.path for file in document.summary.inputs if file.source is None),
        "rules": rules,
        "able": able_rules(rules),
        "limit": LIST_LIMIT,
        "reasons": get_args(Reason),
    }
