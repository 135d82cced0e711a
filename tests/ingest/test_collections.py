"""Host, drive and shadow copy come from the paths of known collectors, and from nothing that merely looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yadorigi.ingest import collections
from yadorigi.ingest.collections import Place, host_told_in, place_of

LOGS = "Windows/System32/winevt/Logs/Security.evtx"
VELOCIRAPTOR = "Collection-DESKTOP-1-2023-03-09T15_42_13Z"


@pytest.mark.parametrize(
    ("name", "place"),
    [
        # KAPE
        (f"/evidence/kape/C/{LOGS}", Place(None, "C:")),
        (f"evidence/DC01/C/{LOGS}", Place("DC01", "C:")),
        (f"evidence/DC01/d/{LOGS}", Place("DC01", "D:")),
        (f"C/{LOGS}", Place(None, "C:")),
        (f"20230309T154213_FS-02/C/{LOGS}", Place("FS-02", "C:")),
        (f"2023-03-09T154213_FS-02.zip!C/{LOGS}", Place("FS-02", "C:")),
        (f"FS-02_20230309154213/C/{LOGS}", Place("FS-02", "C:")),
        (f"2023-03-09/C/{LOGS}", Place(None, "C:")),
        (f"DC01/VSS1/{LOGS}", Place("DC01", None, "VSS1")),
        (f"DC01/VSS12/C/{LOGS}", Place("DC01", "C:", "VSS12")),
        (f"DC01/C/VSS2/{LOGS}", Place("DC01", "C:", "VSS2")),
        (f"DC01\\C\\Windows\\System32\\config\\SYSTEM", Place("DC01", "C:")),  # noqa: F541 - as the others
        (f"経理-01/C/{LOGS}", Place("経理-01", "C:")),
        # Velociraptor
        (f"{VELOCIRAPTOR}.zip!uploads/auto/C%3A/{LOGS}", Place("DESKTOP-1", "C:")),
        (f"x/{VELOCIRAPTOR}/uploads/ntfs/%5C%5C.%5CC%3A/{LOGS}", Place("DESKTOP-1", "C:")),
        (
            f"{VELOCIRAPTOR}.zip!uploads/ntfs/%5C%5C%3F%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShadowCopy2/{LOGS}",
            Place("DESKTOP-1", None, "HarddiskVolumeShadowCopy2"),
        ),
        (f"{VELOCIRAPTOR}.zip!results/Windows.EventLogs.json", Place("DESKTOP-1")),
        (f"Collection-srv.corp.example-2023-03-09T15_42_13Z/uploads/file/D%3A/{LOGS}", Place("srv.corp.example", "D:")),
        (f"{VELOCIRAPTOR}.zip!data.zip!uploads/auto/C%3A/{LOGS}", Place("DESKTOP-1", "C:")),
        (f"WS7-C.29eb084b9a7d388b-F.D3PNM1G72TM3K.zip!uploads/auto/C%3A/{LOGS}", Place("WS7", "C:")),
        # CyLR
        (f"cases/PC-17.zip!C/{LOGS}", Place("PC-17", "C:")),
        # a share
        (f"\\\\DC01\\C$\\{LOGS}", Place("DC01", "C:")),
        # none of them
        (f"C:\\{LOGS}", Place()),
        (f"/mnt/{LOGS}", Place()),
        ("a/b/Security.evtx", Place()),
        ("C/x/Security.evtx", Place()),
        ("Collection-of-logs/Security.evtx", Place()),
        ("VSS1", Place()),
        ("", Place()),
    ],
)
def test_places(name: str, place: Place) -> None:
    assert place_of(name, {}) == place


def test_what_a_collection_says_of_itself_counts_more() -> None:
    told = {"a/x.zip!": "REAL", "a/": "OUTER"}
    assert place_of(f"a/x.zip!uploads/auto/C%3A/{LOGS}", told) == Place("REAL", "C:")
    assert place_of("a/y", told).host == "OUTER"
    assert place_of("b/y", told).host is None


@pytest.mark.parametrize(
    ("content", "host"),
    [
        (b'{"Hostname": "DC01", "OS": "windows"}', "DC01"),
        (b'{"Fqdn": "dc01.corp.example"}', "dc01.corp.example"),
        (b'{"Hostname": ""}', ""),
        (b'{"Hostname": 3}', ""),
        (b'{"Hostname": "a b\\u001b[31m"}', ""),
        (b"[" * 100_000, ""),
        (b"[]", ""),
        (b"\xff", ""),
        (b"", ""),
    ],
)
def test_hosts_told(content: bytes, host: str) -> None:
    assert host_told_in(content) == host


PARTS = st.sampled_from(
    ("C", "c:", "D$", "C%3A", "VSS1", "C_VSS2", "uploads", "ntfs", "%5C%5C.%5CC%3A", "Windows", "$MFT", "%24mft",
     "pc-7", "Collection-PC-7-2026-03-02T09_00_00Z", "PC-7-C.0123456789abcdef-F.ABC", "Security.evtx", "pc-7.zip", "",
     "a-C.b")
)  # fmt: skip


@given(st.lists(PARTS, min_size=1, max_size=6), st.sampled_from("/\\!"))
def test_what_is_remembered_of_a_folder_changes_nothing(parts: list[str], separator: str) -> None:
    name = separator.join(parts)
    fast = place_of(name, {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(collections, "_may_tell", lambda _: True)
        assert place_of(name, {}) == fast
