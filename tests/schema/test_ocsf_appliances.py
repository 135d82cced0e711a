"""Transforms of what appliances log."""

from __future__ import annotations

import pytest

from yadorigi.schema.ocsf_appliances import (
    address_list,
    email_address,
    email_addresses,
    ip_in_parentheses,
    ip_in_text,
    known_account,
    named,
    named_account,
    named_domain,
    part,
    part_ip,
    part_port,
    worded_outcome,
)
from yadorigi.schema.ocsf_values import ABSENT, Function


@pytest.mark.parametrize(
    ("function", "written", "meant"),
    [
        (named, " anna ", "anna"),
        (named, "N/A", ABSENT),
        (named, "(null)", ABSENT),
        (named, " ", ABSENT),
        (known_account, "CORP\\anna", "anna"),
        (known_account, "No Authentication Required", ABSENT),
        (known_account, "Not Found", ABSENT),
        (named_account, "EXAMPLE\\anna", "anna"),
        (named_account, "EXAMPLE\\\\anna", "anna"),
        (named_account, "N/A", ABSENT),
        (named_domain, "EXAMPLE\\\\anna", "EXAMPLE"),
        (named_domain, "anna", ABSENT),
        (named_domain, "n/a", ABSENT),
        (ip_in_parentheses, "https(192.0.2.1)", "192.0.2.1"),
        (ip_in_parentheses, "GUI(2001:db8::1)", "2001:db8::1"),
        (ip_in_parentheses, "jsconsole", ABSENT),
        (ip_in_text, "admin at GUI from 192.0.2.1.", "192.0.2.1"),
        (ip_in_text, "version 10.2 at 10:00:01", ABSENT),
        (worded_outcome, "Administrator login denied due to bad credentials", (2, "Failure")),
        (worded_outcome, "SSL VPN zone remote user login allowed", (1, "Success")),
        (worded_outcome, "Authentication unsuccessful", (2, "Failure")),
        (worded_outcome, "Time was set", ABSENT),
        (address_list, "192.0.2.1, x", [{"type": "A", "rdata": "192.0.2.1"}]),
        (address_list, "2001:db8::1", [{"type": "AAAA", "rdata": "2001:db8::1"}]),
        (email_address, "A <a@example.com>", "a@example.com"),
        (email_address, "nobody", None),
        (email_addresses, "a@example.com; <b@example.com>, x", ["a@example.com", "b@example.com"]),
        (email_addresses, "x", None),
        (part("1/"), "tcp/https", "https"),
        (part("2:"), "192.0.2.1:1", ABSENT),
        (part_ip("0:"), "192.0.2.1:1:X0", "192.0.2.1"),
        (part_ip("0:"), ":1:X0", ABSENT),
        (part_port("1:"), "192.0.2.1:443:X0", 443),
        (part_port("1:"), "192.0.2.1::X0", ABSENT),
        (part_port("1:"), "192.0.2.1:99999:X0", None),
    ],
)  # fmt: skip
def test_transforms(function: Function, written: str, meant: object) -> None:
    assert function(written) == meant


@pytest.mark.parametrize("function", [part("1/"), part_ip("0:"), part_port("1:")], ids=["part", "part_ip", "part_port"])
@pytest.mark.parametrize("value", [None, 5, True, 1.5, ("a",), "", ":" * 100_000])
def test_parts_are_total(function: Function, value: object) -> None:
    assert function(value) in (None, ABSENT)  # type: ignore[arg-type]  # hostile on purpose
