"""The texts that a bundle starts with, fitted to what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tools.bundle.targets import Target

CARRIED: Final = Path(__file__).resolve().parent / "carried"
MODULES: Final = ("__init__.py", "machine.py")
"""What the installer and the single file have in common."""
_SYSTEM_NAMES: Final = {"linux": "Linux", "windows": "Windows"}


def pythons_of(targets: Sequence[Target]) -> list[str]:
    """Versions of Python, the newest first."""
    return [".".join(map(str, python)) for python in sorted({target.python for target in targets}, reverse=True)]


def start_of(module: str, targets: Sequence[Target]) -> str:
    """A ``__main__.py`` that starts a carried module, in words that even a Python 2 understands."""
    oldest = min(target.python for target in targets)
    needed = ", ".join(reversed(pythons_of(targets)))
    # What the installer leaves beside itself would not belong there when it looks again.
    quiet = "sys.dont_write_bytecode = True\n" if module == "install" else ""
    return (
        "import sys\n"
        f"{quiet}"
        f"if sys.version_info < {oldest}:\n"
        f'    sys.exit("made for Python {needed}; this is Python " + sys.version.split()[0])\n'
        "sys.path.append(sys.path.pop(0))  # Python's own modules come first, whatever lies here\n"
        f"from carried.{module} import main\n"
        'if __name__ == "__main__":\n'
        "    sys.exit(main())\n"
    )


def script(name: str, targets: Sequence[Target]) -> bytes:
    """An install script that looks for the Pythons that the bundle serves, with the line ends of its system."""
    text = (CARRIED / name).read_text(encoding="utf-8").replace("@PYTHONS@", " ".join(pythons_of(targets)))
    return text.replace("\n", "\r\n").encode() if name.endswith(".bat") else text.encode()


def page(name: str, version: str, targets: Sequence[Target]) -> bytes:
    """A page for whoever opens the bundle."""
    values = {
        "@VERSION@": version,
        "@PYTHONS@": ", ".join(reversed(pythons_of(targets))),
        "@SYSTEMS@": ", ".join(sorted({_SYSTEM_NAMES[target.system] for target in targets})),
    }
    text = (CARRIED / name).read_text(encoding="utf-8")
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text.encode()
