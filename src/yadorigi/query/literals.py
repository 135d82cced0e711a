"""The text that a regular expression cannot match without.

One Aho-Corasick pass over a value finds which expressions are worth running. The reading is cautious: where the
expression uses anything that is not plainly understood here, no literal is claimed and the expression always runs.
"""

from __future__ import annotations

from typing import Final

_MINIMUM: Final = 2
_OPTIONAL: Final = frozenset("?*{")
_UNDERSTOOD_ESCAPES: Final = frozenset("dDwWsSbBAz")
_PUNCTUATION: Final = frozenset("\\.^$*+?{}[]()|/-\"'<>=:;,!@#%&~`_ ")


def required_literal(pattern: str) -> str:
    """Return the longest text that every match of the expression holds (letter case aside), or "" if none is known."""
    runs: list[str] = []
    current: list[str] = []
    position = _flags_end(pattern)
    if position < 0:
        return ""
    while position < len(pattern):
        step = _step(pattern, position)
        if step is None:
            return ""
        literal, position = step
        following = pattern[position : position + 1]
        if literal and following not in _OPTIONAL:
            current.append(literal)
        if not literal or following in _OPTIONAL or following == "+":
            runs.append("".join(current))
            current = []
    runs.append("".join(current))
    longest = max(runs, key=len)
    return longest if len(longest) >= _MINIMUM else ""


def _flags_end(pattern: str) -> int:
    """Return where the expression starts after leading flags; -1 where the flags change how it is read."""
    if not pattern.startswith("(?") or pattern[2:3] in {":", "P", "<", "=", "!"}:
        return 0
    end = pattern.find(")")
    return end + 1 if end > 0 and set(pattern[2:end]) <= set("ims") else -1


def _step(pattern: str, position: int) -> tuple[str, int] | None:
    """Return the literal at the position ("" if it is something else) and the next position; None to give up."""
    character = pattern[position]
    if character == "\\":
        escaped = pattern[position + 1 : position + 2]
        if escaped in _PUNCTUATION and escaped:
            return escaped, position + 2
        return ("", position + 2) if escaped in _UNDERSTOOD_ESCAPES and escaped else None
    if character == "|":
        return None
    if character == "[":
        end = _class_end(pattern, position)
        return None if end < 0 else ("", end)
    if character == "(":
        end = _group_end(pattern, position)
        return None if end < 0 else ("", end)
    if character == "{":
        end = pattern.find("}", position)
        return None if end < 0 else ("", end + 1)
    if character in ".^$?*+":
        return "", position + 1
    return (character, position + 1) if character not in ")]}" else None


def _class_end(pattern: str, start: int) -> int:
    position = start + 1
    if pattern[position : position + 1] == "^":
        position += 1
    if pattern[position : position + 1] == "]":
        position += 1
    while position < len(pattern):
        if pattern[position] == "\\":
            position += 2
        elif pattern[position : position + 2] == "[:":
            position = pattern.find(":]", position) + 2
            if position < 2:  # noqa: PLR2004 - find() said -1: the class has no end
                return -1
        elif pattern[position] == "]":
            return position + 1
        else:
            position += 1
    return -1


def _group_end(pattern: str, start: int) -> int:
    depth = 0
    position = start
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            position += 2
            continue
        if character == "[":
            position = _class_end(pattern, position)
            if position < 0:
                return -1
            continue
        if character == "(":
            # A group that sets flags for what follows it changes how the rest is read.
            if pattern.startswith("(?", position) and _sets_flags(pattern, position):
                return -1
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    return -1


def _sets_flags(pattern: str, position: int) -> bool:
    end = position + 2
    while end < len(pattern) and (pattern[end].isalpha() or pattern[end] == "-"):
        end += 1
    return pattern[end : end + 1] == ")" or "x" in pattern[position + 2 : end]
