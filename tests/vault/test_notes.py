"""Signed notes, cosignatures, checkpoints and proofs: as published, as round as they should be, and hard to forge."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yadorigi.errors import CaseError
from yadorigi.limits import VAULT_NOTE_BYTES_LIMIT, VAULT_SIGNATURES_LIMIT, VAULT_TREE_LIMIT
from yadorigi.vault.checkpoints import Checkpoint
from yadorigi.vault.merkle import EMPTY_ROOT, consistency_proof, inclusion_proof, leaf_hash, node_hash, root_of
from yadorigi.vault.notes import COSIGNATURE, ED25519, Note, SigningKey, VerifierKey, encoded, signed_note
from yadorigi.vault.proofs import ConsistencyProof, InclusionProof

# The example of golang.org/x/mod/sumdb/note.
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = (
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

ORIGIN = "yadorigi.invalid/case/000102030405060708090a0b0c0d0e0f"
KEY = SigningKey(ORIGIN, ED25519, bytes(range(32)))
OTHER = SigningKey(ORIGIN, ED25519, bytes(32))
WITNESS = SigningKey("witness.example/w1", COSIGNATURE, bytes(range(1, 33)))
MOMENT = 1_770_000_000
ENTRIES = [b"record %d" % number for number in range(11)]


def subtree(level: int, number: int) -> bytes:
    if level == 0:
        return leaf_hash(ENTRIES[number])
    return node_hash(subtree(level - 1, 2 * number), subtree(level - 1, 2 * number + 1))


def checkpoint(size: int, key: SigningKey = KEY) -> Checkpoint:
    return Checkpoint(ORIGIN, size, root_of(map(leaf_hash, ENTRIES[:size]))).signed(key)


def inclusion(index: int, entry: bytes | None = None) -> InclusionProof:
    return InclusionProof(index, tuple(inclusion_proof(index, 11, subtree)), checkpoint(11), entry)


CONSISTENCY = ConsistencyProof(6, tuple(consistency_proof(6, 11, subtree)), checkpoint(11))


def cosigned(one: Checkpoint, moment: int = MOMENT) -> Checkpoint:
    return Checkpoint.parsed(one.data() + WITNESS.signature_line(one.text, moment).encode())


def test_the_published_note() -> None:
    key = SigningKey.parsed(SKEY)
    assert (key.text(), str(key.verifier), key.verifier) == (SKEY, VKEY, VerifierKey.parsed(VKEY))
    data = signed_note(TEXT, [key])
    assert data == f"{TEXT}\n{LINE}".encode()
    assert Note.parsed(data).signed_by(key.verifier) == 0
    assert Note.parsed(data).data() == data


def test_a_signature_is_of_one_text_and_one_key() -> None:
    note = Note.parsed(signed_note(TEXT, [KEY]))
    assert note.signed_by(OTHER.verifier) is None
    with pytest.raises(CaseError, match="not one of this text"):
        Note(TEXT + "more\n", note.signatures).signed_by(KEY.verifier)
    # One good signature does not make up for a bad one that claims to be the same key's.
    name, number, signature = note.signatures[0]
    with pytest.raises(CaseError, match="not one of this text"):
        Note(TEXT, ((name, number, signature), (name, number, bytes(64)))).signed_by(KEY.verifier)
    # What an unknown key signed does not matter; it may be of a kind that nobody here knows.
    longer = Note(TEXT, (("other.example", b"\0\1\2\3", bytes(2420)), *note.signatures))
    assert Note.parsed(longer.data()).signed_by(KEY.verifier) == 0


def test_witnesses() -> None:
    both = cosigned(checkpoint(7))
    assert both.note is not None
    both.require(KEY.verifier)
    assert both.note.signed_by(WITNESS.verifier) == MOMENT
    line = WITNESS.signature_line(both.text, MOMENT)
    stated = base64.b64decode(line.split()[-1])[4:12]
    assert int.from_bytes(stated, "big") == MOMENT
    # A cosignature is no signature of the log's kind, and another moment is another signature.
    plain = VerifierKey(WITNESS.name, ED25519, WITNESS.verifier.public)
    assert both.note.signed_by(plain) is None
    name, number, signature = both.note.signatures[1]
    for wrong in (bytes(7), signature[:20], bytes(8) + signature[8:], b"\xff" * 8 + signature[8:], signature + b"\0"):
        with pytest.raises(CaseError, match="not one of this text"):
            Note(both.text, ((name, number, wrong),)).signed_by(WITNESS.verifier)
    # It signs extension lines too.
    extended = Checkpoint.parsed(signed_note(f"{both.text}more\n", [KEY, WITNESS], MOMENT))
    assert (extended.size, extended.note and extended.note.signed_by(WITNESS.verifier)) == (7, MOMENT)
    # No signature states a moment that no clock reaches.
    late = cosigned(checkpoint(7), 1 << 63).note
    assert late is not None
    with pytest.raises(CaseError, match="not one of this text"):
        late.signed_by(WITNESS.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "", "+", "++", "a", VKEY[:-1], VKEY + "\n", " " + VKEY, VKEY.replace("c74f20a3", "c74f20a4"),
        VKEY.replace("c74f20a3", "C74F20A3"), VKEY.replace("ARpc", "AQpc"), VKEY.replace("Peter", "Pet er"),
        VKEY.replace("Peter", "Pet\u2003er"), VKEY.replace("Peter", "Pe\u202eter"), VKEY.replace("Peter", "Pe+ter"),
        "a+00000000+" + encoded(b"\1"), "a+00000000+" + encoded(b"\2" + bytes(32)), "a+00000000+AQ==AQ==", SKEY,
        VKEY.replace("TW", "TX"), "x" * 1_000_000, "a+" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_verifier_key(text: str) -> None:
    with pytest.raises(CaseError):
        VerifierKey.parsed(text)
    with pytest.raises(CaseError) as told:
        SigningKey.parsed(text.replace(VKEY, SKEY) if text != SKEY else VKEY)
    assert "AYEK" not in str(told.value)


def test_no_key_is_called_what_no_note_can_name() -> None:
    for name in ("", "a b", "a+b", "a\nb", "a\u00a0b"):
        with pytest.raises(CaseError, match="name of a key"):
            SigningKey.made(name)
    assert SigningKey.made("a") != SigningKey.made("a")
    assert "seed" not in repr(KEY)


def refusals_of_notes() -> list[bytes]:
    good = f"{TEXT}\n{LINE}"
    return [one.encode("utf-8", "surrogateescape") for one in (
        "", "\n", "\n\n", TEXT, f"{TEXT}\n", LINE, good[:-1], good + "\n", good + "x", f"{good}\n{TEXT}",
        good.replace("\u2014", "-"), good.replace("\u2014 ", "\u2014"), good.replace("x08go", "x08g="),
        good.replace("AM=\n", "AN=\n"), good.replace("AM=\n", "AM\n"), good.replace("AM=\n", "AM= \n"),
        good.replace("PeterNeumann ", "Peter+Neumann "), good.replace("PeterNeumann ", ""), good.replace("If", "\tIf"),
        good.replace("If", "\r\nIf"), good.replace("If", "\0"), good.replace("If", "\udcff"),
        f"{TEXT}\n\u2014 a AAAA\n",
        f"{TEXT}\n{LINE * (VAULT_SIGNATURES_LIMIT + 1)}", TEXT + "x" * VAULT_NOTE_BYTES_LIMIT + f"\n\n{LINE}",
    )]  # fmt: skip


@pytest.mark.parametrize("number", range(len(refusals_of_notes())))
def test_what_is_no_note(number: int) -> None:
    with pytest.raises(CaseError, match=r"no signed note|a note "):
        Note.parsed(refusals_of_notes()[number])


def test_checkpoints() -> None:
    one = checkpoint(7)
    one.require(KEY.verifier)
    assert Checkpoint.parsed(one.data()) == one
    with pytest.raises(CaseError, match="not signed with"):
        one.require(OTHER.verifier)
    with pytest.raises(CaseError, match="the key of"):
        one.require(WITNESS.verifier)
    with pytest.raises(CaseError, match="not signed with"):
        Checkpoint(ORIGIN, 7, one.root).require(KEY.verifier)
    with pytest.raises(ValueError, match="not signed"):
        Checkpoint(ORIGIN, 7, one.root).data()


ROOT = encoded(leaf_hash(b""))


@pytest.mark.parametrize(
    "text",
    [
        "a\n", "a\n1\n", f"\n1\n{ROOT}\n", f"a\n\n{ROOT}\n", f"a\n1\n{ROOT}\n\nmore\n", f"a\n01\n{ROOT}\n",
        f"a\n+1\n{ROOT}\n", f"a\n-1\n{ROOT}\n", f"a\n1 \n{ROOT}\n", f"a\n\u0661\n{ROOT}\n", f"a\n1e3\n{ROOT}\n",
        f"a\n{VAULT_TREE_LIMIT + 1}\n{ROOT}\n", f"a\n{'9' * 10_000}\n{ROOT}\n", f"a\n0\n{ROOT}\n",
        f"a\n1\n{ROOT[:-4]}\n",
        f"a\n1\n{ROOT.replace('=', '')}\n", f"a\n1\n{ROOT} \n", f"a\n1\n{ROOT[:-2]}B=\n", "a\n1\n\n",
    ],
)  # fmt: skip
def test_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(CaseError, match="no checkpoint"):
        Checkpoint.parsed(signed_note(text, [KEY]))


def test_the_empty_log_has_a_checkpoint() -> None:
    assert Checkpoint.parsed(signed_note(f"a\n0\n{encoded(EMPTY_ROOT)}\n", [KEY])).size == 0


@pytest.mark.parametrize("entry", [None, ENTRIES[4], b""])
def test_a_proof_of_inclusion(entry: bytes | None) -> None:
    for index in (0, 4, 10):
        proof = inclusion(index, entry)
        lines = proof.text().decode().split("\n")
        assert lines[0] == "c2sp.org/tlog-proof@v1"
        assert [line for line in lines if line.startswith("extra ")] == ([] if entry is None else [lines[1]])
        assert InclusionProof.parsed(proof.text()) == proof
        proof.require(KEY.verifier, ENTRIES[index])
        for wrong in (ENTRIES[index - 1], b""):
            with pytest.raises(CaseError, match="does not lead"):
                proof.require(KEY.verifier, wrong)
    # It may be of a checkpoint that others signed as well.
    InclusionProof(4, inclusion(4).hashes, cosigned(checkpoint(11))).require(KEY.verifier, ENTRIES[4])
    with pytest.raises(CaseError, match="the proof is none"):
        InclusionProof(11, inclusion(4).hashes, checkpoint(11)).require(KEY.verifier, ENTRIES[4])
    with pytest.raises(CaseError, match="not signed with"):
        inclusion(4).require(OTHER.verifier, ENTRIES[4])


def test_a_proof_of_consistency() -> None:
    assert ConsistencyProof.parsed(CONSISTENCY.text()) == CONSISTENCY
    CONSISTENCY.require(KEY.verifier, checkpoint(6))
    ConsistencyProof(11, (), checkpoint(11)).require(KEY.verifier, checkpoint(11))
    ConsistencyProof(0, (), checkpoint(11)).require(KEY.verifier, checkpoint(0))
    fork = Checkpoint(ORIGIN, 6, leaf_hash(b"another")).signed(KEY)
    for proof, older, why in (
        (CONSISTENCY, checkpoint(5), "begins at 6"),
        (CONSISTENCY, fork, "was changed"),
        (CONSISTENCY, checkpoint(6, OTHER), "not signed with"),
        (ConsistencyProof(6, CONSISTENCY.hashes, checkpoint(11, OTHER)), checkpoint(6), "not signed with"),
        (ConsistencyProof(6, CONSISTENCY.hashes[:-1], checkpoint(11)), checkpoint(6), "was changed"),
        (ConsistencyProof(0, CONSISTENCY.hashes, checkpoint(11)), checkpoint(0), "was changed"),
        (ConsistencyProof(11, (), checkpoint(6)), checkpoint(11), "was changed"),
    ):
        with pytest.raises(CaseError, match=why):
            proof.require(KEY.verifier, older)


PARSERS: list[tuple[Callable[[bytes], object], bytes]] = [
    (Note.parsed, checkpoint(7).data()),
    (Checkpoint.parsed, cosigned(checkpoint(7)).data()),
    (InclusionProof.parsed, inclusion(4, ENTRIES[4]).text()),
    (InclusionProof.parsed, inclusion(0).text()),
    (ConsistencyProof.parsed, CONSISTENCY.text()),
]


@given(st.sampled_from(PARSERS), st.data())
@settings(max_examples=300)
def test_damage_is_refused_or_another_thing_but_never_a_crash(
    parser: tuple[Callable[[bytes], object], bytes], draw: st.DataObject
) -> None:
    parse, good = parser
    start = draw.draw(st.integers(0, len(good)))
    end = draw.draw(st.integers(start, min(len(good), start + 40)))
    data = good[:start] + draw.draw(st.one_of(st.binary(max_size=8), st.just(b"\n"), st.just(b"\n\n"))) + good[end:]
    try:
        found = parse(data)
    except CaseError:
        return
    assert (data == good) == (found == parse(good))
    if isinstance(found, InclusionProof | ConsistencyProof):
        assert found.text() == data
    elif isinstance(found, Note | Checkpoint):
        assert found.data() == data


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@v1", "@v2"), ("index 4", "index 04"), ("index 4", "index -4"), ("index 4", f"index {VAULT_TREE_LIMIT + 1}"),
        ("index 4", "index " + "9" * 10_000), ("index 4", "index \u0664"), ("index 4", "index  4"), ("index 4\n", ""),
        ("index 4\n", "index 4\nAAAA\n"), ("index 4\n", f"index 4\n{(ROOT + chr(10)) * 65}"), ("extra ", "extra="),
        ("index 4\n", f"extra {ROOT}\nindex 4\n"), ("extra ", f"extra {'A' * 500_000}"), ("\n\n", "\n"),
    ],
)  # fmt: skip
def test_what_is_no_proof(old: str, new: str) -> None:
    text = inclusion(4, ENTRIES[4]).text().decode()
    assert old in text
    with pytest.raises(CaseError):
        InclusionProof.parsed(text.replace(old, new, 1).encode())
