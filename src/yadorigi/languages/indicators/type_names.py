"""The words that feeds use for types, in English and Japanese: headers and cells of tables."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from yadorigi.schema.indicator import IndicatorType

_SIGNS: Final = re.compile(r"[\W_]+")
_LATIN: Final = re.compile(r"[a-z0-9]+")
_NAMES: Final[dict[IndicatorType, str]] = {
    "sha256": "sha256 sha256hash filehashsha256 filesha256 hashsha256 sha256sum x509fingerprintsha256",
    "sha1": "sha1 sha1hash filehashsha1 filesha1 hashsha1 sha1sum x509fingerprintsha1",
    "md5": "md5 md5hash filehashmd5 filemd5 hashmd5 md5sum hassh hasshmd5 hasshserver hasshservermd5 "
    "x509fingerprintmd5",
    "imphash": "imphash peimphash importhash",
    "ipv4": "ip ipv4 ipv6 ipaddress ipaddr ipsrc ipdst ipv4addr ipv6addr dstip srcip destinationip sourceip address "
    "ipadress ipv4address ipv6address アドレス",
    "cidr": "cidr netblock network subnet iprange ipnet ipv4cidr ipv6cidr "
    "ネットワーク ipアドレス帯 ネットワークアドレス",
    "domain": "domain domainname hostname host fqdn domains dnsname ドメイン ドメイン名 ホスト名",
    "url": "url uri urls",
    "file_name": "filename file filenames ファイル名",
    "file_path": "filepath path fullpath filefullpath ファイルパス パス",
    "user_agent": "useragent httpuseragent ua ユーザーエージェント ユーザエージェント",
    "ja3": "ja3 ja3hash ja3fingerprintmd5 ja3md5 sslja3 ja3s ja3shash",
    "ja4": "ja4 ja4fingerprint ja4s ja4h ja4x",
    "registry_key": "registrykey regkey registry windowsregistrykey レジストリ レジストリキー",
    "registry_value": "registryvalue regvalue registryvaluename レジストリ値",
    "registry_data": "registrydata regdata registryvaluedata",
    "detection_name": "detectionname avdetection avname antivirus antivirusname threatdetection "
    "検知名 検出名 ウイルス名",
    "command_line": "commandline cmdline コマンドライン コマンド",
}
_TYPES: Final[dict[str, IndicatorType]] = {name: kind for kind, names in _NAMES.items() for name in names.split()}


_BESIDE: Final = frozenset([
    "ハッシュ", "ハッシュ値", "アドレス", "値", "検体", "検体の", "ファイル", "ファイルの", "不正", "不審", "不審な",
    "悪性", "通信先", "接続先", "送信元", "宛先",
])  # fmt: skip
"""What may stand beside a Latin name of a type in Japanese; what a "参考URL" holds is no indicator."""


def word_form(word: str) -> str:
    """Return a word as words are compared: letters and digits, of one width and case."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", word).lower())


@lru_cache(maxsize=1_024)
def type_named(word: str) -> IndicatorType | None:
    """Return the type that a word stands for, or None."""
    if len(word) >= 60:  # noqa: PLR2004 - no word is longer
        return None
    form = word_form(word)
    kind = _TYPES.get(form)
    if kind is None and not form.isascii() and _LATIN.sub("", form) in _BESIDE:
        kind = _TYPES.get("".join(_LATIN.findall(form)))
    return kind
