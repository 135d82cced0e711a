"""What the writer refuses. All of it is wrong in the description: nothing is written then."""

from __future__ import annotations


class EvtxWriterError(ValueError):
    """A description that cannot be written as it is; the base of the others."""


class DescriptionError(EvtxWriterError):
    """A value does not fit its type, or a text is not what it should be."""


class RecordTooLargeError(EvtxWriterError):
    """A record does not fit into a chunk of 64 KiB, or a part of it does not fit the field that holds its length."""


class PlaceError(EvtxWriterError):
    """A file has no such chunk, record, table or field."""
