"""Tells what a file of indicators is by its beginning, and reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from yadorigi.languages.indicators.csv_table import delimiter_of, header_in, read_table
from yadorigi.languages.indicators.decoding import encoding_of, lines_of
from yadorigi.languages.indicators.form_error import FormError
from yadorigi.languages.indicators.forms import recognised
from yadorigi.languages.indicators.misp import is_misp, read_misp
from yadorigi.languages.indicators.openioc import is_openioc, read_openioc
from yadorigi.languages.indicators.plain_list import read_plain_list
from yadorigi.languages.indicators.reading import Reading
from yadorigi.languages.indicators.stix import is_bundle, read_bundle
from yadorigi.limits import INDICATOR_DOCUMENT_LIMIT, INDICATOR_LINE_LIMIT

if TYPE_CHECKING:
    from yadorigi.languages.indicators.reading import Account
    from yadorigi.schema.indicator import IndicatorFile

_HEAD: Final = 4_096
_SAMPLE_LINES: Final = 50


def read_document(path: str, data: bytes, account: Account) -> IndicatorFile:
    """Read a file of indicators into a table; return the file's account."""
    reading = Reading(path, account)
    try:
        _read(data, reading)
    except FormError as error:
        reading.refuse(0, "", str(error))
    reading.finish()
    return reading.file


def _read(data: bytes, reading: Reading) -> None:
    _, mark = encoding_of(data[:_HEAD])
    head = data[mark : mark + _HEAD].replace(b"\0", b"").lstrip()
    if head[:1] in (b"{", b"["):
        _read_json(data, reading)
        return
    if head[:1] == b"<":
        _check_size(data)
        if not is_openioc(data):
            raise FormError("XML that is no OpenIOC document")
        reading.file.format = "openioc"
        read_openioc(data, reading)
        return
    lines = lines_of(data)
    sample = [lines.readline(INDICATOR_LINE_LIMIT) for _ in range(_SAMPLE_LINES)]
    if header_in(sample) is not None or (delimiter_of(sample) and not _are_values(sample)):
        reading.file.format = "csv"
        read_table(data, reading)
    else:
        reading.file.format = "list"
        read_plain_list(data, reading)


def _are_values(lines: list[str]) -> bool:
    """Say whether most lines are values as they stand, such as user agents, which hold semicolons."""
    wanted = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    whole = 0
    for line in wanted:
        try:
            kind, _, _ = recognised(line)
        except FormError:
            continue
        whole += kind not in ("url", "file_name", "registry_key", "file_path") or "," not in line
    return whole * 2 > len(wanted)


def _check_size(data: bytes) -> None:
    if len(data) > INDICATOR_DOCUMENT_LIMIT:
        raise FormError(f"over the limit of {INDICATOR_DOCUMENT_LIMIT} bytes for a document")


class _Peek(msgspec.Struct):
    type: Any = None
    objects: msgspec.Raw = msgspec.Raw(b"")


def _read_json(data: bytes, reading: Reading) -> None:
    _check_size(data)
    encoding, mark = encoding_of(data)
    if encoding != "utf-8" or mark:
        data = data[mark:].decode(encoding, "replace").encode("utf-8", "replace")
    try:
        peeked = msgspec.json.decode(data, type=_Peek) if data.lstrip()[:1] == b"{" else _Peek()
        if is_bundle({"type": peeked.type}):
            reading.file.format = "stix"
            del peeked
            read_bundle(data, reading)
            return
        document = msgspec.json.decode(data)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise FormError(f"JSON that cannot be read: {error}") from None
    if isinstance(document, dict) and isinstance(document.get("list"), list) and "name" in document:
        raise FormError("a warning list of MISP, no indicators: give it as a warning list")
    if is_misp(document):
        reading.file.format = "misp"
        read_misp(document, reading)
        return
    if _is_manifest(document):
        reading.file.format = "misp"
        reading.note(0, "", "the manifest of a MISP feed, which holds no indicators")
        return
    raise FormError("JSON of no form that is known: neither a STIX bundle nor of MISP")


def _is_manifest(document: object) -> bool:
    if not isinstance(document, dict) or not document:
        return False
    first = next(iter(document.values()))
    return isinstance(first, dict) and "info" in first and "Orgc" in first
