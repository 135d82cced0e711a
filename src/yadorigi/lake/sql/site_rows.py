"""The table of sites: of which site the events of a host in a file are. It is made when somebody asks for it.

Events are stored without their sites: the same content may lie in the folders of two sites, and is stored once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from yadorigi.errors import CaseError
from yadorigi.lake.commits import FILES
from yadorigi.lake.files import stored_files
from yadorigi.lake.part_files import opened_part, read_group
from yadorigi.limits import SITE_ROWS_LIMIT
from yadorigi.schema.ocsf_arrow import OWN_COLUMNS
from yadorigi.schema.sites import Sites

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from yadorigi.lake.commits import Lake
    from yadorigi.schema.sites import Site

SITES_SCHEMA: Final = pa.schema(
    [
        pa.field("file", pa.int64(), nullable=False),
        pa.field("host", pa.string()),
        pa.field("site", pa.string()),
        pa.field("events", pa.int64(), nullable=False),
    ]
)
_KEYS: Final = ["file", "host"]


@dataclass(frozen=True)
class SiteRows:
    """The rows of a case's table of sites.

    Attributes:
        lake: with the events.
        sites: gives what the settings say that the case was hunted with; it may raise `CaseError`.
    """

    lake: Lake
    sites: Callable[[], Sequence[Site]]

    @cached_property
    def table(self) -> pa.Table:
        """Return the table, by file and host.

        Raises:
            CaseError: a part of the lake cannot be read, or there are more hosts than can be told apart.
        """
        files = {file.number: file for file in stored_files(self.lake)}
        given = self.sites()
        by_rest: dict[str | None, Sites] = {}
        found = self._hosts()
        sites = []
        for number, host in zip(found.column("file").to_pylist(), found.column("host").to_pylist(), strict=True):
            file = files[number]
            own = by_rest.setdefault(file.site, Sites(given, file.site))
            sites.append(own.of(host or "", file.path))
        made = found.append_column("site", pa.array(sites, pa.string()))
        return made.select(SITES_SCHEMA.names).cast(SITES_SCHEMA)

    def _hosts(self) -> pa.Table:
        """Return each file and host with the number of its events."""
        found = SITES_SCHEMA.empty_table().drop_columns(["site"])
        for part in self.lake.parts:
            if part.table == FILES:
                continue
            path = self.lake.folder / part.path
            try:
                with opened_part(path, part.rows, pa.schema(OWN_COLUMNS)) as opened:
                    for number in range(opened.num_row_groups):
                        group = read_group(opened, path, number, ["yadorigi_file", "device.hostname"])
                        hosts = pc.struct_field(group.column("device").combine_chunks(), "hostname")
                        rows = pa.table({"file": group.column("yadorigi_file"), "host": hosts}).group_by(_KEYS)
                        counted = rows.aggregate([([], "count_all")]).rename_columns([*_KEYS, "events"])
                        found = pa.concat_tables([found, counted.cast(found.schema)])
            except (OSError, pa.ArrowException) as error:
                raise CaseError(f"{path} cannot be read ({error}); hunt its logs again") from error
            together = found.group_by(_KEYS).aggregate([("events", "sum")])
            found = together.rename_columns([*_KEYS, "events"]).cast(found.schema)
            if found.num_rows > SITE_ROWS_LIMIT:
                raise CaseError(f"the case has more than {SITE_ROWS_LIMIT:,} hosts in its files; ask for files.site")
        return found.sort_by([("file", "ascending"), ("host", "ascending")])
