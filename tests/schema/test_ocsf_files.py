"""Transforms of paths and digests."""

from __future__ import annotations

import pytest

from yadorigi.schema.ocsf_transform import PLAIN
from yadorigi.schema.ocsf_values import ABSENT


@pytest.mark.parametrize(
    ("name", "value", "made"),
    [
        ("whole_path", "C:\\a\\b.exe", "C:\\a\\b.exe"),
        ("whole_path", "C:\\a\\", ABSENT),
        ("whole_path", "b.exe", ABSENT),
        ("folder", "C:\\a\\", "C:\\a"),
        ("folder", "C:\\", "C:\\"),
        ("folder", "/", "/"),
        ("folder", "C:\\a", ABSENT),
        ("file_url_path", "file:///C:/a%20b.exe", "C:/a b.exe"),
        ("file_url_path", "file:///srv/x", "/srv/x"),
        ("file_url_path", "FILE://server/share/x", "//server/share/x"),
        ("file_url_path", "https://www.example.com/x%20y", "https://www.example.com/x%20y"),
        ("file_url_name", "file:///C:/a%20b.exe", "a b.exe"),
        ("defender_log_path", "process:pid:1;file:C:\\a.exe;", "C:\\a.exe"),
        ("defender_log_path", "containerfile:C:\\a.zip;file:C:\\a.zip->b.js", "C:\\a.zip"),
        ("defender_log_path", "regkey:HKCU\\x", ABSENT),
        ("defender_log_name", "file:C:\\t\\a.exe", "a.exe"),
        ("digest", "44d88612fea8a8f36de82e1278abb02f", "MD5"),
        ("digest", "ab" * 20, "SHA-1"),
        ("digest", "AB" * 32, "SHA-256"),
        ("digest", "ab" * 64, "SHA-512"),
        ("digest", "xyz", None),
        ("digest", "g" * 32, None),
        ("digest", 5, None),
    ],
)
def test_transforms(name: str, value: str | int, made: object) -> None:
    found = PLAIN[name].function(value)
    if isinstance(found, list):
        found = found[0]["algorithm"]
    assert found == made
