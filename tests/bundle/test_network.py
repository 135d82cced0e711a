"""The tests of this folder prove nothing unless the network is off."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from tests.bundle.network import namespaces_allowed, run_offline

CONNECT = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=5)"


def test_not_even_this_machine_can_be_reached(tmp_path: Path) -> None:
    if not namespaces_allowed():
        pytest.skip("this machine allows no network namespaces")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        socket.create_connection(("127.0.0.1", int(port))).close()
        done = run_offline([sys.executable, "-c", CONNECT, port], tmp_path, tmp_path)
    assert done.returncode != 0
    assert "unreachable" in done.stderr
