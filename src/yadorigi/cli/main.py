"""The program's entry: runs the command line, and makes one line of whatever ends it early."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from io import TextIOWrapper
from types import ModuleType
from typing import Final

from yadorigi.cli.exit_codes import INTERRUPTED, UNFINISHED, WRONG_USE
from yadorigi.errors import UnfinishedError, YadorigiError

_COLLECTED: Final = (20_000, 20, 10)
"""After how many new objects those are looked for that only hold each other; after how many times among those that
stayed, and after how many of these among all."""
_COLLECTED_FIRST: Final = (1_000_000, 20, 10)
"""The same until the first worker starts: modules, rules and content are some hundred thousand objects, and stay."""


def run() -> None:
    """Run the command line and exit with its code; errors end in one line."""
    gc.set_threshold(*_COLLECTED_FIRST)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_collect)
    # The end would look through all of them once more, to give back memory that the system takes anyway.
    atexit.register(gc.freeze)
    try:
        _prepare_streams()
        sys.meta_path.insert(0, _WithoutPandas())
        # Imported here, so that Ctrl-C while it is imported ends like any other.
        from yadorigi.cli.verbs import command  # noqa: PLC0415 - see above

        command(*sys.argv[1:2])()
    except UnfinishedError as error:
        _end(f"could not finish: {error}", UNFINISHED)
    except YadorigiError as error:
        _end(str(error), WRONG_USE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except OSError as error:
        place = f": {error.filename}" if error.filename else ""
        _end(f"could not finish: {error.strerror or error}{place} (--debug shows where)", UNFINISHED)
    except Exception as error:  # noqa: BLE001 - exit code 1 means that something was found; a fault of ours is no finding
        _end(f"could not finish: {type(error).__name__}: {error} (our fault; --debug shows where)", UNFINISHED)


def _collect() -> None:
    """Look for what only holds each other from now on, but not among what is there already."""
    if gc.get_threshold() == _COLLECTED_FIRST:
        gc.freeze()
        gc.set_threshold(*_COLLECTED)


class _WithoutPandas:
    """Finds no pandas: pyarrow imports it, where it is installed, as soon as it is given a list.

    That takes longer than a small hunt, in each process; the command line has no use for it.
    """

    def find_spec(self, fullname: str, path: object, target: ModuleType | None = None) -> None:
        """Say that there is no pandas, and leave everything else to others."""
        del path, target
        if fullname == "pandas":
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


def _prepare_streams() -> None:
    """Give streams that were closed before the start somewhere to go, and let no character end the output."""
    # A file opened by a program without standard streams would get their number, and what is printed would go there.
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open until the program ends
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open until the program ends
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a host's name must not end the output on an old code page


def _end(message: str, code: int) -> None:
    import typer  # noqa: PLC0415 - as in `run`

    from yadorigi.reports.cells import visible  # noqa: PLC0415 - as in `run`

    typer.echo(f"yadorigi: {visible(message)}", err=True)
    sys.exit(code)
