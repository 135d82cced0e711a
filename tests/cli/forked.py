"""Runs the command line in a process of its own without starting an interpreter for it.

One process for each worker of the tests imports the program once, and copies itself for each command that it is given.
A copy is what the interpreter would be behind the imports: own process, standard streams, environment, working folder
and exit code. Imports take longer than most commands of the tests, and there are a thousand of these. How the program
starts from nothing is tested by those who start it so (``command``).
"""

from __future__ import annotations

import atexit
import gc
import io
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import IO, Any, Final, NoReturn

import msgspec

import yadorigi
from yadorigi.app.custody import content_digest
from yadorigi.cli.main import run
from yadorigi.cli.verbs import command
from yadorigi.languages.sigma.log_sources import LogSources
from yadorigi.packs.behaviours import load_behaviours
from yadorigi.packs.rule_techniques import rule_techniques
from yadorigi.packs.word_list import word_list
from yadorigi.reports.page import write
from yadorigi.reports.page.catalogue import load_words
from yadorigi.schema.ocsf_mapping import load as load_mappings

CAN_FORK: Final = hasattr(os, "fork") and sys.platform == "linux"
ROOT: Final = Path(__file__).parents[2]
_BESIDE: Final = (
    "encodings.cp932",
    "encodings.utf_8_sig",
    "filelock",
    "multiprocessing.popen_fork",
    "rich._unicode_data.unicode17-0-0",
    "rich.progress",
    "tomllib",
    "typer._adapters",
    "typer._click.decorators",
)
"""What others import where they first need it."""
_LENGTH: Final = struct.Struct("<q")
_STREAMS: Final = 3


class Request(msgspec.Struct, frozen=True):
    """One command: what is typed behind the program's name, where, and with which variables."""

    arguments: list[str]
    folder: str
    environment: dict[str, str]


def run_forked(
    arguments: list[str], folder: Path, environment: dict[str, str], timeout: float = 120
) -> subprocess.CompletedProcess[bytes]:
    """Run a command and keep what it prints.

    Raises:
        subprocess.TimeoutExpired: it took too long, and was ended.
    """
    with Path(os.devnull).open("rb") as nothing, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        code = _server().run(Request(arguments, str(folder), environment), (nothing, out, err), timeout)
        return subprocess.CompletedProcess(arguments, code, _content(out), _content(err))


def _content(stream: IO[bytes]) -> bytes:
    stream.seek(0)
    return stream.read()


class _Server:
    """The process that copies itself, as those see it who send it commands."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        with theirs:
            program = f"from tests.cli.forked import serve; serve({theirs.fileno()})"
            self._process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, pass_fds=[theirs.fileno()])
        atexit.register(self.close)

    def run(self, request: Request, streams: tuple[IO[bytes], ...], timeout: float) -> int:
        data = msgspec.msgpack.encode(request)
        socket.send_fds(self._ours, [_LENGTH.pack(len(data))], [stream.fileno() for stream in streams])
        self._ours.sendall(data)
        process = self._number()
        self._ours.settimeout(timeout)
        try:
            return self._number()
        except TimeoutError:
            os.kill(process, signal.SIGKILL)
            self._ours.settimeout(None)
            self._number()
            raise subprocess.TimeoutExpired(request.arguments, timeout) from None
        finally:
            self._ours.settimeout(None)

    def _number(self) -> int:
        return int(_LENGTH.unpack(_received(self._ours, _LENGTH.size))[0])

    def close(self) -> None:
        self._ours.close()
        self._process.wait()


@cache
def _server() -> _Server:
    return _Server()


def _received(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data


# ------------------------------------------------------------------------------------------------ in the other process


def serve(descriptor: int) -> None:
    """Run commands until nobody sends any more: for each, give the process and then its exit code."""
    _import_program()
    # No copy looks through all that again for what only holds itself, nor gets pages of its own by looking.
    gc.freeze()
    with socket.socket(fileno=descriptor) as connection:
        while True:
            head, streams, _, _ = socket.recv_fds(connection, _LENGTH.size, _STREAMS)
            if not head:
                return
            request = msgspec.msgpack.decode(_received(connection, _LENGTH.unpack(head)[0]), type=Request)
            process = os.fork()
            if not process:
                connection.close()
                _be_program(request, streams)
            for stream in streams:
                os.close(stream)
            connection.sendall(_LENGTH.pack(process))
            _, status = os.waitpid(process, 0)
            connection.sendall(_LENGTH.pack(os.waitstatus_to_exitcode(status)))


def _import_program() -> None:
    """Import the whole program, and read what never differs from run to run.

    The program itself imports late whatever not every command needs, above all the patterns of all formats of logs.
    """
    own = (module.name for module in walk_packages(yadorigi.__path__, "yadorigi."))
    for name in (*_BESIDE, *own):
        if name != "yadorigi.__main__":
            import_module(name)
    whole: Any = command()
    for one in (whole, *map(command, whole.commands)):
        _look_at_options(one)
    for template in Path(write.__file__).with_name("templates").glob("*.html"):
        write._environment().get_template(template.name)
    content_digest()
    load_behaviours()
    load_mappings()
    load_words()
    LogSources.load()
    rule_techniques()
    for name in ("report", "steps", "assessment"):
        word_list(name)


def _look_at_options(one: Any) -> None:
    """Make ready what turns the text of an option of a command of typer into its value, as the first use would."""
    for parameter in one.params:
        if hasattr(parameter, "get_runtime_param"):
            parameter.get_runtime_param()
    for other in getattr(one, "commands", {}).values():
        _look_at_options(other)


def _be_program(request: Request, streams: list[int]) -> NoReturn:
    code = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(request.folder)
        os.environ.clear()
        os.environ.update(request.environment)
        time.tzset()
        sys.argv = ["yadorigi", *request.arguments]
        encoding = sys.stdout.encoding
        sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding)
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "wb", closefd=False)), encoding)
        errors = io.BufferedWriter(io.FileIO(2, "wb", closefd=False))
        sys.stderr = io.TextIOWrapper(errors, encoding, "backslashreplace", line_buffering=True)
        code = _code_of_program()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _code_of_program() -> int:
    try:
        run()
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
            return 1
        return end.code or 0
    return 0
