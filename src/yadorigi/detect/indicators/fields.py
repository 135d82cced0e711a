"""What a field of a Windows event can hold, as data (``content/windows/indicator_fields.toml``)."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import rtoml

from yadorigi.errors import ContentError

if TYPE_CHECKING:
    from yadorigi.schema.indicator import IndicatorType

Role: TypeAlias = Literal[
    "hashes", "addresses", "hosts", "paths", "names", "registry", "objects", "registry_data", "urls", "user_agents",
    "detections", "fingerprints", "ports", "text", "ignored",
]  # fmt: skip

_FOUND_IN_TEXT: Final[tuple[IndicatorType, ...]] = (
    "sha256", "sha1", "md5", "imphash", "ipv4", "ipv6", "cidr", "domain", "url", "file_name", "file_path",
    "registry_key", "registry_value", "user_agent", "command_line", "detection_name", "ja3", "ja4",
)  # fmt: skip
TYPES_OF: Final[dict[Role, frozenset[IndicatorType]]] = {
    "hashes": frozenset({"sha256", "sha1", "md5", "imphash"}),
    "addresses": frozenset({"ipv4", "ipv6", "cidr", "domain"}),
    "hosts": frozenset({"domain", "ipv4", "ipv6", "cidr"}),
    "paths": frozenset({"file_path", "file_name"}),
    "names": frozenset({"file_name"}),
    "registry": frozenset({"registry_key", "registry_value"}),
    "objects": frozenset({"file_path", "file_name", "registry_key", "registry_value"}),
    "registry_data": frozenset({"registry_data", *_FOUND_IN_TEXT}),
    "urls": frozenset({"url", "domain", "ipv4", "ipv6", "cidr", "file_name"}),
    "user_agents": frozenset({"user_agent"}),
    "detections": frozenset({"detection_name"}),
    "fingerprints": frozenset({"ja3", "ja4", "md5"}),
    "ports": frozenset({"port"}),
    "text": frozenset(_FOUND_IN_TEXT),
    "ignored": frozenset(),
}
"""Types of indicators that a field of a role can hold."""


_NO_TEXT: Final = re.compile(
    r".*(?:G[Uu][Ii][Dd]|S[Ii][Dd]|I[Dd]|Count|Size|Time|Code|Flags?|State|Status|Length|Version|Index|Level|Duration|Bytes"
    r"|Bias|Mask|HResult|HRESULT|Pid|Tid|Luid|Enabled)|(?:Is|Has)[A-Z].*|Parameter\d+Name",
    re.DOTALL,
).fullmatch
"""Names of fields that hold numbers, ids, times, yes or no."""


@lru_cache(maxsize=1)
def _roles() -> dict[str, Role]:
    path = files("yadorigi") / "content" / "windows" / "indicator_fields.toml"
    found: dict[str, Role] = {}
    try:
        for role, names in rtoml.loads(path.read_text("utf-8")).items():
            if role not in TYPES_OF:
                raise ContentError(f"{path}: no such role: {role}")
            found.update((name.lower(), role) for name in names)
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ContentError(f"{path}: {error}") from error
    return found


@lru_cache(maxsize=65_536)
def role_of(name: str) -> Role:
    """Return what a native field holds by its name.

    A name that is not listed is one of a text, unless its end says that it is a number, an id or a time.
    """
    return _roles().get(name.lower()) or ("ignored" if _NO_TEXT(name) else "text")


@lru_cache(maxsize=1)
def _layouts() -> dict[tuple[str, int], tuple[str, ...]]:
    """Return provider (in lower case) and event id to the names of the fields of all versions."""
    path = files("yadorigi") / "content" / "windows" / "event_fields.toml"
    found: dict[tuple[str, int], dict[str, None]] = {}
    try:
        for provider, events in rtoml.loads(path.read_text("utf-8")).items():
            for key, layouts in events.items():
                names = found.setdefault((provider.lower(), int(key.partition("v")[0])), {})
                for layout in layouts:
                    names.update(dict.fromkeys(name.removesuffix(":x") for name in layout))
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ContentError(f"{path}: {error}") from error
    return {key: tuple(names) for key, names in found.items()}


def known_fields(provider: str, event_id: int) -> tuple[str, ...]:
    """Return the names of the fields of a kind of event whose layout is known, empty for another one."""
    return _layouts().get((provider.lower(), event_id), ())
