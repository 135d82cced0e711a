"""Which events of logs that are none of Windows a Sigma log source means: ``content/*/line_log_sources.toml``."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Final

import msgspec
import rtoml

from yadorigi.errors import ContentError
from yadorigi.languages.sigma.derive import FUNCTIONS

FILE: Final = "line_log_sources.toml"


class LineField(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Sigma field in the data: native fields and how it is made of them."""

    inputs: tuple[str, ...]
    function: str = ""


class LineEvents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Events that some log sources mean.

    Attributes:
        channels: of these events; all of a format's are named by its name and ``/*``.
        product, service, category: names that a log source may give, in lower case; it must give none that is not here.
        event_ids: only these, where any are named.
        where: native fields and values that they must have, one of each.
        fields: names of field sets.
        note: for readers of the reference page.
    """

    channels: tuple[str, ...]
    product: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    event_ids: tuple[int, ...] = ()
    where: dict[str, tuple[str, ...]] = {}
    fields: tuple[str, ...] = ()
    note: str = ""

    def means(self, category: str, product: str, service: str) -> bool:
        """Say whether a log source of these names, "" where it gives none, means these events."""
        stated = ((category, self.category), (product, self.product), (service, self.service))
        return all(not name or name in known for name, known in stated) and any(name for name, _ in stated)


class LineData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A data file as it stands."""

    events: tuple[LineEvents, ...]
    fields: dict[str, dict[str, LineField]] = {}


def read_line_data() -> Iterator[LineData]:
    """Give the shipped data, file by file.

    Raises:
        ContentError: it is broken; it names what is wrong.
    """
    families = sorted((files("yadorigi") / "content").iterdir(), key=lambda entry: entry.name)
    for path in (family / FILE for family in families if (family / FILE).is_file()):
        try:
            data = msgspec.convert(rtoml.loads(path.read_text("utf-8")), LineData, str_keys=True)
        except ValueError as error:
            raise ContentError(f"{path}: {error}") from error
        for problem in _problems(data):
            raise ContentError(f"{path}: {problem}")
        yield data


def _problems(data: LineData) -> Iterator[str]:
    for set_name, fields in data.fields.items():
        yield from (f"fields.{set_name}.{name} has no inputs" for name, own in fields.items() if not own.inputs)
        functions = {own.function for own in fields.values()} - {""}
        yield from (f"fields.{set_name}: no function {function!r}" for function in sorted(functions - FUNCTIONS.keys()))
    for events in data.events:
        yield from (f"no field set {used!r}" for used in events.fields if used not in data.fields)
        names = (*events.product, *events.service, *events.category, *events.channels)
        yield from (f"{name} is not in lower case" for name in names if name != name.casefold())
        if not events.channels:
            yield "events without channels"
        if len({name.endswith("/*") for name in events.channels}) > 1:
            yield f"{', '.join(events.channels)}: whole formats and single channels do not go together"
