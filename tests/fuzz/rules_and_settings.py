"""The readers of what a user writes, or gets from others: Sigma rules, and the settings file."""

from __future__ import annotations

import contextlib
import os
import textwrap
from pathlib import Path
from random import Random
from typing import Any, Final

import yaml

import yadorigi
from tests.fuzz.findings import Seeds, Target, require
from tests.fuzz.mutations import TEXT, mutated
from yadorigi.errors import UsageError
from yadorigi.packs.find_rules import RuleFile
from yadorigi.packs.load_rules import compile_files
from yadorigi.settings import Settings, read_settings

_PACKS: Final = Path(yadorigi.__file__).parent / "content" / "packs"
_SETTINGS: Final = Settings(placeholders={"admins": ("root", "adm*"), "servers": ("dc01",)})
_RULES: Final = (
    """
    title: one
    id: 11111111-2222-4333-8444-555555555555
    status: test
    level: high
    tags: [attack.t1003.003, attack.credential-access]
    logsource: {product: windows, category: process_creation}
    detection:
      selection_one:
        Image|endswith: ['\\\\ntdsutil.exe', '\\\\vssadmin.exe']
        CommandLine|contains|all: [ac i ntds, ifm]
      selection_two: {CommandLine|re: '(?i)create\\s+full', User|expand: '%admins%'}
      keywords: ['mimikatz', '*sekurlsa*']
      filter: {ParentImage|startswith: 'C:\\Windows\\', IntegrityLevel: null}
      condition: (1 of selection_* or keywords) and not filter
    """,
    """
    title: two
    logsource: {product: windows, service: security}
    detection:
      selection: {EventID: [4624, 4625], IpAddress|cidr: 10.0.0.0/8, LogonType|gte: 3}
      time: {Hour|lt: 6, Data|base64offset|contains: 'IEX', X|fieldref: Y, Z|exists: true, W|windash|contains: ' -enc'}
      condition: selection and all of them
    ---
    title: three
    logsource: {product: windows, service: system}
    detection: {a: {EventID: 7045, Provider_Name|cased: 'Service Control Manager'}, condition: a}
    ---
    title: four
    name: four
    logsource: {product: windows}
    detection:
      a: &a [{EventID: 1, X: [1, 2.5, 'a?b*']}, {Y|wide|base64: x}]
      b: *a
      condition: not a and b
    """,
    """
    title: many logons
    correlation:
      type: event_count
      rules: [one, two]
      group-by: [User, IpAddress]
      timespan: 5m
      condition: {gte: 10}
      aliases: {who: {one: User, two: SubjectUserName}}
    ---
    title: spread
    correlation: {type: value_count, rules: one, group-by: [User], timespan: 1h, condition: {field: Computer, gt: 3}}
    ---
    title: order
    correlation: {type: temporal_ordered, rules: [one, two], timespan: 10m, generate: true}
    ---
    title: not ours
    filter: {rules: [one], selection: {User: svc}, condition: not selection}
    logsource: {product: windows, category: process_creation}
    """,
)
_SETTINGS_FILES: Final = (
    'cache_folder = "/tmp/x"\n[placeholders]\nadmins = ["root", "adm*"]\nservers = "dc01"\nnumbers = [1, 2]\n',
    "[placeholders]\n\"quoted name\" = ['a', 'b']\n\n# comment\n",
    'cache_folder = "~/x"\n',
)


def rule_seeds() -> Seeds:
    """Rules with all that Sigma has, some of ours, and some of the corpora where there are any."""
    seeds = [textwrap.dedent(text).encode() for text in _RULES]
    seeds += [path.read_bytes() for path in sorted(_PACKS.rglob("*.yml"))[::4]]
    folder = os.environ.get("YADORIGI_CORPORA")
    if folder:
        seeds += [path.read_bytes() for path in sorted(Path(folder, "sigma").rglob("*.yml"))[::40]]
    return [seed for seed in seeds if len(seed) < 20_000]


def settings_seeds() -> Seeds:
    """Settings with all that there is."""
    return [text.encode() for text in _SETTINGS_FILES]


_ODD: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 2**63, 1.5, "", "*", "?", "\\\\", "%admins%", "(a+)+$", "a" * 5_000, "\ud7ff\x85", [], {}, [[]],
    [None], {"": ""}, {"a|re": "("}, "1 of them", "all of x*", "not", "a and", "5m", "0s", {"gte": -1}, "attack.t9999",
)  # fmt: skip
_KEYS: Final = (
    "a|re", "a|all", "|contains", "a|contains|all", "a|expand", "a|cidr", "a|base64offset|contains", "a|fieldref",
    "a|exists", "a|windash|contains", "a|nonsense", "condition", "detection", "timeframe", "logsource", "correlation",
    "filter", "group-by", "rules", "type", "aliases", "generate", "field", "title", "id", "keywords",
)  # fmt: skip


def _bent(chance: Random, seeds: Seeds) -> bytes:
    """Change what a rule file says, and not how: other values, keys, and places of both."""
    while True:
        with contextlib.suppress(yaml.YAMLError):
            documents = list(yaml.safe_load_all(chance.choice(seeds)))
            break
    for _ in range(chance.choice((1, 1, 2, 4))):
        _bend(chance, documents)
    return yaml.safe_dump_all(documents, allow_unicode=True).encode("utf-8", "replace")


def _bend(chance: Random, content: Any) -> None:
    """Change something inside a list or map."""
    while isinstance(content, list | dict) and content:
        place = chance.choice([*content]) if isinstance(content, dict) else chance.randrange(len(content))
        inner = content[place]
        if isinstance(inner, list | dict) and inner and chance.random() < 0.8:
            content = inner
            continue
        match chance.randrange(5):
            case 0:
                del content[place]
            case 1 if isinstance(content, dict):
                content[chance.choice(_KEYS)] = content.pop(place)
            case 2 if isinstance(content, dict):
                content[chance.choice(_KEYS)] = chance.choice(_ODD)
            case 3:
                content[place] = [inner, chance.choice(_ODD)]
            case _:
                content[place] = chance.choice(_ODD)
        return


def _changed(chance: Random, seeds: Seeds) -> bytes:
    return mutated(chance, seeds, TEXT)


def _rules(chance: Random, seeds: Seeds) -> bytes:
    return _bent(chance, seeds) if chance.random() < 0.6 else _changed(chance, seeds)


def check_rules(data: bytes, folder: Path) -> None:
    """Load a rule file; what cannot be honoured is refused with a reason, and nothing else is raised."""
    del folder
    rules = compile_files([RuleFile("fuzzed.yml", data, "0" * 64)], _SETTINGS)
    require(all(refused.reason for refused in rules.refused), "a rule refused without a reason")


def check_settings(data: bytes, folder: Path) -> None:
    """Read a settings file; what is none is an error of use."""
    path = folder / "yadorigi.toml"
    path.write_bytes(data)
    try:
        read_settings(path)
    except UsageError as error:
        require(bool(str(error)), "no words")


TARGETS: Final = (
    Target("rules", rule_seeds, _rules, check_rules),
    Target("settings", settings_seeds, _changed, check_settings),
)
