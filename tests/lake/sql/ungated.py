"""Runs statements as a session's process would, without the gate before them. A test starts it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from yadorigi.lake.sql import child, confine
from yadorigi.lake.sql.confine_linux import fence_calls, fence_files
from yadorigi.lake.sql.messages import Limits, Request, Views
from yadorigi.lake.sql.readable_files import ReadableFiles


def main() -> None:
    """Read what to do from standard input; write what came of it to standard output."""
    asked: dict[str, Any] = json.load(sys.stdin)
    request = Request(";".join(asked["statements"]), Limits(30, 512 << 20, None, 1 << 30, 2))
    made = {name: bytes.fromhex(content) for name, content in asked["made"].items()}
    views = Views(tuple(asked["views"]), asked["files"], made, {})
    confine.forget_environment()
    confine.limit_resources(30, 512 << 20, 2)
    if asked["fenced"]:
        fence_calls()
    connection = child._connect(request, views)
    # What Python needs to show times, it must load before the fence is up.
    ZoneInfo("UTC")
    if asked["fenced"]:
        fence_files(views.files.values())
    child._furnish(connection, request, views, ReadableFiles(views.files, views.made))
    outcomes = [_outcome(connection, sql) for sql in asked["statements"]]
    if asked["fenced"]:
        outcomes += [_tried(name, what) for name, what in _escapes(asked["secret"], asked["folder"]).items()]
    sys.stdout.write(json.dumps(outcomes))
    sys.stdout.flush()
    os._exit(0)


def _outcome(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[str, str]:
    try:
        return sql, repr(connection.execute(sql).fetchall())[:10_000]
    except duckdb.Error as error:
        return sql, f"refused: {error}"[:10_000]


def _tried(name: str, what: Callable[[], object]) -> tuple[str, str]:
    try:
        return name, f"done: {what()!r}"
    except OSError as error:
        return name, f"refused: {error}"


def _escapes(secret: str, folder: str) -> dict[str, Callable[[], object]]:
    """What somebody would try who has the process in hand: the kernel is all that is left."""
    import socket  # noqa: PLC0415 - part of what is tried

    return {
        "read a file": lambda: Path(secret).read_bytes(),
        "list a folder": lambda: list(Path(folder).iterdir()),
        "read the environment": lambda: Path("/proc/self/environ").read_bytes(),
        "make a file": lambda: Path(folder, "made").write_bytes(b"x"),
        "make an empty file": lambda: os.close(os.open(f"{folder}/empty", os.O_CREAT | os.O_WRONLY)),
        "truncate a file": lambda: os.truncate(secret, 0),
        "make a folder": lambda: Path(folder, "new").mkdir(),
        "remove a file": lambda: Path(secret).unlink(),
        "rename a file": lambda: Path(secret).rename(f"{secret}2"),
        "link a file": lambda: os.link(secret, f"{folder}/link"),
        "link by name": lambda: Path(folder, "symlink").symlink_to(secret),
        "change rights": lambda: Path(secret).chmod(0o600),
        "change times": lambda: os.utime(secret),
        "make a pipe in a folder": lambda: os.mkfifo(f"{folder}/pipe"),
        "make a socket": socket.socket,
        "make a UDP socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "make a local socket": lambda: socket.socket(socket.AF_UNIX),
        "fork": lambda: os.fork() or os._exit(0),
        "run a program": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606 - it must not start
        "signal another process": lambda: os.kill(os.getppid(), 0),
    }


if __name__ == "__main__":
    main()
