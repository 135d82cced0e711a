"""The values in a field of an event, in the forms in which indicators are known. Nothing here knows of any indicator.

Logs are not defanged, so nothing is refanged here. Texts are gone through once, by splitting; no search goes back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from itertools import islice
from typing import TYPE_CHECKING, Final

from yadorigi.detect.indicators.fields import Role, role_of
from yadorigi.languages.indicators.form_error import FormError
from yadorigi.languages.indicators.paths import (
    is_registry,
    name_of,
    path_candidates,
    path_form,
    registry_candidates,
    registry_form,
    registry_parents,
)
from yadorigi.languages.indicators.web import domain_form, is_ipv4, parents_of, url_candidates, url_form
from yadorigi.limits import (
    INDICATOR_VALUE_LIMIT,
    OBSERVED_LABELS_LIMIT,
    OBSERVED_PLACES_LIMIT,
    OBSERVED_TEXT_LIMIT,
    OBSERVED_WORD_LIMIT,
)
from yadorigi.query.values import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from yadorigi.schema.event import Value

_SIGNS: Final = b"\t\n\r\x0b\x0c \"'`/\\:=,;()[]{}<>|&!?*#@$^+~\0"
_SEPARATORS: Final = bytes.maketrans(_SIGNS, b" " * len(_SIGNS))
_URL_ENDS: Final = re.compile(r"[\s\"'`<>|^\x00]")
_CLOSING: Final = ".,;:)]}'\""
_WORDS_BEFORE: Final = 40
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}\Z")
_ADDRESS_6: Final = re.compile(r"[0-9A-Fa-f:.]{3,45}")
_PATH_BEGINS: Final = re.compile(r"(?:[A-Za-z]:|\\\\\?|\\\\|%[A-Za-z()0-9_]{2,40}%|\$[Ee][Nn][Vv]:[A-Za-z]{2,40})[\\/]")
_PATH_ENDS: Final = re.compile(r"[\"'`<>|*?\r\n\t]")
_REGISTRY_BEGINS: Final = re.compile(r"(?:HK[A-Z_]{2,20}|\\REGISTRY)(?::?\\)", re.IGNORECASE)
_BEGINS: Final = (_PATH_BEGINS, _REGISTRY_BEGINS)
_BLANKS_IN_PATH: Final = 8
_PATH_LENGTH: Final = 1_024
_COLONS: Final = 2
_HASH_LENGTHS: Final = frozenset({32, 40, 64})
_NO_VALUE: Final = frozenset({"", "-", "N/A", "?"})


@dataclass(slots=True)
class Forms:
    """The forms of the values in a text.

    Attributes:
        whole: of values as they stand.
        above: domains above a domain, registry keys above a path: only a domain or key is meant by these.
        with_paths, with_urls: whether paths and URLs inside of texts are asked for.
        with_above: whether domains above those in texts are.
        with_texts: whether texts as a whole are, beside the words in them.
    """

    whole: set[str] = field(default_factory=set)
    above: set[str] = field(default_factory=set)
    with_paths: bool = True
    with_urls: bool = True
    with_above: bool = True
    with_texts: bool = True


def observables_of(name: str, value: Value) -> Forms:
    """Return the forms of all values that a native field holds."""
    extract = EXTRACTORS[role_of(name)]
    found = Forms()
    for part in parts_of(value):
        extract(part, found)
    return found


def texts_of(value: Value) -> list[str]:
    """Return the texts of a value; a number's text is JSON's, and yes or no is none."""
    return [
        part if isinstance(part, str) else text_of(part)
        for part in (value if isinstance(value, tuple) else (value,))
        if part is not None and not isinstance(part, bool)
    ]


def parts_of(value: Value) -> list[str]:
    """Return the texts of a value that say anything, each cut to what is looked at."""
    return [text[:OBSERVED_TEXT_LIMIT] for text in texts_of(value) if text not in _NO_VALUE]


def overflows(text: str, *, with_urls: bool = True, with_paths: bool = True) -> bool:
    """Say whether a text holds more than is looked up of it."""
    if len(text) > OBSERVED_TEXT_LIMIT or (with_urls and text.count("://") > OBSERVED_PLACES_LIMIT):
        return True
    if not with_paths or text.count("\\") + text.count("/") <= OBSERVED_PLACES_LIMIT:
        return False
    return any(next(islice(begins.finditer(text), OBSERVED_PLACES_LIMIT, None), None) for begins in _BEGINS)


def many_at_once(role: Role, texts: Sequence[str], found: Forms) -> bool:
    """Add what texts of one role hold, and perhaps more that only their neighbourhood makes.

    Returns:
        Whether nothing is missing: texts that hold very many paths or URLs together have to be looked at one by one.
    """
    extract = EXTRACTORS[role]
    if extract not in (_text, _addresses):
        for text in texts:
            extract(text, found)
        return True
    joined = "\n".join(texts)
    if overflows(joined, with_urls=found.with_urls, with_paths=found.with_paths):
        return False
    if extract is _addresses:
        for text in texts:
            if ":" in text:
                found.whole.update(address_forms(text.strip()))
    _text(joined, found)
    if found.with_texts:
        found.whole.update([text.strip().casefold() for text in texts if len(text) <= INDICATOR_VALUE_LIMIT])
    return True


def address_forms(text: str) -> tuple[str, ...]:
    """Return the forms of an address, none where it is none."""
    if is_ipv4(text):
        return (text,)
    if text.count(":") < _COLONS or len(text) > OBSERVED_WORD_LIMIT:
        return ()
    try:
        address = ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return ()
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (str(mapped),) if mapped is not None else (address.compressed,)


def _hashes(text: str, found: Forms) -> None:
    """Hashes in a text such as ``SHA256=…,MD5=…``."""
    for part in text.lower().replace(";", ",").split(","):
        digits = part.rpartition("=")[2].strip().removeprefix("0x")
        if len(digits) in _HASH_LENGTHS:
            found.whole.add(digits)


def _addresses(text: str, found: Forms) -> None:
    """Addresses, or names in their place."""
    stripped = text.strip()
    forms = address_forms(stripped)
    if forms:
        found.whole.update(forms)
    else:
        _text(stripped, found)


def _host(text: str, found: Forms) -> None:
    """A name, with the domains above it, or an address."""
    name = text.strip().strip("\\")
    forms = address_forms(name)
    if forms:
        found.whole.update(forms)
    elif len(name) <= OBSERVED_WORD_LIMIT:
        try:
            form = domain_form(name)
        except FormError:
            # Names in logs need not be sound: "_ldap._tcp.example.com", or what somebody tunnels through names.
            form = name.casefold().strip(".")
        found.whole.add(form)
        found.above.update(parents_of(form)[1:])


def _path(text: str, found: Forms) -> None:
    """A path, as it is and with any user in it, and the name of its file."""
    form = path_form(text)
    if "\\" in form:
        found.whole.update(path_candidates(form))
    name = name_of(form)
    if name:
        found.whole.add(name)
        if ":" in name:
            # A stream of a file: "name.exe:Zone.Identifier".
            found.whole.add(name.partition(":")[0])
            found.whole.update(path_candidates(form[: len(form) - len(name) + name.index(":")]))


def _registry(text: str, found: Forms) -> None:
    """A registry path, as it is and with any user in it, and all above it."""
    for form in registry_candidates(registry_form(text)):
        found.whole.add(form)
        found.above.update(registry_parents(form)[1:])


def _object(text: str, found: Forms) -> None:
    """An object of a Security event: of a file, or of the registry."""
    if is_registry(text):
        _registry(text, found)
    else:
        _path(text, found)


def _folded(text: str, found: Forms) -> None:
    """A text as a whole."""
    found.whole.add(text.strip().casefold())


def _text(text: str, found: Forms) -> None:
    """What a text holds: hashes, addresses, domains, names of files, URLs, paths; and the text as a whole."""
    _words(text, found)
    if found.with_urls and "://" in text:
        for url in urls_in(text):
            found.whole.update(url_candidates(url))
    if text.count(":") >= _COLONS:
        with_colons = " ".join([word for word in set(text.split()) if word.count(":") >= _COLONS])
        for word in {word for word in _ADDRESS_6.findall(with_colons) if word.count(":") >= _COLONS}:
            found.whole.update(address_forms(word))
    if found.with_paths and ("\\" in text or "/" in text):
        _paths(text, found)
    if found.with_texts and len(text) <= INDICATOR_VALUE_LIMIT:
        found.whole.add(text.strip().casefold())


def _words(text: str, found: Forms) -> None:
    # Bytes are translated in one go, several times faster than characters; Unicode's blanks part words anyway.
    folded = text.casefold().encode("utf-8", "surrogatepass").translate(_SEPARATORS)
    words = set(folded.decode("utf-8", "surrogatepass").split())
    found.whole.update(words)
    above = found.above
    for word in [word for word in words if "." in word and len(word) <= OBSERVED_WORD_LIMIT]:
        name = word.strip(".")
        found.whole.add(name)
        if not name.isascii():
            _name_in_other_letters(name, found)
            continue
        if not found.with_above:
            continue
        labels = name.rsplit(".", OBSERVED_LABELS_LIMIT)
        parent = labels[-1]
        for label in reversed(labels[1:-1]):
            parent = f"{label}.{parent}"
            above.add(parent)


def _name_in_other_letters(name: str, found: Forms) -> None:
    try:
        form = domain_form(name)
    except FormError:
        return
    found.whole.add(form)
    found.above.update(parents_of(form)[1 : OBSERVED_LABELS_LIMIT + 1])


def urls_in(text: str) -> list[str]:
    """Return the forms of the URLs in a text, up to a limit."""
    found: list[str] = []
    place = text.find("://")
    tried = 0
    while place >= 0 and tried < OBSERVED_PLACES_LIMIT:
        tried += 1
        scheme = _SCHEME.search(text, max(place - _WORDS_BEFORE, 0), place)
        end = _URL_ENDS.search(text, place, place + INDICATOR_VALUE_LIMIT)
        last = end.start() if end is not None else min(len(text), place + INDICATOR_VALUE_LIMIT)
        if scheme is not None:
            url = text[scheme.start() : last]
            for candidate in dict.fromkeys((url, url.rstrip(_CLOSING))):
                try:
                    found.append(url_form(candidate))
                except FormError:
                    continue
        place = text.find("://", place + 3)
    return found


def _paths(text: str, found: Forms) -> None:
    """Paths in a text; where one may end at a blank, which it may also hold, several ends are tried."""
    for begins, take in ((_PATH_BEGINS, _path), (_REGISTRY_BEGINS, _registry)):
        for match in islice(begins.finditer(text), OBSERVED_PLACES_LIMIT):
            end = _PATH_ENDS.search(text, match.end(), match.start() + _PATH_LENGTH)
            whole = text[match.start() : end.start() if end is not None else match.start() + _PATH_LENGTH]
            ends = [len(whole)]
            blank = whole.find(" ")
            while blank >= 0 and len(ends) <= _BLANKS_IN_PATH:
                ends.append(blank)
                blank = whole.find(" ", blank + 1)
            for last in ends:
                take(whole[:last].rstrip(" ,;)"), found)


def _port(text: str, found: Forms) -> None:
    found.whole.add(text.strip())


def _nothing(text: str, found: Forms) -> None:
    del text, found


EXTRACTORS: Final[dict[Role, Callable[[str, Forms], None]]] = {
    "hashes": _hashes,
    "addresses": _addresses,
    "hosts": _host,
    "paths": _path,
    "names": _folded,
    "registry": _registry,
    "objects": _object,
    "registry_data": _text,
    "urls": _text,
    "user_agents": _folded,
    "detections": _folded,
    "fingerprints": _folded,
    "ports": _port,
    "text": _text,
    "ignored": _nothing,
}
"""Adds what a field of a role holds."""
