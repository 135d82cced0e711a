"""Texts of messages with named places: what the language means, that the shipped ones are right, and hostile lines."""

from __future__ import annotations

from time import process_time

import pytest

from yadorigi.errors import ContentError
from yadorigi.sources.appliances.message_texts import compiled, messages_of

FILES = ("cisco_asa_messages.toml", "cisco_ios_messages.toml")


@pytest.mark.parametrize(
    ("text", "line", "fields"),
    [
        ("User {user} did", "user  alice did", {"user": "alice"}),
        ("<{user:in}> from {ip}", "<a b> from 192.0.2.1", {"user": "a b", "ip": "192.0.2.1"}),
        ("{what:text}, reason: {reason:rest}", "a, b, reason: c d", {"what": "a, b", "reason": "c d"}),
        ("did '{what:most}' now", "did 'it's' now", {"what": "it's"}),
        ("n {n:number}", "n -4", {"n": "-4"}),
        ("at {h:host}: x", "at 2001:db8::1: x", {"h": "2001:db8::1"}),
        ("U {u:bracketed} P {p:quoted}", "U <a b> P 'c d'", {"u": "a b", "p": "c d"}),
        ("U {u:bracketed} P {p:quoted}", "U a P c", {"u": "a", "p": "c"}),
        ("{=for|from} {a=yes|no}", "from no", {"a": "no"}),
        ("a[[ b {b}]][[ c {c}]]", "a c 1", {"c": "1"}),
        ("{s:end} x", "in:192.0.2.1/53(LOCAL\\u) x",
         {"s_interface": "in", "s_ip": "192.0.2.1", "s_port": "53", "s_user": "LOCAL\\u"}),
        ("{s:end}[[ ({s:mapped})]] x", "in:2001:db8::1/53 (198.51.100.1/54) x",
         {"s_interface": "in", "s_ip": "2001:db8::1", "s_port": "53", "s_mapped_ip": "198.51.100.1",
          "s_mapped_port": "54"}),
        ("{s:listed} ->", "in/192.0.2.1(53) ->", {"s_interface": "in", "s_ip": "192.0.2.1", "s_port": "53"}),
        ("{:who} ok", "by 1 ok", {"by": "1"}),
        ("k = {v}", "k=v", {"v": "v"}),
        ("User {user} did", "nobody did", None),
    ],
)  # fmt: skip
def test_a_text_takes_fields(text: str, line: str, fields: dict[str, str] | None) -> None:
    assert compiled(text, {"who": "by {by}"}).fields_of(line) == fields


@pytest.mark.parametrize("text", ["{", "{a:odd}", "a]]", "{a:b"])
def test_a_text_that_is_wrong_is_refused(text: str) -> None:
    with pytest.raises(ContentError):
        compiled(text, {})


def test_the_shipped_texts_are_right_and_hostile_lines_take_no_time() -> None:
    hostile = [
        *(part * 20_000 for part in (" ", "a", ":", "<", "1.", "(a", "a: ", "/a", "'", ", a = ", "a(1) ")),
        "Group <" + "a" * 100_000 + "> User <" + " <" * 50_000,
        "Built inbound TCP connection 1 for " + "a:" * 50_000,
    ]
    start, compared = process_time(), 0
    for name in FILES:
        messages = messages_of(name)
        for message in {*(one for kinds in messages.known.values() for one in kinds), *messages.others}:
            assert message.kind.replace("_", "").isalpha()
            for text in message.texts:
                prefix = text.pattern.pattern.split("(")[0].replace("\\", "").replace(" *+", " ")
                for line in hostile:
                    text.fields_of(line)
                    text.fields_of(prefix + line)
                    compared += 2
    assert compared
    assert process_time() - start < 5
