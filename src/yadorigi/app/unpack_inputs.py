"""Open the archives among the inputs: workers unpack them, and their members become inputs like any other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from yadorigi.app.keep_tasks import KeepTask
from yadorigi.archives.kinds import ZIP
from yadorigi.errors import UnfinishedError, UsageError
from yadorigi.ingest.discover import InputFile, Inputs, with_places
from yadorigi.ingest.tasks import ReadTask
from yadorigi.ingest.unpack import HostTold, Told, Unpacked, UnpackedMember, UnpackTask, journal, require_disk
from yadorigi.limits import (
    MEBIBYTE,
    PASSWORDS_LIMIT,
    TASK_SECONDS_LIMIT,
    UNPACK_PART_BYTES,
    UNPACK_PARTS_LIMIT,
)
from yadorigi.runner.pool import Lost
from yadorigi.schema.warning import ParseWarning
from yadorigi.sources.choice import SourceChoices

if TYPE_CHECKING:
    from yadorigi.app.progress import Progress

Run = Callable[[Iterable[UnpackTask]], Iterator[tuple[Any, Any]]]
"""Does tasks in workers and gives each with its result: `Pool.run` of a pool whose workers do `unpack`."""

_FOLDER: Final = "unpacked"


@dataclass(frozen=True, slots=True)
class Unpacking:
    """How to unpack.

    Attributes:
        spool: a folder for what comes out; the caller removes it.
        password_file: passwords to try, one a line, or None.
        choices: sources that the user chose for some files.
    """

    spool: Path
    password_file: Path | None = None
    choices: SourceChoices = SourceChoices()  # noqa: RUF009 - it cannot change


@dataclass(frozen=True, slots=True)
class UnpackedInputs:
    """All inputs, members of archives among them, and whether Ctrl-C came before all archives were opened."""

    inputs: Inputs
    interrupted: bool = False


def read_passwords(path: Path | None) -> tuple[str, ...]:
    """Return the passwords of a file: UTF-8, one a line, empty lines left out.

    Raises:
        UsageError: the file cannot be read or is no such file.
    """
    if path is None:
        return ()
    try:
        with path.open("rb") as stream:
            content = stream.read(MEBIBYTE + 1)
        lines = content.decode("utf-8-sig").split("\n")
    except OSError as error:
        raise UsageError(f"--password-file {path}: {error.strerror or error}") from error
    except UnicodeDecodeError:
        raise UsageError(f"--password-file {path}: no UTF-8 text") from None  # the error would show its content
    passwords = tuple(line.removesuffix("\r") for line in lines if line.removesuffix("\r"))
    if len(content) > MEBIBYTE or len(passwords) > PASSWORDS_LIMIT:
        raise UsageError(f"--password-file {path}: more than {PASSWORDS_LIMIT:,} passwords, or more than 1 MiB")
    return passwords


def seconds_for(task: object) -> float:
    """Return the time that a task may take: a large archive, or a file that cannot be cut, takes its time."""
    return task.seconds_limit if isinstance(task, UnpackTask | ReadTask | KeepTask) else TASK_SECONDS_LIMIT


def unpack_inputs(inputs: Inputs, how: Unpacking, run: Run, progress: Progress) -> UnpackedInputs:
    """Return the inputs with the members of all archives among them, sorted by name and numbered anew.

    Raises:
        UsageError: the password file cannot be read.
        UnfinishedError: there is too little disk.
    """
    passwords = read_passwords(how.password_file)
    archives = [file for file in inputs.files if file.is_archive]
    if not archives:
        return UnpackedInputs(inputs)
    try:
        require_disk(how.spool)
    except OSError as error:
        raise UnfinishedError(f"{error.strerror}: {error.filename}") from error
    tasks = [task for number, file in enumerate(archives) for task in _tasks(number, file, how, passwords)]
    progress.stage("unpack", sum(file.size for file in archives))
    lost: dict[Path, str] = {}
    known: dict[Path, bytes] = {}
    interrupted = False
    try:
        for task, result in run(tasks):
            if isinstance(result, Lost):
                lost[task.spool] = result.reason
            elif not isinstance(result, Unpacked):
                raise UnfinishedError(f"a worker gave {type(result).__name__} for an archive")
            else:
                known |= {task.spool / name: fingerprint for name, fingerprint in result.fingerprints.items()}
            progress.advance(task.size // task.parts)
    except KeyboardInterrupt:
        interrupted = True
    together = _together(inputs, tasks, lost)
    files = tuple(
        msgspec.structs.replace(file, fingerprint=known.get(file.path, file.fingerprint)) for file in together.files
    )
    return UnpackedInputs(replace(together, files=files), interrupted)


def _tasks(number: int, file: InputFile, how: Unpacking, passwords: tuple[str, ...]) -> Iterator[UnpackTask]:
    """Give an archive's tasks: one, or several where its members can be read in any order and it is large."""
    parts = max(1, min(UNPACK_PARTS_LIMIT, file.size // UNPACK_PART_BYTES)) if file.source == ZIP else 1
    for part in range(parts):
        spool = how.spool / _FOLDER / f"{number:06}-{part:02}"
        yield UnpackTask(
            number, file.path, file.name, file.source or "", file.size, spool, passwords, how.choices, part, parts
        )


def _together(inputs: Inputs, tasks: list[UnpackTask], lost: dict[Path, str]) -> Inputs:
    files = list(inputs.files)
    leaves = {file.path: file.leaf for file in files}
    warnings = [warning for _, warning in inputs.told]
    hosts = dict(inputs.hosts)
    for task in tasks:
        members = 0
        for entry in journal(task):
            if isinstance(entry, Told):
                warnings.append(entry.warning)
            elif isinstance(entry, HostTold):
                hosts[entry.folder] = entry.host
            else:
                members += 1
                files.append(_input(task, entry, leaves.get(task.path)))
        if task.spool in lost:
            which = f" of part {task.part + 1} of {task.parts}" if task.parts > 1 else ""
            ended = f"unpacking ended after {members:,} members{which}: {lost[task.spool]}"
            reason = f"{ended}; what lies behind is not read"
            warnings.append(ParseWarning(task.name, None, "file", None, reason))
    files.sort(key=lambda file: (file.name, file.path))
    numbered = [msgspec.structs.replace(file, number=number) for number, file in enumerate(files)]
    numbers = {file.name: file.number for file in reversed(numbered)}
    told = tuple((numbers[warning.file], warning) for warning in warnings if warning.file in numbers)
    others = tuple(warning for warning in warnings if warning.file not in numbers)
    return Inputs(with_places(numbered, hosts), inputs.warnings + others, told, hosts)


def _input(task: UnpackTask, member: UnpackedMember, leaf: int | None) -> InputFile:
    return InputFile(
        number=0,
        path=task.spool / member.file if member.file else task.path,
        name=member.name,
        size=member.size,
        source=member.source,
        problem=member.problem,
        reason=member.reason,
        is_archive=member.is_archive,
        sha256=member.sha256,
        leaf=leaf,
    )
