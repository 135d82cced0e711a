"""By what bytes are known again: for ever by their SHA-256, within one run by their fingerprint."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.ciphers import AEADEncryptionContext, Cipher
    from cryptography.hazmat.primitives.ciphers.modes import GCM

_KEY_BYTES: Final = 16
_NONCE: Final = bytes(12)


class Digest(Protocol):
    """Takes bytes and says in the end by what they are known again."""

    def update(self, data: bytes | memoryview, /) -> object:
        """Take more bytes."""

    def digest(self) -> bytes:
        """Return by what all bytes are known again; nothing comes after it."""


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Says of bytes whether they are those that were seen before in the same run, sooner than SHA-256 does.

    A fingerprint is what AES-GCM gives for bytes that it does not encrypt (GMAC, NIST SP 800-38D), always with the same
    nonce. The key is made by chance and known to the processes of one run. So others of at most n bytes have the same
    fingerprint with a chance of (n / 16 + 2) in 2**128, whoever made them; but only as long as nobody sees fingerprints
    of that key, so none of them is ever written down.

    Attributes:
        key: of one run.
    """

    key: bytes = field(default_factory=lambda: secrets.token_bytes(_KEY_BYTES), repr=False)

    def begin(self) -> Digest:
        """Return what takes the bytes."""
        return _Fingerprint(_cipher(self.key).encryptor())


class _Fingerprint:
    def __init__(self, encryptor: AEADEncryptionContext) -> None:
        self._encryptor = encryptor
        self.update = encryptor.authenticate_additional_data

    def digest(self) -> bytes:
        self._encryptor.finalize()
        return self._encryptor.tag


@lru_cache(maxsize=1)
def _cipher(key: bytes) -> Cipher[GCM]:
    # It is loaded by what keeps originals only.
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415 - takes 50 ms

    return Cipher(algorithms.AES(key), modes.GCM(_NONCE))
