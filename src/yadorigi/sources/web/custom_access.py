"""Access logs of Apache or nginx in a layout of the user's own: ``--source "access*.log=httpd.conf"``.

The configuration says how lines look: every ``LogFormat``, ``CustomLog`` with a format, and ``log_format`` in it is
tried on each line, the one with the most values first. The file may be the server's own configuration, or hold a
single directive; its name ends in ``.conf``. ``log_directives`` says which names fields have. Lines may come with a
header of syslog.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from yadorigi.errors import UsageError
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.plain_syslog import SYSLOG
from yadorigi.sources.lines.source import LineSource
from yadorigi.sources.lines.survey import Formats
from yadorigi.sources.web.access import AccessFields, request_fields
from yadorigi.sources.web.log_directives import APACHE_TIME, Directive, DirectiveError, directives_in

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock, Stamp

PREFIX: Final = "web_access:"
"""Of the names of sources: behind it is the path of the configuration."""
SUFFIX: Final = ".conf"
_LARGEST_FILE: Final = 1024 * 1024
_DIRECTIVES_LIMIT: Final = 64
_CHANNEL: Final = "web_access/request"


class _Custom:
    """Reads lines by directives."""

    def __init__(self, directives: Sequence[Directive]) -> None:
        ordered = sorted(directives, key=lambda own: -len(own.names))
        self._layouts = [(re.compile(own.expression, re.ASCII | re.DOTALL).fullmatch, own.names) for own in ordered]

    def read(self, line: Line, clock: Clock) -> Reading:
        message = line.message
        for matches, names in self._layouts:
            found = matches(message)
            if found is not None:
                return self._reading(dict(zip(reversed(names), reversed(found.groups()), strict=True)), clock)
        raise LineError("a line that is as no directive says")

    @staticmethod
    def _reading(values: dict[str, str], clock: Clock) -> Reading:
        stamp = _stamp(values, clock)
        if stamp is None:
            raise LineError("a line without a time that can be read")
        values.pop(APACHE_TIME, None)
        fields: AccessFields = {**values}
        request = values.get("request")
        if request is not None:
            del fields["request"]
            fields = {**request_fields(request), **fields}
        return Reading(_CHANNEL, fields, stamp)


def _stamp(values: dict[str, str], clock: Clock) -> Stamp | None:
    for name in (APACHE_TIME, "time_local", "time_iso8601", "msec"):
        value = values.get(name)
        if value:
            return clock.read(value.strip("[]")) or clock.number(value)
    return None


def access_source(name: str) -> LineSource:
    """Return the source that reads by a configuration, by its name: ``web_access:`` and the path.

    Raises:
        UsageError: the configuration cannot be read, or has no directive that could be.
    """
    path = Path(name.removeprefix(PREFIX))
    try:
        state = path.stat()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error
    return _made(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=16)
def _made(path: Path, written: int, size: int) -> LineSource:
    del written  # A configuration that was changed is read again.
    if size > _LARGEST_FILE:
        raise UsageError(f"{path}: more than {_LARGEST_FILE // 1024} KiB: no configuration")
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        directives = list(dict.fromkeys(directives_in(text)))[:_DIRECTIVES_LIMIT]
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error
    except DirectiveError as error:
        raise UsageError(f"{path}: {error}") from error
    if not directives:
        raise UsageError(f"{path}: no directive LogFormat or log_format")
    # The opening is whole lines, so that none is taken for another format's or for a header of syslog.
    whole = "|".join(own.opening for own in directives)
    own = LineFormat(
        f"{PREFIX}{path}", "access log by its directive", _Custom(directives).read, opening=f"(?:{whole})$"
    )
    return LineSource(own, Formats((own, SYSLOG)))
