"""The software bill of materials: what a user of the program installs, in CycloneDX.

Reads the runtime lock and the raw bill that cyclonedx-py makes of an environment with that lock, gives sbom.cdx.json:
licences and dependencies from the environment, the packages of other systems from the lock, no times, no random
numbers and no hosts, so that the same lock gives the same bytes. Run by ``python3 tasks.py lock``.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from pathlib import Path
from typing import Any, TypeAlias

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "runtime.txt"
KEPT = ("type", "bom-ref", "name", "version", "description", "licenses", "purl")
Component: TypeAlias = dict[str, Any]


def lock_digest(lock: Path) -> str:
    """SHA-256 of the lock, whatever line ends a checkout gave it."""
    return hashlib.sha256(lock.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def locked(lock: Path) -> list[Requirement]:
    """The packages that a lock names, with their markers."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return [Requirement(line.removesuffix("\\")) for line in lines if line and line[0] not in "# "]


def package_url(requirement: Requirement) -> str:
    """Name and version as a package URL."""
    (version,) = requirement.specifier
    return f"pkg:pypi/{canonicalize_name(requirement.name)}@{version.version}"


def canonical_url(url: str) -> str:
    """A package URL with the name as the lock spells it: some packages call themselves by a name with dots."""
    name, at, version = url.removeprefix("pkg:pypi/").partition("@")
    return f"pkg:pypi/{canonicalize_name(name)}{at}{version}"


def from_lock(requirement: Requirement) -> Component:
    """A component that only other systems install."""
    (version,) = requirement.specifier
    url = package_url(requirement)
    component = {"type": "library", "bom-ref": url, "name": requirement.name, "version": version.version, "purl": url}
    return {**component, "scope": "optional", "properties": [{"name": "marker", "value": str(requirement.marker)}]}


def bill(raw: dict[str, Any], lock: Path, pyproject: Path) -> dict[str, Any]:
    """The bill of materials: the raw one less what changes or names a host, and what the lock adds."""
    for part in raw["components"]:
        part["purl"] = canonical_url(part["purl"])
    references = {component["bom-ref"]: component["purl"] for component in raw["components"]}
    components = [{key: part[key] for key in KEPT if key in part} for part in raw["components"]]
    for component in components:
        component["bom-ref"] = component["purl"]
    packages = {package_url(requirement): requirement for requirement in locked(lock)}
    components += [from_lock(packages[url]) for url in packages if url not in set(references.values())]
    edges = {
        references[edge["ref"]]: sorted(references[ref] for ref in edge.get("dependsOn", []))
        for edge in raw["dependencies"]
        if edge["ref"] in references
    }
    edges |= {part["purl"]: [] for part in components if part["purl"] not in edges}
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    by_name = {canonicalize_name(requirement.name): url for url, requirement in packages.items()}
    wanted = [by_name[canonicalize_name(Requirement(text).name)] for text in project["dependencies"]]
    edges[project["name"]] = sorted(wanted)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": project["name"],
                "name": project["name"],
                "description": project["description"],
                "licenses": [{"license": {"id": project["license"]}}],
            },
            "properties": [{"name": "yadorigi:runtime-lock-sha256", "value": lock_digest(lock)}],
        },
        "components": sorted(components, key=lambda component: str(component["purl"])),
        "dependencies": [{"ref": ref, "dependsOn": urls} for ref, urls in sorted(edges.items())],
    }


def main(raw: str, into: str) -> int:
    """Write the bill of materials made from a raw one."""
    made = bill(json.loads(Path(raw).read_text(encoding="utf-8")), LOCK, ROOT / "pyproject.toml")
    text = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem:
        print(f"not valid CycloneDX: {problem}", file=sys.stderr)
        return 1
    Path(into).write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
