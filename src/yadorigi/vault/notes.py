"""Signed notes (C2SP signed-note) with Ed25519, and cosignatures of witnesses (C2SP tlog-cosignature, version 1)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from yadorigi.errors import CaseError
from yadorigi.limits import VAULT_NOTE_BYTES_LIMIT, VAULT_SIGNATURES_LIMIT

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
_DASH: Final = "\N{EM DASH} "
_ID_BYTES: Final = 4
_KEY_BYTES: Final = 32
_TIME_BYTES: Final = 8
_LAST_MOMENT: Final = (1 << 63) - 1
_PRIVATE: Final = "PRIVATE+KEY+"
_SPACE: Final = 0x20


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A key that checks signatures.

    Attributes:
        name: of the key; of a log's key, the log's origin.
        kind: `ED25519` or `COSIGNATURE`.
        public: 32 bytes (RFC 8032).
    """

    name: str
    kind: int
    public: bytes

    @classmethod
    def parsed(cls, text: str) -> VerifierKey:
        """Return the key that is written as ``name+id+base64``, and nothing before or behind it.

        Raises:
            CaseError: it is none.
        """
        name, number, key = _parts(text, "verifier key")
        found = cls(name, key[0], key[1:])
        if found.kind not in (ED25519, COSIGNATURE) or len(found.public) != _KEY_BYTES:
            raise CaseError(f"verifier key {name}: neither Ed25519 nor a cosignature key of version 1")
        if found.number.hex() != number:
            raise CaseError(f"verifier key {name}: its id is {number}, the key's is {found.number.hex()}")
        return found

    @property
    def number(self) -> bytes:
        """Return the key's id, 4 bytes."""
        return sha256(b"%b\n%c%b" % (self.name.encode(), self.kind, self.public)).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        """Return the key as ``name+id+base64``."""
        return f"{self.name}+{self.number.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"

    def signed(self, signature: bytes, text: str) -> int | None:
        """Check a signature (without id) of a note's text; return the time that it states, 0 where it has none.

        None where it is not this key's signature of this text.
        """
        moment, message = 0, text.encode()
        if self.kind == COSIGNATURE:
            moment = int.from_bytes(signature[:_TIME_BYTES], "big")
            if moment > _LAST_MOMENT:
                return None
            signature, message = signature[_TIME_BYTES:], _cosigned(moment, text)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return None
        return moment


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A key that signs.

    Attributes:
        name, kind: as in `VerifierKey`.
        seed: 32 secret bytes (RFC 8032).
    """

    name: str
    kind: int
    seed: bytes

    @classmethod
    def made(cls, name: str, kind: int = ED25519) -> SigningKey:
        """Return a new key.

        Raises:
            CaseError: no key can have this name.
        """
        if not _is_name(name):
            raise CaseError(f"{name!r} cannot be the name of a key: it has spaces or a plus, or is empty")
        return cls(name, kind, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parsed(cls, text: str) -> SigningKey:
        """Return the key that `text` wrote.

        Raises:
            CaseError: it is none; the message does not show it.
        """
        if not text.startswith(_PRIVATE):
            raise CaseError(f"no signing key: it does not begin with {_PRIVATE}")
        name, number, key = _parts(text.removeprefix(_PRIVATE), "signing key")
        found = cls(name, key[0], key[1:])
        if found.kind not in (ED25519, COSIGNATURE) or len(found.seed) != _KEY_BYTES:
            raise CaseError(f"signing key {name}: neither Ed25519 nor a cosignature key of version 1")
        if found.verifier.number.hex() != number:
            raise CaseError(f"signing key {name}: its id is not the key's")
        return found

    @property
    def verifier(self) -> VerifierKey:
        """Return the key that checks what this one signs."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifierKey(self.name, self.kind, public)

    def text(self) -> str:
        """Return the key as one line. Whoever has it can sign."""
        verifier = self.verifier
        return f"{_PRIVATE}{self.name}+{verifier.number.hex()}+{encoded(bytes([self.kind]) + self.seed)}"

    def signature_line(self, text: str, moment: int = 0) -> str:
        """Return the line that signs a note's text; a cosignature states a time, in POSIX seconds."""
        key = Ed25519PrivateKey.from_private_bytes(self.seed)
        if self.kind == COSIGNATURE:
            signature = moment.to_bytes(_TIME_BYTES, "big") + key.sign(_cosigned(moment, text))
        else:
            signature = key.sign(text.encode())
        return f"{_DASH}{self.name} {encoded(self.verifier.number + signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note.

    Attributes:
        text: what is signed, to its last newline.
        signatures: name, id of the key (4 bytes) and signature of each signature line.
    """

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    @classmethod
    def parsed(cls, data: bytes) -> Note:
        """Return the note that some bytes are, nothing of it checked.

        Raises:
            CaseError: they are none.
        """
        if len(data) > VAULT_NOTE_BYTES_LIMIT:
            raise CaseError(f"a note of {len(data):,} bytes is longer than any checkpoint")
        try:
            whole = data.decode()
        except UnicodeDecodeError as error:
            raise CaseError(f"no signed note: {error}") from error
        if any(ord(letter) < _SPACE and letter != "\n" for letter in whole):
            raise CaseError("no signed note: it has control characters")
        text, found, signatures = whole.rpartition("\n\n")
        lines = signatures.split("\n")
        if not found or lines.pop() or not lines:
            raise CaseError("no signed note: text, an empty line and lines with signatures are expected")
        if len(lines) > VAULT_SIGNATURES_LIMIT:
            raise CaseError(f"a note with {len(lines):,} signatures; {VAULT_SIGNATURES_LIMIT} at most")
        return cls(f"{text}\n", tuple(_signature(line) for line in lines))

    def data(self) -> bytes:
        """Return the note's bytes."""
        lines = [f"{_DASH}{name} {encoded(number + signature)}\n" for name, number, signature in self.signatures]
        return f"{self.text}\n{''.join(lines)}".encode()

    def signed_by(self, key: VerifierKey) -> int | None:
        """Return the time that a key's signature states (0 where it has none), or None where none of it holds.

        Raises:
            CaseError: a line claims to be this key's, and is not.
        """
        found: int | None = None
        for name, number, signature in self.signatures:
            if name == key.name and number == key.number:
                found = key.signed(signature, self.text)
                if found is None:
                    raise CaseError(f"the signature of {name} is not one of this text")
        return found


def signed_note(text: str, keys: Iterable[SigningKey], moment: int = 0) -> bytes:
    """Return a text that ends with a newline, signed."""
    return f"{text}\n{''.join(key.signature_line(text, moment) for key in keys)}".encode()


def _cosigned(moment: int, text: str) -> bytes:
    return f"cosignature/v1\ntime {moment}\n{text}".encode()


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, base64_text = line.removeprefix(_DASH).partition(" ")
    signature = decoded(base64_text)
    if not line.startswith(_DASH) or not _is_name(name) or signature is None or len(signature) <= _ID_BYTES:
        raise CaseError("no signed note: a line is no signature")
    return name, signature[:_ID_BYTES], signature[_ID_BYTES:]


def _parts(text: str, what: str) -> tuple[str, str, bytes]:
    name, number, base64_text = (*text.split("+", 2), "", "")[:3]
    key = decoded(base64_text)
    if not _is_name(name) or not key:
        raise CaseError(f"no {what}: one has the form name+id+base64")
    return name, number, key


def _is_name(name: str) -> bool:
    return bool(name) and name.split() == [name] and "+" not in name and name.isprintable()


def encoded(data: bytes) -> str:
    """Return bytes as base64 (RFC 4648, section 4)."""
    return base64.b64encode(data).decode()


def decoded(text: str) -> bytes | None:
    """Return the bytes of base64 that is written in the one way, or None."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if encoded(data) == text else None
