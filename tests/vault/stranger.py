"""A verifier of cases that knows nothing of the program: it was written from docs/reference/vault-format.md alone.

``python tests/vault/stranger.py CASE [VERIFIER-KEY [CHECKPOINT ...]]`` verifies a case; it fails where something is
wrong. It is short rather than quick, and keeps whole originals in memory.
"""

from __future__ import annotations

import base64
import json
import struct
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any
from zlib import crc32

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

WIDTH = 256
HEADER = struct.Struct("<II8s32sQQI")
SKIPPABLE, FRAME, MARK = 0x184D2A59, b"\x28\xb5\x2f\xfd", b"YADORIGI"
KEYS = {
    "opening": "format origin version",
    "custody": "act arguments content machine rules settings user version",
    "receipt": "kept modified name object problem site size source",
    "lake": "number sha256",
    "outcome": "act_index ended files lake",
    "expiry": "act_index before events object reason what",
    "decision": "act_index by decision reason subject",
}


def require(holds: object, text: str) -> None:
    if not holds:
        raise ValueError(text)


def decoded(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    require(base64.b64encode(data).decode() == text, "base64 that is written in another way")
    return data


def root_of(hashes: list[bytes]) -> bytes:
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << ((len(hashes) - 1).bit_length() - 1)
    return sha256(b"\x01" + root_of(hashes[:half]) + root_of(hashes[half:])).digest()


def checkpoint_of(note: bytes, vkey: str) -> tuple[int, bytes]:
    """Return size and root of a checkpoint that a key signed."""
    name, number, encoded = vkey.split("+", 2)
    key = decoded(encoded)
    require(key[:1] == b"\x01" and len(key) == 33, "verifier key: not Ed25519")
    number_of_key = sha256(name.encode() + b"\n" + key).digest()[:4]
    require(number_of_key.hex() == number, "verifier key: another id")
    text, _, signatures = note.decode().rpartition("\n\n")
    origin, size, root = text.split("\n")[:3]
    require(origin == name, "checkpoint: of another log")
    require(signatures.endswith("\n"), "checkpoint: its last line does not end")
    for line in signatures.split("\n")[:-1]:
        signer, _, data = line.removeprefix("\u2014 ").partition(" ")
        signature = decoded(data)
        if signer == name and signature[:4] == number_of_key:
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[4:], f"{text}\n".encode())
            return int(size), decoded(root)
    raise ValueError("checkpoint: not signed with the key")


class Stranger:
    """One case, looked at once."""

    def __init__(self, case: Path) -> None:
        self.case = case
        self.vault = case / "vault"
        self.seen: set[Path] = set()
        self.renamed: dict[str, str] | None = None

    def read(self, path: Path) -> bytes:
        require(path.is_file() and not path.is_symlink(), f"{path}: missing, or no plain file")
        self.seen.add(path)
        return path.read_bytes()

    def digest(self, path: Path) -> str:
        return sha256(self.read(path)).hexdigest()

    def verify(self, vkey: str | None = None, older: tuple[bytes, ...] = ()) -> int:
        """Check everything; return how many records there are."""
        stated = self.read(self.vault / "verifier-key").decode().removesuffix("\n")
        require(vkey in (None, stated), "verifier-key: another key")
        entries, checkpoint = self.entries(stated)
        hashes = [sha256(b"\x00" + entry).digest() for entry in entries]
        require((len(entries), root_of(hashes)) == checkpoint, "the records do not give the root")
        self.tree(entries, hashes)
        for note in older:
            earlier = checkpoint_of(note, stated)
            require(earlier[0] <= len(hashes), "rolled back")
            require(root_of(hashes[: earlier[0]]) == earlier[1], "forked")
        records = [record_of(index, entry) for index, entry in enumerate(entries)]
        require(records[0]["type"] == "opening" and records[0]["format"] == 2, "the first record opens no vault")
        require(records[0]["origin"] == stated.split("+")[0], "the first record names another log")
        self.older_tiles(records)
        self.originals(records)
        self.results(records)
        self.lake(records)
        self.nothing_else()
        return len(records)

    def older_tiles(self, records: list[dict[str, Any]]) -> None:
        """Look for tiles and bundles of older checkpoints that are not full to this day."""
        after = 0
        for record in records:
            require(record["after"] in (after, record["index"]), f"record {record['index']}: added to no checkpoint")
            after = count = record["after"]
            level, full = 0, len(records) // WIDTH
            while count:
                if count % WIDTH and count // WIDTH >= full:
                    for kind in ("0", "entries") if level == 0 else (str(level),):
                        path = self.vault / "tile" / kind / place_of(count // WIDTH, count % WIDTH)
                        require(path.exists(), f"{path}: missing")
                level, count, full = level + 1, count // WIDTH, full // WIDTH

    def entries(self, vkey: str) -> tuple[list[bytes], tuple[int, bytes]]:
        """Give the entries and the checkpoint, with what a journal adds."""
        there = self.vault / "checkpoint"
        checkpoint = checkpoint_of(self.read(there), vkey) if there.exists() else (0, root_of([]))
        entries: list[bytes] = []
        for number in range(-(-checkpoint[0] // WIDTH)):
            place = place_of(number, min(WIDTH, checkpoint[0] - number * WIDTH))
            data = self.read(self.vault / "tile" / "entries" / place)
            while data:
                length = int.from_bytes(data[:2], "big")
                entries.append(data[2 : 2 + length])
                data = data[2 + length :]
        if (self.vault / "journal").exists():
            journal = json.loads(self.read(self.vault / "journal"))
            new = [decoded(entry) for entry in journal["entries"]]
            after = checkpoint_of(decoded(journal["checkpoint"]), vkey)
            require(after[0] == journal["size"] + len(new), "journal: its checkpoint has another size")
            if after != checkpoint:
                require(journal["size"] == checkpoint[0], "journal: it goes on from elsewhere")
                entries, checkpoint = entries + new, after
                self.renamed = {path: part for part, path in journal["renamed"]}
        return entries, checkpoint

    def tree(self, entries: list[bytes], hashes: list[bytes]) -> None:
        """Compare all tiles and bundles with what the entries give, those of earlier sizes too."""
        rows = {"entries": [len(entry).to_bytes(2, "big") + entry for entry in entries]}
        while hashes:
            rows[str(len(rows) - 1)] = hashes
            hashes = [root_of(hashes[end - WIDTH : end]) for end in range(WIDTH, len(hashes) + 1, WIDTH)]
        for level, row in rows.items():
            for number, tile in enumerate(row[start : start + WIDTH] for start in range(0, len(row), WIDTH)):
                for width in range(1, len(tile) + 1):
                    path = self.vault / "tile" / level / place_of(number, width)
                    if path.exists() or (width == len(tile) and self.renamed is None):
                        require(self.read(path) == b"".join(tile[:width]), f"{path}: other bytes")

    def originals(self, records: list[dict[str, Any]]) -> None:
        wanted, found = set[str](), set[str]()
        for record in records:
            if record["type"] == "receipt" and record["kept"]:
                wanted.add(record["object"])
            elif record["type"] == "expiry" and record["what"] == "object":
                wanted.discard(record["object"])
        paths = {f"objects/{path.name}" for path in self.vault.glob("objects/*") if path.name.isdigit()}
        new = self.renamed or {}
        for path in sorted((paths | new.keys()) - {path for path, part in new.items() if not part}):
            part = self.vault / new.get(path, path)
            data = memoryview(self.read(part if part.exists() else self.vault / path))
            require(len(data), f"{path}: empty")
            while data:
                magic, length, mark, digest, size, stored, check = HEADER.unpack(data[: HEADER.size])
                require((magic, length, mark) == (SKIPPABLE, HEADER.size - 8, MARK), f"{path}: no header")
                require(len(data) >= HEADER.size + stored, f"{path}: it ends within an original")
                require(crc32(data[HEADER.size : HEADER.size + stored]) == check, f"{digest.hex()}: other frames")
                check_original(data[HEADER.size : HEADER.size + stored], size, digest)
                require(digest.hex() not in found, f"{digest.hex()}: stored twice")
                found.add(digest.hex())
                data = data[HEADER.size + stored :]
        require(found == wanted, f"originals: {len(wanted - found)} missing, {len(found - wanted)} not received")

    def results(self, records: list[dict[str, Any]]) -> None:
        for name, digest in newest_outcome(records).get("files", {}).items():
            places = [self.case / name, *self.case.glob(f".work/*/{name}.part")]
            hashes = [self.digest(path) for path in places if path.exists() and not name.endswith("/")]
            if name.endswith("/"):
                lines = [f"{self.digest(path)}  {path.name}\n" for path in sorted(places[0].iterdir())]
                hashes = [sha256("".join(lines).encode()).hexdigest()]
            require(digest in hashes, f"{name}: missing, or not what the case came to")

    def lake(self, records: list[dict[str, Any]]) -> None:
        lake, counts = self.case / "lake", set[str]()
        wanted = {record["number"]: record["sha256"] for record in records if record["type"] == "lake"}
        first = min(wanted, default=1 << 53)
        commits = sorted(lake.glob("commits/????????.json"))
        for path in commits:
            commit, number = json.loads(self.read(path)), int(path.stem)
            require(number < first or wanted.get(number) == self.digest(path), f"{path}: no record names it")
            for part in commit["added"]:
                file = lake / part["path"]
                require(not file.exists() or self.digest(file) == part["sha256"], f"{file}: changed")
            counts = set() if commit["anew"] else counts - set(commit["removed"])
            counts |= {part["path"] for part in commit["added"]}
        require(all((lake / name).exists() for name in counts), "lake: a part is missing")
        newest, stated = int(commits[-1].stem) if commits else None, newest_outcome(records).get("lake")
        require(newest == stated or records[-1]["type"] != "outcome", f"lake: its commit is {newest}, not {stated}")

    def nothing_else(self) -> None:
        for folder in (self.vault, self.case / "lake"):
            for path in folder.rglob("*"):
                known = path in self.seen or (path.is_dir() and not path.is_symlink()) or path.name.endswith(".part")
                require(known, f"{path}: nothing accounts for it")


def newest_outcome(records: list[dict[str, Any]]) -> dict[str, Any]:
    return next((record for record in reversed(records) if record["type"] == "outcome"), {})


def place_of(number: int, width: int) -> Path:
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[place : place + 3] for place in range(0, len(digits), 3)]
    path = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return Path(path if width == WIDTH else f"{path}.p/{width}")


def ordered(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: ordered(value[key]) for key in sorted(value, key=lambda key: str(key).encode("utf-16-be"))}


def record_of(index: int, entry: bytes) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(entry)
    again = json.dumps(ordered(record), ensure_ascii=False, separators=(",", ":"))
    require(again.encode() == entry, f"record {index}: not canonical")
    require(
        record.keys() == {"type", "index", "after", "time", *KEYS[record["type"]].split()},
        f"record {index}: other keys",
    )
    require(record["index"] == index, f"record {index}: it says that it is number {record['index']}")
    return record


def check_original(frames: memoryview, size: int, digest: bytes) -> None:
    data, content = bytes(frames), b""
    while data:
        require(data.startswith(FRAME), f"{digest.hex()}: no frame")
        decompressor = zstd.ZstdDecompressor()
        content += decompressor.decompress(data, size + 1 - len(content))
        require(decompressor.eof and len(content) <= size, f"{digest.hex()}: its frames hold more or less")
        data = decompressor.unused_data
    require(frames and sha256(content).digest() == digest and len(content) == size, f"{digest.hex()}: changed")


if __name__ == "__main__":
    place, key, *notes = [*sys.argv[1:], None][: max(2, len(sys.argv) - 1)]
    size = Stranger(Path(str(place))).verify(key, tuple(Path(str(note)).read_bytes() for note in notes))
    sys.stdout.write(f"sound: {size} records\n")
