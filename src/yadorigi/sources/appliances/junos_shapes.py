"""Shapes of plain flows of Junos: which of their places a line fills is part of the expression.

See `lines.shapes`. What `junos_messages.flow_parts` takes out of a message is the specification.
"""

from __future__ import annotations

import re
from typing import Final

from yadorigi.sources.appliances.junos_messages import ADDRESS, COUNTED, FLOW, NAT, PROTOCOL, USER, flow_parts
from yadorigi.sources.lines.format import Learned, LearnedField

_WORDS: Final = 48
"""Words behind the addresses; no flow has as many."""
_RULES: Final = 5
"""Words of address translation before the number of the protocol, at most."""
_TAIL: Final = 4
"""Words from that number on that all flows have: it, the policy, and two zones."""
_TAG_VALUE: Final = "0x[0-9a-f]{1,8}"
_ENDS: Final = rf"({ADDRESS}+)/(\d{{1,5}}+)->({ADDRESS}+)/(\d{{1,5}}+) "
_WORD: Final = "[^ :]{1,256}+"
_PLAIN_WORD: Final = "[^ ():]{0,256}+"
_NO_NUMBER: Final = r"(?!\d)[!-'*-9;-~]{1,256}+"
_COUNTS: Final = 2
"""Words behind the zones, or the number of the session, that may count packets and bytes."""
_TAGGED: Final = re.compile(rf" {_TAG_VALUE} $").search


def flow_shape(text: str, start: int) -> Learned | None:
    """Return the shape of a plain flow whose tag ends at a place of the text; None where it is none or is unusual."""
    message = text[start:]
    found, parts = FLOW(message), flow_parts(message)
    if found is None or "protocol-id" not in parts:
        return None
    names = [name.replace("_", "-") for name in found.re.groupindex if name not in ("word", "reason")]
    head = re.escape(message[: found.end("word")])
    reason = found["reason"]
    if reason is not None:
        names.insert(0, "reason")
        head += " ([^: ][^:]{0,63}+):"
    expression = f"{head} {_ENDS}{_tagged(found[0], found.start('service_name'))}([^ :]{{1,64}}+) "
    position = found.end()
    nat = NAT.match(message, position)
    if nat is None:
        expression += rf"(?!{ADDRESS}/\d)"
    else:
        names += [name.replace("_", "-") for name in nat.re.groupindex]
        expression += f"{_ENDS}{_tagged(nat[0], len(nat[0]))}"
        position = nat.end()
    words = _words(message[position:].split(" "))
    if words is None:
        return None
    expression += words[0]
    names += words[1]
    fields = (LearnedField("message", "message"), *(LearnedField(name, name) for name in parts))
    if sorted(names) != sorted(parts):
        return None
    return Learned(f"{re.escape(text[:start])}({expression})", ("message", *names), fields, frozenset(), nested=True)


def _tagged(text: str, end: int) -> str:
    """Return the expression for the tag of a connection if one stands before a place, else for there being none."""
    return f"{_TAG_VALUE} " if _TAGGED(text, 0, end) is not None else f"(?!{_TAG_VALUE} )"


def _words(words: list[str]) -> tuple[str, list[str]] | None:
    """Return the expression of the words behind the addresses, and the names of its values; None if it is unusual."""
    at = next((place for place, word in enumerate(words[: _RULES + 1]) if PROTOCOL(word) is not None), None)
    if at is None or not at + _TAIL <= len(words) <= _WORDS:
        return None
    made = [r"(?!\d{1,3}(?:\(\d{1,3}\))? )[!-9;-~]{0,256}+"] * at
    made += [r"(\d{1,3})(?:\(\d{1,3}\))?", f"({_WORD})", f"({_WORD})", f"({_WORD})"]
    names = ["protocol-id", "policy-name", "source-zone-name", "destination-zone-name"]
    rest = words[at + _TAIL :]
    if rest and rest[0].isdecimal():
        made.append(r"(\d{1,19}+)")
        names.append("session-id-32")
        del rest[0]
        first = _PLAIN_WORD
    else:
        first = _NO_NUMBER
    sides = ["server", "client"]
    for place, word in enumerate(rest):
        if COUNTED(word) is not None:
            side = sides.pop() if place < _COUNTS else ""
            made.append(r"(\d{1,19})\((\d{1,19})\)" if side else r"\d{1,19}\(\d{1,19}\)")
            names += [f"packets-from-{side}", f"bytes-from-{side}"] if side else []
        elif "username" not in names and USER(word) is not None:
            made.append(r"((?!\d)[!-'*-9;-~]{1,256}+)\(([!-'*-9;-~]{1,512}+)\)")
            names += ["username", "roles"]
        elif "(" in word or ")" in word:
            return None
        else:
            made.append(first if not place else _PLAIN_WORD)
    return " ".join(made), names
