"""The page of a case: its structure, what it forbids itself, and that no text of a log acts in it."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import msgspec
import pytest

from tests.reports.page_reader import Element, read_page
from tests.reports.report_case import a_summary, an_overview, content, document, hostile_document
from yadorigi.reports.cells import UNSAFE
from yadorigi.reports.page.gather import CaseParts, report_document
from yadorigi.reports.page.matrix_blocks import BLOCK_HOSTS
from yadorigi.reports.page.write import write_report
from yadorigi.schema.behaviour import Language
from yadorigi.schema.overview import CaseOverview
from yadorigi.schema.sites import Site
from yadorigi.schema.summary import SiteSummary
from yadorigi.schema.verdict import ANSWERS

if TYPE_CHECKING:
    from yadorigi.schema.report import ReportDocument

GOLDEN = Path(__file__).parent / "page"
LANGUAGES: tuple[Language, ...] = get_args(Language)
SECTIONS = ("answer", "matrix", "coverage", "settings", "findings", "limits", "glossary")


def written(document: ReportDocument, language: Language = "en") -> str:
    stream = io.StringIO()
    write_report(stream, document, language)
    return stream.getvalue()


@cache
def page(language: Language = "en", hosts: int = 6) -> Element:
    return read_page(written(document(hosts), language))


def section_lines(language: Language, section: str) -> str:
    """Return what a section says, without what to do: those words are content of their own."""
    part = page(language).by_id(section)
    todo = {line for one in part.by_class("today") for line in one.lines()}
    return "".join(f"{line}\n" for line in part.lines() if line not in todo)


@cache
def hostile_text(language: Language) -> str:
    return written(hostile_document(), language)


def empty() -> ReportDocument:
    parts = CaseParts(
        a_summary(), CaseOverview("2026-03-01T00:00:00.0000000Z", "2026-03-01T00:00:00.0000000Z"), (), (), ()
    )
    return report_document(parts, behaviours=content(9))


@pytest.mark.parametrize("language", LANGUAGES)
def test_sections_come_in_the_order_of_who_reads_them(language: Language) -> None:
    root = page(language)
    assert [one.attributes["id"] for one in root.every("section")] == list(SECTIONS)
    assert root.every("html")[0].attributes["lang"] == language
    assert [one.attributes["href"] for one in root.every("nav")[0].every("a")] == [f"#{name}" for name in SECTIONS]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("hosts", [1, 6, BLOCK_HOSTS + 1])
def test_every_link_leads_to_one_place_of_the_page(language: Language, hosts: int) -> None:
    root = page(language, hosts)
    ids = [one.attributes["id"] for one in root.every() if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    named = [one.attributes["href"] for one in root.every() if "href" in one.attributes and one.tag != "link"]
    named += [f"#{found}" for one in root.every() for found in re.findall(r"url\(#([^)]+)\)", str(one.attributes))]
    assert {name[1:] for name in named} <= set(ids)
    assert all(name.startswith("#") for name in named)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("hostile", [False, True])
def test_the_page_loads_nothing_and_runs_only_what_it_names(language: Language, *, hostile: bool) -> None:
    text = hostile_text(language) if hostile else written(document(), language)
    root = read_page(text)
    (policy,) = (one.attributes["content"] for one in root.every("meta") if "http-equiv" in one.attributes)
    for tag in ("style", "script"):
        (element,) = root.every(tag)
        digest = base64.b64encode(hashlib.sha256(element.text().encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    rest = {"default-src 'none'", "img-src data:", "base-uri 'none'", "form-action 'none'"}
    assert {part.strip() for part in policy.split(";") if "sha256" not in part} == rest
    for element in root.every():
        assert "style" not in element.attributes
        assert not [name for name in element.attributes if name.startswith("on")]
        assert "src" not in element.attributes
        assert element.tag not in {"img", "iframe", "object", "embed", "form", "base", "foreignobject", "animate"}
    icon = [one.attributes["href"] for one in root.every("link")]
    assert icon == ["data:,"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_text_is_shown_and_does_nothing(language: Language) -> None:
    text = hostile_text(language)
    text.encode()
    assert not UNSAFE.search(text)
    root = read_page(text)
    plain = read_page(written(document(4, 20), language))
    tags = [one.tag for one in root.every()]
    # Text of logs adds no element: the same case with harmless text has the same ones.
    assert tags == [one.tag for one in plain.every()]
    shown = root.by_id("findings").text()
    for part in ("<script>", "onerror=", "{{7*7}}", "\\x1b[2J", "\\u202e", "\\u200b", "\\ud800", "\\x00", "&lt;"):
        assert part in shown
    assert "49" not in re.findall(r"\d+", root.by_id("findings").text())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_answer_depends_on_colour(language: Language) -> None:
    root = page(language)
    signs = {"c-observed": "●", "c-not_observed": "○", "c-cannot_tell": "?", "c-impossible": "·", "c-absent": "-"}
    cells = [cell for row in root.by_class("row") for cell in row.every("td")]
    assert cells
    for cell in cells:
        assert cell.text() == signs[cell.attributes["class"].split()[0]]
        assert cell.attributes["title"]


def test_the_matrix_has_each_behaviour_and_each_host_with_logs() -> None:
    known = document(BLOCK_HOSTS + 3)
    root = page("en", BLOCK_HOSTS + 3)
    blocks = root.by_class("block")
    assert [len(block.every("thead")[0].by_class("host")) for block in blocks] == [BLOCK_HOSTS, 3]
    wanted = [one.id for one in known.behaviours if one.shown_by_logs]
    for block in blocks:
        rows = [row.every("a")[0].attributes["href"][3:] for row in block.by_class("row")]
        assert sorted(rows) == sorted(wanted)
    assert "open" in blocks[0].attributes
    assert "open" not in blocks[1].attributes


def test_the_numbers_above_are_those_of_the_matrix() -> None:
    root = page()
    cells = [cell.attributes["class"].split()[0] for row in root.by_class("row") for cell in row.every("td")]
    for answer in ANSWERS:
        (count,) = (one for one in root.by_class("count") if answer in one.attributes["class"].split())
        number = count.by_class("number")[0].text().split()[-1].replace(",", "")
        assert int(number) == cells.count(f"c-{answer}")


def test_a_split_cell_is_marked_and_says_so() -> None:
    marked = [cell for row in page().by_class("row") for cell in row.by_class("split")]
    assert marked
    assert all("differs within the period" in cell.attributes["title"] for cell in marked)


def test_bars_lie_within_the_chart_and_no_gap_is_too_small_to_see() -> None:
    bars = [one for table in page().by_class("logs") for one in table.every("rect")]
    assert bars
    for bar in bars:
        x, width = float(bar.attributes["x"]), float(bar.attributes["width"])
        assert 0 <= x <= x + width <= 1000.1
        assert width > 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_case_without_hosts_says_that_nobody_can_tell(language: Language) -> None:
    root = read_page(written(empty(), language))
    words = {"en": "nobody can tell", "ja": "判定できない"}
    assert words[language] in root.by_class("verdict")[0].text()
    assert not root.by_class("row")


@pytest.mark.parametrize(
    ("levels", "state"), [(("high",), "observed"), (("low", "informational"), "weak"), ((), "open")]
)
def test_the_first_sentence_goes_by_what_was_observed(levels: tuple[str, ...], state: str) -> None:
    known = document(2, 20)
    number = iter(range(1_000))
    cells = []
    for cell in known.cells:
        part = cell.parts[0]
        place = next(number)
        changed = msgspec.structs.replace(part, verdict="cannot_tell", reason="hole", level="")
        if place < len(levels):
            changed = msgspec.structs.replace(part, verdict="observed", reason=None, level=levels[place])
        cells.append(msgspec.structs.replace(cell, parts=(changed,)))
    root = read_page(written(msgspec.structs.replace(known, cells=tuple(cells))))
    assert root.by_class("verdict")[0].attributes["class"] == f"verdict {state}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", ["answer", "limits"])
def test_a_section_reads_as_it_did(language: Language, section: str) -> None:
    assert section_lines(language, section) == (GOLDEN / f"{section}.{language}.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ("Sites: 本社 (honsha), s<b>", "Of no site (unassigned): 1 host, 7 events", "unassigned/HOST002")),
        (
            "ja",
            (
                "拠点: 本社 (honsha)、s<b>",
                "拠点未割り当て (unassigned): ホスト 1 台、イベント 7 件",
                "拠点なし/HOST002",
            ),
        ),
    ],
)
def test_sites_are_told_and_what_has_none(language: Language, told: tuple[str, ...]) -> None:
    parts = document(3)
    sites = dict(enumerate(("honsha", "s<b>")))
    hosts = [msgspec.structs.replace(host, site=sites.get(place)) for place, host in enumerate(parts.overview.hosts)]
    shown = msgspec.structs.replace(
        parts,
        overview=msgspec.structs.replace(parts.overview, hosts=tuple(hosts)),
        summary=msgspec.structs.replace(
            parts.summary,
            sites=(Site("honsha", "本社", ("x",)), Site("s<b>", "", ("y",))),
            hosts_by_site=(SiteSummary("honsha", 1, 9), SiteSummary("s<b>", 1, 9), SiteSummary(None, 1, 7)),
        ),
    )
    text = "\n".join(read_page(written(shown, language)).lines())
    assert [one for one in told if one not in text] == []


def test_every_golden_text_is_used() -> None:
    names = {path.name for path in GOLDEN.iterdir()}
    assert names == {f"{section}.{language}.txt" for section in ("answer", "limits") for language in LANGUAGES}


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "-12:00"])
@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("", ""),
        ("0001-01-01T00:00:00.0000000Z", "9999-12-31T23:59:59.9999999Z"),
        ("1601-01-01T00:00:00.0000000Z", "2026-03-12T00:00:00.0000000Z"),
        ("2026-03-12T00:00:00.0000000Z", "2026-03-12T00:00:00.0000001Z"),
        ("2026-03-12T00:00:00.0000000Z", "2026-03-01T00:00:00.0000000Z"),
    ],
)
def test_any_period_can_be_shown(since: str, until: str, zone: str) -> None:
    known = document(2, 10)
    overview = msgspec.structs.replace(known.overview, since=since, until=until)
    root = read_page(written(msgspec.structs.replace(known, overview=overview, zone=zone)))
    for shape in root.by_id("coverage").every():
        for name in ("x", "width"):
            value = shape.attributes.get(name, "0")
            assert value.endswith("%") or 0 <= float(value) <= 1000
    ticks = [axis for axis in root.by_class("axis") if axis.every("text")]
    assert all(len(axis.every("text")) <= 11 for axis in ticks)


def test_hosts_without_logs_are_told_once_under_each_behaviour() -> None:
    for sheet in page().by_class("sheet"):
        assert sheet.text().count("Nobody can tell of 2 hosts without logs of their own.") == 1
        assert "FS0" not in sheet.text()


def test_hosts_without_logs_are_named_by_themselves() -> None:
    overview = an_overview(3, silent=2)
    text = page("en", 3).by_id("coverage").text()
    for host in overview.hosts:
        assert host.host in text or host.host.split(".")[0] in text
    assert "5 computers of which nothing was collected" in text
    assert "3 more are not listed here." in text
