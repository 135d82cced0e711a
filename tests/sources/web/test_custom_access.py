"""Access logs of a layout of the user's own, read by the server's directives."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from yadorigi.errors import UsageError
from yadorigi.schema.times import time_of
from yadorigi.sources.choice import SourceChoices
from yadorigi.sources.contract import ReadingLog
from yadorigi.sources.registry import source_named


def read(folder: Path, configuration: str, log: str) -> tuple[list[tuple[str, dict[str, Any]]], list[str]]:
    """Return times and fields of a log that is read by a configuration, and its warnings."""
    server, path = folder / "server.conf", folder / "access.log"
    server.write_text(configuration, encoding="utf-8")
    path.write_text(log, encoding="utf-8")
    chosen = SourceChoices.of([f"*.log={server}"]).for_file("access.log")
    assert chosen is not None
    source, reading, found = source_named(chosen), ReadingLog(), []
    for gathered in source.read(list(source.pieces(0, path, path.name, path.stat().st_size)), reading):
        for batch in gathered.batches():
            assert batch.kind.channel == "web_access/request"
            found += [
                (batch.origin(place).line or 0, time_of(batch.event(place).time), dict(batch.event(place).data))
                for place in range(len(batch))
            ]
    return [(time, data) for _, time, data in sorted(found, key=lambda own: own[0])], [
        warning.reason for _, warning in reading.warnings
    ]


def test_directives_of_apache(tmp_path: Path) -> None:
    configuration = r"""
ServerName www.example.com
LogFormat "%t %h \"%r\" %>s %D \"%{User-Agent}i\" %{X-Forwarded-For}i %v" timed
# LogFormat "%h" commented
CustomLog /var/log/a.log "%a [%{%Y-%m-%d %H:%M:%S %z}t] %U%q %s"
"""
    log = (
        '[11/Mar/2026:09:00:01 +0900] 192.0.2.1 "GET /a?b=1 HTTP/1.1" 200 1234 "curl \\"8\\"" 192.0.2.9, 10.0.0.1 www\n'
        "nothing of the kind\n"
    )
    with pytest.raises(UsageError, match="nothing stands between uri and query_string"):
        read(tmp_path, configuration, log)
    found, warnings = read(
        tmp_path, configuration.replace("%U%q", "%U %q"), log + "192.0.2.2 [2026-03-11 09:00:02 +0900] /x ?q 404\n"
    )
    assert found == [
        (
            "2026-03-11T00:00:01.0000000Z",
            {
                "request_method": "GET", "request_uri": "/a?b=1", "server_protocol": "HTTP/1.1",
                "remote_addr": "192.0.2.1", "status": "200", "request_time_us": "1234",
                "http_user_agent": 'curl \\"8\\"', "http_x_forwarded_for": "192.0.2.9, 10.0.0.1",
                "server_name": "www",
            },
        ),
        (
            "2026-03-11T00:00:02.0000000Z",
            {"remote_addr": "192.0.2.2", "uri": "/x", "query_string": "?q", "status": "404"},
        ),
    ]  # fmt: skip
    assert warnings == ["line 2: a line that is as no directive says"]


def test_directives_of_nginx(tmp_path: Path) -> None:
    configuration = """
http {
    log_format  upstream  '$remote_addr|$time_iso8601|$request|$status|'
                          '$upstream_addr|"$http_user_agent" ${request_time}';
    log_format json escape_none '{';
}
"""
    configuration = configuration.replace("    log_format json escape_none '{';\n", "")
    log = '192.0.2.1|2026-03-11T09:00:01+09:00|POST /up HTTP/2.0|499|10.0.0.1:80, 10.0.0.2:80|"a|b" 0.005\n'
    found, warnings = read(tmp_path, configuration, log)
    assert not warnings
    assert found == [
        (
            "2026-03-11T00:00:01.0000000Z",
            {
                "request_method": "POST", "request_uri": "/up", "server_protocol": "HTTP/2.0",
                "remote_addr": "192.0.2.1", "time_iso8601": "2026-03-11T09:00:01+09:00", "status": "499",
                "upstream_addr": "10.0.0.1:80, 10.0.0.2:80", "http_user_agent": "a|b", "request_time": "0.005",
            },
        )
    ]  # fmt: skip


def test_a_request_without_quotes(tmp_path: Path) -> None:
    configuration = "log_format bare '$msec $remote_addr $request $status';"
    found, warnings = read(
        tmp_path, configuration, "1773187201.500 192.0.2.1 GET /a HTTP/1.1 200\n1773187202.5 ::1 - 400\n"
    )
    assert not warnings
    assert [(time, data.get("request_uri"), data["status"]) for time, data in found] == [
        ("2026-03-11T00:00:01.5000000Z", "/a", "200"),
        ("2026-03-11T00:00:02.5000000Z", None, "400"),
    ]


@pytest.mark.parametrize(
    ("configuration", "told"),
    [
        ("", "no directive"),
        ('LogFormat "%h %u" x', "without a time"),
        ('LogFormat "%t %J" x', "no code of LogFormat"),
        ('log_format x \'{"a": "$time_local"}\';', "in JSON"),
    ],
)
def test_what_no_line_can_be_read_by_is_refused(configuration: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=told):
        read(tmp_path, configuration, "")


def test_hostile_lines_are_refused_in_no_time(tmp_path: Path) -> None:
    configuration = 'LogFormat "%t %h \\"%r\\" %>s %D \\"%{User-Agent}i\\" %{X-Forwarded-For}i %v" timed'
    start = "[11/Mar/2026:09:00:01 +0900] "
    lines = [
        start + "a " * 200_000,
        start + 'b "' * 100_000,
        start + 'c "d" 200 1 "e" ' + "f, " * 100_000,
        "\\" * 300_000,
    ]
    started = time.perf_counter()
    found, _ = read(tmp_path, configuration, "\n".join(lines))
    assert time.perf_counter() - started < 1
    assert not found
