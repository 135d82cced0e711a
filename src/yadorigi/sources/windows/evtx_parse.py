"""Calls the `evtx` parser on chunks, past its errors and its panics."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, Final, TypeAlias

import evtx

from yadorigi.sources.windows.evtx_chunk import COMMON_TABLES, FIRST_RECORD, Octets, file_header

Row: TypeAlias = tuple[str, str, int]
_ROW: Final[Callable[[Any], Row]] = itemgetter("data", "timestamp", "event_record_id")
"""What is kept of the parser's record: its JSON, the time in its header, its number."""


_NO_TABLES: Final = bytes(FIRST_RECORD - COMMON_TABLES)


def parsed(chunks: Sequence[Octets], errors_limit: int) -> tuple[list[Row], list[str]]:
    """Return the records that the parser gives, past as many errors as allowed, and the errors.

    The chunks' tables of common names and templates are emptied for it: records spell both out where they are first
    used (checked: the same records, a little sooner), and the parser follows chains in them that lead in circles
    without end.
    """
    rows: list[Row] = []
    errors: list[str] = []
    try:
        parts: list[Octets] = [file_header(len(chunks))]
        for chunk in chunks:
            parts += (chunk[:COMMON_TABLES], _NO_TABLES, memoryview(chunk)[FIRST_RECORD:])
        records = evtx.PyEvtxParser(io.BytesIO(b"".join(parts)), number_of_threads=1).records_json()
        while len(errors) <= errors_limit:
            try:
                rows.extend(map(_ROW, records))
                break
            except RuntimeError as error:
                errors.append(str(error))
    except (RuntimeError, OSError) as error:
        errors.append(str(error))
    except BaseException as error:
        # A panic of the native parser is no Exception, and its class cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        errors.append(f"the parser gave up: {error}")
    return rows, errors
