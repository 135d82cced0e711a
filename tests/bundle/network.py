"""Runs programs as they run in a room without a network, and with a home that nobody has used."""

from __future__ import annotations

import functools
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

UNREACHABLE = "http://127.0.0.1:9"
PATH = "/usr/local/bin:/usr/bin:/bin"
NAMESPACE = (shutil.which("unshare") or "", "--user", "--map-root-user", "--net")


@functools.cache
def namespaces_allowed() -> bool:
    """Whether this machine lets a process have a network of its own, which has no way out."""
    return bool(NAMESPACE[0]) and subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0


def way() -> str:
    """How the network is turned off here, for people."""
    if namespaces_allowed():
        return "a network namespace without any interface"
    return "proxy settings that lead nowhere (this machine allows no network namespaces)"


def run_offline(
    command: Iterable[object], home: Path | str, folder: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command with the network off, in a folder, and with nothing in the environment but what is named."""
    prefix = NAMESPACE if namespaces_allowed() else ()
    environment = {"PATH": PATH, "HOME": str(home), "LANG": "C.UTF-8", "http_proxy": UNREACHABLE}
    return subprocess.run(
        [*prefix, *map(str, command)],
        cwd=folder,
        env={**environment, "https_proxy": UNREACHABLE, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
