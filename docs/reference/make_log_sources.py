"""Write the tables of docs/reference/log-sources.md from the data.

Run as ``python docs/reference/make_log_sources.py``; a test holds the page in step.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from yadorigi.languages.sigma.line_log_sources import LineData, read_line_data
from yadorigi.languages.sigma.log_sources import Data, read_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAGE: Final = Path(__file__).with_name("log-sources.md")


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    for row in (head, tuple("---" for _ in head), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def codes(names: Iterable[object], between: str = ", ") -> str:
    """Return names as code."""
    return between.join(f"`{name}`" for name in names)


def category_rows(data: Data) -> Iterator[tuple[str, ...]]:
    """Yield one row for each part of each category."""
    for name, group in sorted(data.categories.items()):
        for events in group:
            where = [f"`{field}` is {codes(values, ' or ')}" for field, values in events.where.items()]
            origin = f"service `{events.service}`" if events.service else f"provider {codes(events.providers)}"
            ids = ", ".join(map(str, events.event_ids)) or "any"
            sets = (*(data.services[events.service].fields if events.service else ()), *events.fields)
            yield (f"`{name}`", origin, ids, "; ".join(where), codes(sets), events.note)


def line_rows(data: Iterable[LineData]) -> Iterator[tuple[str, ...]]:
    """Yield one row for each sort of events of logs that are none of Windows."""
    rows = (
        (
            codes(events.product, " or "),
            codes(events.service, " or "),
            codes(events.category, " or "),
            codes(events.channels, "<br>"),
            ", ".join(map(str, events.event_ids)) or "any",
            "; ".join(f"`{field}` is {codes(values, ' or ')}" for field, values in events.where.items()),
            codes(events.fields),
            events.note,
        )
        for part in data
        for events in part.events
    )
    yield from sorted(rows)


def line_field_rows(data: Iterable[LineData]) -> Iterator[tuple[str, ...]]:
    """Yield one row for each field that is made of others, or has another name."""
    for part in data:
        for set_name, group in sorted(part.fields.items()):
            for name, field in group.items():
                how = f"`{field.function}`" if field.function else "as it is"
                yield f"`{set_name}`", f"`{name}`", codes(field.inputs), how


def tables(data: Data) -> dict[str, list[str]]:
    """Return the page's tables by name."""
    lines = tuple(read_line_data())
    services = [
        (f"`{name}`", codes(s.channels, "<br>"), codes(s.providers_if_no_channel, "<br>"), codes(s.fields), s.note)
        for name, s in sorted(data.services.items())
    ]
    fields = [
        (f"`{set_name}`", f"`{name}`", codes(field.inputs), f"`{field.function}`" if field.function else "as it is")
        for set_name, group in data.fields.items()
        for name, field in group.items()
    ]
    return {
        "categories": list(
            table(("category", "events of", "event ids", "and", "field sets", "note"), category_rows(data))
        ),
        "services": list(table(("service", "channels", "providers, if no channel", "field sets", "note"), services)),
        "fields": list(table(("field set", "Sigma field", "of native fields", "how"), fields)),
        "lines": list(
            table(
                ("product", "service", "category", "channels", "event ids", "and", "field sets", "note"),
                line_rows(lines),
            )
        ),
        "line fields": list(table(("field set", "Sigma field", "of native fields", "how"), line_field_rows(lines))),
    }


def page() -> str:
    """Return the page with its tables made anew; its text stays as it is."""
    text = PAGE.read_text(encoding="utf-8")
    for name, lines in tables(read_data()).items():
        begin, end = f"<!-- table {name}: made from the data -->\n", f"<!-- end of {name} -->"
        before, found, rest = text.partition(begin)
        _, found_end, after = rest.partition(end)
        if not found or not found_end:
            raise ValueError(f"{PAGE.name} has no place for table {name}")
        text = before + begin + "\n" + "\n".join(lines) + "\n\n" + end + after
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
