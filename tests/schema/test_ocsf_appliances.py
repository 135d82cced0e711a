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
    translated_ip,
    translated_port,
    worded_disposition,
    worded_outcome,
)
from yadorigi.schema.ocsf_mapping import load
from yadorigi.schema.ocsf_transform import known
from yadorigi.schema.ocsf_urls import client_end_ip, client_end_port
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
        (translated_ip, "198.51.100.7", "198.51.100.7"),
        (translated_ip, "198.51.100.7:4100:X1", "198.51.100.7"),
        (translated_ip, "::", ABSENT),
        (translated_port, "198.51.100.7:4100:X1", 4100),
        (translated_port, "4100", 4100),
        (translated_port, "0", ABSENT),
        (worded_disposition, "Smurf Amplification attack dropped", (6, "Dropped")),
        (worded_disposition, "Access to web site blocked", (2, "Blocked")),
        (worded_disposition, "Possible port scan detected", ABSENT),
        (known({"drop": (6, "Dropped")}), "DROP", (6, "Dropped")),
        (known({"drop": (6, "Dropped")}), "RT_FLOW", ABSENT),
        (client_end_ip, "2001:db8::1#8443", "2001:db8::1"),
        (client_end_port, "2001:db8::1#8443", 8443),
        (client_end_port, "2001:db8::1p8443", 8443),
        (client_end_port, "2001:db8::1 port 8443", 8443),
        (client_end_port, "2001:db8::1.8443", 8443),
        (client_end_ip, "::ffff:192.0.2.1", "192.0.2.1"),
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


def test_findings_have_no_outcome() -> None:
    """The status of a finding is that of who looks into it: 1 is new, 2 in progress."""
    ended = {(1, "Success"), (2, "Failure")}
    wrong = []
    for mapping in load().mappings:
        if mapping.ocsf.category_name == "Findings":
            said = {leaf.transform.function(word) for leaf in mapping.leaves if leaf.path == "status_id"
                    for word in ("success", "failure", "failed", "denied", "blocked", "block")}  # fmt: skip
            wrong += [mapping.title] if said & ended or "status_id" in mapping.constants else []
    assert not wrong


@pytest.mark.parametrize("function", [part("1/"), part_ip("0:"), part_port("1:")], ids=["part", "part_ip", "part_port"])
@pytest.mark.parametrize("value", [None, 5, True, 1.5, ("a",), "", ":" * 100_000])
def test_parts_are_total(function: Function, value: object) -> None:
    assert function(value) in (None, ABSENT)  # type: ignore[arg-type]  # hostile on purpose
