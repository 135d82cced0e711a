"""Rules of Sigma for web servers and proxies mean the lines that they should, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.lines.rule_hits import lines_hit

ACCESS = """\
192.0.2.10 - - [11/Mar/2026:09:00:01 +0900] "GET /cgi-bin/shell.cgi?cmd=id HTTP/1.1" 200 61 "-" "curl/8.5.0"
192.0.2.11 - alice [11/Mar/2026:09:00:02 +0900] "POST /upload/a.jsp HTTP/1.1" 404 6 "http://www.example.com/" "-"
192.0.2.12 - - [11/Mar/2026:09:00:03 +0900] "GET /index.html HTTP/1.1" 200 6
"""
IIS = """\
#Software: Microsoft Internet Information Services 10.0
#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status
2026-03-11 00:00:01 10.1.0.10 GET /cgi-bin/shell.cgi cmd=id 443 - 192.0.2.20 curl/8.5.0 - 200
2026-03-11 00:00:02 10.1.0.10 POST /upload/a.jsp - 443 CORP\\alice 192.0.2.20 My+Agent+1 http://www.example.com/ 404
2026-03-11 00:00:03 10.1.0.10 GET /index.html - 443 - 192.0.2.20 - - 200
"""
PROXY = """\
#Software: SGOS 6.7.5.1
#Fields: date time c-ip s-action sc-status cs-method cs-uri-scheme cs-host cs-uri-path cs-uri-query cs(User-Agent)
2026-03-11 00:00:01 10.1.2.3 TCP_NC_MISS 200 GET http files.example.net /a/tool.exe ?id=1 "Agent One/1.0"
2026-03-11 00:00:02 10.1.2.4 TCP_DENIED 403 CONNECT tcp www.example.org / - -
"""
RULES = {
    "query with its path": ("webserver", "cs-uri-query|contains: /shell.cgi?cmd=", 1),
    "query alone": ("webserver", "cs-uri-query: cmd=id", 1),
    "path alone": ("webserver", "cs-uri-stem: /cgi-bin/shell.cgi", 1),
    "method and status": ("webserver", "cs-method: POST\n    sc-status: 404", 2),
    "user agent": ("webserver", "cs-user-agent|startswith: curl/", 1),
    "no referrer": ("webserver", "cs-referer: null\n    cs-uri-stem|endswith: .cgi", 1),
    "user": ("webserver", "cs-username|endswith: alice", 2),
    "extension": ("webserver", "c-uri-extension: jsp", 2),
}


@pytest.mark.parametrize("name", RULES)
def test_rules_for_web_servers(name: str, tmp_path: Path) -> None:
    category, selection, line = RULES[name]
    rule = f"title: t\nlogsource: {{category: {category}}}\ndetection:\n  a:\n    {selection}\n  condition: a\n"
    assert lines_hit(rule, tmp_path / "access.log", ACCESS) == [line]
    assert lines_hit(rule, tmp_path / "iis.log", IIS) == [line + 2]
    assert lines_hit(rule, tmp_path / "proxy.log", PROXY) == []


def rule_of(log_source: str, selection: str) -> str:
    return f"title: t\nlogsource: {{{log_source}}}\ndetection:\n  a:\n    {selection}\n  condition: a\n"


def test_user_agents_of_iis_are_met_with_blanks(tmp_path: Path) -> None:
    rule = rule_of("category: webserver", "c-useragent: My Agent 1")
    assert lines_hit(rule, tmp_path / "iis.log", IIS) == [4]


@pytest.mark.parametrize(
    ("selection", "line"),
    [
        ("c-uri|endswith: /a/tool.exe?id=1", 3),
        ("c-uri: http://files.example.net/a/tool.exe?id=1", 3),
        ("cs-host|endswith: .example.org", 4),
        ("r-dns: www.example.org", 4),
        ("c-useragent|startswith: Agent One", 3),
        ("c-useragent: ''", 4),
        ("c-uri-extension: exe", 3),
    ],
)
def test_rules_for_proxies(selection: str, line: int, tmp_path: Path) -> None:
    rule = rule_of("category: proxy", selection)
    assert lines_hit(rule, tmp_path / "proxy.log", PROXY) == [line]
    assert lines_hit(rule, tmp_path / "iis.log", IIS) == []


CASES = Path(__file__).parents[1] / "lines" / "cases"


@pytest.mark.parametrize(
    ("log", "log_source", "selection", "lines"),
    [
        ("squid/access.log", "category: proxy", "c-uri|endswith: /tool.exe?id=1", [2]),
        ("squid/access.log", "category: proxy", "cs-host: www.example.com\n    cs-method: CONNECT", [1]),
        ("squid/access.log", "product: squid", "sc-status: 403", [2]),
        ("squid/access.log", "category: proxy", "c-useragent|startswith: Mozilla", [6]),
        ("squid/access.log", "category: webserver", "sc-status: 403", []),
        ("haproxy/haproxy.log", "category: webserver", "cs-uri-stem|endswith: .jsp\n    sc-status: 404", [2]),
        ("haproxy/haproxy.log", "product: haproxy", "error|contains: handshake", [4]),
        ("apache_error/error.log", "service: apache", "module: authz_core", [5]),
        ("apache_error/error.log", "product: modsecurity", "id: '942100'", [8]),
        ("apache_error/error.log", "category: webserver", "module: authz_core", []),
        ("nginx_error/error.log", "service: nginx", "cs-uri-query|contains: wp-login.php", [2]),
        ("tomcat/catalina.log", "product: tomcat", "message|contains: Cannot run program", [2]),
        ("atlassian/access.log", "product: confluence\n  category: webserver", "cs-uri-stem|startswith: /setup/", [2]),
        ("web_json/mixed.log", "category: webserver", "cs-user-agent|startswith: sqlmap", [6]),
        ("web_json/mixed.log", "category: webserver", "cs-uri-query: x=1", [1]),
        ("web_json/mixed.log", "product: bitbucket\n  service: audit", "auditType.category: Permissions", [8]),
        ("aws_elb/access.log", "category: webserver", "cs-uri-stem: /up.jsp\n    cs-method: POST", [2]),
        ("w3c/exchange_http.log", "category: webserver", "cs-uri-query|contains: /ecp/x.js?a", [7]),
        ("w3c/pfirewall.log", "category: firewall", "dst_port: 445", [6]),
    ],
)
def test_rules_for_other_servers(log: str, log_source: str, selection: str, lines: list[int]) -> None:
    rule = f"title: t\nlogsource:\n  {log_source}\ndetection:\n  a:\n    {selection}\n  condition: a\n"
    assert lines_hit(rule, CASES / log) == lines


@pytest.mark.parametrize(
    ("log", "log_source", "words", "lines"),
    [
        ("apache_error/error.log", "service: apache", "exit signal Segmentation Fault", [7]),
        ("nginx_error/error.log", "service: nginx", "exited on signal 6 (core dumped)", [5]),
        ("web_access/combined.log", "category: webserver", "<script>alert(", [10]),
    ],
)
def test_words_anywhere(log: str, log_source: str, words: str, lines: list[int]) -> None:
    rule = f"title: t\nlogsource:\n  {log_source}\ndetection:\n  keywords:\n    - '{words}'\n  condition: keywords\n"
    assert lines_hit(rule, CASES / log) == lines
