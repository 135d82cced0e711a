"""Writes Windows event log files (EVTX) from plain descriptions, whole or damaged on purpose."""

from evtx_writer.elements import (
    CData,
    CharacterReference,
    Element,
    EntityReference,
    Nested,
    ProcessingInstruction,
    Substitution,
    Template,
    TemplateInstance,
    Text,
    element,
)
from evtx_writer.errors import DescriptionError, EvtxWriterError, RecordTooLargeError
from evtx_writer.event import EventRecord
from evtx_writer.file import BinXmlRecord, EvtxFile, FileSettings, evtx_bytes, write_evtx
from evtx_writer.times import Time, filetime_of, time_text
from evtx_writer.values import ARRAY, Plain, Value, ValueType, value_of

__all__ = [
    "ARRAY",
    "BinXmlRecord",
    "CData",
    "CharacterReference",
    "DescriptionError",
    "Element",
    "EntityReference",
    "EventRecord",
    "EvtxFile",
    "EvtxWriterError",
    "FileSettings",
    "Nested",
    "Plain",
    "ProcessingInstruction",
    "RecordTooLargeError",
    "Substitution",
    "Template",
    "TemplateInstance",
    "Text",
    "Time",
    "Value",
    "ValueType",
    "element",
    "evtx_bytes",
    "filetime_of",
    "time_text",
    "value_of",
    "write_evtx",
]
