"""Rules, settings and cases that are not as they should be, by the lines of docs/reference/damage.md."""

from __future__ import annotations

import pytest

from tests.damage.scene import RULE, Scene, check_words, json_line

_BROKEN = {
    "syntax": "title: [unclosed\nlogsource: {\n",
    "key": RULE.replace("level: high", "level: high\nlevel: low"),
    "modifier": RULE.replace("|contains", "|contians"),
    "deep": "title: deep\ndetection: " + "[" * 5_000 + "]" * 5_000 + "\n",
    "bomb": "a: &a [x, x]\n"
    + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9))
    + "title: bomb\ndetection: {selection: *j, condition: selection}\nlogsource: {product: windows}\n",
    "binary": "\0\1\2\3",
    "regex": RULE.replace("CommandLine|contains: ntdsutil", "CommandLine|re: '(unclosed'"),
}


def refused(scene: Scene, name: str) -> dict[str, str]:
    """Hunt with a broken rule beside a sound one, both ways; return what is said of the broken one."""
    bad = scene.folder / f"{name}.yml"
    bad.write_text(_BROKEN[name].replace("title: ntdsutil", f"title: {name}"), encoding="utf-8")
    scene.rules.append(bad)
    run = scene.hunt(code=0)
    rules = run.summary["rules"]
    assert (rules["loaded"], len(rules["unsupported"])) == (1, rules["given"] - 1)
    assert rules["given"] == 2
    strict = scene.run(scene.arguments("--strict", "--force"))
    assert strict.code == 2
    assert "--strict: 1 rules could not be loaded" in strict.err
    check_words(strict)
    alone = scene.run(
        [*scene.arguments()[:4], str(scene.evidence), "--rules", str(bad), "--case", str(scene.folder / "x")]
    )
    assert alone.code == 2
    assert "not one rule could be loaded" in alone.err
    check_words(alone)
    found: dict[str, str] = rules["unsupported"][0]
    assert found["reason"]
    return found


def test_a_rule_with_a_syntax_error(scene: Scene) -> None:
    assert "no YAML" in refused(scene, "syntax")["reason"]


def test_a_rule_with_a_key_twice(scene: Scene) -> None:
    assert "key 'level' occurs twice" in refused(scene, "key")["reason"]


def test_a_rule_with_an_unknown_modifier(scene: Scene) -> None:
    assert "contians" in refused(scene, "modifier")["reason"]


def test_a_rule_that_nests_too_deeply(scene: Scene) -> None:
    assert "nested deeper" in refused(scene, "deep")["reason"]


def test_a_rule_that_is_a_yaml_bomb(scene: Scene) -> None:
    assert "alias" in refused(scene, "bomb")["reason"]


def test_a_rule_that_is_no_text(scene: Scene) -> None:
    assert refused(scene, "binary")["reason"]


def test_a_rule_with_a_broken_expression(scene: Scene) -> None:
    assert refused(scene, "regex")["reason"]


def test_a_rule_with_a_catastrophic_expression(scene: Scene) -> None:
    """One that runs in linear time all the same, and one that needs going back and is stopped by the clock."""
    for name, pattern in (("linear", "^(a+)+b$"), ("going-back", "(?!b)(a+)+(c|d)$")):
        rule = scene.folder / f"{name}.yml"
        text = RULE.replace("CommandLine|contains: ntdsutil", f"CommandLine|re: '{pattern}'")
        rule.write_text(
            text.replace("title: ntdsutil", f"title: {name}").replace("000001", "00000" + name[0]), encoding="utf-8"
        )
        scene.rules.append(rule)
    scene.put("x.jsonl", (json_line(9).replace("ntdsutil 9", "a" * 9_000) + "\n").encode())
    run = scene.hunt(code=0)
    (notice,) = run.warnings
    assert notice["kind"] == "notice"
    assert "hit its time limit 1 times" in notice["reason"]
    assert not [finding for finding in run.findings if finding["title"] in {"linear", "going-back"}]


def test_an_empty_rule_folder(scene: Scene) -> None:
    empty = scene.folder / "no rules"
    empty.mkdir()
    scene.rules[:] = [empty]
    run = scene.run(scene.arguments())
    assert run.code == 2
    assert "not one rule could be loaded (0 given)" in run.err
    check_words(run)


def test_rules_that_are_not_there(scene: Scene) -> None:
    scene.rules[:] = [scene.folder / "gone"]
    run = scene.run(scene.arguments())
    assert (run.code, "gone" in run.err) == (2, True)
    check_words(run)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("cache_folder = [", "settings file"),
        ("unknown = 1", "unknown setting 'unknown'"),
        ('cache_folder = "~nobody-of-that-name/x"', "no such user"),
        ('cache_folder = "a\\u0000b"', "is no path"),
        ("a = " + "[" * 5_000, "nested too deeply"),
        ("\ufffe", "settings file"),
    ],
)
def test_a_broken_settings_file(scene: Scene, content: str, said: str) -> None:
    settings = scene.folder / "settings.toml"
    settings.write_text(content, encoding="utf-8")
    run = scene.run(scene.arguments("--settings", settings))
    assert run.code == 2
    assert said in run.err
    check_words(run)


def test_a_case_that_is_none(scene: Scene) -> None:
    scene.case.mkdir()
    mine = scene.case / "mine.txt"
    mine.write_text("mine", encoding="utf-8")
    run = scene.run(scene.arguments("--force"))
    assert (run.code, [path.name for path in scene.case.iterdir()]) == (2, ["mine.txt"])
    check_words(run)


def test_a_broken_case(scene: Scene) -> None:
    scene.hunt(code=0)
    for name in ("summary.json", "warnings.jsonl", "findings.jsonl"):
        whole = (scene.case / name).read_bytes()
        (scene.case / name).write_bytes(b"{broken\n" + whole)
        run = scene.run(scene.arguments())
        assert run.code == 2, (name, run.err)
        assert "--force" in run.err
        check_words(run)
        (scene.case / name).write_bytes(whole)
    scene.hunt(code=0)
