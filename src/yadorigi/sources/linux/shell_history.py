"""What was typed in a shell: ``.bash_history`` with times (``HISTTIMEFORMAT`` was set), and zsh's extended history.

A command is one event of the channel ``linux/shell`` with the field ``command``, over several lines where it was typed
so; zsh adds ``elapsed`` in seconds. The file does not say whose it is, nor on which host. Times are seconds since 1970.

Sources: Bash Reference Manual, HISTTIMEFORMAT; zsh, EXTENDED_HISTORY. Not read: history without times.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TypeAlias

from yadorigi.sources.lines.clock import Stamp
from yadorigi.sources.lines.format import LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock
    from yadorigi.sources.lines.format import Header, Line

_Whole: TypeAlias = "tuple[Reading, Header, int]"

_SHELL: Final = "linux/shell"
_BASH: Final = re.compile(r"#(\d{9,10})", re.ASCII).fullmatch
_ZSH: Final = re.compile(r": (\d{9,10}):(\d{1,9});(.*)", re.ASCII | re.DOTALL).fullmatch
_CONTINUES: Final = Stamp("", "", "stated")
_CHARACTERS: Final = 1024 * 1024
"""Characters of one command; what comes after them is left out of it."""
_CUT: Final = "a command of more than {:,} characters: what is beyond them is left out"


def _read(line: Line, clock: Clock) -> Reading:
    found = _BASH(line.text)
    if found is not None:
        return Reading(_SHELL, {"shell": "bash", "command": ""}, clock.seconds(found[1]))
    found = _ZSH(line.text)
    if found is not None:
        fields = {"shell": "zsh", "elapsed": found[2], "command": found[3]}
        return Reading(_SHELL, fields, clock.seconds(found[1]))
    return Reading(_SHELL, {"command": line.text}, _CONTINUES)


class _Joiner:
    """Joins the lines of a command to its time."""

    def __init__(self) -> None:
        self._held: _Whole | None = None
        self._lines: list[str] = []
        self._size = 0

    def take(self, reading: Reading, header: Header, line: int) -> Iterable[_Whole]:
        """Take a line; give the command before it where it begins another."""
        text = str(reading.fields["command"])
        if reading.time is _CONTINUES:
            if self._held is None:
                raise LineError("a command in front of the first time")
            self._size += len(text)
            if self._size > _CHARACTERS:
                raise LineError(_CUT.format(_CHARACTERS))
            self._lines.append(text)
            return ()
        whole = self.rest()
        self._held, self._lines, self._size = (reading, header, line), [text] if text else [], len(text)
        return whole

    def rest(self) -> Iterable[_Whole]:
        """Give the command that is held; a time without one is none."""
        held, self._held = self._held, None
        if held is None or not self._lines:
            return ()
        reading, header, line = held
        lines = self._lines
        if reading.fields["shell"] == "zsh":
            lines = [*(text.removesuffix("\\") for text in lines[:-1]), lines[-1]]
        return ((reading._replace(fields={**reading.fields, "command": "\n".join(lines)}), header, line),)


SHELL_HISTORY: Final = LineFormat(
    "shell_history",
    "history of a shell",
    _read,
    opening=r"#\d{9,10}$|: \d{9,10}:\d{1,9};",
    joiner=_Joiner,
    alone=True,
)
