"""Plain lists: the type of each line by its form, defanged or not; and tables."""

from __future__ import annotations

import pytest

from tests.languages.indicators.reading_of import read, reasons_of, values_of

SHA256 = "ab" * 32


@pytest.mark.parametrize(
    ("line", "kind", "form"),
    [
        (SHA256.upper(), "sha256", SHA256),
        ("cd" * 20, "sha1", "cd" * 20),
        ("ef" * 16, "md5", "ef" * 16),
        ("hxxp://evil[.]test/a.php?x=1#top", "url", "evil.test/a.php?x=1"),
        ("hXXps[:]//evil(.)test:8443", "url", "evil.test:8443/"),
        ("https://user:secret@EVIL.test:443/%7Ea%2f", "url", "evil.test/~a%2F"),
        ("http://[2001:DB8:0::2]/x", "url", "[2001:db8::2]/x"),
        ("evil.test/path", "url", "evil.test/path"),
        ("ftp://evil.test/x", "url", "ftp://evil.test/x"),
        ("1.2.3[.]4", "ipv4", "1.2.3.4"),
        ("1[.]2[.]3[.]4", "ipv4", "1.2.3.4"),
        ("1.2.3.4:8080", "ipv4", "1.2.3.4"),
        ("::FFFF:1.2.3.4", "ipv4", "1.2.3.4"),
        ("2001:0DB8::0001", "ipv6", "2001:db8::1"),
        ("2001[:]db8[:][:]1", "ipv6", "2001:db8::1"),
        ("1.2.3.4/24", "cidr", "1.2.3.0/24"),
        ("1.2.3.4/32", "ipv4", "1.2.3.4"),
        ("EVIL[.]Example[dot]test.", "domain", "evil.example.test"),
        ("*.evil.test", "domain", "evil.test"),
        ("例え.jp", "domain", "xn--r8jz45g.jp"),
        ("例え。jp", "domain", "xn--r8jz45g.jp"),
        ("tool.exe", "file_name", "tool.exe"),
        ("C:/Users/bob/x.exe", "file_path", r"\users\bob\x.exe"),
        (r"%TEMP%\x.exe", "file_path", r"\users\*\appdata\local\temp\x.exe"),
        (r"%SystemRoot%\x.dll", "file_path", r"\windows\x.dll"),
        (r"\\?\C:\x.dll", "file_path", r"\x.dll"),
        (r"\\server\C$\x.dll", "file_path", r"\x.dll"),
        (r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\X", "registry_key", r"hklm\system\currentcontrolset\x"),
        (r"\REGISTRY\MACHINE\SOFTWARE\X", "registry_key", r"hklm\software\x"),
        (r"HKCU\Software\X", "registry_key", r"hku\*\software\x"),
        ("Mozilla/5.0 (Windows NT 6.1; WOW64; rv:68.0) Gecko/20100101", "user_agent",
         "mozilla/5.0 (windows nt 6.1; wow64; rv:68.0) gecko/20100101"),
        ("t13d1516h2_8daaf6152771_b186095e22b6", "ja4", "t13d1516h2_8daaf6152771_b186095e22b6"),
        ("t130200_1301_234ea6891581", "ja4", "t130200_1301_234ea6891581"),
        ("GE11cn060000_4e59edc1297a_4da5efaf0cbd_000000000000", "ja4",
         "ge11cn060000_4e59edc1297a_4da5efaf0cbd_000000000000"),
        (f'"{SHA256}",', "sha256", SHA256),
        (f"{SHA256}  # a comment", "sha256", SHA256),
        ("0.0.0.0 evil.test", "domain", "evil.test"),
        (f"{SHA256}  *some tool.exe", "sha256", SHA256),
        ("1.2.3[.]4, seen in March", "ipv4", "1.2.3.4"),
        ("- evil[.]test", "domain", "evil.test"),
        ("・hxxp://evil[.]test/a", "url", "evil.test/a"),
        ("12) evil[.]test", "domain", "evil.test"),
        (f"md5:{'cd' * 16}", "md5", "cd" * 16),
        ("C2: evil.test", "domain", "evil.test"),
        (f"検体のSHA256\uff1a{SHA256}", "sha256", SHA256),
        ("File name: svchost", "file_name", "svchost"),
    ],
)  # fmt: skip
def test_a_line_is_read(line: str, kind: str, form: str) -> None:
    account, file = read(f"# list\n\n{line}\n")
    assert values_of(account) == [(kind, form)]
    assert (file.given, file.loaded) == (1, 1)
    assert next(account.table.indicators()).place == 3


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("somebody@evil.test", "e-mail"),
        ("ab" * 64, "SHA-512"),
        ("10.0.0.0/4", "wider"),
        ("word", "of no type"),
        ("not 1.2.3.4", "of no type"),
        ("tool.exe is what they use", "of no type"),
        ("-bad-.test", "of no type"),
        ("x" * 9_000, "over the limit"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(line: str, reason: str) -> None:
    account, file = read(f"{SHA256}\n{line}\n")
    assert file.refused == 1
    ((place, told),) = reasons_of(account)
    assert place == 2
    assert reason in told


def test_the_same_twice_is_repeated() -> None:
    _, file = read(f"{SHA256}\n{SHA256.upper()}\n")
    assert (file.loaded, file.repeated) == (1, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp932"])
def test_encodings(encoding: str) -> None:
    account, _ = read(f"# 一覧\nevil.test\r\n{SHA256}\r\n".encode(encoding))
    assert values_of(account) == [("domain", "evil.test"), ("sha256", SHA256)]


# ------------------------------------------------------------------------------------------------------------ tables


def test_a_table_by_its_header() -> None:
    account, file = read(
        "Indicator,Type,Malware,First Seen,Valid Until,Confidence,TLP,Reference,Tags,Reporter\n"
        'evil[.]test,domain,"Some, thing",2026-01-02,2026-06-30T00:00:00Z,high,TLP:AMBER,https://example.test/1,a|T1090,me\n'
        "zz,sha256,,,,,,,,\n"
        "1.2.3.4,ip,,1767312000,,40,,,,\n"
    )
    first, second = account.table.indicators()
    assert (first.type, first.normal, first.place) == ("domain", "evil.test", 2)
    context = first.context
    assert (context.title, context.valid_from[:10], context.valid_until[:10]) == (
        "Some, thing",
        "2026-01-02",
        "2026-06-30",
    )
    assert (context.confidence, context.tlp, context.producer) == (85, "amber", "me")
    assert (context.references, context.labels, context.techniques) == (
        ("https://example.test/1",),
        ("a", "T1090"),
        ("T1090",),
    )
    assert (second.context.confidence, second.context.valid_from[:10]) == (40, "2026-01-02")
    assert reasons_of(account) == [(3, "no sha256: 64 hexadecimal digits are wanted")]
    assert file.format == "csv"


def test_columns_of_types_and_a_header_in_a_comment() -> None:
    account, _ = read(
        f'# "first_seen_utc","sha256_hash","md5_hash","file_name"\n"2026-01-02","{SHA256}","{"cd" * 16}","n/a"\n'
    )
    assert values_of(account) == [("sha256", SHA256), ("md5", "cd" * 16)]


def test_a_column_by_its_values() -> None:
    account, _ = read("note;evil.test\nother;1.2.3.4\n名前;https://evil.test/x\n".encode("cp932"))
    assert [kind for kind, _ in values_of(account)] == ["domain", "ipv4", "url"]


def test_a_table_in_japanese() -> None:
    account, file = read(
        "種別,値,備考,確度,有効期限,参考URL\n"
        f"ハッシュ値(SHA256),{SHA256},検体,高,2026-06-30,https://example.test/1\n"
        "IPアドレス,1[.]2[.]3[.]4,通信先,中,,\nドメイン,evil[.]test,,,,\nメールアドレス,a@evil.test,,,,\n".encode(
            "cp932"
        )
    )
    assert values_of(account) == [("sha256", SHA256), ("ipv4", "1.2.3.4"), ("domain", "evil.test")]
    context = next(account.table.indicators()).context
    assert (context.description, context.confidence, context.valid_until[:10]) == ("検体", 85, "2026-06-30")
    assert context.references == ("https://example.test/1",)
    assert file.refused == 1


def test_a_table_without_a_header() -> None:
    """Cells that name types stand beside the values: none of the rows is a header."""
    account, file = read(f"1.2.3.4,c2,2026-01-02\nevil.test,domain,2026-01-02\n{SHA256},sha256,2026-01-02\n")
    assert values_of(account) == [("ipv4", "1.2.3.4"), ("domain", "evil.test"), ("sha256", SHA256)]
    assert (file.format, file.refused) == ("csv", 0)


def test_a_table_of_misp() -> None:
    account, file = read(
        "uuid,event_id,category,type,value,comment,to_ids,date\n"
        '"a","1","Network activity","domain|ip","evil.test|1.2.3.4","","1","1767312000"\n'
        f'"b","1","Payload delivery","filename|sha256","x.exe|{SHA256}","","1","1767312000"\n'
        '"c","1","Network activity","domain","left.test","","0","1767312000"\n'
    )
    assert values_of(account) == [("domain", "evil.test"), ("ipv4", "1.2.3.4"), ("sha256", SHA256)]
    assert (file.loaded, file.left_out, file.refused) == (2, 1, 0)


def test_a_table_without_values_is_refused() -> None:
    account, file = read("colour,size\nred,5\nblue,6\n")
    assert file.refused >= 1
    assert not len(account.table)
