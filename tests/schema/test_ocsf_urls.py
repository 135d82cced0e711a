"""Transforms of what web servers and proxies log."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yadorigi.schema import ocsf_urls
from yadorigi.schema.ocsf_values import ABSENT

FUNCTIONS = [
    ocsf_urls.url_path, ocsf_urls.url_query, ocsf_urls.http_outcome, ocsf_urls.http_method, ocsf_urls.client_ip,
    ocsf_urls.client_name, ocsf_urls.client_end_ip, ocsf_urls.client_end_port, ocsf_urls.host_name,
    ocsf_urls.blanks_as_plus, ocsf_urls.web_error_file, ocsf_urls.web_error_file_name, ocsf_urls.user_in_query,
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "made"),
    [
        ("url_path", "/a/b?x=1#y", "/a/b"),
        ("url_path", "http://www.example.com", "/"),
        ("url_path", "http://www.example.com:80/a?b", "/a"),
        ("url_path", "www.example.com:443", ABSENT),
        ("url_path", "?x", ABSENT),
        ("url_query", "/a?x=1?y#z", "x=1?y"),
        ("url_query", "/a", ABSENT),
        ("http_outcome", "200", (1, "Success")),
        ("http_outcome", 302, (1, "Success")),
        ("http_outcome", "404", (2, "Failure")),
        ("http_outcome", "0", ABSENT),
        ("http_outcome", "4040", None),
        ("http_method", "get", "GET"),
        ("http_method", "PROPFIND", None),
        ("client_ip", "192.0.2.1", "192.0.2.1"),
        ("client_ip", "10.0.0.1, 192.0.2.7,192.0.2.8", "192.0.2.7"),
        ("client_ip", "10.0.0.1, 192.168.0.1", "10.0.0.1"),
        ("client_ip", "fe80::1%4", "fe80::1"),
        ("client_ip", "unix:", None),
        ("client_end_ip", "192.0.2.1:5100", "192.0.2.1"),
        ("client_end_ip", "192.0.2.1", "192.0.2.1"),
        ("client_end_ip", "2001:db8::7:51001", "2001:db8::7"),
        ("client_end_ip", "2001:db8::7", "2001:db8::7"),
        ("client_end_ip", "", None),
        ("client_end_port", "2001:db8::7:51001", 51001),
        ("client_end_port", "[2001:db8::7]:80", 80),
        ("client_end_port", "192.0.2.1", ABSENT),
        ("client_name", "client.example.com", "client.example.com"),
        ("client_name", "192.0.2.1", ABSENT),
        ("client_name", "unix:", ABSENT),
        ("host_name", "www.example.com:8080", "www.example.com"),
        ("host_name", "[2001:db8::1]:443", "2001:db8::1"),
        ("host_name", "2001:db8::1", "2001:db8::1"),
        ("host_name", "_", ABSENT),
        ("blanks_as_plus", "Mozilla/5.0+(X11)", "Mozilla/5.0 (X11)"),
        ("blanks_as_plus", "a+b c", "a+b c"),
        ("web_error_file", "File does not exist: /a/b, referer: http://x/", "/a/b"),
        ("web_error_file", "script '/a/b.php' not found or unable to stat", "/a/b.php"),
        ("web_error_file", 'open() "/a/b" failed (2: No such file or directory)', "/a/b"),
        ("web_error_file", "nothing", ABSENT),
        ("web_error_file_name", "File does not exist: /a/b", "b"),
        ("user_in_query", "http://x/view?username=a%20b&y", "a b"),
        ("user_in_query", "http://x/view", ABSENT),
    ],
)
def test_values(name: str, value: Any, made: Any) -> None:
    assert getattr(ocsf_urls, name)(value) == made


@given(st.sampled_from(FUNCTIONS), st.one_of(st.text(), st.none(), st.integers(), st.floats(), st.booleans()))
def test_nothing_raises(function: Any, value: Any) -> None:
    made = function(value)
    assert made is ABSENT or made is None or isinstance(made, str | int | tuple)
