"""Regular expressions from rules, run so that no input can make them hang.

RE2 runs in time linear to its input. What RE2 cannot express (look-around, back references) runs in `regex` with a
time limit; a search that hits the limit counts as no match and is counted, so that it can be reported by name.
The expression is searched for anywhere in the text; letter case counts unless it says otherwise.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import re2

from yadorigi.errors import RegexError
from yadorigi.limits import REGEX_MEMORY_BYTES, REGEX_TIMEOUT_SECONDS, REGEX_TIMEOUTS_LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence


def _options() -> re2.Options:
    options = re2.Options()
    options.max_mem = REGEX_MEMORY_BYTES
    options.log_errors = False
    # Nobody asks where a group matched; not keeping track makes a search half as long.
    options.never_capture = True
    return options


class SafeRegex:
    """A compiled expression.

    Attributes:
        pattern: the expression as the rule has it.
        flags: subset of ``ims``.
        linear: whether it runs in linear time; if not, under a time limit.
        timed_out: searches that hit the time limit so far.
    """

    __slots__ = ("_bounded", "_linear", "_lost", "flags", "linear", "pattern", "timed_out")

    def __init__(self, pattern: str, flags: str) -> None:
        """Compile the expression.

        Raises:
            RegexError: neither engine can compile it.
        """
        self.pattern = pattern
        self.flags = flags
        self.timed_out = 0
        self._lost = 0
        whole = self.whole
        try:
            self._linear = re2.compile(whole, _options())
            self.linear = True
        except (re2.error, UnicodeEncodeError):
            self.linear = False
            import regex  # noqa: PLC0415 - a large module that few rules need

            try:
                self._bounded = regex.compile(whole, regex.VERSION0)
            except (regex.error, RecursionError, OverflowError, MemoryError) as error:
                message = f"regular expression {pattern[:200]!r} cannot be compiled: {error}"
                raise RegexError(message) from error

    @property
    def size(self) -> int:
        """Instructions of a linear-time expression."""
        return int(self._linear.programsize)

    @property
    def whole(self) -> str:
        """The expression with its flags."""
        return f"(?{self.flags}){self.pattern}" if self.flags else self.pattern

    def fullmatch(self, text: str) -> bool:
        """Say whether the expression matches the whole text."""
        if self.linear:
            return self._linear.fullmatch(text) is not None
        return self._bounded.fullmatch(text, timeout=REGEX_TIMEOUT_SECONDS) is not None

    def found_in_encoded(self, text: bytes) -> bool:
        """Say whether a linear-time expression is found in a text that is UTF-8 already.

        Whoever runs many expressions on one text encodes it once.
        """
        return self._linear.search(text) is not None

    def found_in(self, text: str) -> bool:
        """Say whether the expression is found in the text; False, and counted, where the time limit was hit.

        An expression that hits the limit again and again is not run any more, and each search counted.
        """
        if self.linear:
            try:
                return self._linear.search(text) is not None
            except UnicodeEncodeError:
                return self._linear.search(text.encode("utf-8", "replace").decode()) is not None
        if self._lost >= REGEX_TIMEOUTS_LIMIT:
            self.timed_out += 1
            return False
        try:
            return self._bounded.search(text, timeout=REGEX_TIMEOUT_SECONDS) is not None
        except TimeoutError:
            self.timed_out += 1
            self._lost += 1
            return False


class TogetherSearched:
    """Linear-time expressions that are looked for in one pass over a text.

    The engine says nothing where it runs out of memory in such a pass. So one more expression, which is in every text,
    goes along: where it is not found, the pass says nothing, and each expression is run by itself.
    """

    __slots__ = ("_expressions", "_sentinel", "_set")

    def __init__(self, expressions: Sequence[SafeRegex]) -> None:
        """Join the expressions; where together they are too large, each runs by itself."""
        self._expressions = expressions
        self._sentinel = len(expressions)
        self._set: re2.Set | None = re2.Set.SearchSet(_options())
        try:
            for expression in expressions:
                self._set.Add(expression.whole)
            self._set.Add("")  # the sentinel
            self._set.Compile()
        except re2.error:
            self._set = None

    def found_in(self, text: bytes) -> set[int]:
        """Return the places of the expressions that are found in a text, given as UTF-8."""
        if self._set is not None:
            found = set(self._set.Match(text) or ())
            if self._sentinel in found:
                found.remove(self._sentinel)
                return found
        return {place for place, expression in enumerate(self._expressions) if expression.found_in_encoded(text)}


@lru_cache(maxsize=65_536)
def compiled(pattern: str, flags: str) -> SafeRegex:
    """Return the compiled expression; one per pattern and flags in a process.

    Raises:
        RegexError: it cannot be compiled.
    """
    return SafeRegex(pattern, flags)
