#!/usr/bin/env python3
"""All chores of the repository behind one command; needs nothing but Python 3.11 or newer.

Reads the locks in requirements/, keeps a virtual environment in .venv in step with them, and runs the program and
its gates in there. The same commands run on a laptop and in CI. See ``python3 tasks.py --help``.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

OLDEST_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parent
BUILD = ROOT / "build"
SAMPLE = Path("samples") / "two-sites"
SAMPLE_CASE = Path("build") / "sample-case"
REQUIREMENTS = ROOT / "requirements"
RUNTIME_LOCK = REQUIREMENTS / "runtime.txt"
BUILD_LOCK = REQUIREMENTS / "build.txt"
DEV_LOCK = REQUIREMENTS / "dev.txt"
BUNDLE_LOCK = REQUIREMENTS / "bundle.txt"
"""What a bundle carries beside the program; never installed here."""
LOCKS = (RUNTIME_LOCK, BUILD_LOCK, DEV_LOCK)
SBOM = ROOT / "sbom.cdx.json"
EVTX_WRITER = ROOT / "packages" / "evtx-writer"
"""A package of its own, for tests and samples: no part of the program or its wheel."""
PROJECT_FILES = (ROOT / "pyproject.toml", ROOT / "src" / "yadorigi" / "__init__.py", EVTX_WRITER / "pyproject.toml")
"""What the installed metadata (version, dependencies, entry points) is made from."""
CHECKED = ("src", "packages", "tests", "benchmarks", "docs", "samples", "requirements", "tools", "tasks.py")
MADE = (
    "docs/reference/make_command_line.py",
    "docs/reference/make_kql.py",
    "docs/reference/make_log_formats.py",
    "docs/reference/make_log_sources.py",
    "docs/reference/make_ocsf_mapping.py",
    "docs/reference/make_tables.py",
    "docs/reference/make_xql.py",
    "tools/make_parsers.py",
    "docs/images/make_summary.py",
    "docs/images/make_report.py",
)
"""The scripts that write documents, and tables of parsers, from the program; each takes no argument."""
HELP_WIDTH = 11


class TaskError(Exception):
    """A chore cannot go on; the text says what to do about it."""


# ------------------------------------------------------------------------------------------------ the environment


@dataclass(frozen=True)
class Environment:
    """A virtual environment that holds exactly what the locks say, and the project itself, editable.

    A stamp inside records what was installed; ``prepare`` does only what the stamp does not cover.
    """

    folder: Path

    @property
    def programs(self) -> Path:
        """The folder of the environment's programs."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    @property
    def python(self) -> str:
        """The environment's interpreter."""
        return str(self.programs / ("python.exe" if os.name == "nt" else "python"))

    def program(self, name: str) -> str:
        """Path of a program that a package brought along."""
        return str(self.programs / (f"{name}.exe" if os.name == "nt" else name))

    @property
    def _stamp(self) -> Path:
        return self.folder / "yadorigi-stamp.json"

    def prepare(self, *, dev: bool) -> None:
        """Make the environment, or bring it in step, with the tools of development if asked for."""
        locks = digest(*LOCKS, salt=f"{sys.version_info[:2]} {self.folder}")
        project = digest(*PROJECT_FILES)
        stamp = self._read_stamp()
        if stamp.get("locks") != locks:
            self._create()
            stamp = {"locks": locks}
        wanted = (DEV_LOCK,) if dev else (RUNTIME_LOCK, BUILD_LOCK)
        if stamp.get("installed") not in (("dev",) if dev else ("dev", "runtime")):
            self._install_locked(wanted)
            stamp["installed"] = "dev" if dev else "runtime"
            self._write_stamp(stamp)
        if stamp.get("project") != project:
            editable = ("--editable", str(ROOT), "--editable", str(EVTX_WRITER))
            self._install("the project itself", "--no-deps", "--no-build-isolation", *editable)
            stamp["project"] = project
            self._write_stamp(stamp)

    def _write_stamp(self, stamp: dict[str, str]) -> None:
        self._stamp.write_text(json.dumps(stamp), encoding="utf-8")

    def _read_stamp(self) -> dict[str, str]:
        try:
            stamp = json.loads(self._stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(key): str(value) for key, value in stamp.items()} if isinstance(stamp, dict) else {}

    def _create(self) -> None:
        if Path(sys.prefix).resolve() == self.folder.resolve():
            raise TaskError(f"{self.folder.name} must be made anew, but runs this command: deactivate it first")
        missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
        if missing:
            raise TaskError(
                f"this Python lacks {' and '.join(missing)}; on Debian and Ubuntu: sudo apt install python3-venv"
            )
        say(f"making {self.folder.name}")
        run([sys.executable, "-m", "venv", "--clear", str(self.folder)])

    def _install_locked(self, locks: tuple[Path, ...]) -> None:
        """Install what locks pin. The lock of development pins uv too, which installs the rest several times sooner."""
        what = "packages of " + " and ".join(lock.name for lock in locks)
        if locks == (DEV_LOCK,):
            with tempfile.TemporaryDirectory() as folder:
                alone = Path(folder) / "uv.txt"
                alone.write_text(pinned_in(DEV_LOCK, "uv"), encoding="utf-8")
                self._install("uv", "--require-hashes", "--no-compile", "--requirement", str(alone))
            say(f"installing {what} with uv")
            start = time.monotonic()
            uv = [self.program("uv"), "pip", "install", "--quiet", "--python", self.python, "--require-hashes"]
            if subprocess.call([*uv, *of(locks)], cwd=ROOT) == 0:
                say(f"installed in {time.monotonic() - start:.0f} s")
                return
            # Where packages come from may be known to pip alone.
            say("uv could not; pip tries")
        self._install(what, "--require-hashes", "--no-compile", *of(locks))

    def _install(self, what: str, *arguments: str) -> None:
        say(f"installing {what}")
        start = time.monotonic()
        pip = [self.python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
        run([*pip, *arguments])
        say(f"installed in {time.monotonic() - start:.0f} s")


def digest(*files: Path, salt: str = "") -> str:
    """One SHA-256 over the contents of files."""
    whole = hashlib.sha256(salt.encode())
    for file in files:
        try:
            whole.update(hashlib.sha256(file.read_bytes()).digest())
        except FileNotFoundError:
            raise TaskError(f"{file.relative_to(ROOT)} is missing; is this checkout complete?") from None
    return whole.hexdigest()


def pinned_in(lock: Path, package: str) -> str:
    """The lines of a lock that pin one package, with its hashes."""
    found = re.search(rf"^{re.escape(package)}==.*\n(?:[ \t].*\n)*", lock.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise TaskError(f"{lock.relative_to(ROOT)} does not pin {package}")
    return found[0]


def of(locks: tuple[Path, ...]) -> list[str]:
    """The locks as arguments of pip."""
    return [argument for lock in locks for argument in ("--requirement", str(lock))]


def say(text: str) -> None:
    """Tell the person at the terminal what happens now."""
    print(f"tasks: {text}", flush=True)


def run(command: list[str]) -> None:
    """Run a step that the rest depends on."""
    code = subprocess.call(command, cwd=ROOT)
    if code:
        raise TaskError(f"exit code {code} from: {' '.join(command)}")


# ------------------------------------------------------------------------------------------------------ the chores


def sample(environment: Environment, _: list[str]) -> int:
    """Hunt through both sites in samples/two-sites and say where the results lie."""
    environment.prepare(dev=False)
    BUILD.mkdir(exist_ok=True)
    say("hunting through both sites")
    sites = ["--sites", (SAMPLE / "sites.toml").as_posix()]
    command = [environment.program("yadorigi"), "hunt", SAMPLE.as_posix(), *sites]
    code = subprocess.call([*command, "--case", SAMPLE_CASE.as_posix(), "--force"], cwd=ROOT)
    if code:
        return code
    print("\nResults:")
    for path in sorted((ROOT / SAMPLE_CASE).iterdir()):
        print(f"  {path.relative_to(ROOT)}{os.sep if path.is_dir() else ''}")
    return 0


def check(environment: Environment, _: list[str]) -> int:
    """Run every gate except the tests: format, lint, types, layers."""
    environment.prepare(dev=True)
    return 1 if failed_gates(environment) else 0


def test(environment: Environment, arguments: list[str]) -> int:
    """Run every gate: the tests on all processors, the others beside them. Arguments go to pytest."""
    environment.prepare(dev=True)
    # Tests often wait for processes that they start; the other gates take that time.
    with ThreadPoolExecutor(1) as beside:
        others = beside.submit(failed_gates, environment, aloud=False)
        say("pytest, and the other gates beside it")
        # One test of benchmarks or bundles takes as long as hundreds: whoever has nothing left takes over from others.
        spread = ["--numprocesses", "auto", "--dist", "worksteal"]
        # Tests start a thousand processes: each would compile the program anew if nobody wrote down what came of it.
        known = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        code = subprocess.call([environment.python, "-m", "pytest", *spread, *arguments], cwd=ROOT, env=known)
        failed = others.result()
    if failed:
        say(f"failed beside the tests: {', '.join(failed)}")
    return code or (1 if failed else 0)


def failed_gates(environment: Environment, *, aloud: bool = True) -> list[str]:
    """Run the gates that are no tests; give the names of those that failed.

    Aloud, what they print comes as they print it; else only what failed is told, as soon as it is known.
    """
    checked = [name for name in CHECKED if (ROOT / name).exists()]
    gates = {
        "ruff format": [environment.program("ruff"), "format", "--check", "."],
        "ruff check": [environment.program("ruff"), "check", "."],
        "mypy": [environment.python, "-m", "mypy", *checked],
        "lint-imports": [environment.program("lint-imports")],
    }
    failed = []
    for name, command in gates.items():
        if aloud:
            say(name)
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=not aloud, text=True)
        if done.returncode:
            failed.append(name)
        if done.returncode and not aloud:
            say(f"{name} failed\n{done.stdout}{done.stderr}")
    return failed


def bench(environment: Environment, arguments: list[str]) -> int:
    """Measure speed and memory. Arguments go to the benchmarks."""
    environment.prepare(dev=True)
    return subprocess.call([environment.python, "-m", "benchmarks", *arguments], cwd=ROOT)


def docs(environment: Environment, _: list[str]) -> int:
    """Write anew what is made from the program: the reference pages and the pictures in the README."""
    environment.prepare(dev=False)
    for script in MADE:
        say(script)
        run([environment.python, script])
    return 0


def lock(environment: Environment, arguments: list[str]) -> int:
    """Pin what pyproject.toml asks for, and list it in the SBOM. Arguments (say --upgrade) go to uv."""
    environment.prepare(dev=True)
    compile_lock = [environment.program("uv"), "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
    compile_lock += ["--python-version", ".".join(map(str, OLDEST_PYTHON)), "--fork-strategy", "fewest"]
    compile_lock += ["--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    compile_lock += ["--custom-compile-command", "python3 tasks.py lock", *arguments]
    in_step = ["--constraint", str(DEV_LOCK)]
    run([*compile_lock, "pyproject.toml", "--group", "dev", "--output-file", str(DEV_LOCK)])
    run([*compile_lock, "pyproject.toml", *in_step, "--output-file", str(RUNTIME_LOCK)])
    run([*compile_lock, "--group", "build", *in_step, "--output-file", str(BUILD_LOCK)])
    run([*compile_lock, "--group", "bundle", "--output-file", str(BUNDLE_LOCK)])
    environment.prepare(dev=True)
    run([environment.python, "-m", "tools.bundle.list_wheels", environment.program("uv")])
    return write_sbom(environment)


def bundle(environment: Environment, arguments: list[str]) -> int:
    """Make what it takes to install without a network, in build/bundle. Arguments (say --help) limit it."""
    environment.prepare(dev=False)
    return subprocess.call([environment.python, "-m", "tools.bundle", *arguments], cwd=ROOT)


def clean(environment: Environment, _: list[str]) -> int:
    """Remove what these chores made: .venv, build, dist and the caches of the tools."""
    caches = (".hypothesis", ".import_linter_cache", ".mypy_cache", ".pytest_cache", ".ruff_cache")
    if Path(sys.prefix).resolve() == environment.folder.resolve():
        raise TaskError(f"{environment.folder.name} runs this command: deactivate it first")
    for folder in (environment.folder, BUILD, ROOT / "dist", *(ROOT / name for name in caches)):
        if folder.exists():
            say(f"removing {folder.name}")
            shutil.rmtree(folder)
    return 0


# -------------------------------------------------------------------------------------------------------- the SBOM


def write_sbom(environment: Environment) -> int:
    """Describe an environment that holds the runtime lock and nothing else."""
    say(f"writing {SBOM.name}")
    bare = Environment(BUILD / "sbom-environment")
    BUILD.mkdir(exist_ok=True)
    run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(bare.folder)])
    into = ["pip", "install", "--quiet", "--python", bare.python, "--require-hashes"]
    run([environment.program("uv"), *into, *of((RUNTIME_LOCK,))])
    raw = BUILD / "sbom.raw.json"
    describe = [environment.program("cyclonedx-py"), "environment", "--output-reproducible"]
    run([*describe, "--output-file", str(raw), bare.python])
    run([environment.python, str(REQUIREMENTS / "sbom.py"), str(raw), str(SBOM)])
    return 0


# ------------------------------------------------------------------------------------------------ the command line

CHORES = {chore.__name__: chore for chore in (sample, test, check, bench, lock, docs, bundle, clean)}


def explain_old_python() -> str:
    """What to do about a Python that is too old, naming a newer one if this machine has it."""
    oldest = ".".join(map(str, OLDEST_PYTHON))
    newer = next((name for name in ("python3.13", "python3.12", "python3.11") if shutil.which(name)), None)
    advice = (
        f"this machine has one: {newer} {' '.join(sys.argv)}" if newer else "install one, then run this command with it"
    )
    return f"Yadorigi needs Python {oldest} or newer, this is {sys.version.split()[0]}; {advice}"


def main() -> int:
    """Run one chore and give its exit code."""
    if sys.version_info < OLDEST_PYTHON:
        raise TaskError(explain_old_python())
    lines = [f"  {name:<{HELP_WIDTH}}{(chore.__doc__ or '').splitlines()[0]}" for name, chore in CHORES.items()]
    parser = argparse.ArgumentParser(
        prog="tasks.py",
        usage="python3 tasks.py CHORE [ARGUMENT ...]",
        description="The chores of this repository. The first one makes a virtual environment in .venv.",
        epilog="chores:\n" + "\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("chore", choices=CHORES, metavar="CHORE", help="one of those below")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGUMENT", help="handed on where a chore says")
    chosen = parser.parse_args()
    return CHORES[chosen.chore](Environment(ROOT / ".venv"), chosen.arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except TaskError as error:
        print(f"tasks: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
