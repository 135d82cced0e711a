"""OpenIOC 1.0 and 1.1, and hostile XML."""

from __future__ import annotations

import pytest

from tests.languages.indicators.reading_of import read, reasons_of, values_of

MD5 = "cd" * 16


def item(term: str, value: str, condition: str = "is", more: str = "") -> str:
    return (
        f'<IndicatorItem id="i-{term}" condition="{condition}" {more}><Context document="x" search="{term}"/>'
        f'<Content type="string">{value}</Content></IndicatorItem>'
    )


def both(operator: str, *items: str) -> str:
    return f'<Indicator operator="{operator}" id="x">{"".join(items)}</Indicator>'


def version_10(body: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><ioc xmlns="http://schemas.mandiant.com/2010/ioc" id="abc">'
        "<short_description>Tool</short_description><description>words</description><authored_by>me</authored_by>"
        "<authored_date>2026-01-02T00:00:00</authored_date>"
        '<links><link rel="x">https://example.test/r</link><link rel="grade">good</link></links>'
        f"<definition>{body}</definition></ioc>"
    )


def version_11(body: str) -> str:
    return (
        '<OpenIOC xmlns="http://openioc.org/schemas/OpenIOC_1.1" id="abc"><metadata><short_description>Tool'
        "</short_description><description>words</description><authored_by>me</authored_by>"
        "<authored_date>2026-01-02T00:00:00</authored_date>"
        '<links><link rel="x">https://example.test/r</link></links></metadata>'
        f"<criteria>{body}</criteria></OpenIOC>"
    )


@pytest.mark.parametrize("wrapped", [version_10, version_11])
def test_a_document(wrapped: object) -> None:
    assert callable(wrapped)
    body = both(
        "OR", item("FileItem/Md5sum", MD5), item("Network/DNS", "a.test"), item("FileItem/SizeInBytes", "5"),
        both("AND", item("FileItem/FileName", "evil", "contains"), item("PortItem/remoteIP", "1.2.3.4")),
    )  # fmt: skip
    account, file = read(wrapped(body))
    assert values_of(account) == [("md5", MD5), ("domain", "a.test"), ("file_name", "%evil%"), ("ipv4", "1.2.3.4")]
    assert account.table.groups == [(2, 3)]
    assert (file.format, file.given, file.loaded, file.refused) == ("openioc", 4, 3, 1)
    assert "FileItem/SizeInBytes" in reasons_of(account)[0][1]
    first = next(account.table.indicators())
    assert (first.id, first.context.title, first.context.producer) == ("i-FileItem/Md5sum", "Tool", "me")
    assert first.context.references == ("https://example.test/r",)
    assert first.context.valid_from[:10] == "2026-01-02"


def test_conditions() -> None:
    account, file = read(version_11(both(
        "OR", item("FileItem/FileName", "a", "starts-with"), item("FileItem/FileName", "b", "ends-with"),
        item("FileItem/FileName", "^c", "matches"), item("FileItem/FileName", "d", "is", 'negate="true"'),
        item("FileItem/FileName", "e", "isnot"), item("FileItem/FileName", "5", "greater-than"),
    )))  # fmt: skip
    assert [form for _, form in values_of(account)] == ["a%", "%b", "^c"]
    assert file.refused == 3


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        (r"ProgramData\evil", r"\programdata\evil\rat.exe"),
        ("C:\\ProgramData\\evil\\", r"\programdata\evil\rat.exe"),
        (r"C:\ProgramData\evil\RAT.exe", r"\programdata\evil\rat.exe"),
        (r"%TEMP%", r"\users\*\appdata\local\temp\rat.exe"),
    ],
)
def test_the_folder_of_a_file(folder: str, path: str) -> None:
    parts = item("FileItem/FilePath", folder), item("FileItem/FileName", "rat.exe")
    account, file = read(version_10(both("AND", *parts)))
    assert values_of(account) == [("file_path", path)]
    assert (file.given, file.loaded) == (1, 1)


def test_a_key_with_the_name_of_a_value() -> None:
    key = item("RegistryItem/KeyPath", r"HKLM\Software\X\Run")
    account, _ = read(version_10(both("AND", key, item("RegistryItem/ValueName", "Y"), item("FileItem/Md5sum", MD5))))
    assert values_of(account) == [("registry_value", r"hklm\software\x\run\y"), ("md5", MD5)]
    _, file = read(version_10(both("AND", key, item("RegistryItem/ValueName", "Y", "contains"))))
    assert file.refused == 1


def test_a_folder_alone_stands_for_what_lies_in_it() -> None:
    account, _ = read(version_10(both("OR", item("FileItem/FilePath", r"ProgramData\evil"))))
    assert values_of(account) == [("file_path", r"\programdata\evil"), ("file_path", r"\programdata\evil\%")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("<!DOCTYPE a [<!ENTITY b 'c'>]>" + version_11(""), "no OpenIOC"),
        ('<?xml version="1.0"?><!--x--><ioc><!DOCTYPE a></ioc>', "line 1"),
        ("<ioc><definition>", "line 1"),
        ("<other/>", "no OpenIOC"),
        ("<ioc>" + "<a>" * 5_000, "deeper"),
        ("<ioc>&boom;</ioc>", "line 1"),
    ],
)
def test_hostile_xml_is_refused(data: str, reason: str) -> None:
    account, file = read(data)
    assert (file.loaded, file.refused) == (0, 1)
    assert reason in reasons_of(account)[0][1]


def test_a_document_type_behind_a_comment_is_refused() -> None:
    account, _ = read("<!-- <ioc --><!DOCTYPE ioc [<!ENTITY b 'c'>]><ioc>&b;</ioc>")
    assert not len(account.table)
    assert reasons_of(account)
