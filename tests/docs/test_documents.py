"""The documents say what is true: links lead somewhere, named files and functions exist, pages follow the code."""

from __future__ import annotations

import dataclasses
import importlib.util
import inspect
import re
import shlex
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import msgspec
import pytest
from typer.main import get_command

from yadorigi.app import case_folder, keep_coverage, report_case
from yadorigi.cli import exit_codes
from yadorigi.cli.verbs import app
from yadorigi.reports.lines import CSV_COLUMNS
from yadorigi.schema import coverage, finding, stated_log, summary, verdict, warning
from yadorigi.schema.sites import Site
from yadorigi.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "yadorigi"
DOCS = ROOT / "docs"
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *DOCS.rglob("*.md"),
        *ROOT.glob("packages/*/README.md"),
        ROOT / "samples" / "two-sites" / "README.md",
        ROOT / "benchmarks" / "honesty" / "README.md",
    ]
)
BASES = (ROOT, PACKAGE, PACKAGE / "content", PACKAGE / "content" / "packs" / "living_off_the_land")
"""Where a path in a document may begin."""

LINK = re.compile(r"\]\(([^)\s]+)\)")
PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)*\.(?:py|toml|md|json|yml|txt)|[\w.-]+(?:/[\w.-]+)*/)`")
NAMED_IN = re.compile(r"`([\w/]+\.py)`,\s+`([A-Za-z_]\w*(?:\.(?!py`)\w+)?)`")
CONSTANT = re.compile(r"`([A-Z]+(?:_[A-Z]+)+)`")
CASE_FILES = frozenset(
    {case_folder.FINDINGS, case_folder.WARNINGS, case_folder.SUMMARY, case_folder.TIMELINE, case_folder.VERDICTS}
    | {keep_coverage.COVERAGE, *report_case.REPORTS, *report_case.LAYERS}
)
WRITTEN = CASE_FILES | {
    "yadorigi.toml", "events.jsonl", "client_info.json", "vault/", "lake/", "hunts/", "build/", "sbom.raw.json",
    "sigma/rules/windows/",
}  # fmt: skip
"""Files that the program or its user makes."""


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    return re.sub(r"^```.*?^```", "", text_of(page), flags=re.DOTALL | re.MULTILINE)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def module_at(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"loaded_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_lead_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(prose_of(page)) if not re.match(r"[a-z]+:|#", link)]
    assert [link for link in links if not (page.parent / link.partition("#")[0]).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_into_pages_lead_to_a_heading(page: Path) -> None:
    links = [link.partition("#") for link in LINK.findall(prose_of(page)) if not re.match(r"[a-z]+:", link)]
    lost = [
        f"{place}#{heading}"
        for place, _, heading in links
        if heading and heading not in headings_of(page.parent / place if place else page)
    ]
    assert lost == []


def headings_of(page: Path) -> set[str]:
    """Return what GitHub calls the headings of a page in links."""
    titles = re.findall(r"^#+ (.+)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_named_files_exist(page: Path) -> None:
    # What lies in `build/` is made by commands, and need not be there; nor what a walk through makes.
    named = {
        path
        for path in PATH.findall(prose_of(page))
        if path not in WRITTEN and not path.startswith("build/") and "example_gateway" not in path
    }
    # A plain name without a folder may be meant in any folder.
    anywhere = {path.name for base in (ROOT / "tests", PACKAGE, DOCS, ROOT / "samples") for path in base.rglob("*.*")}
    folders = {path.name for base in (ROOT / "tests", PACKAGE) for path in base.rglob("*") if path.is_dir()}
    lost = [
        path
        for path in sorted(named)
        if not any((base / path).exists() for base in (*BASES, page.parent))
        and not ("/" not in path and path in anywhere)
        and not (path.endswith("/") and path.strip("/") in folders)
    ]
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_functions_named_with_their_file_are_in_it(page: Path) -> None:
    for path, name in NAMED_IN.findall(prose_of(page)):
        file = next((base / path for base in BASES if (base / path).is_file()), None)
        assert file is not None, path
        assert re.search(rf"\b(def|class) {name.rpartition('.')[2]}\b", text_of(file)), f"{path} has no {name}"


def test_constants_named_in_documents_are_in_the_code() -> None:
    files = [*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py"), ROOT / "tasks.py"]
    code = "\n".join(map(text_of, files))
    for page in PAGES:
        for name in CONSTANT.findall(prose_of(page)):
            assert re.search(rf"\b{name}\b", code), f"{name_of(page)} names {name}"


def test_the_two_commands_of_the_readme_are_chores() -> None:
    block = re.search(r"```sh\n(.*?)```", text_of(ROOT / "README.md"), re.DOTALL)
    assert block is not None
    chores = re.findall(r"^python3 tasks\.py (\w+)", block.group(1), re.MULTILINE)
    assert chores == ["sample", "test"]
    assert set(re.findall(r"python3 tasks\.py (\w+)", "\n".join(map(text_of, PAGES)))) <= chores_of_tasks()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_of_documents_can_be_given(page: Path) -> None:
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```", text_of(page), re.DOTALL | re.MULTILINE))
    lines = [line for line in blocks.splitlines() if re.match(r"(\.venv/bin/)?yadorigi ", line)]
    assert [line for line in lines if not can_be_given(shlex.split(re.split(r" [>|] ", line)[0], comments=True))] == []


def can_be_given(words: list[str]) -> bool:
    """Say whether a command line has a verb and options that there are; whatever the options need is not looked at."""
    command: Any = get_command(app)
    rest = words[1:]
    while hasattr(command, "commands"):
        if not rest or rest[0] not in command.commands:
            return rest in (["--help"], ["--version"])
        command, rest = command.commands[rest[0]], rest[1:]
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    return {word for word in rest if word.startswith("-")} <= known | {"-h", "--help"}


def chores_of_tasks() -> set[str]:
    chores = re.search(r"for chore in \(([\w, ]+)\)", text_of(ROOT / "tasks.py"))
    assert chores is not None
    return set(chores.group(1).split(", "))


def test_exit_codes_of_the_readme_are_the_programs() -> None:
    codes = {value for value in vars(exit_codes).values() if isinstance(value, int)}
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", text_of(ROOT / "README.md"), re.MULTILINE)}
    assert listed == codes


@pytest.mark.parametrize("script", sorted(DOCS.glob("reference/make_*.py")), ids=name_of)
def test_a_page_that_is_made_is_in_step(script: Path) -> None:
    maker = module_at(script)
    assert text_of(maker.PAGE) == maker.page(), "run: python3 tasks.py docs"


def test_the_chore_makes_all_that_is_made() -> None:
    made = re.search(r"^MADE = \((.*?)\)$", text_of(ROOT / "tasks.py"), re.DOTALL | re.MULTILINE)
    assert made is not None
    assert sorted(re.findall(r'"(.+?)"', made.group(1))) == sorted(
        map(name_of, [*DOCS.rglob("make_*.py"), *(ROOT / "tools").glob("make_*.py")])
    )


def test_every_key_of_the_case_folder_is_described() -> None:
    page = text_of(DOCS / "reference" / "case-folder.md")
    structs = [
        entry
        for module in (finding, summary, warning, verdict, coverage, stated_log)
        for entry in vars(module).values()
        if inspect.isclass(entry) and issubclass(entry, msgspec.Struct) and entry is not msgspec.Struct
    ]
    keys = {name for entry in structs for name in entry.__struct_encode_fields__} | set(CSV_COLUMNS)
    assert [key for key in sorted(keys) if f"`{key}`" not in page] == []
    levels = (*finding.LEVELS, finding.UNDEFINED_LEVEL)
    assert [level for level in levels if f"`{level}`" not in page] == []
    assert [answer for answer in verdict.ANSWERS if f"`{answer}`" not in page] == []


def test_every_file_of_the_case_folder_is_described() -> None:
    page = text_of(DOCS / "reference" / "case-folder.md")
    assert [name for name in sorted(CASE_FILES) if f"`{name}`" not in page] == []


def test_every_reason_is_explained_where_verdicts_are_read() -> None:
    page = text_of(DOCS / "how-to" / "read-a-verdict.md")
    listed = re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", page, re.MULTILINE)
    assert set(listed) - {"reason"} == {*get_args(verdict.Reason), *verdict.ANSWERS}


def test_every_setting_is_described() -> None:
    page = text_of(DOCS / "reference" / "settings.md")
    settings = {entry.name for entry in dataclasses.fields(Settings)} - {"path"}
    settings |= {*Site.__struct_fields__} - {"name"}
    settings = {"vault" if name == "vault_folder" else name for name in settings}  # the file has tables
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == settings


def test_decision_records_are_numbered_and_say_their_status() -> None:
    records = sorted((DOCS / "adr").glob("*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        assert text_of(record).startswith(f"# {record.name[:4]}: ")
        assert re.search(r"^Status: (accepted|replaced by \[\d{4}\])", text_of(record), re.MULTILINE), record.name
