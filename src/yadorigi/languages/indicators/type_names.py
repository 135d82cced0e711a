"""The words that feeds use for types: headers and cells of tables, MISP's attributes, terms of OpenIOC."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from yadorigi.schema.indicator import IndicatorType

_SIGNS: Final = re.compile(r"[^a-z0-9]+")
_NAMES: Final[dict[IndicatorType, str]] = {
    "sha256": "sha256 sha256hash filehashsha256 filesha256 hashsha256 sha256sum x509fingerprintsha256",
    "sha1": "sha1 sha1hash filehashsha1 filesha1 hashsha1 sha1sum x509fingerprintsha1",
    "md5": "md5 md5hash filehashmd5 filemd5 hashmd5 md5sum hassh hasshmd5 hasshserver hasshservermd5 "
    "x509fingerprintmd5",
    "imphash": "imphash peimphash importhash",
    "ipv4": "ip ipv4 ipv6 ipaddress ipaddr ipsrc ipdst ipv4addr ipv6addr dstip srcip destinationip sourceip address "
    "ipadress ipv4address ipv6address",
    "cidr": "cidr netblock network subnet iprange ipnet ipv4cidr ipv6cidr",
    "domain": "domain domainname hostname host fqdn domains dnsname",
    "url": "url uri urls",
    "file_name": "filename file filenames",
    "file_path": "filepath path fullpath filefullpath",
    "user_agent": "useragent httpuseragent ua",
    "ja3": "ja3 ja3hash ja3fingerprintmd5 ja3md5 sslja3 ja3s ja3shash",
    "ja4": "ja4 ja4fingerprint ja4s ja4h ja4x",
    "registry_key": "registrykey regkey registry windowsregistrykey",
    "registry_value": "registryvalue regvalue registryvaluename",
    "registry_data": "registrydata regdata registryvaluedata",
    "detection_name": "detectionname avdetection avname antivirus antivirusname threatdetection",
    "command_line": "commandline cmdline",
}
_TYPES: Final[dict[str, IndicatorType]] = {name: kind for kind, names in _NAMES.items() for name in names.split()}


@lru_cache(maxsize=1_024)
def type_named(word: str) -> IndicatorType | None:
    """Return the type that a word stands for, or None."""
    return _TYPES.get(_SIGNS.sub("", word.strip().lower())) if len(word) < 60 else None  # noqa: PLR2004 - no word is longer
