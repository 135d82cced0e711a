"""Addresses of the web without scheme, names of DNS and hardware addresses, as devices write them."""

from __future__ import annotations

import pytest

from yadorigi.schema.ocsf_bare_urls import bare_url_host, bare_url_path, bare_url_query, dns_name
from yadorigi.schema.ocsf_macs import mac
from yadorigi.schema.ocsf_values import ABSENT


@pytest.mark.parametrize(
    ("written", "host", "path", "query"),
    [
        ("www.example.org/a/b?q=1#x", "www.example.org", "/a/b", "q=1"),
        ("https://user@www.example.org:8443/", "www.example.org", "/", ABSENT),
        ("www.example.org:443", "www.example.org", ABSENT, ABSENT),
        ("[2001:db8::1]:80/x", "2001:db8::1", "/x", ABSENT),
        ("host/redirect?to=http://other.example.org/", "host", "/redirect", "to=http://other.example.org/"),
        ("-/", ABSENT, "/", ABSENT),
    ],
)
def test_parts_of_an_address(written: str, host: object, path: object, query: object) -> None:
    assert (bare_url_host(written), bare_url_path(written), bare_url_query(written)) == (host, path, query)


@pytest.mark.parametrize(("written", "name"), [("www.example.org.", "www.example.org"), (".", "."), ("a", "a")])
def test_the_dot_of_the_root_is_not_part_of_a_name(written: str, name: str) -> None:
    assert dns_name(written) == name


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("00:00:5E:00:53:01", "00:00:5E:00:53:01"),
        ("0:0:5e:0:53:1", "00:00:5e:00:53:01"),
        ("00-00-5e-00-53-01", "00:00:5e:00:53:01"),
        ("0000.5e00.5301", "00:00:5e:00:53:01"),
        ("00005e005301", "00:00:5e:00:53:01"),
        ("00:00:5e:00:53", None),
        ("fe80::1", None),
        ("", None),
    ],
)
def test_hardware_addresses(written: str, address: str | None) -> None:
    assert mac(written) == address
