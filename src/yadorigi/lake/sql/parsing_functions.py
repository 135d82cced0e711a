"""Functions for SQL that take texts apart or write values as Kusto does, by its documentation ("Scalar functions").

What they give for a text that is none of the kind is empty or missing, never an error: logs hold anything.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.parsers import expat

import pyarrow as pa
import re2

_SECOND: Final = 1_000_000
_DAY: Final = 86_400 * _SECOND
_KNOWN_LISTS: Final = 64
_XML_DEPTH: Final = 64
_TERM: Final = re.compile(r"[^\W_]+")
_CLOCK: Final = re.compile(r"(-?)(?:(\d{1,8})\.)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?")
_UNITS: Final = {"d": _DAY, "h": 3_600 * _SECOND, "m": 60 * _SECOND, "s": _SECOND, "ms": 1_000, "tick": 0.1}
_MOMENTS: Final = (
    "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y", "%Y/%m/%d %H:%M:%S", "%a, %d %b %Y %H:%M:%S %Z",
    "%d %b %Y %H:%M:%S", "%b %d %Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f",
)  # fmt: skip
_PATTERN: Final = re.compile(r"y{1,4}|M{1,4}|d{1,4}|h{1,2}|H{1,2}|m{1,2}|s{1,2}|f{1,7}|F{1,7}|t{1,2}")
_SPAN_PATTERN: Final = re.compile(r"d{1,8}|h{1,2}|H{1,2}|m{1,2}|s{1,2}|f{1,7}|F{1,7}")


@lru_cache(_KNOWN_LISTS)
def _wanted(listed: str, cased: bool) -> tuple[str, ...]:
    try:
        found = json.loads(listed)
    except (ValueError, RecursionError):
        found = listed
    texts = found if isinstance(found, list) else [found]
    shown = [one if isinstance(one, str) else json.dumps(one) for one in texts if one is not None]
    return tuple(dict.fromkeys(one if cased else one.casefold() for one in shown))


def _has(text: str, term: str, terms: frozenset[str]) -> bool:
    if _TERM.fullmatch(term):
        return term in terms
    start = text.find(term)
    while start >= 0:
        end = start + len(term)
        before = start == 0 or not term[:1].isalnum() or not text[start - 1].isalnum()
        if before and (end == len(text) or not term[-1:].isalnum() or not text[end].isalnum()):
            return True
        start = text.find(term, start + 1)
    return False


def terms(text: str, listed: str, how: str) -> bool:
    """Say whether terms of a list are in a text.

    Args:
        text: what is looked into.
        listed: JSON of a list of texts, or of one.
        how: ``any`` or ``all`` of them; with ``_cs`` behind it letter case counts.
    """
    cased = how.endswith("_cs")
    compared = text if cased else text.casefold()
    own = frozenset(_TERM.findall(compared))
    found = (not term or _has(compared, term, own) for term in _wanted(listed, cased))
    return any(found) if how.startswith("any") else all(found)


def span(text: str) -> int | None:
    """Return the microseconds of a span as Kusto writes it (``1.02:03:04.5``, ``1d``, ``10m``)."""
    clock = _CLOCK.fullmatch(text.strip())
    if clock is not None:
        sign, days, hours, minutes, seconds, parts = clock.groups()
        found = int(days or 0) * _DAY + (int(hours) * 3_600 + int(minutes) * 60 + int(seconds or 0)) * _SECOND
        found += int((parts or "").ljust(7, "0")[:6])
        return -found if sign else found
    written = re.fullmatch(r"(-?\d{1,9}(?:\.\d{1,7})?)(d|h|ms|m|s|tick)?", text.strip())
    if written is None:
        return None
    return round(float(written.group(1)) * _UNITS[written.group(2) or "d"])


def moment(text: str) -> datetime | None:
    """Return the time, in UTC, of a text in one of the forms that Kusto documents."""
    told = text.strip()
    found = None
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        for form in _MOMENTS:
            try:
                found = datetime.strptime(told.removesuffix("Z").strip(), form)  # noqa: DTZ007 - UTC without a zone
                break
            except ValueError:
                continue
    if found is None:
        return None
    try:
        return found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return None


def format_moment(microseconds: int, form: str) -> str | None:
    """Return a time as ``format_datetime`` writes it."""
    try:
        time = datetime.fromtimestamp(microseconds // _SECOND, UTC).replace(microsecond=microseconds % _SECOND)
    except (ValueError, OverflowError, OSError):
        return None

    def part(found: re.Match[str]) -> str:
        code = found.group()
        match code[0]:
            case "y":
                return f"{time.year % 100:02}" if len(code) <= len("yy") else f"{time.year:04}"
            case "M":
                if len(code) > len("MM"):
                    return time.strftime("%b" if len(code) == len("MMM") else "%B")
                return str(time.month).zfill(len(code))
            case "d":
                if len(code) > len("dd"):
                    return time.strftime("%a" if len(code) == len("ddd") else "%A")
                return str(time.day).zfill(len(code))
            case "h":
                return str((time.hour + 11) % 12 + 1).zfill(len(code))
            case "t":
                return time.strftime("%p")[: len(code)]
            case _:
                return _clock_part(code, time.hour, time.minute, time.second, time.microsecond)

    return _PATTERN.sub(part, form)


def _clock_part(code: str, hour: int, minute: int, second: int, microsecond: int) -> str:
    match code[0]:
        case "h" | "H":
            return str(hour).zfill(len(code))
        case "m":
            return str(minute).zfill(len(code))
        case "s":
            return str(second).zfill(len(code))
        case "f":
            return f"{microsecond:06}0"[: len(code)]
        case _:
            return f"{microsecond:06}0"[: len(code)].rstrip("0")


def format_span(microseconds: int, form: str) -> str:
    """Return a span as ``format_timespan`` writes it."""
    rest = abs(microseconds)
    days, rest = divmod(rest, _DAY)
    seconds, parts = divmod(rest, _SECOND)

    def part(found: re.Match[str]) -> str:
        code = found.group()
        if code[0] == "d":
            return str(days).zfill(len(code))
        return _clock_part(code, seconds // 3_600, seconds // 60 % 60, seconds % 60, parts)

    return ("-" if microseconds < 0 else "") + _SPAN_PATTERN.sub(part, form)


def url_parts(text: str) -> str:
    """Return what ``parse_url`` gives, as JSON."""
    names = ("Scheme", "Host", "Port", "Path", "Username", "Password")
    found: dict[str, Any] = dict.fromkeys(names, "")
    query, fragment = "", ""
    try:
        parts = urlsplit(text.strip())
        if parts.scheme:
            address = parts.netloc.rpartition("@")[2]
            port = re.search(r":(\d+)$", address)
            query, fragment = parts.query, parts.fragment
            found = {
                "Scheme": parts.scheme, "Host": address[: port.start()] if port else address,
                "Port": port.group(1) if port else "", "Path": parts.path, "Username": parts.username or "",
                "Password": parts.password or "",
            }  # fmt: skip
    except ValueError:
        query = ""
    found |= {"Query Parameters": dict(parse_qsl(query, keep_blank_values=True)), "Fragment": fragment}
    return json.dumps(found, ensure_ascii=False)


def query_parts(text: str) -> str:
    """Return what ``parse_urlquery`` gives, as JSON."""
    try:
        found = dict(parse_qsl(text.lstrip("?"), keep_blank_values=True))
    except ValueError:
        found = {}
    return json.dumps({"Query Parameters": found}, ensure_ascii=False)


def path_parts(text: str) -> str:
    """Return what ``parse_path`` gives, as JSON."""
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]+)://", text)
    body = unquote(text[scheme.end() :]) if scheme else text
    stream = re.search(r"(?<=[^\\/]):([^\\/:]+)$", body) if not scheme else None
    alternate = stream.group(1) if stream and not re.fullmatch(r"[A-Za-z]", body[: stream.start()]) else ""
    if alternate:
        body = body[: -len(alternate) - 1]
    place = max(body.rfind("\\"), body.rfind("/"))
    file, folder = body[place + 1 :], body[:place] if place >= 0 else ""
    root = re.match(r"[A-Za-z]:|\\\\|/", body)
    dot = file.rfind(".")
    found = {
        "Scheme": scheme.group(1) if scheme else "",
        "RootPath": root.group() if root else "",
        "DirectoryPath": folder,
        "DirectoryName": re.split(r"[\\/]", folder)[-1] if folder else "",
        "Filename": file,
        "Extension": file[dot + 1 :] if dot >= 0 else "",
        "AlternateDataStreamName": alternate,
    }
    return json.dumps(found, ensure_ascii=False)


def arguments(text: str) -> str:
    """Return what ``parse_command_line(…, "windows")`` gives: the arguments as Windows' own C runtime takes them."""
    found: list[str] = []
    current, quoted, begun, slashes = "", False, False, 0
    for character in text:
        if character == "\\":
            slashes += 1
            continue
        if character == '"':
            current += "\\" * (slashes // 2)
            if slashes % 2:
                current += '"'
            else:
                quoted = not quoted
            slashes, begun = 0, True
            continue
        current, begun, slashes = current + "\\" * slashes, begun or slashes > 0, 0
        if character in " \t" and not quoted:
            if begun:
                found.append(current)
            current, begun = "", False
        else:
            current, begun = current + character, True
    current += "\\" * slashes
    if begun or slashes:
        found.append(current)
    return json.dumps(found, ensure_ascii=False)


class _Xml:
    """Makes of elements what ``parse_xml`` documents: names to texts, attributes with ``@``, many to a list."""

    def __init__(self) -> None:
        self.stack: list[tuple[str, dict[str, Any], list[str]]] = [("", {}, [])]

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.stack) > _XML_DEPTH:
            raise ValueError("too deep")
        self.stack.append((name, {f"@{one}": value for one, value in attributes.items()}, []))

    def end(self, _: str) -> None:
        name, found, texts = self.stack.pop()
        text = "".join(texts).strip()
        value: Any = found | ({"#text": text} if text else {}) if found else text
        parent = self.stack[-1][1]
        if name not in parent:
            parent[name] = value
        elif isinstance(parent[name], list):
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]

    def say(self, text: str) -> None:
        self.stack[-1][2].append(text)

    def refuse(self, *_: object) -> None:
        raise ValueError("declares entities")


def xml_document(text: str) -> str | None:
    """Return what ``parse_xml`` gives, as JSON; None where it is no XML, or declares entities."""
    parser = expat.ParserCreate()
    made = _Xml()
    parser.StartElementHandler, parser.EndElementHandler = made.begin, made.end
    parser.CharacterDataHandler = made.say
    parser.StartDoctypeDeclHandler = made.refuse
    try:
        parser.Parse(text.strip(), True)
    except (expat.ExpatError, ValueError):
        return None
    return json.dumps(made.stack[0][1], ensure_ascii=False)


def groups(text: str, pattern: str, chosen: str) -> str:
    """Return some groups of all matches of an expression of RE2, as JSON: a list for each match."""
    places = [int(place) for place in chosen.split("|")]
    found = [
        [one.group(place) or "" for place in places if place <= one.re.groups] for one in re2.finditer(pattern, text)
    ]
    return json.dumps(found, ensure_ascii=False)


def group(text: str, pattern: str, place: int) -> str:
    """Return a group of the first match of an expression of RE2; "" where there is none. DuckDB has nine groups."""
    found = re2.search(pattern, text)
    return (found.group(place) or "") if found is not None and place <= found.re.groups else ""


def compare_ipv4(one: str, other: str, prefix: int) -> int | None:
    """Return 0 where two addresses are equal in their first bits, else -1 or 1; a prefix of their own counts."""
    numbers, bits = [], prefix
    for text in (one, other):
        address, slash, own = text.strip().partition("/")
        try:
            numbers.append(int(ipaddress.IPv4Address(address)))
            bits = min(bits, int(own)) if slash else bits
        except ValueError:
            return None
    if not 0 <= bits <= 32:  # noqa: PLR2004 - bits of an address
        return None
    left, right = (number >> (32 - bits) for number in numbers)
    return (left > right) - (left < right)


def number_of_ipv4(text: str) -> int | None:
    """Return an address as a number; of one with a prefix, the number of its network."""
    try:
        return int(ipaddress.IPv4Interface(text.strip()).network.network_address)
    except ValueError:
        return None


def ipv4_of_number(number: int) -> str | None:
    """Return the address of a number."""
    try:
        return str(ipaddress.IPv4Address(number))
    except ValueError:
        return None


PARSING_FUNCTIONS: Final[dict[str, tuple[Callable[..., Any], tuple[str, ...], str, pa.DataType]]] = {
    "yadorigi_terms": (terms, ("VARCHAR", "VARCHAR", "VARCHAR"), "BOOLEAN", pa.bool_()),
    "yadorigi_group": (group, ("VARCHAR", "VARCHAR", "BIGINT"), "VARCHAR", pa.string()),
    "yadorigi_groups": (groups, ("VARCHAR", "VARCHAR", "VARCHAR"), "VARCHAR", pa.string()),
    "yadorigi_span_of": (span, ("VARCHAR",), "BIGINT", pa.int64()),
    "yadorigi_moment": (moment, ("VARCHAR",), "TIMESTAMP", pa.timestamp("us")),
    "yadorigi_format_moment": (format_moment, ("BIGINT", "VARCHAR"), "VARCHAR", pa.string()),
    "yadorigi_format_span": (format_span, ("BIGINT", "VARCHAR"), "VARCHAR", pa.string()),
    "yadorigi_url": (url_parts, ("VARCHAR",), "VARCHAR", pa.string()),
    "yadorigi_url_query": (query_parts, ("VARCHAR",), "VARCHAR", pa.string()),
    "yadorigi_path": (path_parts, ("VARCHAR",), "VARCHAR", pa.string()),
    "yadorigi_arguments": (arguments, ("VARCHAR",), "VARCHAR", pa.string()),
    "yadorigi_xml": (xml_document, ("VARCHAR",), "VARCHAR", pa.string()),
    "yadorigi_compare_ipv4": (compare_ipv4, ("VARCHAR", "VARCHAR", "BIGINT"), "BIGINT", pa.int64()),
    "yadorigi_ipv4_number": (number_of_ipv4, ("VARCHAR",), "BIGINT", pa.int64()),
    "yadorigi_ipv4_of": (ipv4_of_number, ("BIGINT",), "VARCHAR", pa.string()),
}
"""All of them by name: what works on one row, the types of its arguments, and of what it gives."""
