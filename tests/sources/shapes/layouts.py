"""How programs lay records out in a file of JSON, or of XML."""

from __future__ import annotations

import json
import re
from typing import Any

Json = dict[str, Any]


def lines(records: list[Json]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def one_line_array(records: list[Json]) -> bytes:
    return json.dumps(records, ensure_ascii=False).encode()


def pretty_array(records: list[Json]) -> bytes:
    return b"\xef\xbb\xbf" + json.dumps(records, indent=4, ensure_ascii=False).replace("\n", "\r\n").encode()


def pretty_objects(records: list[Json]) -> bytes:
    return "\n".join(json.dumps(record, indent=2) for record in records).encode()


def numbered_objects(records: list[Json]) -> bytes:
    return "".join(f"Record {n}\n{json.dumps(record, indent=2)}\n" for n, record in enumerate(records, 1)).encode()


def utf_16_array(records: list[Json]) -> bytes:
    return json.dumps(records, indent=1, ensure_ascii=False).replace("\n", "\r\n").encode("utf-16")


def array_in_lines(records: list[Json]) -> bytes:
    return ("[\n" + ",\n".join(json.dumps(record) for record in records) + "\n]\n").encode()


def elastic_response(records: list[Json]) -> bytes:
    hits = {"total": {"value": len(records), "relation": "eq"}, "max_score": 1.0, "hits": records}
    return json.dumps({"took": 3, "timed_out": False, "_shards": {"total": 1}, "hits": hits}, indent=2).encode()


def graylog_answer(records: list[Json]) -> bytes:
    return json.dumps({"query": "*", "messages": records, "total_results": len(records)}).encode()


def zircolite_report(records: list[Json]) -> bytes:
    rules = [
        {"title": "r", "id": "x", "tags": ["attack.t1"], "count": len(part), "matches": part}
        for part in (records[::2], records[1::2])
        if part
    ]
    return json.dumps(rules, indent=4).encode()


# --- XML, from what evtx writes ---

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>\s*")


def bare(xml: str) -> str:
    """The event without the declaration."""
    return _DECLARATION.sub("", xml)


def wevtutil(events: list[str]) -> bytes:
    return "\r\n".join(bare(xml) for xml in events).encode()


def wevtutil_root(events: list[str]) -> bytes:
    return b"<Events>" + "\r\n".join(bare(xml) for xml in events).encode() + b"</Events>"


def event_viewer(events: list[str]) -> bytes:
    declared = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n<Events>'
    return b"\xef\xbb\xbf" + (declared + "".join(bare(xml) for xml in events) + "</Events>").encode()


def evtx_dump_xml(events: list[str]) -> bytes:
    return "".join(f"Record {number}\n{xml}\n" for number, xml in enumerate(events, 1)).encode()


def utf_16_xml(events: list[str]) -> bytes:
    return ('<?xml version="1.0" encoding="utf-16"?>\r\n' + "\r\n".join(map(bare, events))).encode("utf-16")


def splunk(events: list[str]) -> bytes:
    beside = {"_time": "2026-03-11T09:00:00.000+0900", "sourcetype": "XmlWinEventLog"}
    results = ({"preview": False, "result": {"_raw": bare(xml), **beside}} for xml in events)
    return "".join(f"{json.dumps(result)}\n" for result in results).encode()
