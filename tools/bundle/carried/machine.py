"""Whether this machine and this Python are among those that were prepared for, and if not, what to do."""

from __future__ import annotations

import io
import json
import os
import platform
import struct
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SYSTEMS: Final = {"linux": "linux", "win32": "windows"}
_MACHINES: Final = frozenset({"x86_64", "amd64"})


class CarriedError(Exception):
    """It cannot go on; the text says why and what to do."""


@dataclass(frozen=True)
class Contents:
    """What was carried in, as contents.json tells.

    Attributes:
        version: of the program.
        targets: each system with its Pythons, as in ``linux-py311``.
        glibc: the oldest glibc of Linux that the wheels need.
    """

    version: str
    targets: tuple[str, ...]
    glibc: tuple[int, int]

    @classmethod
    def read(cls, text: str) -> Contents:
        """Read contents.json."""
        loaded = json.loads(text)
        major, minor = loaded["glibc"]
        return cls(loaded["version"], tuple(loaded["targets"]), (major, minor))


def this_target() -> str:
    """The system and Python that this process runs on, in the words of contents.json."""
    return f"{_SYSTEMS.get(sys.platform, sys.platform)}-py{sys.version_info[0]}{sys.version_info[1]}"


def require(contents: Contents) -> None:
    """Go on only where what was carried in can work.

    Raises:
        CarriedError: it cannot work here.
    """
    here = f"this is Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if platform.python_implementation() != "CPython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        raise CarriedError(f"an ordinary CPython is needed, {here}, {platform.python_implementation()}, {sys.version}")
    if platform.machine().lower() not in _MACHINES or struct.calcsize("P") * 8 != 64:  # noqa: PLR2004 - bits
        raise CarriedError(f"a 64-bit Python on an x86-64 processor is needed, {here}")
    if this_target() not in contents.targets:
        raise CarriedError(f"made for {', '.join(map(in_words, contents.targets))}; {here}")
    if sys.platform == "linux" and _glibc() < contents.glibc:
        needed = ".".join(map(str, contents.glibc))
        raise CarriedError(f"glibc {needed} or newer is needed (not musl, as on Alpine); this has {_glibc_in_words()}")


def in_words(target: str) -> str:
    """A target as a person says it: ``linux-py311`` is Python 3.11 on Linux."""
    system, _, python = target.partition("-py")
    return f"Python {python[0]}.{python[1:]} on {system.capitalize()}"


def _glibc() -> tuple[int, int]:
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
        major, minor = version.split(".")[:2]
        return (int(major), int(minor)) if name == "glibc" else (0, 0)
    except (ValueError, OSError):
        return (0, 0)


def _glibc_in_words() -> str:
    version = ".".join(map(str, _glibc()))
    return f"glibc {version}" if version != "0.0" else "another C library"


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, flush=True)


def speak_in_any_encoding() -> None:
    """Write what the terminal's encoding lacks (a name in the path of a folder, say) as escapes, and go on."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def home() -> Path | None:
    """The user's home folder, if it is known."""
    try:
        return Path.home()
    except RuntimeError:
        return None
