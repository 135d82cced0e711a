"""Writes the logs of the story: reads the records of the hosts, gives one EVTX file per host and channel."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from evtx_writer import EvtxFile
from two_sites_story.kinds import KINDS
from two_sites_story.records import COLLECTED, Record, as_event

if TYPE_CHECKING:
    from pathlib import Path

    from two_sites_story.machine import Machine


def by_channel(machine: Machine) -> dict[str, list[Record]]:
    """The records of each channel in the order of time; what would come after the logs were copied is in none."""
    channels: dict[str, list[Record]] = defaultdict(list)
    for record in sorted(machine.records, key=lambda record: record.ticks):
        if record.ticks < COLLECTED and not machine.is_too_late(record):
            channels[KINDS[record.kind].channel].append(record)
    return dict(sorted(channels.items()))


def clearings(machine: Machine) -> dict[str, int]:
    """When each cleared channel was cleared. Of such a channel only what came later is left, its 1102 included."""
    cleared: dict[str, int] = {}
    for record in machine.records:
        if record.kind == "Security/1102":
            cleared["Security"] = record.ticks
        elif record.kind == "System/104":
            cleared[str(record.payload["Channel"])] = record.ticks
    return cleared


def file_name(channel: str) -> str:
    """The name that Windows gives the file of a channel."""
    return channel.replace("/", "%4") + ".evtx"


def write_machine(machine: Machine, folder: Path) -> list[dict[str, str | int]]:
    """Write the files of one host into a folder and give the truth about them: which records are the intruder's."""
    truth: list[dict[str, str | int]] = []
    begins = {**machine.rotated, **clearings(machine)}
    folder.mkdir(parents=True, exist_ok=True)
    for number, (channel, records) in enumerate(by_channel(machine).items()):
        log = EvtxFile()
        first = machine.first_record + number * 7919
        for record_id, record in enumerate(records, start=first):
            if record.ticks < begins.get(channel, 0):
                continue
            log.add(as_event(record, record_id, machine.computer))
            if record.mark is not None:
                where: dict[str, str | int] = {
                    "site": machine.site,
                    "host": machine.computer,
                    "channel": channel,
                    "record_id": record_id,
                    "step": record.mark.step,
                    "technique": record.mark.technique,
                }
                truth.append(where)
        (folder / file_name(channel)).write_bytes(log.to_bytes())
    return truth
