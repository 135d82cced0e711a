"""Acts that change a case, as its vault records them: who did what, what came in, and what it left.

An act begins with a record of who runs what, goes on with a receipt for each input, and ends with the SHA-256 of every
result. The end is recorded before the results are put in their places, so that results that nobody recorded are none of
the program's.
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import platform
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from yadorigi import __version__
from yadorigi.app.case_folder import FINDINGS, RESULTS, SUMMARY, VERDICTS, WARNINGS, listing_of
from yadorigi.app.case_lock import LOCK
from yadorigi.app.keep_coverage import COVERAGE
from yadorigi.app.sealed_results import changed, digest_of, require_unchanged
from yadorigi.digests import sha256_of
from yadorigi.errors import YadorigiError
from yadorigi.ingest.discover import printable_name
from yadorigi.ingest.own_cases import OWN_FILES
from yadorigi.lake.commits import manifests, newest_commit
from yadorigi.reports.page.voice import name_of
from yadorigi.vault.keys import VaultHome
from yadorigi.vault.records import Custody, Expiry, LakeChange, Outcome, Receipt, RulesUsed
from yadorigi.vault.writer import VaultWriter

if TYPE_CHECKING:
    from yadorigi.app.case_folder import CaseFolder
    from yadorigi.app.hunt_options import HuntOptions
    from yadorigi.ingest.discover import InputFile
    from yadorigi.packs.rule_set import RuleSet
    from yadorigi.vault.segments import SegmentPart

_USER_INFO: Final = re.compile(r"(?<=://)[^/@\s]+@")
_SECRET_NAME: Final = r"(?:[\w-]*[-_])?(?:passwords?|passphrase|pwd|secret|token|api-?key|credentials?)"  # noqa: S105 - names of options, no password
_SECRET_OPTION: Final = re.compile(rf"--?{_SECRET_NAME}", re.ASCII | re.IGNORECASE).fullmatch
_SECRET_VALUE: Final = re.compile(rf"((?:^--?|[?&;,]|\b){_SECRET_NAME}=)[^&;,\s]+", re.ASCII | re.IGNORECASE)
_HIDDEN: Final = "***"
_LONGEST_TEXT: Final = 1_000
_TEXTS_BYTES: Final = 10_000
"""Of one list of texts: a record has 65,535, and the lists together must stay below."""

_FILES_NAMED: Final = 300
"""Results of a folder that an outcome names one by one; of more, it names their list."""

_FOLDER: Final = f"{RESULTS}/"
_BUILT_ON: Final = (FINDINGS, WARNINGS, VERDICTS, SUMMARY, COVERAGE)
_MAPPINGS: Final = (".toml", ".conf")


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
        fingerprint: of the bytes in this run, or b"".
    """

    file: InputFile
    sha256: str | None
    size: int
    modified: str | None = None
    kept: bool = True
    problem: str = ""
    fingerprint: bytes = field(default=b"", repr=False)


class Act:
    """An act that is under way.

    Attributes:
        writer: of the case's vault.
        index: place of its `Custody`.
    """

    def __init__(self, writer: VaultWriter, custody: Custody, results: Mapping[str, str], site: str | None) -> None:
        """Begin; the record counts with the first commit.

        Args:
            writer: of the case's vault.
            custody: who does what.
            results: of the case by its newest outcome.
            site: of all inputs, or None.
        """
        self.writer = writer
        self.index = writer.append(custody)
        self.site = site
        self._results = results
        self._open = False

    @classmethod
    def begun(cls, case: Path, name: str, options: HuntOptions, rules: RuleSet | None = None) -> Act:
        """Begin an act.

        Raises:
            UnprovenError: the case is not what its vault says, and the act would build on it.
            CaseError: the vault is damaged, or its key is not here.
            UsageError: a new key cannot be kept.
            OSError: the disk is full or failing.
        """
        writer = VaultWriter.opened(case, VaultHome.found(options.settings.vault_folder).for_case(case))
        sealed = _Sealed.of(writer.vault.records() if writer.vault is not None else ())
        if not options.force:
            sealed.require(case)
        results = sealed.outcome.files if sealed.outcome is not None else _unsealed(case)
        return cls(writer, custody_of(name, options, rules), results, options.site)

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
            found.append(
                msgspec.structs.replace(one.file, sha256=one.sha256 or "", fingerprint=one.fingerprint, leaf=leaf)
            )
        self._commit()
        return found

    def lake_changes(self, number: int, manifest: bytes) -> None:
        """Record a commit of the lake that is about to count.

        Raises:
            OSError: the disk is full or failing.
        """
        self.writer.append(LakeChange(number=number, sha256=hashlib.sha256(manifest).hexdigest()))
        self._commit()

    def _commit(self) -> None:
        self.writer.commit()
        self._open = True

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
        # What this act did not write stays as it was sealed: whoever changed it meanwhile is not helped to hide that.
        files = {name: digest for name, digest in self._results.items() if name not in set(removed)}
        if case.anew:
            files = {name: digest for name, digest in files.items() if "/" not in name}
        files |= case.hold()
        self._outcome("interrupted" if interrupted else "done", _named(case.path, files), lake)

    def close(self, case: Path) -> None:
        """End the act, however it went: one that has left records and did not conclude has failed.

        Args:
            case: the folder, whose results are those of before where the act failed.
        """
        if self._open:
            # It may be that the disk is full, which is told elsewhere; an act without an end tells the same.
            with contextlib.suppress(OSError, YadorigiError):
                self._outcome("failed", self._results, newest_commit(case))
        self.writer.close()

    def _outcome(
        self, ended: Literal["done", "interrupted", "failed"], files: Mapping[str, str], lake: int | None
    ) -> None:
        self._open = False
        self.writer.append(Outcome(act_index=self.index, ended=ended, files=dict(files), lake=lake))
        self.writer.commit()


@dataclass(frozen=True, slots=True)
class _Sealed:
    """What a vault says of the case now.

    Attributes:
        outcome: the newest, or None.
        lakes: SHA-256 of the lake's commits, by number.
    """

    outcome: Outcome | None
    lakes: Mapping[int, str]

    @classmethod
    def of(cls, records: Iterable[object]) -> _Sealed:
        """Look at all records."""
        outcome: Outcome | None = None
        lakes: dict[int, str] = {}
        for record in records:
            if isinstance(record, Outcome):
                outcome = record
            elif isinstance(record, LakeChange):
                lakes[record.number] = record.sha256
        return cls(outcome, lakes)

    def require(self, case: Path) -> None:
        """Check what an act builds on: what was changed must not be sealed as if it were the program's.

        Raises:
            UnprovenError: it is not what was sealed.
            OSError: it cannot be read.
        """
        files = self.outcome.files if self.outcome is not None else {}
        require_unchanged(case, _BUILT_ON, files)
        if _FOLDER in files and listing_of(_there(case)) != files[_FOLDER]:
            raise changed(case, _FOLDER)
        first = min(self.lakes, default=0)
        for number, path in manifests(case) if self.lakes else ():
            # What came before there was a vault is not sealed.
            if number >= first and self.lakes.get(number) != sha256_of(path):
                raise changed(case, path.relative_to(case).as_posix())


def _unsealed(case: Path) -> dict[str, str]:
    """Return the SHA-256 of the results of a case that had no vault until now."""
    names = [*sorted(OWN_FILES - {LOCK}), *(path.relative_to(case).as_posix() for path in case.glob(f"{RESULTS}/*"))]
    return {name: digest for name in names if (digest := digest_of(case / name)) is not None}


def _there(case: Path) -> dict[str, str]:
    """Return the SHA-256 of each table of hunts that is in its place."""
    return {path.name: sha256_of(path) for path in (case / RESULTS).glob("*") if path.is_file()}


def _named(case: Path, files: Mapping[str, str]) -> dict[str, str]:
    """Return the results as an outcome names them: very many tables of hunts by one list."""
    tables = {name.removeprefix(_FOLDER): digest for name, digest in files.items() if name.startswith(_FOLDER)}
    if tables.pop("", None) is not None:
        tables = _there(case) | tables
    elif len(tables) <= _FILES_NAMED:
        return dict(files)
    rest = {name: digest for name, digest in files.items() if not name.startswith(_FOLDER)}
    return rest | {_FOLDER: listing_of(tables)}


def custody_of(name: str, options: HuntOptions, rules: RuleSet | None = None) -> Custody:
    """Return the record that begins an act."""
    return Custody(
        act=name,
        user=_user(),
        machine=platform.node(),
        version=__version__,
        arguments=_bounded(_without_secrets(options.arguments)),
        settings=_settings_of(options),
        rules=_rules_used(rules) if rules is not None else None,
        content=content_digest(),
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _without_secrets(arguments: Iterable[str]) -> Iterator[str]:
    """Give arguments without what is secret in them: what options for secrets say, and users in URLs."""
    hidden = False
    for argument in arguments:
        yield _HIDDEN if hidden else _shown(argument)
        hidden = _SECRET_OPTION(argument) is not None


def _shown(text: str) -> str:
    """Return a text without what is secret in it: URLs name users and passwords before the host."""
    return _SECRET_VALUE.sub(rf"\1{_HIDDEN}", _USER_INFO.sub(f"{_HIDDEN}@", printable_name(text)))


def _bounded(texts: Iterable[str]) -> tuple[str, ...]:
    """Return as many texts as a record has room for; what is left out is counted in the last."""
    texts = list(texts)
    kept: list[str] = []
    left = _TEXTS_BYTES
    for place, text in enumerate(texts):
        cut = f"{text[:_LONGEST_TEXT]}… ({len(text):,} characters)"
        shown = text if len(text) <= _LONGEST_TEXT else cut
        left -= len(msgspec.json.encode(shown))
        if left < 0:
            return (*kept, f"… and {len(texts) - place:,} more")
        kept.append(shown)
    return tuple(kept)


def _settings_of(options: HuntOptions) -> dict[str, str | tuple[str, ...] | None]:
    """Return what shapes events, so that the lake can be made again in the same way."""
    sites = tuple(msgspec.json.encode(site).decode() for site in options.sites)
    if sum(len(site.encode()) for site in sites) > _TEXTS_BYTES:
        sites = (f"sha256:{hashlib.sha256(chr(10).join(sites).encode()).hexdigest()}",)
    return {
        "paths": _bounded(map(_shown, options.paths)),
        "site": options.site,
        "sites": sites,
        "since": options.since or None,
        "until": options.until or None,
        "timezone": name_of(options.zone),
        "sources": _bounded(f"{pattern}={name}" for pattern, name in options.choices.choices),
        "source_files": _bounded(_source_files(name for _, name in options.choices.choices)),
        "store": "yes" if options.store else "no",
        "force": "yes" if options.force else "no",
    }


def _source_files(names: Iterable[str]) -> Iterator[str]:
    """Give the files that say how inputs are read, each with its SHA-256 before it."""
    for name in dict.fromkeys(names):
        path = name.partition(":")[2]
        if path.endswith(_MAPPINGS):
            yield f"{digest_of(Path(path)) or '-'} {printable_name(path)}"


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
