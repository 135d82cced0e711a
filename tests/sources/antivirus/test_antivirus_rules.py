"""Rules of Sigma for antivirus mean the detections of every product, and nothing else that it logs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.lines.golden import CASES
from tests.sources.lines.rule_hits import lines_hit

RULES = {
    "Signature|contains: mimikatz": {
        "trend_micro/consoles.log": [1], "trend_micro/agent.log": [1], "symantec/manager.log": [1],
        "eset/protect.log": [1], "kaspersky/center.log": [1], "sophos_central/siem.log": [1], "cef/products.log": [],
    },
    "Signature|startswith: ['HKTL', 'HackTool', 'ATK/']": {
        "trend_micro/consoles.log": [1], "symantec/manager.log": [1], "kaspersky/center.log": [1],
        "sophos_central/siem.log": [1], "defender_endpoint/export.log": [1],
    },
    "Signature|contains: eicar": {
        "trend_micro/agent.log": [2], "symantec/manager.log": [4], "eset/protect.log": [5], "kaspersky/center.log": [6],
        "sophos_central/siem.log": [4], "cef/products.log": [4],
    },
    "Filename|contains: ':\\PerfLogs\\'": {
        "trend_micro/consoles.log": [1], "trend_micro/agent.log": [1], "symantec/manager.log": [1],
        "eset/protect.log": [1], "kaspersky/center.log": [1], "sophos_central/siem.log": [1],
        "defender_endpoint/export.log": [1],
    },
    "Filename|endswith: 'm64.exe'": {
        "trend_micro/consoles.log": [1], "symantec/manager.log": [1], "sophos_central/siem.log": [1],
    },
    "Filename|endswith: '\\m 64.exe'": {"eset/protect.log": [1]},
    "User|endswith: suzuki": {
        "trend_micro/consoles.log": [2], "symantec/manager.log": [2], "eset/protect.log": [4],
        "kaspersky/center.log": [4], "sophos_central/siem.log": [2], "defender_endpoint/export.log": [2],
        "leef/products.log": [3],
    },
    "Action|contains: quarantine": {
        "trend_micro/consoles.log": [1, 7], "symantec/manager.log": [1], "defender_endpoint/export.log": [1],
        "cef/products.log": [4],
    },
    "Signature: Hacktool.Mimikatz": {"symantec/client.log": [1], "symantec/manager.log": [1]},
    "Signature|contains: Mikatz": {"defender_log/mpdetection.log": [2, 3, 4]},
    "Filename|endswith: '.zip'": {"defender_log/mpdetection.log": [5]},
    "Action|endswith: QUARANTINE": {"defender_log/mpdetection.log": [4]},
    "Signature|contains: HTool": {"trellix_epo/forwarded.log": [1]},
    "Filename|endswith: '\\m64.exe'": {"trellix_epo/forwarded.log": [1]},
    "Action: Left alone": {"symantec/manager.log": [2]},
}  # fmt: skip
PAIRS = [(selection, name) for selection, logs in RULES.items() for name in logs]


@pytest.mark.parametrize(("selection", "name"), PAIRS)
def test_rules_for_antivirus(selection: str, name: str, tmp_path: Path) -> None:
    rule = f"title: t\nlogsource: {{category: antivirus}}\ndetection:\n  a:\n    {selection}\n  condition: a\n"
    text = (CASES / name).read_text(encoding="utf-8")
    assert lines_hit(rule, tmp_path / "case.log", text) == RULES[selection][name]


def test_a_product_is_asked_for_alone(tmp_path: Path) -> None:
    rule = (
        "title: t\nlogsource: {category: antivirus, product: symantec}\ndetection:\n  a:\n    Signature|contains: e\n"
        "  condition: a\n"
    )
    text = (CASES / "symantec/manager.log").read_text(encoding="utf-8")
    assert lines_hit(rule, tmp_path / "symantec.log", text) == [2, 3, 4]
    text = (CASES / "trend_micro/consoles.log").read_text(encoding="utf-8")
    assert lines_hit(rule, tmp_path / "trend.log", text) == []
