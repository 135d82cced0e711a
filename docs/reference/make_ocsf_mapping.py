"""Write docs/reference/ocsf-mapping.md from the mapping itself.

Run as ``python docs/reference/make_ocsf_mapping.py``; a test holds the page in step.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from yadorigi.schema.ocsf_arrow import OWN_COLUMNS
from yadorigi.schema.ocsf_mapping import Content, Leaf, Mapping, load
from yadorigi.schema.ocsf_transform import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE: Final = Path(__file__).with_name("ocsf-mapping.md")
_HEAD: Final = """# OCSF mapping

Generated from `src/yadorigi/content/windows/ocsf/*.toml` by `docs/reference/make_ocsf_mapping.py`. Do not edit.
Why it is as it is: [decision 0001](../adr/0001-event-schema.md). What other logs become, which are mapped in the same
language, is in a [list at the end](#other-logs), under [log formats](log-formats.md), and field by field in
`src/yadorigi/content/*/ocsf/`.

Events are normalised to OCSF {version} with the Windows extension (`win`) and the profile `host`. {count} mappings
cover {ids} event ids of {sources} sources; every other event becomes a Base Event.

## What every event has

| OCSF | from |
|---|---|
| `time` | the event's time, in milliseconds |
| `severity_id`, `severity` | `Level`: {severities}; absent or another level: Unknown |
| `class_uid`, `category_uid`, `activity_id`, `type_uid` and their names | the mapping |
| `metadata.version`, `.profiles`, `.extensions` | the OCSF version; `host`; the extension, for its own classes |
| `metadata.product` | the provider |
| `metadata.log_name`, `.log_provider`, `.event_code` | channel, provider, event id |
| `metadata.log_version` | `Version` |
| `metadata.uid` | the record id |
| `metadata.original_time` | `TimeCreated` as logged |
| `metadata.correlation_uid` | `Correlation_ActivityID` |
| `device.hostname` | `Computer` |
| `device.domain` | `Computer`, what follows its first dot |
| other leaves of `device` | the mapping: an appliance's own name (`name`), serial number (`uid`), model |
| `unmapped` | native fields that the mapping does not take, or whose value does not fit the OCSF type |

A field that the mapping takes and that is empty, `-`, a null SID or a null GUID is absent. What OCSF demands and the
log does not say is the empty string, 0 (unknown) or, for the actor, the provider's name.

## Columns beside OCSF's

Tables of events have these columns too, whatever the class; `unmapped` is none, because native fields are here whole.

| column | type | |
|---|---|---|
{own}

## The language of the files

- `[[event]]`: one mapping. `title`; `source` and `ids` say which events (no ids: all others of the source; no source:
  all others); `class` and `activity` (with `activity_name` where the activity is 99); `activity_from` reads the
  activity from a native field; `include` names fragments; `[event.fields]` adds to them or replaces their entries.
- A field is `"ocsf.path" = …`: a native field's name; a list of names, tried in order; `{{ field, as }}` with a
  transform; `{{ value }}`, or `{{ id, name }}` for a number with its caption, for a constant. `item = n` takes one
  unnamed `Data` element; `keep = true` leaves the native field among the unmapped ones too; `when = {{ field, is }}`
  takes it only if another native field is one of some words. `x[]` is a list of one object.
- `@host`, `@provider` and `@channel` are the event's own; `@Name` is a field of `System`.
- `choice:`, `flag:` and `lookup:` name a table of `tables.toml`, and `known:` one of `choice` where codes that it lacks
  are to say nothing; `detail:Key` reads `Key=…` from the text block of
  classic PowerShell events; `part:`, `part_ip:` and `part_port:` with a number and a separator take a part of a text
  (`part:1/` is `https` of `tcp/https`). `file`, `account`, `address`, `registry_value`, `registry_details` and
  `defender_file` fill several leaves from one field.
- `[formats.NAME.device]` says in which native fields a format's lines name the machine that writes them: leaves of
  `device`, for all events of the format.
- `sources.toml`, `classes.toml` and `demands.toml` say what providers, classes and required parts there are.

Transforms:

"""


_OWN: Final = {
    "yadorigi_data": "the native payload as a JSON object: the log's own text where it is a plain `EventData`",
    "yadorigi_system": "the `System` element as JSON, as read",
    "yadorigi_raw": "the whole record's JSON where the two above cannot hold it as it is, else null",
    "yadorigi_ticks": "the event's time: 100 ns since 1970-01-01 UTC",
    "yadorigi_channel": "the channel, empty where the event has none",
    "yadorigi_provider": "the provider, empty where the event has none",
    "yadorigi_source": "the provider's classic name, empty where the event has none",
    "yadorigi_event_id": "the event id, without its qualifiers",
    "yadorigi_file": "number of the input file",
    "yadorigi_record_id": "the record's own number in its channel, null where there is none",
    "yadorigi_line": "line of a text file, null where there is none",
}


def _own() -> Iterator[str]:
    for field in OWN_COLUMNS:
        nullable = ", or null" if field.nullable else ""
        yield f"| `{field.name}` | {field.type}{nullable} | {_OWN[field.name]} |"


def _kinds_of(mapping: Mapping) -> str:
    if not mapping.source:
        return "every event that no other mapping takes"
    return f"{mapping.source}: " + (", ".join(str(number) for number in mapping.ids) or "every other event")


def _native(leaf: Leaf) -> str:
    return f"`{leaf.field}`" if leaf.name == "text" else f"`{leaf.field}` as {leaf.name}"


def _rows(mapping: Mapping) -> Iterator[str]:
    paths = dict.fromkeys(leaf.path for leaf in mapping.leaves)
    for path in paths:
        yield f"| `{path}` | {', else '.join(_native(leaf) for leaf in mapping.leaves if leaf.path == path)} |"
    for path, value in mapping.constants.items():
        yield f"| `{path}` | always {value!r} |"


def _section(mapping: Mapping) -> Iterator[str]:
    ocsf = mapping.ocsf
    yield f"### {mapping.title} ({_kinds_of(mapping)})"
    yield ""
    activity = f"{ocsf.activity_name} ({ocsf.activity_id})"
    if mapping.activity_field:
        named = ", ".join(f"`{written}` = {number}" for written, number in mapping.activities.items())
        activity = f"by `{mapping.activity_field}`: {named}; absent: {activity}; otherwise 99 and the value"
    yield f"Activity: {activity}."
    yield ""
    rows = list(_rows(mapping))
    if rows:
        yield from ("| OCSF | native |", "|---|---|", *rows, "")


def _is_of_lines(content: Content, mapping: Mapping) -> bool:
    """Say whether a mapping is of a log that is none of Windows: those are on a page of their own, by channel."""
    channels = content.channels_of.get(mapping.source, ())
    return any(channel.partition("/")[0] in content.formats for channel in channels)


def _of_lines(content: Content) -> Iterator[str]:
    """Say of every format of lines which kinds of it become which classes."""
    classes: dict[str, dict[str, list[str]]] = {}
    for mapping in content.mappings:
        for channel in content.channels_of.get(mapping.source, ()):
            name, _, kind = channel.partition("/")
            if name in content.formats:
                kinds = classes.setdefault(name, {}).setdefault(mapping.ocsf.class_name, [])
                kinds += [] if (kind or "others") in kinds else [kind or "others"]
    yield from ("## Other logs", "", "By format, the kinds that become a class. `others` are kinds that have none.", "")
    yield from ("| format | class | kinds |", "|---|---|---|")
    for name, found in sorted(classes.items()):
        for number, (ocsf, kinds) in enumerate(sorted(found.items())):
            shown = ", ".join(f"`{kind}`" for kind in sorted(kinds))
            yield f"| {f'[`{name}`](log-formats.md#{name})' if not number else ''} | {ocsf} | {shown} |"


def page() -> str:
    """Return the page."""
    content: Content = load()
    mappings = [mapping for mapping in content.mappings if not _is_of_lines(content, mapping)]
    numbered = [mapping for mapping in mappings if mapping.ids]
    named = (f"{level} {name}" for level, (_, name) in content.severities.items())
    lines = [
        _HEAD.format(
            version=content.version,
            count=len(mappings),
            ids=sum(len(mapping.ids) for mapping in numbered),
            sources=len({mapping.source for mapping in numbered}),
            severities=", ".join(named),
            own="\n".join(_own()),
        ).rstrip(),
        "",
    ]
    for name, transform in sorted(PLAIN.items()):
        said = (transform.function.__doc__ or "").strip().split("\n\n")[0].replace("``", "`")
        lines.append(f"- `{name}`: {' '.join(said.split())}")
    for uid in sorted({mapping.ocsf.class_uid for mapping in mappings}):
        chosen = [mapping for mapping in mappings if mapping.ocsf.class_uid == uid]
        lines += ["", f"## {chosen[0].ocsf.class_name} ({uid})", ""]
        for mapping in chosen:
            lines += _section(mapping)
        lines.pop()
    lines += ["", *_of_lines(content)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
