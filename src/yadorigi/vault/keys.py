"""What is kept outside of cases: their signing keys and their newest checkpoints.

Whoever can write to a case can roll it back; only what is kept elsewhere shows it. So neither key nor newest checkpoint
may lie beside the case.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from platformdirs import user_data_path

from yadorigi.durability import sync_folder
from yadorigi.errors import CaseError, KeyNotKeptError, UsageError
from yadorigi.limits import VAULT_NOTE_BYTES_LIMIT
from yadorigi.vault.checkpoints import Checkpoint
from yadorigi.vault.notes import SigningKey

HOME_VARIABLE: Final = "YADORIGI_VAULT_HOME"
_ORIGIN: Final = "yadorigi.invalid/case/"
_NAME: Final = re.compile(r"yadorigi\.invalid/case/([0-9a-f]{32})", re.ASCII).fullmatch
_PLACE: Final = ".place"
_ONLY_OWNER: Final = 0o600
_ONLY_OWNER_FOLDER: Final = 0o700


def new_origin() -> str:
    """Return a name for the log of a new case, which no other has."""
    return f"{_ORIGIN}{secrets.token_hex(16)}"


@dataclass(frozen=True, slots=True)
class VaultHome:
    """The folder for keys and checkpoints of cases.

    A case may be copied, and work go on in both copies; so checkpoints are kept for each place in which a case lies.

    Attributes:
        folder: where it is; made when it is needed.
        place: absolute path of the case that it is asked about, or "" where that does not matter.
        stated: whether somebody named the folder, so that it is wrong where it cannot be written to.
    """

    folder: Path
    place: str = ""
    stated: bool = True

    @classmethod
    def found(cls, stated: Path | None = None) -> VaultHome:
        """Return the one that settings state, else that of ``YADORIGI_VAULT_HOME``, else the user's own."""
        if stated is not None:
            return cls(stated)
        named = os.environ.get(HOME_VARIABLE)
        return cls(Path(named)) if named else cls(user_data_path("yadorigi", appauthor=False), stated=False)

    def for_case(self, case: Path) -> VaultHome:
        """Return the same for the case in one folder."""
        return replace(self, place=str(case.absolute().resolve()))

    def key_path(self, origin: str) -> Path:
        """Return where a log's signing key is kept.

        Raises:
            CaseError: no log of this program has such an origin.
        """
        return self.folder / "keys" / f"{_id_of(origin)}.key"

    def checkpoint_path(self, origin: str) -> Path:
        """Return where a log's newest checkpoint is kept.

        Raises:
            CaseError: no log of this program has such an origin.
        """
        own = f".{sha256(self.place.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}" if self.place else ""
        return self.folder / "checkpoints" / f"{_id_of(origin)}{own}"

    def elsewhere(self, origin: str) -> Iterator[tuple[Path, Checkpoint]]:
        """Give the places of other copies of a case, each with the newest checkpoint that was seen there.

        Raises:
            CaseError: one is damaged.
        """
        own = self.checkpoint_path(origin)
        for path in sorted(own.parent.glob(f"{_id_of(origin)}.*{_PLACE}")):
            if path.with_suffix("") != own:
                place = path.read_text("utf-8", "surrogateescape")
                found = replace(self, place=place).checkpoint_of(origin)
                if found is not None:
                    yield Path(place), found

    def seen_here(self) -> list[str]:
        """Return the names of all logs that were seen in the place that this is about."""
        if not self.place:
            return []
        own = self.checkpoint_path(f"{_ORIGIN}{'0' * 32}")
        names = (path.name.partition(".")[0] for path in own.parent.glob(f"*{own.suffix}"))
        return [origin for origin in sorted(f"{_ORIGIN}{name}" for name in names) if _NAME(origin)]

    def make_key(self) -> SigningKey:
        """Make a key for a new log, and keep it.

        Raises:
            KeyNotKeptError: it cannot be kept in the folder that was taken since nobody named one.
            UsageError: it cannot be kept in the one that was named.
        """
        key = SigningKey.made(new_origin())
        self.keep_key(key)
        return key

    def keep_key(self, key: SigningKey) -> None:
        """Keep a key; one that is there already stays.

        Raises:
            UsageError: it cannot be kept, or another one of the same name is there.
        """
        path = self.key_path(key.name)
        text = f"{key.text()}\n".encode()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.parent.chmod(_ONLY_OWNER_FOLDER)
            part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
            try:
                with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_OWNER), "wb") as stream:  # noqa: PTH123 - Path cannot give permissions
                    stream.write(text)
                    stream.flush()
                    os.fsync(stream.fileno())
                if path.exists() and path.read_bytes() != text:
                    raise UsageError(f"{path} holds another key of the same name")
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
            sync_folder(path.parent)
        except OSError as error:
            raise (UsageError if self.stated else KeyNotKeptError)(
                f"the case's signing key cannot be kept in {path.parent}: {error.strerror or error}; name another"
                f" folder with {HOME_VARIABLE} or as folder in the table [vault] of the settings, or use --no-store"
            ) from error

    def key_of(self, origin: str) -> SigningKey:
        """Return a log's signing key.

        Raises:
            CaseError: it is not here, or damaged.
        """
        path = self.key_path(origin)
        try:
            with path.open("rb") as stream:
                text = stream.read(VAULT_NOTE_BYTES_LIMIT).decode("utf-8", "replace")
            key = SigningKey.parsed(text.strip())
        except CaseError as error:
            raise CaseError(f"{path}: {error}") from error
        except OSError as error:
            raise CaseError(
                f"the signing key of this case is not in {path.parent} ({error.strerror or error}), so nothing can be"
                " added to what it has sealed; bring the key from the machine that made the case (yadorigi vault key"
                " --export), or name another --case"
            ) from error
        if key.name != origin:
            raise CaseError(f"{path} is the key of {key.name}, not of {origin}")
        return key

    def has_key(self, origin: str) -> bool:
        """Say whether a log's signing key is here."""
        with contextlib.suppress(CaseError, OSError):
            return self.key_path(origin).is_file()
        return False

    def checkpoint_of(self, origin: str) -> Checkpoint | None:
        """Return a log's newest checkpoint as it is known here, or None.

        Raises:
            CaseError: it is damaged.
        """
        path = self.checkpoint_path(origin)
        try:
            with path.open("rb") as stream:
                return Checkpoint.parsed(stream.read(VAULT_NOTE_BYTES_LIMIT + 1))
        except FileNotFoundError:
            return None
        except (OSError, CaseError) as error:
            raise CaseError(f"{path}, the checkpoint that was kept outside of the case: {error}") from error

    def keep_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a log's newest checkpoint.

        Raises:
            CaseError: a later one is kept, or another of the same size, or a damaged one; it stays.
            OSError: the disk is full or failing.
        """
        path = self.checkpoint_path(checkpoint.origin)
        known = self.checkpoint_of(checkpoint.origin)
        if known is not None and known.data() == checkpoint.data():
            return
        # Whether the newer log begins with the older one is for those to say who have the log.
        if known is not None and known.size >= checkpoint.size and known.text != checkpoint.text:
            raise CaseError(
                f"{path} is of a log of {known.size:,} records, and stays; the one that was to be kept has"
                f" {checkpoint.size:,}, and is an older or another one"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
        try:
            with part.open("xb") as stream:
                stream.write(checkpoint.data())
                stream.flush()
                os.fsync(stream.fileno())
            if self.place:
                path.with_name(f"{path.name}{_PLACE}").write_text(self.place, "utf-8", "surrogateescape")
            part.replace(path)
            sync_folder(path.parent)
        finally:
            part.unlink(missing_ok=True)


def _id_of(origin: str) -> str:
    found = _NAME(origin)
    if found is None:
        raise CaseError(f"no case of this program: the log is called {origin[:80]!r}")
    return found[1]
