"""Acts that change a case, as its vault records them: who did what, what came in, and what it left.

An act begins with a record of who runs what, goes on with a receipt for each input, and ends with the SHA-256 of every
result. The end is recorded before the results are put in their places, so that results that nobody recorded are none of
the program's.
"""

from __future__ import annotations

import getpass
import hashlib
import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from yadorigi import __version__
from yadorigi.app.case_folder import sha256_of
from yadorigi.ingest.discover import printable_name
from yadorigi.reports.page.voice import name_of
from yadorigi.vault.keys import VaultHome
from yadorigi.vault.reader import Vault
from yadorigi.vault.records import Custody, Expiry, LakeChange, Outcome, Receipt, RulesUsed
from yadorigi.vault.writer import VaultWriter

if TYPE_CHECKING:
    from yadorigi.app.case_folder import CaseFolder
    from yadorigi.app.hunt_options import HuntOptions
    from yadorigi.ingest.discover import InputFile
    from yadorigi.packs.rule_set import RuleSet
    from yadorigi.vault.segments import SegmentPart

_USER_INFO: Final = re.compile(r"(?<=://)[^/@\s]+@")
_LONGEST_ARGUMENT: Final = 1_000
_ARGUMENTS_SHOWN: Final = 50
_SETTING_BYTES: Final = 16_000


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one input when it was to be kept.

    Attributes:
        file: the input.
        sha256: of its bytes, or None where it could not be read.
        size: of the bytes that were read.
        modified: canonical time of its last change, or None.
        kept: whether the vault holds the bytes.
        problem: why it could not be read or kept, or "".
    """

    file: InputFile
    sha256: str | None
    size: int
    modified: str | None = None
    kept: bool = True
    problem: str = ""


class Act:
    """An act that is under way.

    Attributes:
        writer: of the case's vault.
        index: place of its `Custody`.
    """

    def __init__(self, writer: VaultWriter, custody: Custody, site: str | None = None) -> None:
        """Begin; the record counts with the first commit. ``site`` is that of all inputs."""
        self.writer = writer
        self.index = writer.append(custody)
        self.site = site
        self._results_before = _results_of(writer)

    @classmethod
    def begun(cls, case: Path, name: str, options: HuntOptions, rules: RuleSet | None = None) -> Act:
        """Begin an act.

        Raises:
            CaseError: the vault is damaged, or its key is not here.
            UsageError: a new key cannot be kept.
            OSError: the disk is full or failing.
        """
        writer = VaultWriter.opened(case, VaultHome.found(options.settings.vault_folder))
        return cls(writer, custody_of(name, options, rules), options.site)

    @property
    def originals(self) -> frozenset[str]:
        """Return SHA-256 of the originals that are in the vault already.

        Raises:
            CaseError: it is damaged.
        """
        return self.writer.vault.stored if self.writer.vault is not None else frozenset()

    def receive(self, received: Sequence[Received], parts: Iterable[SegmentPart]) -> list[InputFile]:
        """Record inputs, and keep what was written of them; return the files with their hashes and receipts.

        Raises:
            OSError: the disk is full or failing.
            UnfinishedError: somebody else changed the vault meanwhile.
        """
        earlier = self.writer.vault.receipts if self.writer.vault is not None else {}
        for part in parts:
            self.writer.add_part(part)
        found = []
        for one in sorted(received, key=lambda one: (one.file.name, one.sha256 or "")):
            index = self.writer.append(
                Receipt(
                    name=one.file.name,
                    object=one.sha256,
                    size=one.size,
                    modified=one.modified,
                    kept=one.kept,
                    site=self.site,
                    source=one.file.source,
                    problem=one.problem,
                )
            )
            leaf = index if one.sha256 is None else earlier.get((one.file.name, one.sha256), index)
            found.append(replace(one.file, sha256=one.sha256 or "", leaf=leaf))
        self.writer.commit()
        return found

    def lake_changes(self, number: int, manifest: bytes) -> None:
        """Record a commit of the lake that is about to count.

        Raises:
            OSError: the disk is full or failing.
        """
        self.writer.append(LakeChange(number=number, sha256=hashlib.sha256(manifest).hexdigest()))
        self.writer.commit()

    def expired(self, before: str, events: int) -> None:
        """Record that events go; it counts with the next commit."""
        self.writer.append(Expiry(act_index=self.index, what="events", before=before, events=events))

    def conclude(
        self,
        case: CaseFolder,
        lake: int | None,
        *,
        interrupted: bool = False,
        removed: Iterable[str] = (),
    ) -> None:
        """Record what the act leaves, while the new results wait to be put in their places.

        Args:
            case: with its new results.
            lake: number of the lake's newest commit, or None.
            interrupted: whether Ctrl-C ended it.
            removed: results of earlier acts that this one takes away.

        Raises:
            OSError: the disk is full or failing.
        """
        gone = set(removed)
        names = sorted({*self._results_before, *case.waiting()} - gone)
        results = {name: digest for name in names if (digest := _sha256_of(case.newest(name))) is not None}
        ended: Literal["done", "interrupted"] = "interrupted" if interrupted else "done"
        self.writer.append(Outcome(act_index=self.index, ended=ended, files=results, lake=lake))
        self.writer.commit()


def custody_of(name: str, options: HuntOptions, rules: RuleSet | None = None) -> Custody:
    """Return the record that begins an act."""
    return Custody(
        act=name,
        user=_user(),
        machine=platform.node(),
        version=__version__,
        arguments=tuple(_shown(argument) for argument in options.arguments[:_ARGUMENTS_SHOWN]),
        settings=_settings_of(options),
        rules=_rules_used(rules) if rules is not None else None,
        content=content_digest(),
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _shown(argument: str) -> str:
    """Return an argument without what is secret in it: programs name users and passwords before the host of an URL."""
    return _USER_INFO.sub("***@", printable_name(argument))[:_LONGEST_ARGUMENT]


def _settings_of(options: HuntOptions) -> dict[str, str | tuple[str, ...] | None]:
    """Return what shapes events, so that the lake can be made again in the same way."""
    sites = tuple(msgspec.json.encode(site).decode() for site in options.sites)
    if sum(map(len, sites)) > _SETTING_BYTES:
        sites = (f"sha256:{hashlib.sha256(chr(10).join(sites).encode()).hexdigest()}",)
    return {
        "paths": tuple(_shown(path) for path in options.paths[:_ARGUMENTS_SHOWN]),
        "site": options.site,
        "sites": sites,
        "since": options.since or None,
        "until": options.until or None,
        "timezone": name_of(options.zone),
        "sources": tuple(f"{pattern}={name}" for pattern, name in options.choices.choices),
        "store": "yes" if options.store else "no",
        "force": "yes" if options.force else "no",
    }


def _rules_used(rules: RuleSet) -> RulesUsed:
    digest = hashlib.sha256()
    loaded = rules.every
    for rule in loaded:
        digest.update(rule.sha256.encode())
    return RulesUsed(len(loaded), digest.hexdigest())


@cache
def content_digest() -> str:
    """Return a digest of the content that ships with the program: of all files' names and bytes, in order."""
    digest = hashlib.sha256()
    for name, file in sorted(_content(files("yadorigi") / "content", "")):
        digest.update(name.encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _content(folder: Traversable, above: str) -> Iterable[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        name = f"{above}{entry.name}"
        if entry.is_dir():
            yield from _content(entry, f"{name}/")
        elif not entry.name.endswith(".pyc"):
            yield name, entry


def newest_outcome(records: Iterable[object]) -> Outcome | None:
    """Return the last outcome among some records, or None."""
    found = None
    for record in records:
        if isinstance(record, Outcome):
            found = record
    return found


def _results_of(writer: VaultWriter) -> tuple[str, ...]:
    """Return the names of the results that the case has by its newest outcome."""
    outcome = newest_outcome(writer.vault.records()) if writer.vault is not None else None
    return tuple(outcome.files) if outcome is not None else ()


def results_of_case(case: Path) -> dict[str, str]:
    """Return the SHA-256 of each result of a case by its name, as its vault recorded it last.

    Raises:
        CaseError: the vault is damaged.
    """
    vault = Vault.open(case)
    outcome = newest_outcome(vault.records()) if vault is not None else None
    return outcome.files if outcome is not None else {}


def _sha256_of(path: Path) -> str | None:
    try:
        return sha256_of(path)
    except FileNotFoundError:
        return None
