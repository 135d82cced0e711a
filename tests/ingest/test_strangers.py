"""What is said of files that no source reads."""

from __future__ import annotations

import pytest

from yadorigi.ingest.strangers import why_unread


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"", "empty"),
        (b" \r\n", "blank"),
        (b"\x00\x01\x02\x03" * 20, "no text"),
        ("\ufeffログではない\n".encode("utf-16"), "text of no known log"),
        (b'{"errorcode": 0, "message": "Done", "vpn": {"hits": "8"}}', "NITRO"),
        (b'{"response": [], "stat": "OK"}', "without records"),
        (b'\xef\xbb\xbf{\n "what": 1,\n "ever": {"what": 2}}', "JSON of no known log (names: what, ever)"),
        (b"{{ mark }}{{ bsd }} {{ host }} info crond[1]: x", "a template"),
        (b"a;b;c\n1;2;3\n", "a mapping"),
        (b"notes\n", "text of no known log"),
    ],
)
def test_a_stranger_is_told_of(head: bytes, said: str) -> None:
    assert said in why_unread(head)
