"""What the vault's tools read from and write to single files: keys, checkpoints, proofs. Never over a file."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

from yadorigi.durability import name_new
from yadorigi.errors import CaseError, UsageError
from yadorigi.limits import VAULT_NOTE_BYTES_LIMIT, VAULT_RECORD_BYTES_LIMIT
from yadorigi.vault.checkpoints import Checkpoint
from yadorigi.vault.notes import SigningKey, VerifierKey

_BYTES_LIMIT: Final = VAULT_NOTE_BYTES_LIMIT + 4 * VAULT_RECORD_BYTES_LIMIT
_SECRET: Final = 0o600
_PLAIN: Final = 0o666


def read_file(path: Path, what: str) -> bytes:
    """Return the bytes of a file that a user names.

    Raises:
        UsageError: it cannot be read, or is larger than any such file.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(_BYTES_LIMIT + 1)
    except OSError as error:
        raise UsageError(f"{what} {path}: {error.strerror or error}") from error
    if len(data) > _BYTES_LIMIT:
        raise UsageError(f"{what} {path}: larger than any {what}")
    return data


def write_file(path: Path, data: bytes, *, secret: bool = False) -> None:
    """Write a new file, whole or not at all; a secret one only its owner can read.

    Raises:
        UsageError: there is one already, or it cannot be written.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        if os.path.lexists(path):
            raise UsageError(f"{path} is there already; name another file")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(part, flags, _SECRET if secret else _PLAIN), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        put_new(part, path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def put_new(part: Path, path: Path) -> None:
    """Give a file a name that nobody has.

    Raises:
        UsageError: somebody has it.
        OSError: it cannot be done.
    """
    try:
        name_new(part, path)
    except FileExistsError as error:
        raise UsageError(f"{path} is there already; name another file") from error


def verifier_key_of(text: str, option: str) -> VerifierKey:
    """Return the verifier key that an option gives: the key itself, or a file that holds it.

    Raises:
        UsageError: it is neither.
    """
    if not text:
        raise UsageError(f"{option} is empty; give a verifier key (name+id+base64) or a file that holds one")
    try:
        is_file = Path(text).is_file()
    except (OSError, ValueError):
        is_file = False
    line = read_file(Path(text), "key file").decode("utf-8", "replace") if is_file else text
    if line.strip().startswith("PRIVATE+KEY+"):
        raise UsageError(f"{option} is a signing key, which nobody else should see; give the verifier key")
    try:
        return VerifierKey.parsed(line.strip())
    except CaseError as error:
        raise UsageError(f"{option}: {error}; a verifier key has the form name+id+base64") from error


def signing_key_in(path: Path) -> SigningKey:
    """Return the signing key in a file.

    Raises:
        UsageError: there is none.
    """
    data = read_file(path, "key file")
    try:
        return SigningKey.parsed(data.decode("utf-8", "replace").strip())
    except CaseError as error:
        raise UsageError(f"{path}: {error}") from error


def checkpoint_in(path: Path) -> Checkpoint:
    """Return the checkpoint in a file, no signature of it checked.

    Raises:
        UsageError: there is none.
    """
    data = read_file(path, "checkpoint")
    try:
        return Checkpoint.parsed(data)
    except CaseError as error:
        raise UsageError(f"{path}: {error}") from error
