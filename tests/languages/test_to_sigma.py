"""Hunting queries as Sigma rules: each rule means what the query means, and what no rule can say is refused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from msgspec import UNSET

from yadorigi.app.hunting_query import reading_of
from yadorigi.errors import QueryError
from yadorigi.languages.sigma.compile import compile_document
from yadorigi.languages.sigma.documents import Document, read_documents
from yadorigi.languages.to_sigma import sigma_rule
from yadorigi.query.evaluate import evaluate

FIELDS: dict[str, Any] = {
    "Image": "C:\\Windows\\System32\\WMIC.exe",
    "ParentImage": "C:\\Windows\\System32\\cmd.exe",
    "CommandLine": "wmic path win32_logicaldisk get caption * 100%",
    "Hashes": "MD5=00,SHA256=ab01",
    "EventID": 4688,
    "IpAddress": "10.1.2.3",
}


class Row:
    """An event's fields, some of them changed."""

    def __init__(self, **changes: Any) -> None:
        self._fields = {name: value for name, value in (FIELDS | changes).items() if value is not ...}

    def value(self, field: str) -> Any:
        return self._fields.get(field, UNSET)

    def values(self) -> Any:
        return self._fields.values()


def rule_of(text: str, language: str) -> tuple[dict[str, Any], Any]:
    written = sigma_rule(reading_of(text, language, 0).plan, text)
    (document,) = read_documents(written.encode())
    assert isinstance(document, Document)
    return yaml.safe_load(written), compile_document(document, {}).node


@pytest.mark.parametrize(
    ("language", "text", "hits", "misses"),
    [
        (
            "kql",
            'DeviceProcessEvents | where FileName =~ "wmic.exe" and ProcessCommandLine contains "caption *"',
            [{}],
            [{"Image": "C:\\x\\notwmic.exe"}, {"CommandLine": "caption x"}, {"CommandLine": ...}],
        ),
        (
            "kql",
            'DeviceProcessEvents | where ProcessCommandLine has "logicaldisk" or SHA256 in~ ("AB01", "cd02")',
            [{"CommandLine": "get logicaldisk-x", "Hashes": ...}, {"CommandLine": ..., "Hashes": "SHA256=AB01"}],
            [{"CommandLine": "logicaldisks", "Hashes": "SHA256=00"}, {"CommandLine": ..., "Hashes": ...}],
        ),
        (
            "kql",
            "SecurityEvent | where EventID == 4688 | where not(IpAddress startswith '10.') | project Computer",
            [{"IpAddress": "192.0.2.1"}, {"IpAddress": ...}],
            [{}, {"EventID": 1, "IpAddress": "192.0.2.1"}],
        ),
        (
            "kql",
            "WindowsEvent | extend Line = tostring(EventData.CommandLine) "
            "| where EventID in (1, 4688) and Line has 'get'",
            [{}],
            [{"EventID": 2}, {"CommandLine": "target"}],
        ),
        (
            "xql",
            "filter event_type = ENUM.PROCESS and event_sub_type = ENUM.PROCESS_START and action_process_image_name = "
            '"wmic.exe" and actor_process_image_name in ("cmd.exe", "x.exe") and action_process_image_command_line '
            'contains "path * caption"',
            [{}],
            [{"ParentImage": "C:\\y.exe"}, {"CommandLine": "path caption"}],
        ),
    ],
)
def test_a_rule_means_what_the_query_means(language: str, text: str, hits: list[Any], misses: list[Any]) -> None:
    _, node = rule_of(text, language)
    assert all(evaluate(node, Row(**changes)) for changes in hits)
    assert not any(evaluate(node, Row(**changes)) for changes in misses)


def test_the_rule_is_named_by_the_first_comment_and_by_its_text() -> None:
    text = "// 説明: wmicを探す\nDeviceProcessEvents\n| where FileName =~ 'wmic.exe'"
    head, _ = rule_of(text, "kql")
    assert (head["title"], head["logsource"]) == ("wmicを探す", {"category": "process_creation", "product": "windows"})
    assert head["id"] == rule_of(text, "kql")[0]["id"]
    assert head["id"] != rule_of(text + " ", "kql")[0]["id"]


def test_where_the_rule_is_not_quite_the_query_it_says_so() -> None:
    assert "Whole terms" in rule_of('DeviceProcessEvents | where ProcessCommandLine has "a"', "kql")[0]["description"]
    unsaid = rule_of('filter action_process_image_command_line contains "a"', "xql")[0]["description"]
    assert "event_type = PROCESS" in unsaid
    assert "description" not in rule_of('DeviceProcessEvents | where ProcessCommandLine == "a"', "kql")[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("DeviceProcessEvents | summarize count() by FileName", "summarize is more than to choose events"),
        ("DeviceProcessEvents | where strlen(ProcessCommandLine) > 8", "worked out"),
        ("DeviceProcessEvents | where FileName startswith 'wm'", "the whole path"),
        ("DeviceProcessEvents | where AccountName == 'a'", "no field for the column AccountName"),
        ("DeviceProcessEvents", "every event of the table"),
        ("AlertEvidence | where SHA256 == 'ab'", "no log source of Sigma"),
    ],
)
def test_what_no_rule_can_say_is_refused(text: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        sigma_rule(reading_of(text, "kql", 0).plan, text)
