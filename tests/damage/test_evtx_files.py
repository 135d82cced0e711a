"""Damaged EVTX files, by the lines of docs/reference/damage.md."""

from __future__ import annotations

import random
import struct

import pytest

from evtx_writer import damage, evtx_bytes
from tests.damage.scene import Scene, events_of, only_warning, warnings_of
from tests.sources.test_evtx_unclosed import with_remains
from tests.sources.written import log_of, record
from yadorigi.sources.windows.evtx_chunk import CHUNK_SIZE, HEADER_SIZE

NAME = "m-damaged.evtx"
SOUND = log_of(range(1, 31))
SECOND = HEADER_SIZE + CHUNK_SIZE
RNG = random.Random(4104)  # noqa: S311 - chance must be repeatable


def test_an_empty_file(scene: Scene) -> None:
    scene.put(NAME, b"")
    run = scene.hunt(code=3)
    assert only_warning(run, NAME) | {"file": NAME} == {
        "file": NAME, "offset": 0, "kind": "file", "records": None, "reason": "empty file"
    }  # fmt: skip
    assert "an unknown number of records lost" in run.out


def test_a_file_of_zeros(scene: Scene) -> None:
    scene.put(NAME, bytes(200_000))
    warning = only_warning(scene.hunt(code=3), NAME)
    assert (warning["kind"], warning["records"]) == ("file", None)
    assert "does not begin as an EVTX file does" in warning["reason"]


def test_text_renamed_evtx(scene: Scene) -> None:
    scene.put(NAME, b"Dear colleague,\nplease find the log attached.\n" * 50)
    warning = only_warning(scene.hunt(code=3), NAME)
    assert (warning["kind"], warning["records"]) == ("file", None)
    assert "named .evtx" in warning["reason"]


def test_a_file_cut_at_any_byte(scene: Scene) -> None:
    """As many cuts as fit into one hunt; the next test makes every cut."""
    cuts = {1, 7, 8, 127, 128, 4_095, HEADER_SIZE, HEADER_SIZE + 1, HEADER_SIZE + 8, SECOND - 1, SECOND, SECOND + 600}
    cuts |= {RNG.randrange(len(SOUND)) for _ in range(60)}
    for cut in cuts:
        scene.put(f"m-{cut:07}.evtx", SOUND[:cut])
    run = scene.hunt(code=3)
    for cut in cuts:
        name = f"m-{cut:07}.evtx"
        assert warnings_of(run, name), cut
        whole_chunks = max(cut - HEADER_SIZE, 0) // CHUNK_SIZE
        assert events_of(run, name) >= 10 * whole_chunks, cut


def test_flipped_bits(scene: Scene) -> None:
    names = [f"m-{number:02}.evtx" for number in range(50)]
    (used,) = struct.unpack_from("<I", SOUND, SECOND + 48)
    for number, name in enumerate(names):
        data = bytearray(SOUND)
        for _ in range(1 + number % 7):
            place = RNG.randrange(SECOND, SECOND + (120 if number % 3 == 0 else used))
            data[place] ^= 1 << RNG.randrange(8)
        scene.put(name, bytes(data))
    run = scene.hunt(code=3)
    for name in names:
        assert events_of(run, name) >= 20, "a neighbouring chunk lost something"
        assert warnings_of(run, name), "a change was not noticed"


@pytest.mark.parametrize("where", ["file", "chunk", "records"])
def test_a_wrong_checksum(scene: Scene, where: str) -> None:
    damaged = {
        "file": damage.with_wrong_file_checksum(SOUND),
        "chunk": damage.with_wrong_chunk_checksum(SOUND, 1),
        "records": damage.with_wrong_records_checksum(SOUND, 1),
    }
    scene.put(NAME, damaged[where])
    run = scene.hunt(code=3)
    warning = only_warning(run, NAME)
    assert (warning["kind"], warning["records"], events_of(run, NAME)) == ("record", 0, 30)
    assert "checksum" in warning["reason"]
    assert "damage that cost no record" in run.out


def test_an_old_checksum_where_a_log_in_use_is_written_to(scene: Scene) -> None:
    scene.put(NAME, damage.with_wrong_records_checksum(log_of(range(1, 31), dirty=True), 2))
    run = scene.hunt(code=0)
    assert (only_warning(run, NAME)["kind"], events_of(run, NAME)) == ("notice", 30)


def test_a_log_that_keeps_no_checksums(scene: Scene) -> None:
    data = damage.with_wrong_records_checksum(SOUND, 0)
    scene.put(NAME, damage.with_file_fields(data, {"flags": 4}))
    run = scene.hunt(code=0)
    assert (only_warning(run, NAME)["kind"], events_of(run, NAME)) == ("notice", 30)


def test_a_chunk_without_its_magic(scene: Scene) -> None:
    scene.put(NAME, damage.with_chunk_magic(SOUND, 1))
    run = scene.hunt(code=3)
    warning = only_warning(run, NAME)
    assert (warning["kind"], warning["records"], warning["offset"]) == ("record", 0, SECOND)
    assert events_of(run, NAME) == 30


def test_a_chunk_that_was_overwritten(scene: Scene) -> None:
    scene.put(NAME, damage.overwritten(SOUND, SECOND, RNG.randbytes(CHUNK_SIZE)))
    run = scene.hunt(code=3)
    assert events_of(run, NAME) == 20
    assert [(warning["kind"], warning["records"]) for warning in warnings_of(run, NAME)] == [
        ("record", None),
        ("gap", 0),
    ]


def test_a_file_header_that_was_overwritten(scene: Scene) -> None:
    scene.put(NAME, damage.overwritten(SOUND, 0, RNG.randbytes(HEADER_SIZE)))
    run = scene.hunt(code=3)
    warning = only_warning(run, NAME)
    assert (warning["kind"], warning["records"], events_of(run, NAME)) == ("file", 0, 30)


def test_a_file_that_says_it_has_more_chunks(scene: Scene) -> None:
    scene.put(NAME, SOUND[:-CHUNK_SIZE])
    run = scene.hunt(code=3)
    warning = only_warning(run, NAME)
    assert (warning["kind"], warning["records"], events_of(run, NAME)) == ("record", None, 20)
    assert "3 chunks" in warning["reason"]


@pytest.mark.parametrize("field", ["first_number", "last_number", "last_offset", "free_offset"])
def test_a_chunk_header_that_lies(scene: Scene, field: str) -> None:
    for number, lie in enumerate((0, 1, 511, 2_000, 0xFFFF_FFFF)):
        scene.put(f"m-{number}.evtx", damage.resealed(damage.with_chunk_fields(SOUND, 1, {field: lie})))
    run = scene.hunt(code=3)
    for number in range(5):
        assert events_of(run, f"m-{number}.evtx") >= 29, field


def test_a_record_that_claims_four_gibibytes(scene: Scene) -> None:
    scene.put(NAME, damage.with_record_fields(SOUND, 1, 4, {"size": 0xFFFF_FFFF}))
    run = scene.hunt(code=3)
    assert events_of(run, NAME) >= 29
    assert {warning["kind"] for warning in warnings_of(run, NAME)} == {"record"}


def test_a_record_of_nonsense(scene: Scene) -> None:
    for number, content in enumerate((b"\xff" * 60, bytes(60), RNG.randbytes(60), b"\x0f\x01\x01\x00\x0c" * 12)):
        scene.put(f"m-{number}.evtx", damage.with_content(SOUND, 1, 4, content))
    run = scene.hunt(code=3)
    for number in range(4):
        assert events_of(run, f"m-{number}.evtx") >= 29
        assert {warning["kind"] for warning in warnings_of(run, f"m-{number}.evtx")} == {"record"}


def test_tables_that_lead_in_circles(scene: Scene) -> None:
    names = struct.unpack_from("<64I", SOUND, SECOND + 128)
    first, second = [offset for offset in names if offset][:2]
    data = damage.overwritten(SOUND, SECOND + first, struct.pack("<I", second))
    data = damage.overwritten(data, SECOND + second, struct.pack("<I", first))
    scene.put(NAME, damage.resealed(data))
    scene.put("m-each-to-itself.evtx", damage.resealed(damage.with_looping_tables(SOUND, 1)))
    run = scene.hunt(code=0)
    assert events_of(run, NAME) == events_of(run, "m-each-to-itself.evtx") == 30


def test_a_log_that_was_not_closed(scene: Scene) -> None:
    scene.put(NAME, damage.with_uncounted_records(SOUND, 2, 3))
    run = scene.hunt(code=0)
    warning = only_warning(run, NAME)
    assert (warning["kind"], warning["records"], events_of(run, NAME)) == ("notice", None, 30)
    assert "7 records (ids 24 to 30)" in warning["reason"]


def test_remains_of_an_earlier_use(scene: Scene) -> None:
    scene.put(NAME, with_remains(log_of(range(101, 105)), log_of(range(1, 11))))
    run = scene.hunt(code=0)
    assert (only_warning(run, NAME)["kind"], events_of(run, NAME)) == ("notice", 4)
    assert "6 records (ids 5 to 10)" in only_warning(run, NAME)["reason"]


def test_a_hole_in_the_record_ids(scene: Scene) -> None:
    scene.put(NAME, log_of(number for number in range(1, 41) if number not in {17, 18}))
    run = scene.hunt(code=0)
    warning = only_warning(run, NAME)
    assert (warning["kind"], warning["records"], warning["offset"]) == ("gap", 0, SECOND)
    assert "record ids 17 to 18 are missing (2 in all)" in warning["reason"]
    assert "2026-03-11T09:16:00Z" in warning["reason"]
    assert "1 gap" in run.out


def test_record_ids_that_go_back(scene: Scene) -> None:
    again = damage.with_chunks(SOUND, [0, 1, 1, 2])
    anew = evtx_bytes([record(number, minutes=place) for place, number in enumerate([*range(500, 510), *range(1, 6)])])
    scene.put("m-again.evtx", again)
    scene.put("m-anew.evtx", anew)
    run = scene.hunt(code=0)
    assert only_warning(run, "m-again.evtx")["kind"] == only_warning(run, "m-anew.evtx")["kind"] == "gap"
    assert "ids 11 to 20 twice" in only_warning(run, "m-again.evtx")["reason"]
    assert "begin anew" in only_warning(run, "m-anew.evtx")["reason"]


def test_an_export_of_a_selection(scene: Scene) -> None:
    scene.put(NAME, evtx_bytes([record(place, event_record_id=place * 7) for place in range(1, 300)]))
    run = scene.hunt(code=0)
    assert (only_warning(run, NAME)["kind"], events_of(run, NAME)) == ("notice", 299)


def test_every_cut_through_the_last_record(scene: Scene) -> None:
    """Cuts all through one record, in one hunt: what is in front of it stays."""
    (last,) = struct.unpack_from("<I", SOUND, HEADER_SIZE + 44)
    start, size = HEADER_SIZE + last, struct.unpack_from("<I", SOUND, HEADER_SIZE + last + 4)[0]
    for cut in range(start, start + size, 23):
        scene.put(f"m-{cut:07}.evtx", SOUND[:cut])
    run = scene.hunt(code=3)
    for cut in range(start, start + size, 23):
        assert events_of(run, f"m-{cut:07}.evtx") in {9, 10}
        assert warnings_of(run, f"m-{cut:07}.evtx")


def test_a_file_header_that_was_cut_off(scene: Scene) -> None:
    scene.put(NAME, SOUND[HEADER_SIZE:])
    scene.put("m-behind-junk.evtx", RNG.randbytes(777) + SOUND)
    run = scene.hunt(code=3)
    assert (events_of(run, NAME), events_of(run, "m-behind-junk.evtx")) == (30, 30)
    assert only_warning(run, NAME)["kind"] == "file"
    assert {warning["kind"] for warning in warnings_of(run, "m-behind-junk.evtx")} == {"file", "record"}


def test_chunks_that_are_shifted(scene: Scene) -> None:
    scene.put("m-missing.evtx", SOUND[: SECOND + 2_000] + SOUND[SECOND + 2_100 :])
    scene.put("m-put-in.evtx", SOUND[:SECOND] + b"xx" + SOUND[SECOND:])
    run = scene.hunt(code=3)
    assert 20 <= events_of(run, "m-missing.evtx") < 30
    assert events_of(run, "m-put-in.evtx") == 30
    for name in ("m-missing.evtx", "m-put-in.evtx"):
        assert "record" in {warning["kind"] for warning in warnings_of(run, name)}


def test_zeros_between_chunks(scene: Scene) -> None:
    scene.put(NAME, SOUND[:SECOND] + bytes(CHUNK_SIZE) + SOUND[SECOND + CHUNK_SIZE :])
    run = scene.hunt(code=3)
    assert events_of(run, NAME) == 20
    assert [(warning["kind"], warning["records"]) for warning in warnings_of(run, NAME)] == [
        ("record", None), ("gap", 0)
    ]  # fmt: skip


def test_a_time_that_cannot_be(scene: Scene) -> None:
    data = bytearray(SOUND)
    data[SECOND + 512 + 16 : SECOND + 512 + 24] = b"\xff" * 8
    scene.put(NAME, bytes(data))
    run = scene.hunt(code=3)
    assert events_of(run, NAME) == 30
    assert (only_warning(run, NAME)["kind"], only_warning(run, NAME)["records"]) == ("record", 0)
