"""Fingerprints: as another library works them out, and equal exactly where SHA-256 is."""

from __future__ import annotations

from hashlib import sha256

from Cryptodome.Cipher import AES
from hypothesis import given
from hypothesis import strategies as st

from yadorigi.digests import Fingerprints
from yadorigi.sources.contract import ReadingLog

contents = st.binary(max_size=100)


def fingerprint(of: Fingerprints, *parts: bytes) -> bytes:
    begun = of.begin()
    for part in parts:
        begun.update(memoryview(part))
    return begun.digest()


@given(st.lists(contents, max_size=4))
def test_a_fingerprint_is_the_tag_of_aes_gcm(parts: list[bytes]) -> None:
    fingerprints = Fingerprints()
    other = AES.new(fingerprints.key, AES.MODE_GCM, nonce=bytes(12))
    other.update(b"".join(parts))
    assert fingerprint(fingerprints, *parts) == other.digest()


@given(contents, st.one_of(st.none(), contents), st.integers(0, 100))
def test_a_file_is_changed_where_its_hash_is_another(kept: bytes, now: bytes | None, cut: int) -> None:
    fingerprints = Fingerprints()
    read = kept if now is None else now
    log = ReadingLog(fingerprints=Fingerprints(fingerprints.key), known={1: fingerprint(fingerprints, kept)})
    for file in (1, 2):
        log.hash(file, read[:cut], read[cut:])
    assert log.changed == ({1} if sha256(read).digest() != sha256(kept).digest() else set())
    assert log.hashes == {2: sha256(read).hexdigest()}, "what has no fingerprint is known by its SHA-256"


def test_each_run_has_a_key_of_its_own_and_shows_it_to_nobody() -> None:
    one, other = Fingerprints(), Fingerprints()
    assert one.key != other.key
    assert repr(one) == "Fingerprints()"
