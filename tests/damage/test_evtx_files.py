"""Damaged EVTX files, by the lines of docs/reference/damage.md.

Files of which the terminal says nothing special share two hunts: one through those that lose nothing, which must end
with 0, and one through those that are damaged. That each of these would by itself make a hunt end with 3 is a matter of
its warnings' kinds.
"""

from __future__ import annotations

import random
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from evtx_writer import damage, evtx_bytes
from tests.damage.scene import Scene, events_of, only_warning, warnings_of
from tests.sources.test_evtx_unclosed import with_remains
from tests.sources.written import log_of, record
from yadorigi.app.hunt_ledger import DAMAGE_KINDS
from yadorigi.sources.windows.evtx_chunk import CHUNK_SIZE, HEADER_SIZE

if TYPE_CHECKING:
    from tests.cli.hunting import Hunted

NAME = "m-damaged.evtx"
SOUND = log_of(range(1, 31))
SECOND = HEADER_SIZE + CHUNK_SIZE
FLIPPED = [f"m-flipped-{number:02}.evtx" for number in range(50)]
LIES = ("first_number", "last_number", "last_offset", "free_offset")
NONSENSE = 4


def places_to_cut() -> list[int]:
    """As many as fit into one hunt; those through the last record are another matter."""
    cuts = {1, 7, 8, 127, 128, 4_095, HEADER_SIZE, HEADER_SIZE + 1, HEADER_SIZE + 8, SECOND - 1, SECOND, SECOND + 600}
    rng = random.Random(4104)  # noqa: S311 - chance must be repeatable
    return sorted(cuts | {rng.randrange(len(SOUND)) for _ in range(60)})


def cuts_through_the_last_record() -> range:
    (last,) = struct.unpack_from("<I", SOUND, HEADER_SIZE + 44)
    start, size = HEADER_SIZE + last, struct.unpack_from("<I", SOUND, HEADER_SIZE + last + 4)[0]
    return range(start, start + size, 23)


def calm_files() -> dict[str, bytes]:
    """Files of which no record is lost, whatever there is to be told of them."""
    names = struct.unpack_from("<64I", SOUND, SECOND + 128)
    first, second = [offset for offset in names if offset][:2]
    circle = damage.overwritten(SOUND, SECOND + first, struct.pack("<I", second))
    circle = damage.overwritten(circle, SECOND + second, struct.pack("<I", first))
    return {
        "m-in-use.evtx": damage.with_wrong_records_checksum(log_of(range(1, 31), dirty=True), 2),
        "m-unsummed.evtx": damage.with_file_fields(damage.with_wrong_records_checksum(SOUND, 0), {"flags": 4}),
        "m-circle.evtx": damage.resealed(circle),
        "m-each-to-itself.evtx": damage.resealed(damage.with_looping_tables(SOUND, 1)),
        "m-unclosed.evtx": damage.with_uncounted_records(SOUND, 2, 3),
        "m-remains.evtx": with_remains(log_of(range(101, 105)), log_of(range(1, 11))),
        "m-again.evtx": damage.with_chunks(SOUND, [0, 1, 1, 2]),
        "m-anew.evtx": evtx_bytes(
            [record(number, minutes=place) for place, number in enumerate([*range(500, 510), *range(1, 6)])]
        ),
        "m-selection.evtx": evtx_bytes([record(place, event_record_id=place * 7) for place in range(1, 300)]),
    }


def damaged_files() -> dict[str, bytes]:
    """Files of which each by itself makes a hunt end with 3."""
    rng = random.Random(4104)  # noqa: S311 - chance must be repeatable
    with_bad_time = bytearray(SOUND)
    with_bad_time[SECOND + 512 + 16 : SECOND + 512 + 24] = b"\xff" * 8
    files = {
        "m-zeros.evtx": bytes(200_000),
        "m-letter.evtx": b"Dear colleague,\nplease find the log attached.\n" * 50,
        "m-no-magic.evtx": damage.with_chunk_magic(SOUND, 1),
        "m-chunk-gone.evtx": damage.overwritten(SOUND, SECOND, rng.randbytes(CHUNK_SIZE)),
        "m-header-gone.evtx": damage.overwritten(SOUND, 0, rng.randbytes(HEADER_SIZE)),
        "m-more-chunks.evtx": SOUND[:-CHUNK_SIZE],
        "m-huge.evtx": damage.with_record_fields(SOUND, 1, 4, {"size": 0xFFFF_FFFF}),
        "m-no-header.evtx": SOUND[HEADER_SIZE:],
        "m-behind-junk.evtx": rng.randbytes(777) + SOUND,
        "m-missing.evtx": SOUND[: SECOND + 2_000] + SOUND[SECOND + 2_100 :],
        "m-put-in.evtx": SOUND[:SECOND] + b"xx" + SOUND[SECOND:],
        "m-zeros-between.evtx": SOUND[:SECOND] + bytes(CHUNK_SIZE) + SOUND[SECOND + CHUNK_SIZE :],
        "m-time.evtx": bytes(with_bad_time),
    }
    nonsense = (b"\xff" * 60, bytes(60), rng.randbytes(60), b"\x0f\x01\x01\x00\x0c" * 12)
    assert len(nonsense) == NONSENSE
    files |= {
        f"m-nonsense-{number}.evtx": damage.with_content(SOUND, 1, 4, content)
        for number, content in enumerate(nonsense)
    }
    files |= {f"m-cut-{cut:07}.evtx": SOUND[:cut] for cut in (*places_to_cut(), *cuts_through_the_last_record())}
    (used,) = struct.unpack_from("<I", SOUND, SECOND + 48)
    for number, name in enumerate(FLIPPED):
        data = bytearray(SOUND)
        for _ in range(1 + number % 7):
            place = rng.randrange(SECOND, SECOND + (120 if number % 3 == 0 else used))
            data[place] ^= 1 << rng.randrange(8)
        files[name] = bytes(data)
    return files


def lying_files(field: str) -> dict[str, bytes]:
    """Files of which some are damaged, by what the header of a chunk says."""
    return {
        f"m-{field}-{number}.evtx": damage.resealed(damage.with_chunk_fields(SOUND, 1, {field: lie}))
        for number, lie in enumerate((0, 1, 511, 2_000, 0xFFFF_FFFF))
    }


def called_damaged(run: Hunted) -> set[str]:
    return {Path(warning["file"]).name for warning in run.warnings if warning["kind"] in DAMAGE_KINDS}


def hunted(folder: Path, files: dict[str, bytes], code: int) -> Hunted:
    scene = Scene.in_folder(folder)
    for name, data in files.items():
        scene.put(name, data)
    return scene.hunt(code=code)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Hunted:
    return hunted(tmp_path_factory.mktemp("calm"), calm_files(), code=0)


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Hunted:
    certain = damaged_files()
    files = dict(certain)
    for field in LIES:
        files |= lying_files(field)
    run = hunted(tmp_path_factory.mktemp("damaged"), files, code=3)
    # Whichever of them was alone in a hunt would make it end with 3.
    assert called_damaged(run) >= certain.keys()
    return run


def test_an_empty_file(scene: Scene) -> None:
    scene.put(NAME, b"")
    run = scene.hunt(code=3)
    assert only_warning(run, NAME) | {"file": NAME} == {
        "file": NAME, "offset": 0, "kind": "file", "records": None, "reason": "empty file"
    }  # fmt: skip
    assert "an unknown number of records lost" in run.out


def test_a_file_of_zeros(damaged: Hunted) -> None:
    warning = only_warning(damaged, "m-zeros.evtx")
    assert (warning["kind"], warning["records"]) == ("file", None)
    assert "does not begin as an EVTX file does" in warning["reason"]


def test_text_renamed_evtx(damaged: Hunted) -> None:
    warning = only_warning(damaged, "m-letter.evtx")
    assert (warning["kind"], warning["records"]) == ("file", None)
    assert "named .evtx" in warning["reason"]


def test_a_file_cut_at_any_byte(damaged: Hunted) -> None:
    for cut in places_to_cut():
        name = f"m-cut-{cut:07}.evtx"
        assert warnings_of(damaged, name), cut
        whole_chunks = max(cut - HEADER_SIZE, 0) // CHUNK_SIZE
        assert events_of(damaged, name) >= 10 * whole_chunks, cut


def test_flipped_bits(damaged: Hunted) -> None:
    for name in FLIPPED:
        assert events_of(damaged, name) >= 20, "a neighbouring chunk lost something"
        assert warnings_of(damaged, name), "a change was not noticed"


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


def test_an_old_checksum_where_a_log_in_use_is_written_to(calm: Hunted) -> None:
    name = "m-in-use.evtx"
    assert (only_warning(calm, name)["kind"], events_of(calm, name)) == ("notice", 30)


def test_a_log_that_keeps_no_checksums(calm: Hunted) -> None:
    name = "m-unsummed.evtx"
    assert (only_warning(calm, name)["kind"], events_of(calm, name)) == ("notice", 30)


def test_a_chunk_without_its_magic(damaged: Hunted) -> None:
    warning = only_warning(damaged, "m-no-magic.evtx")
    assert (warning["kind"], warning["records"], warning["offset"]) == ("record", 0, SECOND)
    assert events_of(damaged, "m-no-magic.evtx") == 30


def test_a_chunk_that_was_overwritten(damaged: Hunted) -> None:
    name = "m-chunk-gone.evtx"
    assert events_of(damaged, name) == 20
    assert [(warning["kind"], warning["records"]) for warning in warnings_of(damaged, name)] == [
        ("record", None),
        ("gap", 0),
    ]


def test_a_file_header_that_was_overwritten(damaged: Hunted) -> None:
    name = "m-header-gone.evtx"
    warning = only_warning(damaged, name)
    assert (warning["kind"], warning["records"], events_of(damaged, name)) == ("file", 0, 30)


def test_a_file_that_says_it_has_more_chunks(damaged: Hunted) -> None:
    name = "m-more-chunks.evtx"
    warning = only_warning(damaged, name)
    assert (warning["kind"], warning["records"], events_of(damaged, name)) == ("record", None, 20)
    assert "3 chunks" in warning["reason"]


@pytest.mark.parametrize("field", LIES)
def test_a_chunk_header_that_lies(damaged: Hunted, field: str) -> None:
    files = set(lying_files(field))
    assert called_damaged(damaged) & files
    for name in files:
        assert events_of(damaged, name) >= 29, name


def test_a_record_that_claims_four_gibibytes(damaged: Hunted) -> None:
    assert events_of(damaged, "m-huge.evtx") >= 29
    assert {warning["kind"] for warning in warnings_of(damaged, "m-huge.evtx")} == {"record"}


def test_a_record_of_nonsense(damaged: Hunted) -> None:
    for number in range(NONSENSE):
        name = f"m-nonsense-{number}.evtx"
        assert events_of(damaged, name) >= 29
        assert {warning["kind"] for warning in warnings_of(damaged, name)} == {"record"}


def test_tables_that_lead_in_circles(calm: Hunted) -> None:
    assert events_of(calm, "m-circle.evtx") == events_of(calm, "m-each-to-itself.evtx") == 30


def test_a_log_that_was_not_closed(calm: Hunted) -> None:
    name = "m-unclosed.evtx"
    warning = only_warning(calm, name)
    assert (warning["kind"], warning["records"], events_of(calm, name)) == ("notice", None, 30)
    assert "7 records (ids 24 to 30)" in warning["reason"]


def test_remains_of_an_earlier_use(calm: Hunted) -> None:
    name = "m-remains.evtx"
    assert (only_warning(calm, name)["kind"], events_of(calm, name)) == ("notice", 4)
    assert "6 records (ids 5 to 10)" in only_warning(calm, name)["reason"]


def test_a_hole_in_the_record_ids(scene: Scene) -> None:
    scene.put(NAME, log_of(number for number in range(1, 41) if number not in {17, 18}))
    run = scene.hunt(code=0)
    warning = only_warning(run, NAME)
    assert (warning["kind"], warning["records"], warning["offset"]) == ("gap", 0, SECOND)
    assert "record ids 17 to 18 are missing (2 in all)" in warning["reason"]
    assert "2026-03-11T09:16:00Z" in warning["reason"]
    assert "1 gap" in run.out


def test_record_ids_that_go_back(calm: Hunted) -> None:
    assert only_warning(calm, "m-again.evtx")["kind"] == only_warning(calm, "m-anew.evtx")["kind"] == "gap"
    assert "ids 11 to 20 twice" in only_warning(calm, "m-again.evtx")["reason"]
    assert "begin anew" in only_warning(calm, "m-anew.evtx")["reason"]


def test_an_export_of_a_selection(calm: Hunted) -> None:
    name = "m-selection.evtx"
    assert (only_warning(calm, name)["kind"], events_of(calm, name)) == ("notice", 299)


def test_every_cut_through_the_last_record(damaged: Hunted) -> None:
    """Cuts all through one record: what is in front of it stays."""
    for cut in cuts_through_the_last_record():
        assert events_of(damaged, f"m-cut-{cut:07}.evtx") in {9, 10}
        assert warnings_of(damaged, f"m-cut-{cut:07}.evtx")


def test_a_file_header_that_was_cut_off(damaged: Hunted) -> None:
    names = ("m-no-header.evtx", "m-behind-junk.evtx")
    assert [events_of(damaged, name) for name in names] == [30, 30]
    assert only_warning(damaged, names[0])["kind"] == "file"
    assert {warning["kind"] for warning in warnings_of(damaged, names[1])} == {"file", "record"}


def test_chunks_that_are_shifted(damaged: Hunted) -> None:
    assert 20 <= events_of(damaged, "m-missing.evtx") < 30
    assert events_of(damaged, "m-put-in.evtx") == 30
    for name in ("m-missing.evtx", "m-put-in.evtx"):
        assert "record" in {warning["kind"] for warning in warnings_of(damaged, name)}


def test_zeros_between_chunks(damaged: Hunted) -> None:
    name = "m-zeros-between.evtx"
    assert events_of(damaged, name) == 20
    assert [(warning["kind"], warning["records"]) for warning in warnings_of(damaged, name)] == [
        ("record", None), ("gap", 0)
    ]  # fmt: skip


def test_a_time_that_cannot_be(damaged: Hunted) -> None:
    warning = only_warning(damaged, "m-time.evtx")
    assert events_of(damaged, "m-time.evtx") == 30
    assert (warning["kind"], warning["records"]) == ("record", 0)
