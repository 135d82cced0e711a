"""PowerShell's transcripts: what was typed, and what was shown.

A transcript is one event ``powershell_transcript/start`` with what its head says (``user``, ``run_as_user``,
``machine``, ``host_application``, ``pid``, ``version``) and what was shown before the first prompt; each line behind a
prompt is one event ``powershell_transcript/command`` with ``command``, ``prompt``, ``output`` and the head's values.
The time is that of the command where the transcript has it (invocation headers), else that of its beginning. Times are
local. Output may hold lines that look like prompts, heads or times: whoever wrote it may have meant to mislead. Long
output is cut, and ``output_cut`` says by how many lines. Labels of the head are known in English, and by their order in
any language.

Source: Microsoft, Start-Transcript; PowerShell, ``MshHostUserInterface`` (transcript prologue).
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

_STARS: Final = re.compile(r"\*{20,64}\s*").fullmatch
_PROMPT: Final = re.compile(r"((?:\[[^\]]{1,128}\]: )?PS(?: [^>]{0,260})?)> ?(.*)", re.DOTALL).fullmatch
_TITLE: Final = re.compile(r"(?:Windows )?PowerShell [^\s:>\uff1a][^:>\uff1a]{2,40}").fullmatch
_MORE: Final = re.compile(r">> ?(.*)", re.DOTALL).fullmatch
_LABEL: Final = re.compile(r"([^:\uff1a]{1,48}?) *[:\uff1a] ?(.*)", re.DOTALL).fullmatch
_TIME: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\s*", re.ASCII).fullmatch
_NAMES: Final = ("time", "user", "run_as_user", "configuration", "machine", "host_application", "pid")
"""Values of the head in their order (version 5 and later)."""
_LABELS: Final = {
    "start time": "time", "username": "user", "runas user": "run_as_user", "configuration name": "configuration",
    "machine": "machine", "host application": "host_application", "process id": "pid", "psversion": "version",
    "command start time": "time", "end time": "end",
}  # fmt: skip
_BELONGS: Final = Stamp("", "", "stated")
_OUTPUT_LINES: Final = 200
_OUTPUT_CHARACTERS: Final = 64 * 1024
_COMMAND_CHARACTERS: Final = 1024 * 1024
_HEAD_LINES: Final = 24


def _read(line: Line, clock: Clock) -> Reading:
    """Return a line as it is, with the moment that it states; the joiner knows where in a transcript it stands."""
    time = _BELONGS
    named = _LABEL(line.text)
    if named is not None and (found := _TIME(named[2])) is not None:
        year, month, day, hour, minute, second = found.groups()
        time = clock.iso(f"{year}-{month}-{day} {hour}:{minute}:{second}") or _BELONGS
    return Reading("powershell_transcript/command", {"line": line.text}, time)


class _Joiner:
    """Follows transcripts: heads between rows of stars, prompts, and what is shown behind them."""

    def __init__(self) -> None:
        self._head: dict[str, str] = {}
        self._order = 0
        self._place = ""
        self._time: Stamp | None = None
        self._header: Header | None = None
        self._fields: dict[str, str] = {}
        self._output: list[str] = []
        self._shown = self._cut = self._line = 0
        self._before: tuple[dict[str, str], Stamp | None] = {}, None
        self._passed: list[str] = []

    def take(self, reading: Reading, header: Header, line: int) -> Iterable[_Whole]:
        """Take a line; give the event before it where it begins another."""
        text, self._header = str(reading.fields["line"]), header
        if _STARS(text):
            return self._at_stars(line)
        if self._place == "stars":
            return self._behind_stars(text, reading, line)
        if self._place == "head":
            if self._in_head(text, reading):
                return ()
            # Somebody has shown what begins like a head: it was output.
            self._head, self._time = self._before
            self._place = ""
            for passed in self._passed:
                self._show(passed)
        if self._time is None:
            raise LineError("a line in front of the first transcript")
        return self._in_body(text, line)

    def _in_body(self, text: str, line: int) -> Iterable[_Whole]:
        prompt = _PROMPT(text)
        if prompt is not None:
            whole = self.rest()
            self._fields = {"prompt": f"{prompt[1]}>", "command": prompt[2]}
            self._line = line
            return whole
        self._show(text)
        return ()

    def _at_stars(self, line: int) -> Iterable[_Whole]:
        if self._place != "head":
            self._place = "" if self._place == "closing" else "stars"
            return ()
        whole = self.rest()
        self._place = ""
        # What ends a transcript says nothing but when.
        self._fields = {"command": "", "prompt": ""} if self._time is not None and self._order > 1 else {}
        self._line = line
        return whole

    def _behind_stars(self, text: str, reading: Reading, line: int) -> Iterable[_Whole]:
        """Take the line behind a row of stars: it begins or ends a transcript, or says when a command was started."""
        if _TITLE(text) is not None:
            self._before = self._head, self._time
            self._head, self._order, self._place, self._passed, self._time = {}, 0, "head", [text], None
            return ()
        if _LABEL(text) is not None and reading.time is not _BELONGS and reading.time is not None:
            whole = self.rest()
            self._place, self._time = "closing", reading.time
            return whole
        self._place = ""
        if self._time is None:
            raise LineError("a line in front of the first transcript")
        return self._in_body(text, line)

    def _in_head(self, text: str, reading: Reading) -> bool:
        """Take a line of a head; say whether it can be one."""
        named = _LABEL(text)
        self._passed.append(text)
        if named is None or _PROMPT(text) is not None or len(self._passed) > _HEAD_LINES:
            self._passed.pop()
            return False
        known = _LABELS.get(named[1].casefold())
        name = known or (_NAMES[self._order] if self._order < len(_NAMES) and not named[1].isascii() else "")
        self._order += 1
        if name == "time" and reading.time is not _BELONGS:
            self._time = reading.time
        elif name and name != "end":
            self._head[name] = named[2].strip()
        return True

    def _show(self, text: str) -> None:
        more = _MORE(text)
        if more is not None and self._fields.get("command") and not self._output:
            if len(self._fields["command"]) < _COMMAND_CHARACTERS:
                self._fields["command"] += f"\n{more[1]}"
            return
        if len(self._output) >= _OUTPUT_LINES or self._shown + len(text) > _OUTPUT_CHARACTERS:
            self._cut += 1
            return
        self._output.append(text)
        self._shown += len(text)

    def rest(self) -> Iterable[_Whole]:
        """Give the event that is held."""
        fields, output, cut = self._fields, self._output, self._cut
        self._fields, self._output, self._shown, self._cut = {}, [], 0, 0
        # The event before a head belongs to the transcript before.
        head, time = self._before if self._place == "head" else (self._head, self._time)
        if not fields or time is None or self._header is None:
            return ()
        begun = not fields["prompt"]
        whole = {**head, **({} if begun else fields)}
        if output:
            whole["output"] = "\n".join(output)
        if cut:
            whole["output_cut"] = str(cut)
        host = head.get("machine", "").partition(" (")[0]
        channel = f"powershell_transcript/{'start' if begun else 'command'}"
        return ((Reading(channel, whole, time, host), self._header, self._line),)


POWERSHELL_TRANSCRIPT: Final = LineFormat(
    "powershell_transcript",
    "transcript of PowerShell",
    _read,
    opening=r"(?:Windows )?PowerShell "
    r"(?:transcript start|\u30c8\u30e9\u30f3\u30b9\u30af\u30ea\u30d7\u30c8\u958b\u59cb)\s*$",
    joiner=_Joiner,
    alone=True,
)
