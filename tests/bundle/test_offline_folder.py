"""What lies in the folder that is carried in."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tools.bundle.carried_text import CARRIED, page, script, start_of
from tools.bundle.licences import INDEX, licences_of
from tools.bundle.locked import ROOT
from tools.bundle.offline_folder import Parts, archive, files_below
from tools.bundle.targets import TARGETS

LINK = re.compile(r"\]\(([^)\s]+)\)")
SOURCE = re.compile(r"\.(py|toml|yml|txt|sh)$|/(src|tests|content|packages|tools)\b|/$|CONTRIBUTING|CHANGELOG|tasks")


def test_everything_is_listed_with_its_hash(unpacked: Path) -> None:
    done = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=unpacked, check=False)
    assert done.returncode == 0
    lines = (unpacked / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    listed = [line.partition("  ")[2] for line in lines]
    assert listed == sorted(listed, key=lambda name: Path(name).parts)
    assert set(listed) == {path.relative_to(unpacked).as_posix() for path in files_below(unpacked)} - {"SHA256SUMS"}


def test_the_results_are_listed_as_well(made: Mapping[str, Path]) -> None:
    done = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=made["zip"].parent, check=False)
    assert done.returncode == 0


def test_a_partial_bundle_says_so(made: Mapping[str, Path], parts: Parts) -> None:
    (target,) = parts.targets
    assert made["folder"].name.endswith(f"-offline-{target.name}")
    assert made["pyz"].name.endswith(f"-{target.name.partition('-')[2]}.pyz")


def test_what_is_needed_to_read_and_to_try_is_there(unpacked: Path) -> None:
    for name in ("README.md", "README.ja.md", "LICENSE", "NOTICE", "sbom.cdx.json", "docs/how-to/hunt.md"):
        assert (unpacked / name).stat().st_size > 0
    sample = ROOT / "samples" / "two-sites"
    assert [path.relative_to(sample) for path in files_below(sample)] == [
        path.relative_to(unpacked / "samples" / "two-sites") for path in files_below(unpacked / "samples" / "two-sites")
    ]


def test_links_lead_somewhere_or_to_source_code(unpacked: Path) -> None:
    lost = []
    for document in unpacked.rglob("*.md"):
        for link in LINK.findall(document.read_text(encoding="utf-8")):
            there = (document.parent / link.partition("#")[0]).exists()
            if not re.match(r"[a-z]+:|#", link) and not there and not SOURCE.search(link):
                lost.append(f"{document.relative_to(unpacked)}: {link}")
    assert lost == []


def test_texts_are_whole(unpacked: Path) -> None:
    for name in ("README.md", "README.ja.md", "install.sh", "installer/__main__.py"):
        assert not re.search(r"@[A-Z]+@", (unpacked / name).read_text(encoding="utf-8")), name


def test_both_languages_say_the_same() -> None:
    """The same sections, tables and commands; only the words differ."""
    english, japanese = (page(name, "9.9.9", TARGETS).decode() for name in ("README.md", "README.ja.md"))
    for pattern in (
        r"^#+",
        r"^\| `[^|]+",
        r"`[^`\n]+`",
        r"\]\(docs/[^)]+\)",
        r"^(?:sh |install\.bat|Linux: |Windows: ).{12}",
    ):
        flags = re.MULTILINE
        assert set(re.findall(pattern, english, flags)) == set(re.findall(pattern, japanese, flags)), pattern
    assert len(re.findall(r"^#", english, re.MULTILINE)) == len(re.findall(r"^#", japanese, re.MULTILINE))


def test_the_script_for_windows_has_the_line_ends_of_windows() -> None:
    text = script("install.bat", TARGETS)
    assert text.count(b"\n") == text.count(b"\r\n") > 0
    assert b"3.13 3.12 3.11" in text
    assert text.isascii()


def test_the_first_file_is_understood_by_the_oldest_python(parts: Parts) -> None:
    """So that an old Python says what it lacks instead of a syntax error."""
    text = start_of("install", parts.targets)
    assert re.search(r"\bf\"|->|:=|from __future__", text) is None
    assert text.index("sys.exit") < text.index("carried")


def test_the_carried_modules_need_nothing_that_is_not_python() -> None:
    modules = "\n".join(path.read_text(encoding="utf-8") for path in CARRIED.glob("*.py"))
    imported = set(re.findall(r"^(?:import|from) ([a-z_]+)", modules, re.MULTILINE))
    assert imported <= set(sys.stdlib_module_names)


def test_licences_are_there_for_every_wheel(unpacked: Path, parts: Parts) -> None:
    index = (unpacked / "licences" / INDEX).read_text(encoding="utf-8")
    titles = {path.name for path in (unpacked / "licences").iterdir() if path.is_dir()}
    for file in (*(wheel.file for wheel in parts.wheels), parts.pip.name):
        title = "-".join(file.split("-")[:2])
        line = next(line for line in index.splitlines() if line.lower().startswith(f"{title.lower()}: "))
        assert not line.endswith(": not stated")
        assert title.lower() in {each.lower() for each in titles} or line.endswith("carries no licence file)")


def wheel_with(folder: Path, name: str, files: Mapping[str, str]) -> Path:
    with zipfile.ZipFile(folder / name, "w") as wheel:
        for place, text in files.items():
            wheel.writestr(place, text)
    return folder / name


def test_licences_that_differ_by_system_are_both_kept(tmp_path: Path) -> None:
    metadata = {"x-1.dist-info/METADATA": "Name: x\nLicense-Expression: MIT\n\nLicense: none\n"}
    one = wheel_with(tmp_path, "x-1-a.whl", {**metadata, "x-1.dist-info/licenses/LICENSE": "one"})
    two = wheel_with(tmp_path, "x-1-b.whl", {**metadata, "x-1.dist-info/LICENSE": "two", "x/LICENSE": "inside"})
    texts = licences_of([two, one])
    assert texts.pop(INDEX).endswith(b"\nx-1: MIT\n")
    assert texts == {"x-1/LICENSE": b"one", "x-1/x-1-b/LICENSE": b"two"}


@pytest.mark.parametrize("name", ["../LICENSE", "licenses/../../LICENSE", "licenses/a\\LICENSE", "licenses/C:LICENSE"])
def test_a_licence_cannot_leave_its_folder(name: str, tmp_path: Path) -> None:
    files = {"x-1.dist-info/METADATA": "Name: x\nLicense: BSD\n", f"x-1.dist-info/{name}": "text"}
    texts = licences_of([wheel_with(tmp_path, "x-1-a.whl", files)])
    assert list(texts) == [INDEX]
    assert b"x-1: BSD (the package carries no licence file)" in texts[INDEX]


def test_the_same_folder_gives_the_same_archive(unpacked: Path, made: Mapping[str, Path], tmp_path: Path) -> None:
    """Times, modes and the order of the file system do not count."""
    for path in files_below(unpacked):
        path.touch()
    again = tmp_path / "again.zip"
    renamed = tmp_path / made["folder"].name
    renamed.symlink_to(unpacked, target_is_directory=True)
    archive(renamed, again)
    assert again.read_bytes() == made["zip"].read_bytes()
