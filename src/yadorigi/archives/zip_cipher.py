"""The two ways in which zip files are encrypted: PKWARE's old one, and WinZip's AES (AE-1 and AE-2).

After PKWARE's APPNOTE, section 6.1, and WinZip's description of its AES encryption.
"""

from __future__ import annotations

import hashlib
import hmac
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from yadorigi.errors import ArchiveError

OLD_HEADER: Final = 12
"""Bytes in front of data that are encrypted the old way."""

_AES_FIELD: Final = 7
_AES_ROUNDS: Final = 1_000
_CHECK_BYTES: Final = 2
_SEAL_BYTES: Final = 10
_STRENGTHS: Final = {1: 16, 2: 24, 3: 32}


def _table() -> tuple[int, ...]:
    """Return the steps of CRC-32 by byte."""
    # The checksum of a single byte is its step, less what every checksum begins and ends with.
    rest = zlib.crc32(b"\0")
    return tuple(zlib.crc32(bytes((byte,))) ^ rest for byte in range(256))


_STEPS: Final = _table()


class OldCipher:
    """PKWARE's encryption, one password's state."""

    def __init__(self, password: bytes) -> None:
        """Begin with the keys that a password gives."""
        self._keys = (0x12345678, 0x23456789, 0x34567890)
        steps = _STEPS
        first, second, third = self._keys
        for byte in password:
            first = first >> 8 ^ steps[(first ^ byte) & 0xFF]
            second = ((second + (first & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
            third = third >> 8 ^ steps[(third ^ second >> 24) & 0xFF]
        self._keys = (first, second, third)

    def decrypt(self, data: bytes) -> bytes:
        """Return the next bytes in the clear."""
        steps = _STEPS
        first, second, third = self._keys
        clear = bytearray(len(data))
        for place, byte in enumerate(data):
            mixed = third | 2
            plain = byte ^ (mixed * (mixed ^ 1) >> 8 & 0xFF)
            clear[place] = plain
            first = first >> 8 ^ steps[(first ^ plain) & 0xFF]
            second = ((second + (first & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
            third = third >> 8 ^ steps[(third ^ second >> 24) & 0xFF]
        self._keys = (first, second, third)
        return bytes(clear)


@dataclass(frozen=True, slots=True)
class AesField:
    """What a member's extra field says about its AES encryption.

    Attributes:
        checks_crc: whether the CRC-32 of the content is given as well (AE-1).
        key_bytes: length of the key.
        method: how the content is compressed.
    """

    checks_crc: bool
    key_bytes: int
    method: int

    @classmethod
    def read(cls, field: bytes) -> AesField:
        """Read the extra field.

        Raises:
            ArchiveError: it is none.
        """
        strength = field[4] if len(field) >= _AES_FIELD else 0
        if field[2:4] != b"AE" or strength not in _STRENGTHS:
            raise ArchiveError("how it is encrypted cannot be told: its AES field is damaged")
        return cls(field[0] == 1, _STRENGTHS[strength], int.from_bytes(field[5:7], "little"))

    @property
    def head(self) -> int:
        """Bytes in front of the data: salt and password check."""
        return self.key_bytes // 2 + _CHECK_BYTES

    @property
    def overhead(self) -> int:
        """Bytes that are no data."""
        return self.head + _SEAL_BYTES

    def keys(self, head: bytes, password: bytes) -> tuple[bytes, bytes] | None:
        """Return the keys for decryption and for the seal, or None where the password is wrong."""
        salt, check = head[: self.key_bytes // 2], head[self.key_bytes // 2 :]
        size = 2 * self.key_bytes + _CHECK_BYTES
        derived = hashlib.pbkdf2_hmac("sha1", password, salt, _AES_ROUNDS, size)
        if derived[-_CHECK_BYTES:] != check:
            return None
        return derived[: self.key_bytes], derived[self.key_bytes : 2 * self.key_bytes]


def aes_decrypted(blocks: Iterator[bytes], size: int, keys: tuple[bytes, bytes]) -> Iterator[bytes]:
    """Give encrypted data in the clear.

    Args:
        blocks: the data and their seal.
        size: bytes of the data without the seal.
        keys: for decryption and for the seal.

    Raises:
        ArchiveError: the data were changed: their seal does not fit.
    """
    from Cryptodome.Cipher import AES  # noqa: PLC0415 - takes longer to import than a small hunt reads
    from Cryptodome.Util import Counter  # noqa: PLC0415 - see above

    key, seal_key = keys
    cipher = AES.new(key, AES.MODE_CTR, counter=Counter.new(128, initial_value=1, little_endian=True))
    seal = hmac.new(seal_key, digestmod=hashlib.sha1)
    left, rest = size, b""
    for block in blocks:
        data, rest = block[:left], rest + block[left:]
        left -= len(data)
        seal.update(data)
        if data:
            yield cipher.decrypt(data)
    if left or not hmac.compare_digest(rest[:_SEAL_BYTES], seal.digest()[:_SEAL_BYTES]):
        raise ArchiveError("its encrypted data were changed or cut off: their seal does not fit")
