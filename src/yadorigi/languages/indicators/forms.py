"""The form of a value by its type, and the type of a value that stands alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.languages.indicators.form_error import FormError
from yadorigi.languages.indicators.paths import is_path, is_registry, path_form, registry_form
from yadorigi.languages.indicators.web import address_form, domain_form, is_ipv4, network_form, refanged, url_form
from yadorigi.limits import INDICATOR_VALUE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from yadorigi.schema.indicator import IndicatorType

_HEXADECIMAL: Final = re.compile(r"[0-9a-f]+", re.ASCII).fullmatch
_HASHES: Final[dict[int, IndicatorType]] = {32: "md5", 40: "sha1", 64: "sha256"}
_OTHER_HASHES: Final = {56: "SHA-224", 96: "SHA-384", 128: "SHA-512"}
_LENGTHS: Final = {"md5": 32, "imphash": 32, "ja3": 32, "sha1": 40, "sha256": 64}
_JA4: Final = re.compile(
    r"[tqd][0-9a-z]{2}[di][0-9]{4}[0-9a-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}|[tqd][0-9a-z]{2}[0-9]{2}[0-9a-z]{2}_[0-9a-f]{4}_[0-9a-f]{12}"
    r"|[a-z]{2}[0-9a-z]{2}[cn][rn][0-9]{2}[0-9a-z]{4}(?:_[0-9a-f]{12}){3}|[0-9a-f]{12}(?:_[0-9a-f]{12}){2}"
).fullmatch
"""Fingerprints of the family: of clients (JA4), servers (JA4S), requests of HTTP (JA4H), certificates (JA4X)."""
_EMAIL: Final = re.compile(r"[^\s@/\\:]{1,64}@[^\s@/\\:]{1,255}").fullmatch
_WITH_PORT: Final = re.compile(r"([\d.]{7,15}):\d{1,5}", re.ASCII).fullmatch
_WITHOUT_SCHEME: Final = re.compile(r"[^\s/\\:@]{1,253}(?::\d{1,5})?/\S*").fullmatch
_FILE_ENDINGS: Final = frozenset(
    [
        "exe",
        "dll",
        "sys",
        "drv",
        "ocx",
        "cpl",
        "scr",
        "bat",
        "cmd",
        "ps1",
        "psm1",
        "psd1",
        "vbs",
        "vbe",
        "js",
        "jse",
        "wsf",
        "wsh",
        "hta",
        "msi",
        "msp",
        "lnk",
        "url",
        "iso",
        "img",
        "vhd",
        "vhdx",
        "cab",
        "zip",
        "rar",
        "7z",
        "gz",
        "tar",
        "tgz",
        "bin",
        "dat",
        "tmp",
        "log",
        "txt",
        "ini",
        "cfg",
        "conf",
        "inf",
        "xml",
        "json",
        "doc",
        "docx",
        "docm",
        "xls",
        "xlsx",
        "xlsm",
        "xlsb",
        "ppt",
        "pptx",
        "pptm",
        "pdf",
        "rtf",
        "one",
        "chm",
        "jpg",
        "jpeg",
        "png",
        "gif",
        "bmp",
        "ico",
        "php",
        "asp",
        "aspx",
        "ashx",
        "jsp",
        "jspx",
        "class",
        "jar",
        "war",
        "py",
        "pyc",
        "dmp",
        "evtx",
        "dit",
        "reg",
        "sct",
        "elf",
        "so",
        "apk",
        "dex",
        "key",
        "pem",
        "crt",
        "cer",
    ]
)
_FILE_NAME: Final = re.compile(r'[^\\/:*?"<>|\r\n\t]{1,255}').fullmatch
_AGENT: Final = re.compile(r"[A-Za-z0-9._-]{1,40}/[0-9][^\s]{0,40} \(|Mozilla/\d").match
_PORT_LIMIT: Final = 65_535


def recognised(text: str) -> tuple[IndicatorType, str, str]:
    """Return type, form and refanged value of a text whose type nobody states.

    32 hexadecimal digits are an MD5: what is no MD5 but an imphash or a JA3 must be said to be one.

    Raises:
        FormError: it is of no known type; the text says what it looks like.
    """
    lowered = text.lower()
    length = len(text)
    if length in _HASHES and _HEXADECIMAL(lowered):
        return _HASHES[length], lowered, text
    if length > INDICATOR_VALUE_LIMIT:
        raise FormError(f"over the limit of {INDICATOR_VALUE_LIMIT} characters for a value")
    if is_ipv4(text):
        return "ipv4", text, text
    if length in _OTHER_HASHES and _HEXADECIMAL(lowered):
        raise FormError(f"a {_OTHER_HASHES[length]}, which Windows logs do not hold")
    if _JA4(lowered):
        return "ja4", lowered, text
    if is_registry(text):
        return "registry_key", registry_form(text), text
    if is_path(text):
        return "file_path", path_form(text), text
    value = refanged(text)
    if "://" in value:
        return "url", url_form(value), value
    if _AGENT(value):
        return "user_agent", value.strip().casefold(), value
    return _address_or_name(value)


def _address_or_name(value: str) -> tuple[IndicatorType, str, str]:
    if "/" in value or ":" in value or is_ipv4(value):
        for form in (network_form, address_form):
            try:
                return *form(value), value
            except FormError as error:
                if "wider" in str(error):
                    raise
    with_port = _WITH_PORT(value)
    if with_port is not None and is_ipv4(with_port[1]):
        # Few events hold a port beside an address, so the address is looked for by itself.
        return "ipv4", with_port[1], value
    if _EMAIL(value):
        raise FormError("an e-mail address, which Windows logs do not hold")
    if _WITHOUT_SCHEME(value):
        return "url", url_form(value), value
    stem, _, ending = value.rpartition(".")
    if stem and ending.lower() in _FILE_ENDINGS and _FILE_NAME(value):
        return "file_name", value.casefold(), value
    try:
        return "domain", domain_form(value), value
    except FormError:
        raise FormError("of no type that is known; a column or a format that says the type would help") from None


def _hash_form(kind: IndicatorType) -> Callable[[str], tuple[IndicatorType, str]]:
    length = _LENGTHS[kind]

    def form(text: str) -> tuple[IndicatorType, str]:
        try:
            # Faster than an expression; it would take blanks between bytes.
            whole = len(text) == length == 2 * len(bytes.fromhex(text))
        except ValueError:
            whole = False
        if not whole:
            raise FormError(f"no {kind}: {length} hexadecimal digits are wanted")
        return kind, text.lower()

    return form


def _any_address(text: str) -> tuple[IndicatorType, str]:
    if is_ipv4(text):
        return "ipv4", text
    value = refanged(text)
    return network_form(value) if "/" in value else address_form(value)


def _domain(text: str) -> tuple[IndicatorType, str]:
    value = refanged(text)
    if ":" in value or value[-1:].isdigit():
        try:
            return _any_address(value)
        except FormError:
            pass
    return "domain", domain_form(value)


def _name(text: str) -> tuple[IndicatorType, str]:
    if "\\" in text or "/" in text:
        return "file_path", path_form(text)
    if not _FILE_NAME(text):
        raise FormError("no name of a file")
    return "file_name", text.strip().casefold()


def _path(text: str) -> tuple[IndicatorType, str]:
    form = path_form(text)
    return ("file_path", form) if "\\" in form else _name(text)


def _folded(kind: IndicatorType) -> Callable[[str], tuple[IndicatorType, str]]:
    return lambda text: (kind, text.strip().casefold())


def _port(text: str) -> tuple[IndicatorType, str]:
    if not text.strip().isdecimal() or int(text.strip()[:9]) > _PORT_LIMIT:
        raise FormError("no port")
    return "port", str(int(text.strip()[:9]))


def _ja4(text: str) -> tuple[IndicatorType, str]:
    form = text.strip().lower()
    if not _JA4(form):
        raise FormError("no ja4")
    return "ja4", form


_FORMS: Final[dict[IndicatorType, Callable[[str], tuple[IndicatorType, str]]]] = {
    **{kind: _hash_form(kind) for kind in ("sha256", "sha1", "md5", "imphash", "ja3")},
    "ja4": _ja4,
    "ipv4": _any_address,
    "ipv6": _any_address,
    "cidr": _any_address,
    "domain": _domain,
    "url": lambda text: ("url", url_form(refanged(text.strip()))),
    "file_name": _name,
    "file_path": _path,
    "user_agent": _folded("user_agent"),
    "detection_name": _folded("detection_name"),
    "command_line": _folded("command_line"),
    "registry_data": _folded("registry_data"),
    "registry_key": lambda text: ("registry_key", registry_form(text)),
    "registry_value": lambda text: ("registry_value", registry_form(text)),
    "port": _port,
}


def form_of(kind: IndicatorType, text: str) -> tuple[IndicatorType, str]:
    """Return the type and form of a value that is said to be of a type; both may be narrower than what was said.

    Raises:
        FormError: it is not of that type.
    """
    if len(text) > INDICATOR_VALUE_LIMIT:
        raise FormError(f"over the limit of {INDICATOR_VALUE_LIMIT} characters for a value")
    text = text.strip()
    if not text:
        raise FormError("an empty value")
    found = _FORMS[kind](text)
    if not found[1]:
        raise FormError("an empty value")
    return found
