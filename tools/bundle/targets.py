"""The systems and Pythons that a bundle serves: what their markers say and which wheels fit them.

Nothing here looks at the machine that runs it, so that any machine makes the same bundle for all targets.
Sources: PEP 425 (tags), PEP 508 (markers), PEP 600 (manylinux), all in the specifications of the PyPA.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Final

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

if TYPE_CHECKING:
    from packaging.markers import Marker

PYTHONS: Final = ((3, 11), (3, 12), (3, 13))
SYSTEMS: Final = ("linux", "windows")
GLIBC_MINOR: Final = 28
"""The newest glibc 2.x that a wheel may ask for: that of RHEL 8, Debian 10 and Ubuntu 20.04; what pyarrow asks for."""
_OLDEST_GLIBC_MINOR: Final = 5
_LEGACY_MANYLINUX: Final = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_PATCH_LEVELS: Final = (0, 99)
"""First and last patch level of a Python: which one a target has is not known, and a marker may ask."""


@dataclass(frozen=True)
class Target:
    """One system with one Python, on x86-64."""

    system: str
    python: tuple[int, int]

    @property
    def name(self) -> str:
        """As in ``linux-py311``."""
        return f"{self.system}-py{self.python[0]}{self.python[1]}"

    @property
    def platforms(self) -> list[str]:
        """Names of the platform in wheels, the best first."""
        if self.system == "windows":
            return ["win_amd64"]
        names = []
        for minor in range(GLIBC_MINOR, _OLDEST_GLIBC_MINOR - 1, -1):
            names.append(f"manylinux_2_{minor}_x86_64")
            if minor in _LEGACY_MANYLINUX:
                names.append(f"{_LEGACY_MANYLINUX[minor]}_x86_64")
        return [*names, "linux_x86_64"]

    @cached_property
    def tags(self) -> dict[Tag, int]:
        """The tags of wheels that fit, each with its rank; 0 is best."""
        interpreter = f"cp{self.python[0]}{self.python[1]}"
        native = cpython_tags(self.python, abis=[interpreter], platforms=self.platforms)
        pure = compatible_tags(self.python, interpreter=interpreter, platforms=self.platforms)
        ranked: dict[Tag, int] = {}
        for tag in (*native, *pure):
            ranked.setdefault(tag, len(ranked))
        return ranked

    def rank(self, wheel: str) -> int | None:
        """How well a wheel fits, by its file name; 0 is best, None is not at all."""
        tags = parse_wheel_filename(wheel)[3]
        return min((self.tags[tag] for tag in tags if tag in self.tags), default=None)

    def environments(self) -> Iterator[dict[str, str]]:
        """What markers see there: one set of values for the first and one for the last patch level."""
        windows = self.system == "windows"
        version = f"{self.python[0]}.{self.python[1]}"
        for patch in _PATCH_LEVELS:
            yield {
                "implementation_name": "cpython",
                "implementation_version": f"{version}.{patch}",
                "os_name": "nt" if windows else "posix",
                "platform_machine": "AMD64" if windows else "x86_64",
                "platform_python_implementation": "CPython",
                "platform_release": "",
                "platform_system": "Windows" if windows else "Linux",
                "platform_version": "",
                "python_full_version": f"{version}.{patch}",
                "python_version": version,
                "sys_platform": "win32" if windows else "linux",
                "extra": "",
            }

    def wants(self, marker: Marker | None) -> bool:
        """Whether a requirement with this marker is for the target, at any patch level."""
        return marker is None or any(marker.evaluate(environment) for environment in self.environments())


TARGETS: Final = tuple(Target(system, python) for system, python in product(SYSTEMS, PYTHONS))


def running() -> Target | None:
    """The target that this process runs on; None if it is none of them."""
    system = {"linux": "linux", "win32": "windows"}.get(sys.platform, "")
    machine = platform.machine().lower() in {"x86_64", "amd64"}
    found = (target for target in TARGETS if (target.system, target.python) == (system, sys.version_info[:2]))
    return next(found, None) if machine else None
