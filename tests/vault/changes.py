"""Single changes to a case, such as a broken disk or somebody's hand makes, and what verifying must call each.

`Hand` makes one and takes it back, so that one case does for thousands. What counts for nothing is not tried: the order
of originals within what one act received is that of chance.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from tests.vault.made_case import Hand, Made, entries_of_case, write_log
from yadorigi.vault.checkpoints import Checkpoint
from yadorigi.vault.notes import SigningKey
from yadorigi.vault.records import Record, decode, encode
from yadorigi.vault.segments import HEADER_BYTES, SegmentObject, SegmentWriter, objects_of

AREAS: Final = ("objects", "entries", "tile", "checkpoint", "verifier-key", "lake", "results")
FLIPPED: Final = {
    "objects": "object_changed",
    "entries": "leaf_changed",
    "tile": "tile_changed",
    "checkpoint": "checkpoint_damaged",
    "verifier-key": "key_changed",
    "lake": "lake_foreign",
    "results": "report_foreign",
}
"""What one other byte in a file is called."""

CUT: Final = FLIPPED | {"objects": "object_truncated", "entries": "leaf_removed"}
GONE: Final = FLIPPED | {
    "objects": "object_missing", "entries": "leaf_removed", "tile": "tile_missing", "checkpoint": "checkpoint_missing",
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One change.

    Attributes:
        name: of its sort.
        expected: what verifying must call it first; several with ``|``, where bytes do not tell which it was.
        outside: whether the machine that verifies knows the case.
    """

    name: str
    expected: str
    outside: bool = True


Make = Callable[[Hand, Made, random.Random], Change]


def flip(hand: Hand, made: Made, chance: random.Random) -> Change:
    """Another byte, anywhere."""
    area = chance.choice(AREAS)
    path = chance.choice(made.files(area))
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= chance.choice([1 << chance.randrange(8), chance.randrange(1, 256)])
    hand.write(path, bytes(data))
    return Change(f"a byte changed: {area}", FLIPPED[area])


def cut(hand: Hand, made: Made, chance: random.Random) -> Change:
    """A file cut short, to nothing at the worst."""
    area = chance.choice(AREAS)
    path = chance.choice(made.newest(area))
    data = path.read_bytes()
    sizes = set(range(len(data)) if len(data) < 100_000 else chance.sample(range(len(data)), 1_000))
    if area == "objects":
        with path.open("rb") as stream:
            sizes -= {one.offset for one in objects_of(stream) if one.offset}
    hand.write(path, data[: chance.choice(sorted(sizes))])
    return Change(f"cut short: {area}", CUT[area])


def delete(hand: Hand, made: Made, chance: random.Random) -> Change:
    """A file removed."""
    area = chance.choice(AREAS)
    path = chance.choice(made.files(area))
    if path not in made.newest(area):
        hand.remove(path)
        return Change(f"removed: {area} of an older checkpoint", "tile_missing")
    hand.remove(path)
    return Change(f"removed: {area}", GONE[area])


def shift(hand: Hand, made: Made, chance: random.Random) -> Change:
    """A byte put in between, or taken out."""
    area = chance.choice([area for area in AREAS if area != "objects"])
    path = chance.choice(made.newest(area))
    data = path.read_bytes()
    place = chance.randrange(len(data))
    more = chance.random() < 0.5
    hand.write(path, data[:place] + (b"x" + data[place:] if more else data[place + 1 :]))
    if not more and area == "entries":
        return Change("a byte taken out: entries", "leaf_changed|leaf_removed")  # of the last, it is cut short
    return Change(f"a byte {'put in' if more else 'taken out'}: {area}", FLIPPED[area])


def shift_object(hand: Hand, made: Made, chance: random.Random) -> Change:
    """A byte put between those of an original, or taken out where others stand behind it."""
    path, objects = chance.choice(_segments(made))
    data = path.read_bytes()
    one = chance.choice(objects[:-1])
    place = chance.randrange(one.offset, one.end)
    more = chance.random() < 0.5
    hand.write(path, data[:place] + (b"x" + data[place:] if more else data[place + 1 :]))
    return Change("a byte put in or taken out: objects", "object_changed")


def _segments(made: Made) -> list[tuple[Path, list[SegmentObject]]]:
    found = []
    for path in made.files("objects"):
        with path.open("rb") as stream:
            found.append((path, list(objects_of(stream))))
    return [(path, objects) for path, objects in found if len(objects) > 1]


def swap_objects(hand: Hand, made: Made, chance: random.Random) -> Change:
    """The bytes of two originals exchanged, under the headers of each other."""
    path, objects = chance.choice(_segments(made))
    first, second = chance.sample(objects, 2)
    out = b""
    data = path.read_bytes()
    for one in objects:
        other = {first: second, second: first}.get(one, one)
        header = data[one.offset : one.offset + HEADER_BYTES]
        header = header[:56] + other.stored.to_bytes(8, "little") + header[64:]
        if chance.random() < 0.5:  # whether the size is that of the bytes or that of the name
            header = header[:48] + other.size.to_bytes(8, "little") + header[56:]
        out += header + data[other.offset + HEADER_BYTES : other.end]
    hand.write(path, out)
    return Change("two originals exchanged", "object_swapped")


def drop_object(hand: Hand, made: Made, chance: random.Random) -> Change:
    """An original taken out without a trace in its segment."""
    path, objects = chance.choice(_segments(made))
    one = chance.choice(objects)
    data = path.read_bytes()
    hand.write(path, data[: one.offset] + data[one.end :])
    return Change("an original taken out", "object_missing")


def swap_segments(hand: Hand, made: Made, chance: random.Random) -> Change:
    """Two segments exchanged."""
    first, second = chance.sample(made.files("objects"), 2)
    one, two = first.read_bytes(), second.read_bytes()
    hand.write(first, two)
    hand.write(second, one)
    return Change("two segments exchanged", "object_swapped")


def swap_files(hand: Hand, made: Made, chance: random.Random) -> Change:
    """Two files exchanged."""
    area = chance.choice(["tile", "lake", "results"])
    paths = made.newest(area)
    if len(paths) < 2:
        return swap_segments(hand, made, chance)
    first, second = chance.sample(paths, 2)
    one, two = first.read_bytes(), second.read_bytes()
    if one == two:
        return delete(hand, made, chance)
    hand.write(first, two)
    hand.write(second, one)
    return Change(f"two files exchanged: {area}", FLIPPED[area])


def add_object(hand: Hand, made: Made, chance: random.Random) -> Change:
    """An original that no record names: in a segment of its own, behind others, or one of another case's."""
    path = made.vault / "objects" / "00000900"
    part = made.case.parent / "made.part"
    part.unlink(missing_ok=True)
    source = made.case.parent / "made"
    source.write_bytes(chance.randbytes(chance.randrange(200)))
    with SegmentWriter(part) as segment:
        segment.add_file(source)
    data = part.read_bytes()
    how = chance.randrange(3)
    if how == 0:
        hand.write(path, data)
    elif how == 1:
        path = chance.choice(made.files("objects"))
        hand.write(path, path.read_bytes() + data)
    else:  # the same bytes a second time
        hand.write(path, chance.choice(made.files("objects")).read_bytes())
    return Change(
        ("an original put in", "an original put behind others", "originals put in twice")[how], "object_added"
    )


def add_bytes(hand: Hand, made: Made, chance: random.Random) -> Change:
    """Bytes behind the last original of a segment."""
    path = chance.choice(made.files("objects"))
    hand.write(path, path.read_bytes() + chance.randbytes(chance.randrange(1, 200)))
    return Change("bytes put behind originals", "object_added")


def add_file(hand: Hand, made: Made, chance: random.Random) -> Change:
    """A file that does not belong there."""
    kinds = {
        "vault/readme.txt": "foreign_file",
        "vault/objects/0000000a": "foreign_file",
        "vault/tile/7.txt": "foreign_file",
        "vault/tile/entries/1.p/3": "foreign_file",
        "lake/files/notes.txt": "foreign_file",
        "lake/commits/00000001.json.bak": "foreign_file",
        "lake/files/00000009-aaaaaaaa-00001.parquet": "lake_foreign",
        "lake/commits/00000099.json": "lake_foreign",
        "vault/tile/entries/900": "leaf_added",
    }
    name = chance.choice(sorted(kinds))
    hand.write(made.case / name, chance.randbytes(50))
    return Change(f"a file put in: {name.partition('/')[0]}", kinds[name])


def link(hand: Hand, made: Made, chance: random.Random) -> Change:
    """A link to the same bytes elsewhere in the place of a file."""
    area = chance.choice(["objects", "entries", "tile", "lake", "results"])
    path = chance.choice(made.newest(area))
    target = made.case.parent / "target"
    target.write_bytes(path.read_bytes())
    hand.remove(path)
    path.symlink_to(target)
    return Change(f"a link: {area}", GONE[area])


def leaf(hand: Hand, made: Made, chance: random.Random) -> Change:
    """A record added, removed, moved or changed, with tiles that fit or as they were; not signed."""
    entries = entries_of_case(made)
    tiles = chance.random() < 0.5
    how = chance.choice(["added", "removed", "reordered", "changed"])
    place = chance.randrange(len(entries))
    record = decode(entries[place])
    if how == "added":
        index = chance.randrange(len(entries) + 1)
        stated = chance.choice([index, len(entries)])
        entries.insert(index, encode(_with(record, index=stated)))
    elif how == "removed":
        del entries[place]
    elif how == "reordered":
        other = chance.choice([one for one in range(len(entries)) if one != place])
        entries[place], entries[other] = entries[other], entries[place]
        if tiles and chance.random() < 0.5:  # each says that it belongs where it is
            for own in (place, other):
                entries[own] = encode(_with(decode(entries[own]), index=own))
    else:
        entries[place] = encode(_with(record, time="2001-01-01T00:00:00.0000000Z"))
    write_log(hand, made, entries, tiles=tiles)
    return Change(f"a record {how}, tiles {'anew' if tiles else 'as they were'}", f"leaf_{how}", chance.random() < 0.5)


def _with(record: Record, **changes: Any) -> Record:
    return msgspec.structs.replace(record, **changes)


def roll_back(hand: Hand, made: Made, chance: random.Random) -> Change:
    """The vault, or only its checkpoint, of an earlier day."""
    earlier, _ = chance.choice(made.earlier)
    if chance.random() < 0.5:
        hand.exchange(made.vault, earlier)
        return Change("an older vault put back", "rolled_back")
    hand.write(made.vault / "checkpoint", (earlier / "checkpoint").read_bytes())
    return Change("an older checkpoint put back", "rolled_back")


def fork(hand: Hand, made: Made, chance: random.Random) -> Change:
    """Another log of the same key: as long, or longer."""
    entries = entries_of_case(made)
    place = chance.randrange(1, len(entries))
    record = decode(entries[place])
    entries[place] = encode(_with(record, time="2001-01-01T00:00:00.0000000Z"))
    for index in range(len(entries), len(entries) + chance.randrange(3)):
        entries.append(encode(_with(record, index=index)))
    checkpoint = write_log(hand, made, entries)
    hand.write(made.vault / "checkpoint", checkpoint.signed(made.key).data())
    return Change("another log, signed with the right key", "forked")


def sign_anew(hand: Hand, made: Made, chance: random.Random) -> Change:
    """Signed with a key of somebody else's, of the same name or another; perhaps with that key in the case."""
    name = made.key.name if chance.random() < 0.5 else "yadorigi.invalid/case/" + chance.randbytes(16).hex()
    key = SigningKey.made(name)
    entries = entries_of_case(made)
    if chance.random() < 0.5:
        entries[-1] = encode(_with(decode(entries[-1]), time="2001-01-01T00:00:00.0000000Z"))
    checkpoint = write_log(hand, made, entries)
    signed = Checkpoint(name, checkpoint.size, checkpoint.root).signed(key)
    hand.write(made.vault / "checkpoint", signed.data())
    exchanged = chance.random() < 0.5
    if exchanged:
        hand.write(made.vault / "verifier-key", f"{key.verifier}\n".encode())
    return Change(f"signed with another key{', which the case then holds' if exchanged else ''}", "wrong_key")


def exchange_key(hand: Hand, made: Made, chance: random.Random) -> Change:
    """Another verifier key in the case."""
    key = SigningKey.made(made.key.name if chance.random() < 0.5 else "yadorigi.invalid/case/" + "0" * 32)
    hand.write(made.vault / "verifier-key", f"{key.verifier}\n".encode())
    return Change("another verifier key", "key_changed")


def restate(hand: Hand, made: Made, chance: random.Random) -> Change:
    """A checkpoint that says another size or root than was signed."""
    path = made.vault / "checkpoint"
    lines = path.read_bytes().split(b"\n")
    lines[1] = str(chance.randrange(1, 1 << 40)).encode()
    hand.write(path, b"\n".join(lines))
    return Change("another size in the checkpoint", "checkpoint_damaged")


def foreign_result(hand: Hand, made: Made, chance: random.Random) -> Change:
    """A result, a part or a commit of another case."""
    area = chance.choice(["results", "lake", "whole lake"])
    if area == "whole lake":
        hand.exchange(made.case / "lake", made.other / "lake")
        return Change("the lake of another case", "lake_foreign")
    path = chance.choice(made.newest(area))
    own = path.relative_to(made.case)
    other = made.other / own
    if not other.is_file():
        found = [one for one in (made.other / own.parent).glob("*") if one.is_file()]
        other = chance.choice(sorted(found)) if found else made.other / "summary.json"
    if other.read_bytes() == path.read_bytes():
        return delete(hand, made, chance)
    hand.write(path, other.read_bytes())
    return Change(f"a file of another case: {area}", FLIPPED[area])


def edit_result(hand: Hand, made: Made, chance: random.Random) -> Change:
    """A result edited as somebody would who wants to be believed."""
    path = made.case / "summary.json"
    summary = json.loads(path.read_bytes())
    summary["events"] += chance.randrange(1, 1_000)
    hand.write(path, json.dumps(summary, indent=2).encode())
    return Change("a result edited", "report_foreign")


def lose_vault(hand: Hand, made: Made, chance: random.Random) -> Change:
    """The whole vault gone."""
    hand.exchange(made.vault, None)
    if chance.random() < 0.3:
        made.vault.mkdir()
    return Change("the vault removed", "vault_missing", chance.random() < 0.5)


MADE_BY: Final[dict[Make, int]] = {
    flip: 12, cut: 4, delete: 3, shift: 3, shift_object: 1, swap_objects: 2, drop_object: 1, swap_segments: 1,
    swap_files: 1, add_object: 2, add_bytes: 1, add_file: 2, link: 1, leaf: 6, roll_back: 2, fork: 1, sign_anew: 2,
    exchange_key: 1, restate: 1, foreign_result: 2, edit_result: 1, lose_vault: 1,
}  # fmt: skip
"""What makes changes, and how often beside the others."""


@dataclass(frozen=True)
class Tried:
    """What became of one change.

    Attributes:
        change: which.
        found: whether verifying found anything.
        first: what it called it.
        told: all that it said.
    """

    change: Change
    found: bool
    first: str
    told: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether it was called what it is."""
        return self.first in self.change.expected.split("|")


def tried(made: Made, make: Make, chance: random.Random) -> Tried:
    """Make one change, verify, and take it back."""
    hand = Hand()
    try:
        change = make(hand, made, chance)
        found = made.verified(outside=change.outside)
    finally:
        hand.take_back()
    told = tuple(f"{fault.kind} {fault.place}: {fault.expected} / {fault.found}" for fault in found.faults[:5])
    return Tried(change, not found.sound, found.faults[0].kind if found.faults else "", told)


def chosen(chance: random.Random) -> Make:
    """One that makes changes."""
    (make,) = chance.choices(list(MADE_BY), list(MADE_BY.values()))
    return make
