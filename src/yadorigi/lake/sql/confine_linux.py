"""Linux: Landlock for files, seccomp for system calls. Elsewhere, and on kernels without them, nothing is done.

There is no maintained package for either that is small; both are a few numbers of the kernel's stable interface
(linux/landlock.h, linux/seccomp.h, linux/filter.h), and asking for them needs no rights.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_SIGKILL: Final = 9

_LANDLOCK_CREATE: Final = 444
_LANDLOCK_ADD: Final = 445
_LANDLOCK_RESTRICT: Final = 446
_VERSION: Final = 1
_PATH_BENEATH: Final = 1
_READ_FILE: Final = 1 << 2
_FILE_RIGHTS: Final = (0, 13, 14, 15, 15, 16)
"""How many rights over files each version of Landlock knows: REFER came with 2, TRUNCATE with 3, IOCTL_DEV with 5."""
_NET_SINCE: Final = 4
_NET_RIGHTS: Final = 0b11
_SCOPE_SINCE: Final = 6
_SCOPES: Final = 0b11


class _Numbers(NamedTuple):
    """System calls of one architecture."""

    architecture: int
    refused: tuple[int, ...]
    absent: tuple[int, ...]
    openat: int
    clone: int


_CALLS: Final = {
    # Refused: (p)open for writing is looked at apart; creat, (p)truncate, rename, mkdir, rmdir, link, unlink, symlink,
    # chmod, chown, mknod, mount, sockets, exec, fork, ptrace, other processes' memory, kernel modules, bpf, io_uring, …
    "x86_64": _Numbers(
        0xC000003E,
        (
            41, 42, 43, 49, 50, 53, 57, 58, 59, 62, 76, 77, 82, 83, 84, 85, 86, 87, 88, 90, 91, 92, 93, 94, 101, 132,
            133, 155, 161, 165, 166, 169, 175, 176, 188, 189, 190, 197, 198, 199, 200, 234, 235, 246, 248, 250, 256,
            258, 259, 260, 261, 263, 264, 265, 266, 268, 280, 288, 298, 304, 310, 311, 313, 316, 317, 319, 320, 321,
            322, 323, 424, 425, 426, 427, 428, 429, 430, 431, 432, 434, 438, 442,
        ),
        (2, 435, 437),
        257,
        56,
    ),
    "aarch64": _Numbers(
        0xC00000B7,
        (
            5, 6, 7, 14, 15, 16, 33, 34, 35, 36, 37, 38, 39, 40, 41, 45, 46, 51, 52, 53, 54, 55, 88, 104, 105, 117, 129,
            130, 131, 142, 198, 199, 200, 201, 202, 203, 217, 218, 219, 221, 224, 225, 241, 242, 265, 270, 271, 273,
            276, 277, 279, 280, 281, 282, 294, 424, 425, 426, 427, 428, 429, 430, 431, 432, 434, 438, 442,
        ),
        (435, 437),
        56,
        220,
    ),
}  # fmt: skip
_WRITES: Final = 0o3 | 0o100 | 0o1000 | 0o2000
"""O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND: the same numbers on both architectures."""
_CLONE_THREAD: Final = 0x10000

_ALLOW: Final = 0x7FFF0000
_EPERM: Final = 0x00050000 | 1
_ENOSYS: Final = 0x00050000 | 38
_KILL: Final = 0x80000000
_LOAD: Final = 0x20
_EQUAL: Final = 0x15
_ANY_BIT: Final = 0x45
_RETURN: Final = 0x06
_SECCOMP_FILTER: Final = 1
_ALL_THREADS: Final = 1
_SECCOMP: Final = {"x86_64": 317, "aarch64": 277}


def _kernel() -> Any:  # noqa: ANN401 - the C library
    return ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends."""
    if sys.platform == "linux":
        _kernel().prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)


def fence_files(readable: Iterable[str]) -> bool:
    """Take from this thread, and those that it starts, all rights over files but to read the given ones.

    Returns:
        Whether the kernel does it.
    """
    if sys.platform != "linux":
        return False
    kernel = _kernel()
    version = kernel.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))
    if version < 1:
        return False
    rights = (1 << _FILE_RIGHTS[min(version, len(_FILE_RIGHTS) - 1)]) - 1
    rules = struct.pack("=Q", rights)
    if version >= _NET_SINCE:
        rules += struct.pack("=Q", _NET_RIGHTS)
    if version >= _SCOPE_SINCE:
        rules += struct.pack("=Q", _SCOPES)
    ruleset = kernel.syscall(_LANDLOCK_CREATE, rules, ctypes.c_size_t(len(rules)), ctypes.c_uint32(0))
    if ruleset < 0:
        return False
    try:
        for path in readable:
            _let_read(kernel, ruleset, path)
        kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return bool(kernel.syscall(_LANDLOCK_RESTRICT, ruleset, ctypes.c_uint32(0)) == 0)
    finally:
        os.close(ruleset)


def _let_read(kernel: Any, ruleset: int, path: str) -> None:  # noqa: ANN401 - the C library
    try:
        number = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # whoever reads it will say what is wrong with it
    try:
        rule = struct.pack("=Qi", _READ_FILE, number)
        kernel.syscall(_LANDLOCK_ADD, ruleset, ctypes.c_int(_PATH_BENEATH), rule, ctypes.c_uint32(0))
    finally:
        os.close(number)


def fence_calls() -> bool:
    """Have the kernel refuse system calls that write, run, connect or reach into other processes, for all threads.

    Returns:
        Whether the kernel does it.
    """
    numbers = _CALLS.get(platform.machine())
    if sys.platform != "linux" or numbers is None:
        return False
    program = _program(numbers)
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: a length and a pointer to the filter.
    header = struct.pack("=H6xQ", len(program) // 8, ctypes.addressof(code))
    kernel = _kernel()
    kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    asked = kernel.syscall(
        _SECCOMP[platform.machine()], ctypes.c_uint(_SECCOMP_FILTER), ctypes.c_uint(_ALL_THREADS), header
    )
    return bool(asked == 0)


def _program(numbers: _Numbers) -> bytes:
    """Return the filter: what the kernel's machine for it runs at each system call."""

    def step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("=HBBI", code, if_true, if_false, value)

    def refuse_if_equal(number: int, answer: int) -> list[bytes]:
        return [step(_EQUAL, number, 0, 1), step(_RETURN, answer)]

    # struct seccomp_data: number at 0, architecture at 4, arguments of 8 bytes from 16 on.
    steps = [step(_LOAD, 4), step(_EQUAL, numbers.architecture, 1, 0), step(_RETURN, _KILL), step(_LOAD, 0)]
    if numbers.architecture == _CALLS["x86_64"].architecture:
        # The numbers of the x32 interface have this bit; nothing here uses them.
        steps += [step(_ANY_BIT, 0x40000000, 0, 1), step(_RETURN, _KILL)]
    for number in numbers.refused:
        steps += refuse_if_equal(number, _EPERM)
    for number in numbers.absent:
        # Programs then use the older call, whose arguments can be seen.
        steps += refuse_if_equal(number, _ENOSYS)
    steps += [step(_EQUAL, numbers.openat, 0, 4), step(_LOAD, 16 + 2 * 8), step(_ANY_BIT, _WRITES, 0, 1)]
    steps += [step(_RETURN, _EPERM), step(_RETURN, _ALLOW)]
    steps += [step(_EQUAL, numbers.clone, 0, 3), step(_LOAD, 16), step(_ANY_BIT, _CLONE_THREAD, 1, 0)]
    steps += [step(_RETURN, _EPERM), step(_RETURN, _ALLOW)]
    return b"".join(steps)
