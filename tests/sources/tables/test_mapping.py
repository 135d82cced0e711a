"""Mappings of tables: what is wrong is named with its line, and all of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from yadorigi.errors import UsageError
from yadorigi.sources.choice import SourceChoices
from yadorigi.sources.tables.mapping import MappingError, classes, leaves_of, read_mapping

WRONG = [
    ('layout = "csw"\ntime = "t"\n', "line 1: layout = 'csw': expected one of csv, tsv, json-lines"),
    ('time = "t"\ndelimiter = ";;"\n', "line 2: delimiter = ';;': expected one character"),
    ('time = "t"\n\nencodin = "cp932"\n', "line 3: no key 'encodin' (do you mean encoding?)"),
    ('time = "t"\nencoding = "shift-jos"\n', "line 2: encoding = 'shift-jos': expected a name such as utf-8"),
    ('time = "t"\nencoding = "base64"\n', "line 2: encoding = 'base64'"),
    ('host = "h"\n', "line 1: no time: expected time ="),
    ('[time]\nform = "%Y-%m-%d %H"\n', "line 1: [time] without a column"),
    ('[time]\ncolumn = "t"\nform = "%d.%m."\n', "line 3: form: '%d.%m.' lacks a year (%Y) and an hour (%H)"),
    ('[time]\ncolumn = "t"\nform = "%Q"\n', "line 3: form: '%Q': no code %Q"),
    ('[time]\ncolumn = "t"\nform = "%Y%m%d %H %Y"\n', "line 3: form: '%Y%m%d %H %Y' names a part of a time twice"),
    ('[time]\ncolumn = "t"\nzone = "Tokyo"\n', "line 3: zone = 'Tokyo': expected"),
    ('[time]\ncolumn = "t"\nzones = "UTC"\n', "line 3: no key 'zones' (do you mean zone?)"),
    ('time = "t"\nevents = "detection"\n', "line 2: events = 'detection': expected a class of OCSF"),
    ('time = "t"\nevents = "nobody/nothing"\n', "line 2: events = 'nobody/nothing'"),
    ('time = "t"\nhost = 7\n', "line 2: host = 7: expected the name of a column"),
    ('time = "t"\nhost = { name = "x" }\n', "line 2: host: expected the name of a column, or { value ="),
    ('time = "t"\nskip = -1\n', "line 2: skip = -1"),
    (
        'time = "t"\nevents = "detection_finding"\n[columns]\n"検出名" = "malware.nam"\n',
        "line 4: detection_finding has no field 'malware.nam' (do you mean malware.name",
    ),
    ('time = "t"\n[columns]\n"a" = 3\n', "line 3: 'a' = 3: expected the name of a field"),
    ('time = "t"\n[columns]\na = "message"\nb = "message"\n', "line 4: 'message' has a column already"),
    ('time = "t"\nheader = ["a", "tt"]\n', "no column 't' in header"),
    ('time = "t"\nlayout = "json-lines"\nskip = 1\n', "line 3: skip: expected in tables of CSV or TSV only"),
    (
        'time = "t"\n[events]\ncolumn = "k"\nvalues = { a = "nothing" }\n',
        "events = 'nothing': expected a class of OCSF",
    ),
    ('time = "t"\n[events]\ncolumn = "k"\n', "line 2: events: expected both column (a name) and values"),
    ('time = "t"\n[events]\ncolum = "k"\n', "line 3: no key 'colum' (do you mean column?)"),
    ('time = "t"\njson = [1]\n', "line 2: json = [1]: expected the name of a column"),
    ("time = \n", "no TOML: "),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_what_is_wrong_is_named_with_its_line(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MappingError) as raised:
        read_mapping(path)
    assert told in str(raised.value)
    assert len(raised.value.problems) == 1


def test_all_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text('layout = "x"\nskip = "y"\n', encoding="utf-8")
    with pytest.raises(MappingError) as raised:
        read_mapping(path)
    assert [problem.split(":")[0] for problem in raised.value.problems] == ["line 1", "line 1", "line 2"]


def test_files_that_are_no_mappings(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="cannot be read"):
        read_mapping(tmp_path / "none.toml")
    path = tmp_path / "mapping.toml"
    path.write_bytes('time = "検出日時"'.encode("cp932"))
    with pytest.raises(MappingError, match="not in UTF-8"):
        read_mapping(path)
    path.write_bytes(b"time = " + b"[" * 100_000)
    with pytest.raises(MappingError, match="no TOML"):
        read_mapping(path)
    path.write_bytes(b"#" * 300_000)
    with pytest.raises(MappingError, match="more than 256 KiB"):
        read_mapping(path)


def test_a_wrong_mapping_is_refused_where_it_is_chosen(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text("skip = 1\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no time"):
        SourceChoices.of([f"*.csv={path}"])


def test_the_page_names_all_fields() -> None:
    page = (Path(__file__).parents[3] / "docs/how-to/read-any-table.md").read_text(encoding="utf-8")
    rows = [f"| `{name}` | {', '.join(f'`{leaf}`' for leaf in leaves_of(name))} |" for name in classes()]
    stated = page.partition("<!-- fields")[2].partition("<!-- /fields -->")[0].split("\n")[3:-1]
    assert stated == rows


@pytest.mark.parametrize("number", [0, 1])
def test_mappings_of_the_page_are_right(number: int, tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs/how-to/read-any-table.md").read_text(encoding="utf-8")
    path = tmp_path / "mapping.toml"
    path.write_text(page.split("```toml\n")[number + 1].partition("```")[0], encoding="utf-8")
    assert read_mapping(path).time_columns


def test_every_class_has_fields() -> None:
    assert "detection_finding" in classes()
    for name in classes():
        assert "message" in leaves_of(name)
