"""Rules found and loaded: all that was given is accounted for, and the cache is never believed blindly."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from yadorigi.errors import NoRulesError, UsageError
from yadorigi.packs import load_rules as load_rules_module
from yadorigi.packs.find_rules import BUILTIN, find_rules
from yadorigi.packs.load_rules import compile_files, compiling_modules, load_rules
from yadorigi.query import literals
from yadorigi.settings import Settings

RULE = "title: {0}\nlogsource: {{product: windows}}\ndetection: {{a: {{A: '{0}'}}, condition: a}}\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache_folder=tmp_path / "cache")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "rules"
    (place / "inner").mkdir(parents=True)
    (place / "b.yml").write_text(RULE.format("b"), "utf-8")
    (place / "inner" / "a.YAML").write_text(f"{RULE.format('a1')}---\n{RULE.format('a2')}", "utf-8")
    (place / "readme.md").write_text("no rule", "utf-8")
    (place / "other.yml").write_text("id: no rule either\n", "utf-8")
    return place


def test_good_rules_load_beside_all_that_is_broken(folder: Path, settings: Settings) -> None:
    (folder / "c.yml").write_bytes(b"\xff\xfe")
    (folder / "d.yml").write_text("detection: {a: b", "utf-8")
    (folder / "e.yml").write_text(f"{RULE.format('e')}---\ndetection: {{}}\n---\n{RULE.format('f')}", "utf-8")
    (folder / "dangling.yml").symlink_to(folder / "nothing")
    rules = load_rules([str(folder)], settings)
    assert [rule.title for rule in rules.rules] == ["b", "e", "f", "a1", "a2"]
    assert [(Path(refused.path).name, refused.line) for refused in rules.refused] == [
        ("c.yml", None), ("d.yml", 2), ("dangling.yml", None), ("e.yml", 5),
    ]  # fmt: skip
    assert rules.given == 9


def test_the_order_in_which_paths_are_given_does_not_matter(folder: Path, settings: Settings) -> None:
    given = [str(folder / "inner"), str(folder / "b.yml"), f"{folder}/inner/../b.yml", f"{folder}//inner/."]
    forwards, backwards = load_rules(given, settings), load_rules(reversed(given), settings)
    assert forwards.rules == backwards.rules
    assert [rule.title for rule in forwards.rules] == ["b", "a1", "a2"]


def test_an_archive_is_a_folder(folder: Path, settings: Settings, tmp_path: Path) -> None:
    archive = tmp_path / "rules.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("../x/b.yml", RULE.format("b"))
        zipped.writestr("large.yml", b"#" * 5_000_000)
        zipped.writestr("x/readme.md", "no rule")
    rules = load_rules([str(archive)], settings)
    assert [(rule.title, rule.path) for rule in rules.rules] == [("b", f"{archive}!../x/b.yml")]
    assert ["over the limit" in refused.reason for refused in rules.refused] == [True]
    assert not (tmp_path / "x").exists()
    del folder


def test_damaged_archives_are_named(settings: Settings, tmp_path: Path) -> None:
    archive = tmp_path / "rules.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("a.yml", RULE.format("a"))
        zipped.writestr("b.yml", RULE.format("b") * 50)
    data = bytearray(archive.read_bytes())
    place = data.index(b"b.yml") + 5
    data[place : place + 20] = bytes(20)
    archive.write_bytes(data)
    rules = load_rules([str(archive)], settings)
    assert [rule.title for rule in rules.rules] == ["a"]
    assert "cannot be read from the archive" in rules.refused[0].reason
    archive.write_bytes(bytes(data[:40]))
    with pytest.raises(NoRulesError):
        load_rules([str(archive)], settings)


def test_what_is_too_large_is_named_or_refused(
    folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "large.yml").write_text("#" * 5_000_000, "utf-8")
    assert [refused.path for refused in load_rules([str(folder)], settings).refused] == [str(folder / "large.yml")]
    monkeypatch.setattr("yadorigi.packs.find_rules.RULES_BYTES_LIMIT", 100)
    with pytest.raises(UsageError, match="more than"):
        find_rules([str(folder)])
    monkeypatch.setattr("yadorigi.packs.find_rules.RULES_BYTES_LIMIT", 10**9)
    monkeypatch.setattr("yadorigi.packs.find_rules.RULE_FILES_LIMIT", 2)
    with pytest.raises(UsageError, match="more than"):
        find_rules([str(folder)])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_folder_is_named(folder: Path, settings: Settings) -> None:
    (folder / "inner").chmod(0)
    try:
        rules = load_rules([str(folder)], settings)
    finally:
        (folder / "inner").chmod(0o700)
    assert "folder cannot be read" in rules.refused[0].reason


@pytest.mark.parametrize("name", ["nothing", "x" * 5_000, "a\0b"])
def test_a_path_that_is_not_there(name: str, settings: Settings) -> None:
    with pytest.raises(UsageError, match="no such rule file"):
        load_rules([name], settings)


def test_not_one_rule(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoRulesError, match="0 given"):
        load_rules([str(tmp_path / "empty")], settings)
    (tmp_path / "bad.yml").write_text("detection: {}", "utf-8")
    with pytest.raises(NoRulesError, match=r"1 given.*bad\.yml"):
        load_rules([str(tmp_path / "bad.yml")], settings)


def test_the_shipped_packs_are_found_without_their_examples() -> None:
    paths = [rule_file.path for rule_file in find_rules([BUILTIN])]
    assert paths
    assert all(path.startswith("builtin/") and "/rules/" in path for path in paths)


def test_the_cache_gives_what_compiling_gives(folder: Path, settings: Settings) -> None:
    fresh, cached = load_rules([str(folder)], settings), load_rules([str(folder)], settings)
    assert (fresh.from_cache, cached.from_cache) == (False, True)
    assert (cached.rules, cached.refused) == (fresh.rules, fresh.refused)
    assert cached.rules == compile_files(find_rules([str(folder)]), settings).rules


def test_what_expressions_ask_for_is_known_from_the_cache(
    folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    pattern = r"ntds\.dit|vss.{1,9}shadow"
    (folder / "regex.yml").write_text(RULE.format(pattern).replace("A:", "A|re:"), "utf-8")
    load_rules([str(folder)], settings)
    told: dict[str, literals.Claims] = {}
    monkeypatch.setattr(literals, "_known_claims", told)
    expected = literals.bare_claims(pattern)
    assert load_rules([str(folder)], settings).from_cache
    assert told == {pattern: expected}
    assert expected


def test_whatever_changes_a_rule_changes_the_cache(folder: Path, settings: Settings) -> None:
    load_rules([str(folder)], settings)
    other = Settings(placeholders={"x": ("y",)}, cache_folder=settings.cache_folder)
    assert not load_rules([str(folder)], other).from_cache
    (folder / "b.yml").write_text(RULE.format("c"), "utf-8")
    assert not load_rules([str(folder)], settings).from_cache
    (folder / "b.yml").write_text(RULE.format("b"), "utf-8")
    assert load_rules([str(folder)], settings).from_cache


@pytest.mark.parametrize("damage", ["empty", "cut", "turned", "other"])
def test_a_damaged_cache_is_made_anew(folder: Path, settings: Settings, damage: str) -> None:
    fresh = load_rules([str(folder)], settings)
    (cache,) = (settings.cache_folder / "rules").iterdir()
    data = bytearray(cache.read_bytes())
    if damage == "turned":
        data[len(data) // 2] ^= 1
    cache.write_bytes({"empty": b"", "cut": bytes(data[:-9]), "turned": bytes(data), "other": b"\x80" * 99}[damage])
    again = load_rules([str(folder)], settings)
    assert not again.from_cache
    assert again.rules == fresh.rules
    assert load_rules([str(folder)], settings).from_cache


def test_a_cache_that_cannot_be_written_costs_time_only(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    assert load_rules([str(folder)], Settings(cache_folder=tmp_path / "file")).rules


def test_old_caches_are_thrown_away(folder: Path, settings: Settings) -> None:
    for number in range(12):
        (folder / "b.yml").write_text(RULE.format(number), "utf-8")
        load_rules([str(folder)], settings)
    assert len(list((settings.cache_folder / "rules").iterdir())) == 8


def test_all_code_that_compiling_imports_is_part_of_the_caches_name() -> None:
    program = (
        "import sys, yadorigi.packs.load_rules, yadorigi.languages.sigma.compile, yadorigi.languages.sigma.documents\n"
        "for name, module in sorted(sys.modules.items()):\n"
        "    if name.startswith('yadorigi.') and not hasattr(module, '__path__'): print(name)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    imported = {name.removeprefix("yadorigi.").replace(".", "/") + ".py" for name in said.split()}
    assert "languages/sigma/lower.py" in imported
    assert imported - {name for name, _ in compiling_modules()} == set()


def test_a_change_of_that_code_leads_to_another_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    changed = tmp_path / "lower.py"
    changed.write_text("# changed", "utf-8")
    modules = compiling_modules()
    before = load_rules_module._compiling_code.__wrapped__()
    replaced = [(name, changed if name.endswith("/lower.py") else module) for name, module in modules]
    monkeypatch.setattr(load_rules_module, "compiling_modules", lambda: replaced)
    assert load_rules_module._compiling_code.__wrapped__() != before


def test_a_number_of_any_size_can_be_kept(tmp_path: Path, settings: Settings) -> None:
    rule = "logsource: {product: windows}\ndetection: {s: {A|gt: 1e300, B|lt: -1e300}, condition: s}\n"
    (tmp_path / "large.yml").write_text(rule, encoding="utf-8")
    assert load_rules([str(tmp_path / "large.yml")], settings).loaded == 1
