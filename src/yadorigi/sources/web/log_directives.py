"""``LogFormat``, ``CustomLog`` and ``log_format``: directives of Apache and nginx that say how a line of a log looks.

Fields have the names of nginx's variables; Apache's codes are given the names of the variables that mean the same, a
header of the request is ``http_`` and its name (``%{User-Agent}i``: ``http_user_agent``), one of the response
``sent_http_``, and a code without such a variable has a name of its own (``%D``: ``request_time_us``).

Sources: Apache HTTP Server, Module mod_log_config, Custom Log Formats; nginx, Module ngx_http_log_module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

APACHE_TIME: Final = "apache_time"
"""Name of the value that is the time by Apache's ``%t``."""
_APACHE: Final = re.compile(r'^[ \t]*LogFormat[ \t]+"((?:[^"\\]|\\.)*)"', re.MULTILINE | re.IGNORECASE)
_CUSTOM_LOG: Final = re.compile(
    r'^[ \t]*CustomLog[ \t]+(?:"[^"]*"|\S+)[ \t]+"((?:[^"\\]|\\.)*)"', re.MULTILINE | re.IGNORECASE
)
_NGINX: Final = re.compile(
    r"""^[ \t]*log_format[ \t]+[\w.-]+\s+(?:escape=\w+\s+)?((?:'(?:[^'\\]|\\.)*'\s*|"(?:[^"\\]|\\.)*"\s*)+);""",
    re.MULTILINE,
)
_NGINX_PART: Final = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""")
_APACHE_CODE: Final = re.compile(r"%[!\d,]{0,64}[<>]?(?:\{([^}]{1,128})\})?(\^[a-z]{2}|[a-zA-Z%])")
_NGINX_CODE: Final = re.compile(r"\$(?:\{(\w{1,128})\}|(\w{1,128}))")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_MEANT: Final = {"t": "\t", "n": "\n"}
_CODES: Final = {
    "a": "remote_addr", "A": "server_addr", "B": "body_bytes_sent", "b": "body_bytes_sent", "D": "request_time_us",
    "f": "request_filename", "h": "remote_addr", "H": "server_protocol", "I": "request_length",
    "k": "connection_requests", "l": "remote_logname", "L": "request_log_id", "m": "request_method",
    "O": "bytes_sent", "p": "server_port", "P": "pid", "q": "query_string", "r": "request", "R": "handler",
    "s": "status", "S": "bytes_transferred", "t": APACHE_TIME, "T": "request_time", "u": "remote_user", "U": "uri",
    "v": "server_name", "V": "host", "X": "connection_status",
}  # fmt: skip
_NAMED: Final = {"i": "http_", "o": "sent_http_", "e": "env_", "n": "note_", "C": "cookie_", "^ti": "trailer_",
                 "^to": "sent_trailer_"}  # fmt: skip
_NUMBERS: Final = frozenset(
    {"status", "body_bytes_sent", "bytes_sent", "request_time", "request_time_us", "request_length", "server_port"}
    | {"pid", "msec", "connection", "connection_requests", "bytes_transferred", "remote_port"}
)
_LISTS: Final = re.compile(r"http_x_forwarded_for|upstream_\w+|proxy_add_x_forwarded_for").fullmatch
_TIMES: Final = frozenset({"time_local", "time_iso8601", "msec"})


class DirectiveError(ValueError):
    """A directive says a layout that cannot be read; the message says why."""


class Value(NamedTuple):
    """A value in a line.

    Attributes:
        name: of the field.
    """

    name: str


class Directive(NamedTuple):
    """How a line looks.

    Attributes:
        expression: of a whole line, with a group for each name.
        opening: the same without groups.
        names: of the fields, in order; one that comes again is the first one's.
    """

    expression: str
    opening: str
    names: tuple[str, ...]


def directives_in(text: str) -> Iterator[Directive]:
    """Give the directives of a configuration of Apache or nginx.

    Raises:
        DirectiveError: one of them cannot be read.
    """
    joined = text.replace("\\\r\n", "").replace("\\\n", "")
    for directive in (_APACHE, _CUSTOM_LOG):
        for found in directive.finditer(joined):
            yield _directive(list(_parts_of_apache(_unescaped(found[1]))))
    for found in _NGINX.finditer(text):
        whole = "".join(_unescaped(single or double) for single, double in _NGINX_PART.findall(found[1]))
        yield _directive(list(_parts_of_nginx(whole)))


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), text)


def _parts_of_apache(text: str) -> Iterator[str | Value]:
    end = 0
    for found in _APACHE_CODE.finditer(text):
        yield text[end : found.start()]
        end = found.end()
        argument, code = found.groups()
        yield "%" if code == "%" else Value(_name_of_apache(argument, code))
    yield text[end:]


def _name_of_apache(argument: str | None, code: str) -> str:
    if argument is None:
        name = _CODES.get(code)
        if name is None:
            raise DirectiveError(f"%{code} is no code of LogFormat")
        return name
    plain = re.sub(r"\W", "_", argument).lower()
    if code in _NAMED:
        return _NAMED[code] + plain
    if code == "t":
        return "msec" if argument.endswith("sec") and argument.removeprefix("begin:") == "msec" else APACHE_TIME
    if code in ("a", "p", "P", "T"):
        units = {"ms": "_ms", "us": "_us"} if code == "T" else {}
        return {"a": "peer_addr", "p": f"{plain}_port", "P": plain, "T": f"request_time{units.get(plain, '')}"}[code]
    return f"{_CODES.get(code, code)}_{plain}"


def _parts_of_nginx(text: str) -> Iterator[str | Value]:
    end = 0
    for found in _NGINX_CODE.finditer(text):
        yield text[end : found.start()]
        end = found.end()
        yield Value(found[1] or found[2])
    yield text[end:]


def _directive(parts: list[str | Value]) -> Directive:
    kept: list[str | Value] = []
    for part in parts:
        if isinstance(part, str) and kept and isinstance(kept[-1], str):
            kept[-1] += part
        elif part:
            kept.append(part)
    if kept and isinstance(kept[0], str) and kept[0].lstrip().startswith("{"):
        raise DirectiveError("a log in JSON, which is read without its directive")
    names: list[str] = []
    expression = opening = ""
    for place, part in enumerate(kept):
        if isinstance(part, str):
            expression += re.escape(part)
            opening += re.escape(part)
            continue
        behind = kept[place + 1] if place + 1 < len(kept) else ""
        if isinstance(behind, Value):
            raise DirectiveError(f"nothing stands between {part.name} and {behind.name}")
        value = _expression(part.name, behind[:1])
        expression += f"({value})"
        opening += f"(?:{value})"
        names.append(part.name)
    if not _TIMES & set(names) and APACHE_TIME not in names:
        raise DirectiveError("a line without a time")
    return Directive(expression, opening, tuple(names))


def _expression(name: str, behind: str) -> str:
    """Return what a value may be, by its name and by what follows it: nothing that could be read in two ways."""
    if name == APACHE_TIME:
        if behind in ("]", '"'):
            return rf"[^{re.escape(behind)}]{{1,64}}"
        return r"\[[^\]]{1,64}\]|[^\s\"]{1,64}"
    if name == "time_local":
        return r"\d{1,2}/[A-Za-z]{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}"
    if name in _NUMBERS:
        return r"-|[+-]?\d{1,20}(?:\.\d{1,9})?"
    if behind == '"':
        return r'(?:[^"\\]|\\.)*'
    if not behind:
        return ".*"
    if behind == " " and name == "request":
        return r"[^ ]+ [^ ]+ [A-Z]{1,10}/[\d.]{1,5}|[^ ]*"
    if behind == " " and _LISTS(name):
        return r"[^ ,]*(?:(?:, | : )[^ ,]+)*"
    return rf"[^{re.escape(behind)}]*"
