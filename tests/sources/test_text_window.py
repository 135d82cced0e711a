"""Which encoding a text has that does not say it."""

from __future__ import annotations

import pytest

from yadorigi.sources.records.text_window import encoding_of

JAPANESE = '{"Message": "アカウントがログオンに失敗しました。アカウントがログオンに失敗しました。"}'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["{", "<Event>", "[\n{}", JAPANESE])
def test_text_without_a_mark(text: str, encoding: str) -> None:
    assert encoding_of(text.encode(encoding)) == (encoding, 0)


@pytest.mark.parametrize(
    "head", [b"<\0vent xmlns='http://x'>", b"\0<Event>", b"{\0\0\0\0" + b'"Event": {}' * 5, b"\0\0", b""]
)
def test_a_zero_alone_is_damage_and_no_encoding(head: bytes) -> None:
    assert encoding_of(head) == ("utf-8", 0)
