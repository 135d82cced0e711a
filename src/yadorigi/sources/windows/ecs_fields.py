"""Fields of a Windows event that Elastic's pipelines moved elsewhere, found again by data (``ecs_fields.toml``).

Elastic's modules for Sysmon and PowerShell do not copy fields into the Elastic Common Schema but move them there.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Final

import rtoml

from yadorigi.errors import ContentError

_JOINED: Final = "\\"
_HASHES: Final = {"md5": "MD5", "sha1": "SHA1", "sha256": "SHA256", "imphash": "IMPHASH"}


def native_fields(provider: Any, event_id: Any, record: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return the fields that the event had under its own names and that stand elsewhere in the record now."""
    if not isinstance(provider, str):
        return {}
    found: dict[str, Any] = {}
    for name, places in _table().get(provider, {}).get(str(event_id), {}).items():
        if places[-1].endswith(".hash"):
            value: Any = _hashes(_at(record, places[-1]))
        else:
            values = [_at(record, place) for place in places]
            stated = [value for value in values if value is not None and value != ""]
            value = _JOINED.join(map(str, stated)) if len(places) > 1 else next(iter(stated), None)
        if value is not None and value != "":
            found[name] = value
    return found


def _at(record: dict[str, Any], place: str) -> Any:  # noqa: ANN401 - any JSON value
    value: Any = record
    for part in place.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _hashes(stated: Any) -> str | None:  # noqa: ANN401 - any JSON value
    if not isinstance(stated, dict):
        return None
    return ",".join(f"{_HASHES[name]}={stated[name]}" for name in _HASHES if isinstance(stated.get(name), str))


@cache
def _table() -> dict[str, dict[str, dict[str, list[str]]]]:
    """Return provider, event id and native field to where it stands: several places are joined by a backslash."""
    path = files("yadorigi") / "content" / "windows" / "ecs_fields.toml"
    table: dict[str, dict[str, dict[str, list[str]]]] = {}
    try:
        for provider, by_ids in rtoml.loads(path.read_text(encoding="utf-8")).items():
            for ids, fields in by_ids.items():
                for event_id in ids.split(","):
                    known = table.setdefault(provider, {}).setdefault(event_id.strip(), {})
                    known.update({name: [at] if isinstance(at, str) else at for name, at in fields.items()})
    except (rtoml.TomlParsingError, AttributeError) as error:
        raise ContentError(f"{path}: {error}") from error
    return table
