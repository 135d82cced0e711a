"""What can go wrong with a hunt itself, by the lines of damage.md: disk, interruption, crashes, runaways."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from evtx_writer import evtx_bytes
from tests.cli.hunting import ROOT, Hunted, environment
from tests.damage.scene import Scene, check_account, check_words, events_of, only_warning
from tests.sources.written import log_of, record
from yadorigi.lake.commits import Lake

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


def limited(size: int) -> Any:
    """Allow no file to grow over a size, which is what a full disk is to a program that writes."""

    def limit() -> None:
        import resource  # noqa: PLC0415 - Windows has none

        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def kept(case: Path) -> dict[str, bytes]:
    """The files of a case; of its lake those that count, whatever else a failed run left there."""
    lake = Lake.open(case)
    counted = [*(lake.folder / part.path for part in lake.parts), *(lake.folder / "commits").iterdir()]
    return {str(path): path.read_bytes() for path in (*case.iterdir(), *counted) if path.is_file()}


@linux_only
@pytest.mark.parametrize("size", [0, 100, 5_000, 20_000])
def test_a_file_that_cannot_grow(scene: Scene, size: int) -> None:
    scene.hunt(code=0)
    before = kept(scene.case)
    scene.put("x-more.evtx", log_of(range(1, 200)))
    run = scene.run(scene.arguments(), preexec_fn=limited(size))
    assert run.code == 5
    assert "could not finish: File too large" in run.err
    check_words(run)
    assert kept(scene.case) == before
    again = scene.hunt(code=0)
    assert events_of(again, "x-more.evtx") == 199


@linux_only
@pytest.mark.parametrize(
    ("size", "told"), [(24, "nothing was read, since its originals cannot be kept"), (160, "No space left on device")]
)
def test_a_full_disk(scene: Scene, size: int, told: str) -> None:
    """A real one, in a name space of its own: of 24 KiB, too small for originals, and of 160 KiB, for the events."""
    scene.put("x-more.evtx", log_of(range(1, 400)))
    mount = scene.folder / "disk"
    mount.mkdir()
    words = " ".join(f"'{word}'" for word in [*scene.arguments()[:-1], str(mount / "case")])
    script = f"mount -t tmpfs -o size={size}k tmpfs '{mount}' && {words}; echo code $?; ls -A '{mount}/case'"
    unshare = shutil.which("unshare")
    trial = subprocess.run([unshare or "false", "-rm", "true"], check=False, capture_output=True)
    if unshare is None or trial.returncode:
        pytest.skip("this machine lets nobody mount a file system of his own")
    run = scene.run([unshare, "-rm", "sh", "-c", script])
    assert "code 5" in run.out, (run.out, run.err)
    assert "could not finish: " in run.err
    assert told in run.err
    check_words(run)
    assert run.out.split("code 5\n")[1].strip() == "vault", "half a case was left"


def put_large(scene: Scene, count: int) -> None:
    """Put in files that take a while, of records that no rule finds."""
    large = evtx_bytes(record(number, event_data={"CommandLine": "x" * 1_000}) for number in range(1, 501))
    for number in range(count):
        scene.put(f"x-{number}.evtx", large[:4_096] + large[4_096:] * (1 + 32 * 1024 * 1024 // len(large)))


def started(scene: Scene, env: dict[str, str] | None = None, *more: object) -> subprocess.Popen[bytes]:
    """Start a hunt in a group of its own."""
    return subprocess.Popen(
        scene.arguments(*more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment() | (env or {}),
        start_new_session=True,
    )


def ended(process: subprocess.Popen[bytes], case: Path) -> Hunted:
    """Wait for a hunt's end."""
    out, err = process.communicate(timeout=120)
    return Hunted(process.returncode, out.decode(), err.decode(), case)


@linux_only
def test_control_c(scene: Scene) -> None:
    scene.hunt(code=0)
    put_large(scene, 3)
    with started(scene, None, "--workers", 2) as process:
        deadline = time.monotonic() + 60
        while not any((scene.case / ".work").glob("*/*.run")) and time.monotonic() < deadline:
            assert process.poll() is None, "the hunt was over before it could be interrupted"
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGINT)
        run = ended(process, scene.case)
    assert run.code == 130
    check_words(run)
    assert "INTERRUPTED" in run.out
    assert run.summary["interrupted"] is True
    assert not [warning for warning in run.warnings if warning["kind"] == "gap"], "what was not read is no gap"
    scene.check_neighbours(run)
    assert not (scene.case / ".work").exists()


FAULT = """
    import os, signal, sys, time
    import evtx

    class Parser:
        def __init__(self, data, **options):
            if b"FAULT".decode().encode("utf-16le") in data.getvalue():
                {fault}
            self._whole = evtx._Real(data, **options)

        def records_json(self):
            return self._whole.records_json()

    evtx._Real, evtx.PyEvtxParser = evtx.PyEvtxParser, Parser
"""


FAULTY = log_of(range(1, 11)).replace("ntdsutil 5".encode("utf-16le"), "FAULTutil5".encode("utf-16le"))


def with_fault(scene: Scene, fault: str) -> dict[str, str]:
    """Put a fault into the parser that a record with a certain text sets off, for real, in the worker."""
    folder = scene.folder / "fault"
    folder.mkdir()
    text = textwrap.dedent(FAULT).replace("{fault}", fault)
    (folder / "sitecustomize.py").write_text(text, encoding="utf-8")
    return {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT / "src")])}


@linux_only
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "ended by SIGSEGV"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "ended by SIGKILL"),
        ("os._exit(3)", "ended with code 3"),
        ("raise MemoryError('too much')", "MemoryError"),
    ],
)
def test_a_parser_that_crashes(scene: Scene, fault: str, said: str) -> None:
    scene.put("m-crash.evtx", FAULTY)
    run = scene.hunt(code=3, env=with_fault(scene, fault))
    warning = only_warning(run, "m-crash.evtx")
    assert (warning["kind"], warning["records"]) == ("file", None)
    assert said in warning["reason"]
    assert "are not read" in warning["reason"]


@linux_only
def test_a_parser_that_never_ends(scene: Scene) -> None:
    scene.put("m-hang.evtx", FAULTY)
    env = with_fault(scene, "time.sleep(600)")
    hurry = "\nimport yadorigi.limits\nyadorigi.limits.TASK_SECONDS_LIMIT = 3.0\n"
    with Path(env["PYTHONPATH"].split(os.pathsep)[0], "sitecustomize.py").open("a", encoding="utf-8") as stream:
        stream.write(hurry)
    run = scene.hunt(code=3, env=env)
    assert "it took longer than 3 seconds" in only_warning(run, "m-hang.evtx")["reason"]


@linux_only
def test_a_worker_that_is_killed(scene: Scene) -> None:
    """As the system does when memory runs out: whatever it was doing is done again, and nothing is lost or doubled."""
    put_large(scene, 2)
    with started(scene, None, "--workers", 2) as process:
        deadline = time.monotonic() + 60
        while not any((scene.case / ".work").glob("*/*.run")) and time.monotonic() < deadline:
            time.sleep(0.005)
        children = subprocess.run(
            ["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        os.kill(int(children[0]), signal.SIGKILL)
        run = ended(process, scene.case)
    check_words(run)
    check_account(run)
    scene.check_neighbours(run)
    assert run.code in {0, 3}
    lost = [warning for warning in run.warnings if warning["kind"] == "file"]
    assert bool(lost) == (run.code == 3)
    assert all("ended by SIGKILL" in warning["reason"] for warning in lost)
    keys = [json.dumps((finding["evidence"], finding["time"])) for finding in run.findings]
    assert len(keys) == len(set(keys))
