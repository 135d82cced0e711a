"""The readers of indicators under test, and the matcher on texts of an attacker."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Final

from tests.fuzz.findings import Seeds, Target, require
from tests.fuzz.mutations import TEXT, mutated
from yadorigi.detect.indicators.fields import TYPES_OF
from yadorigi.detect.indicators.index import IndicatorIndex
from yadorigi.detect.indicators.observables import EXTRACTORS, Forms, parts_of
from yadorigi.languages.indicators.documents import read_document
from yadorigi.languages.indicators.reading import Account
from yadorigi.languages.indicators.table import IndicatorTable, no_screen

_SHA256: Final = "ab" * 32
_PATTERNS: Final = (
    f"[file:hashes.'SHA-256' = '{_SHA256}' OR (file:name LIKE '%evil_.exe'"
    " AND file:parent_directory_ref.path = 'C:\\\\x')]",
    "[ipv4-addr:value ISSUBSET '1.2.3.0/24'] OR [domain-name:value IN ('a.test', 'b.test')]",
    "[url:value MATCHES '^http://[a-z]+/'] FOLLOWEDBY [file:size > 5] WITHIN 5 SECONDS",
    "[windows-registry-key:key = 'HKLM\\\\Software' AND windows-registry-key:values[*].name = 'x']",
)
_MISP: Final = {
    "Event": {
        "info": "x", "uuid": "u", "Orgc": {"name": "o"}, "Tag": [{"name": "tlp:amber"}],
        "Attribute": [
            {"type": kind, "value": value, "to_ids": True, "uuid": "1", "first_seen": "2026-01-02T00:00:00Z"}
            for kind, value in (
                                ("filename|sha256", f"a|{_SHA256}"), ("ip-dst|port", "1.2.3.4|5"),
                                ("regkey|value", "a|b"),
                                ("url", "hxxp://a[.]test/x"), ("domain|ip", "a.test|1.2.3.4"))
        ],
        "Object": [{"name": "file", "Attribute": [{"type": "md5", "value": "cd" * 16, "to_ids": True}]}],
    },
}  # fmt: skip
_OPENIOC: Final = (
    '<?xml version="1.0"?><ioc id="a"><short_description>t</short_description><definition><Indicator operator="OR">'
    '<IndicatorItem condition="is"><Context search="FileItem/Md5sum"/>'
    "<Content>cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd</Content>"
    '</IndicatorItem><Indicator operator="AND"><IndicatorItem condition="contains"><Context search="Network/DNS"/>'
    "<Content>a.test</Content></IndicatorItem></Indicator></Indicator></definition></ioc>"
)


def document_seeds() -> Seeds:
    """A file of each format."""
    bundle = {
        "type": "bundle",
        "objects": [
            {"type": "identity", "id": "identity--1", "name": "n"},
            *({"type": "indicator", "id": f"indicator--{number}", "pattern": pattern,
               "valid_from": "2026-01-02T00:00:00Z",
               "created_by_ref": "identity--1"} for number, pattern in enumerate(_PATTERNS)),
            {"type": "file", "id": "file--1", "name": "x.exe", "hashes": {"MD5": "cd" * 16}},
            {"type": "relationship", "id": "r", "source_ref": "indicator--0", "target_ref": "file--1"},
        ],
    }  # fmt: skip
    table = f'type,value,malware,confidence\nsha256,{_SHA256},"x, y",90\nip,1.2.3[.]4,,high\n'
    lines = f"# list\n{_SHA256}\nhxxp://a[.]test/x?y\n1.2.3.0/24\n2001:db8::1\nC:\\Users\\x\\a.exe\n例え.jp\nHKCU\\X\n"
    return [
        json.dumps(bundle).encode(), json.dumps(_MISP).encode(), _OPENIOC.encode(), table.encode(), lines.encode(),
        lines.encode("utf-16"), table.replace(",", ";").encode("cp932"), *(pattern.encode() for pattern in _PATTERNS),
    ]  # fmt: skip


def _changed(chance: Random, seeds: Seeds) -> bytes:
    return mutated(chance, seeds, TEXT)


def check_document(data: bytes, folder: Path) -> None:
    """Read a file; each indicator in it is loaded, repeated, left out, or refused with a reason."""
    del folder
    account = Account(IndicatorTable(), no_screen)
    file = read_document("fuzzed", data, account)
    require(file.given == file.loaded + file.repeated + file.left_out + file.refused, "the account does not hold")
    require(all(trouble.reason for trouble in account.refused.told), "refused without a reason")
    require(file.loaded <= len(account.table), "more loaded than there is")
    require(all(one.normal for one in account.table.indicators()), "a value without a form")
    IndicatorIndex(account.table)


def text_seeds() -> Seeds:
    """Texts as events hold them."""
    return [
        b'"C:\\Program Files\\x y\\a.exe" http://u:p@a.evil.test:8080/x/y.php?q=1 1.2.3.4 2001:db8::1 %TEMP%\\b.dll',
        b"SHA1=" + b"EF" * 20 + b",MD5=" + b"cd" * 16 + b",SHA256=" + _SHA256.encode(),
        b"HKU\\S-1-5-21-1\\Software\\X\\Run reg add HKLM\\Software\\X \\REGISTRY\\MACHINE\\x"
        b" \\Device\\HarddiskVolume1\\a",
        "例え.jp www.例え.jp \\\\server\\c$\\x file:_C:\\x\\y.exe:stream".encode(),
    ]


def check_text(data: bytes, folder: Path) -> None:
    """Look a text up in fields of every role; what is found in it is found again with something behind it."""
    del folder
    account = Account(IndicatorTable(), no_screen)
    read_document("known", document_seeds()[4], account)
    index = IndicatorIndex(account.table)
    text = data.decode("utf-8", "surrogateescape")
    for role in TYPES_OF:
        forms = Forms()
        for part in parts_of(text):
            EXTRACTORS[role](part, forms)
        index.rows_in(role, text)
    rows = index.rows_in("text", text)
    require(set(rows) <= set(index.rows_in("text", (text, "something else"))), "a second value hides a first one")


TARGETS: Final = (
    Target("indicators", document_seeds, _changed, check_document),
    Target("indicators-in-texts", text_seeds, _changed, check_text),
)
