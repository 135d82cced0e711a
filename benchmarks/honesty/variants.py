"""The variants of the estate: what was done to it in each, by kinds, with the stories that each is played on."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from benchmarks.honesty import changes
from benchmarks.honesty.base import HOSTS, Story, estate
from benchmarks.honesty.clock import DAY, START, at
from benchmarks.honesty.kinds import APPLICATION, DEFENDER, POWERSHELL, SECURITY, SESSIONS, SYSMON, SYSTEM, TASKS
from benchmarks.honesty.logs import Estate, Form, Part

Change = Callable[[Estate], Estate]

OTHER_RULE: Final = b"""title: Nothing of the estate
id: 5f0b9a0e-3a4d-4a39-9a57-0c2f6d3d7a11
status: experimental
description: A rule that nothing here matches, for hunts in which the shipped pack is not loaded.
author: Yadorigi project
logsource: {product: windows, category: process_creation}
detection:
  selection: {CommandLine|contains: no-such-words-are-here}
  condition: selection
level: low
"""
RULE_FILE: Final = "rules/other.yml"
"""Where a variant's own rule lies, beside the folder of the estate."""
_STORIES: Final[tuple[Story, ...]] = ("clean", "intruded")
_SERVERS: Final = ("DC01", "JUMP01", "APP01", "FS02")
_DENSE: Final = (
    ("DC01", SECURITY),
    ("DC01", APPLICATION),
    ("DC01", SYSTEM),
    ("FS02", SECURITY),
    ("FS02", SYSTEM),
    ("JUMP01", SYSMON),
    ("JUMP01", SECURITY),
    ("APP01", SYSMON),
    ("APP01", SECURITY),
    ("PC11", SECURITY),
)
"""Logs that are written many times a day, with the hosts on which they matter."""
_SHORT: Final = {SYSMON: "Sysmon", DEFENDER: "Defender", TASKS: "Tasks", SESSIONS: "Sessions", POWERSHELL: "PowerShell"}


@dataclass(frozen=True)
class Variant:
    """One estate that is hunted.

    Attributes:
        name: what was done to which story.
        kind: the sort of change.
        story: the estate that it was done to.
        change: what was done.
    """

    name: str
    kind: str
    story: Story
    change: Change

    def build(self) -> Estate:
        """Return the estate."""
        return self.change(estate(self.story))


def _each(kind: str, what: str, change: Change, stories: tuple[Story, ...] = _STORIES) -> Iterator[Variant]:
    for story in stories:
        yield Variant(f"{kind}: {what} ({story})", kind, story, change)


def _label(host: str, channel: str) -> str:
    return f"{host} {_SHORT.get(channel, channel)}"


def variants() -> list[Variant]:
    """Return all variants, always the same ones in the same order."""
    plain = [
        *_whole(),
        *_removed(),
        *_cut(),
        *_cleared(),
        *_audit(),
        *_holes(),
        *_damaged(),
        *_silent(),
        *_harmless(),
        *_forms(),
        *_rules(),
        *_periods(),
    ]
    return [*plain, *_combined(plain)]


def _whole() -> Iterator[Variant]:
    for story in ("clean", "intruded", "cleared"):
        yield Variant(f"whole ({story})", "whole", story, lambda same: same)


def _removed() -> Iterator[Variant]:
    for host in HOSTS:
        logs = [SECURITY, SYSTEM, APPLICATION, DEFENDER]
        logs += [SYSMON] if HOSTS[host].sysmon else []
        logs += [TASKS, SESSIONS] if HOSTS[host].tasks else []
        for channel in logs:
            stories: tuple[Story, ...] = _STORIES if channel in (SECURITY, SYSMON, APPLICATION) else ("intruded",)
            yield from _each(
                "log removed",
                _label(host, channel),
                partial(changes.remove_logs, host=host, channels=(channel,)),
                stories,
            )
        yield from _each("host removed", host, partial(changes.remove_host, host=host))
    for host in ("JUMP01", "APP01"):
        yield from _each(
            "no process log",
            host,
            partial(_no_process_log, host=host),
        )


def _cut() -> Iterator[Variant]:
    for host, channel in _DENSE:
        for day, clock, stories in ((2, "15:20", _STORIES), (4, "12:40", _STORIES[::-1])):
            when = at(day, clock)
            what = f"{_label(host, channel)}, day {day}"
            yield from _each(
                "truncated",
                what,
                partial(changes.truncate, host=host, channel=channel, when=when),
                stories[:1],
            )
            yield from _each(
                "rotated",
                what,
                partial(changes.rotate, host=host, channel=channel, when=when),
                stories[1:],
            )
    for host in HOSTS:
        when = at(3, "11:00")
        yield from _each("collected early", host, partial(changes.collect_early, host=host, when=when))


def _cleared() -> Iterator[Variant]:
    logs = (*_DENSE, ("DC01", TASKS), ("FS02", APPLICATION))
    for host, channel in logs:
        for day, stories in ((2, _STORIES[:1]), (3, _STORIES[1:])):
            when = at(day, "10:20")
            yield from _each(
                "cleared",
                f"{_label(host, channel)}, day {day}",
                partial(changes.clear, host=host, channel=channel, when=when),
                stories,
            )
    for host in (*_SERVERS, "PC11"):
        when = at(3, "16:30")
        yield from _each(
            "made anew",
            _label(host, SECURITY),
            partial(changes.make_anew, host=host, channel=SECURITY, when=when),
        )
    for host in ("DC01", "FS02", "PC11"):
        archived, when = at(2, "06:10"), at(4, "09:15")
        yield from _each(
            "archived, then cleared",
            host,
            partial(changes.archive_then_clear, host=host, channel=SECURITY, archived=archived, when=when),
        )
        yield from _each(
            "archived just before it was cleared",
            host,
            partial(_archived_in_time, host=host, when=when),
        )
        yield from _each(
            "archived, then made anew",
            host,
            partial(changes.renumber_in_two_files, host=host, channel=SECURITY, archived=archived, when=when),
        )


def _no_process_log(one: Estate, host: str) -> Estate:
    return changes.remove_logs(changes.audit_off(one, host), host, (SYSMON,))


def _archived_in_time(one: Estate, host: str, when: int) -> Estate:
    """A log that was saved just before it was cleared has lost nothing."""
    one = changes.archive_then_clear(one, host, SECURITY, when, when)
    kept = [
        replace(log, losses=tuple(loss for loss in log.losses if loss.since < loss.until)) for log in one.logs.values()
    ]
    return one.with_logs(*kept)


def _audit() -> Iterator[Variant]:
    for host in ("DC01", "APP01", "FS02"):
        yield from _each("4688 off", host, partial(changes.audit_off, host=host))
        yield from _each("no command lines", host, partial(changes.without_command_lines, host=host))
        for on in (False, True):
            for day, clock in ((2, "09:40"), (4, "18:10")):
                when = at(day, clock)
                yield from _each(
                    f"4688 switched {'on' if on else 'off'}",
                    f"{host}, day {day}",
                    partial(changes.audit_changed, host=host, when=when, on=on),
                )
        when = at(2, "12:00")
        yield from _each("4688 ends", host, partial(changes.audit_off, host=host, since=when))
    for host in ("DC01", "FS02", "PC11"):
        for day in (2, 4):
            when = at(day, "17:00")
            yield from _each(
                "accounts not audited",
                f"{host}, day {day}",
                partial(changes.accounts_unaudited, host=host, when=when),
            )


def _holes() -> Iterator[Variant]:
    for host, channel in _DENSE:
        for number, (since, until) in enumerate(((at(1, "20:00"), at(2, "04:10")), (at(2, "08:30"), at(2, "19:15")))):
            yield from _each(
                "records taken out",
                f"{_label(host, channel)}, {number + 1}",
                partial(changes.take_records, host=host, channel=channel, since=since, until=until),
                ("intruded",) if number == 0 else ("clean",),
            )


def _damaged() -> Iterator[Variant]:
    for host, channel in _DENSE:
        for stories, chunks in ((_STORIES[:1], (4, 5, 6)), (_STORIES[1:], (2, 3))):
            yield from _each(
                "damaged",
                f"{_label(host, channel)}, chunks {chunks}",
                partial(changes.damage_chunks, host=host, channel=channel, chunks=chunks),
                stories,
            )
    for host, channel in _DENSE[:5]:
        for what, chunks in (("first chunk", (0, 1)), ("last chunk", (-1,))):
            yield from _each(
                "damaged",
                f"{_label(host, channel)}, {what}",
                partial(changes.damage_chunks, host=host, channel=channel, chunks=chunks),
                ("intruded",),
            )
        yield from _each(
            "damaged by zeros",
            _label(host, channel),
            partial(changes.damage_chunks, host=host, channel=channel, chunks=(4, 5, 6), zeros=True),
            ("intruded",),
        )


def _silent() -> Iterator[Variant]:
    for host in _SERVERS:
        long = at(1, "05:00"), at(2, "09:00")
        yield from _each("all logs silent", host, partial(changes.suspend, host=host, since=long[0], until=long[1]))
        for channel in (SECURITY, SYSTEM, *([SYSMON] if HOSTS[host].sysmon else [])):
            for number, (since, until) in enumerate(
                ((at(1, "19:00"), at(2, "11:00")), (at(2, "18:00"), at(3, "13:00")))
            ):
                yield from _each(
                    "one log silent",
                    f"{_label(host, channel)}, {number + 1}",
                    partial(changes.suspend, host=host, since=since, until=until, channels=(channel,)),
                    ("clean",) if number else ("intruded",),
                )


def _harmless() -> Iterator[Variant]:
    """What takes nothing away."""
    for host in ("APP01", "FS02", "PC11"):
        off = at(1, "05:00"), at(1, "20:30")
        yield from _each("shut down", host, partial(changes.switch_off, host=host, since=off[0], until=off[1]))
    for host in ("DC01", "JUMP01"):
        yield from _each(
            "files twice",
            host,
            partial(changes.filed_otherwise, host=host, change=_twice),
            ("intruded",),
        )
        yield from _each(
            "files renamed", host, partial(changes.filed_otherwise, host=host, change=_renamed), ("intruded",)
        )
        yield from _each(
            "short name",
            host,
            partial(changes.short_names, host=host, channels=(SYSTEM, SECURITY)),
            ("intruded",),
        )


def _twice(part: Part) -> Part:
    return replace(part, copies=2)


def _renamed(part: Part) -> Part:
    return replace(part, name="export-" + "".join(chr(97 + ord(letter) % 26) for letter in part.name))


def _forms() -> Iterator[Variant]:
    forms: tuple[Form, ...] = ("json", "json without numbers")
    for form in forms:
        for host in ("DC01", "JUMP01", "FS02"):
            yield from _each(form, host, partial(changes.exported, form=form, hosts=(host,)), ("intruded",))
        yield from _each(form, "all hosts", partial(changes.exported, form=form, hosts=tuple(HOSTS)))


def _other_rules(one: Estate) -> Estate:
    return replace(one, rules=(RULE_FILE,), ran=frozenset())


def _other_rules_without(one: Estate, host: str, channel: str) -> Estate:
    return _other_rules(changes.remove_logs(one, host, (channel,)))


def _rules() -> Iterator[Variant]:
    yield from _each("other rules", "alone", _other_rules, ("clean", "intruded", "cleared"))
    yield from _each("other rules", "and the pack", lambda one: replace(one, rules=(RULE_FILE, "builtin")))
    for host, channel in (("FS02", SECURITY), ("DC01", APPLICATION), ("JUMP01", SYSMON)):
        yield from _each(
            "other rules",
            f"without {_label(host, channel)}",
            partial(_other_rules_without, host=host, channel=channel),
            ("intruded",),
        )


def _within(one: Estate, since: int, until: int) -> Estate:
    return replace(one, since=since, until=until)


def _rotated_within(one: Estate, host: str, channel: str, when: int, times: tuple[int, int]) -> Estate:
    return _within(changes.rotate(one, host, channel, when), *times)


def _periods() -> Iterator[Variant]:
    times = {
        "the middle": (at(1, "06:00"), at(5, "18:00")),
        "one evening": (at(1, "12:00"), at(2, "12:00")),
        "before he came": (at(0, "06:00"), at(1, "12:00")),
    }
    for what, (since, until) in times.items():
        yield from _each("period", what, partial(_within, since=since, until=until))
    since, until = times["the middle"]
    for host, channel in (("FS02", SECURITY), ("DC01", APPLICATION), ("JUMP01", SYSMON)):
        for day in (0, 3):
            when = at(day, "14:00")
            yield from _each(
                "period",
                f"the middle, {_label(host, channel)} rotated on day {day}",
                partial(_rotated_within, host=host, channel=channel, when=when, times=(since, until)),
                ("intruded",),
            )
    yield from _each("period", "from before the logs", partial(_within, since=START - 3 * DAY, until=until))


_MIXED: Final = ("log removed", "truncated", "rotated", "cleared", "records taken out", "damaged", "one log silent")
_MIXED_COUNT: Final = 40


def _combined(plain: list[Variant]) -> Iterator[Variant]:
    """Two or three changes at once, on different hosts."""
    chance = random.Random(300)  # noqa: S311 - the same each time
    pool = [variant for variant in plain if variant.kind in _MIXED]
    for number in range(_MIXED_COUNT):
        chosen: list[Variant] = []
        while len(chosen) < 2 + number % 2:
            variant = chance.choice(pool)
            if all(_host_of(variant) != _host_of(other) for other in chosen):
                chosen.append(variant)
        story: Story = ("clean", "intruded", "intruded", "cleared")[number % 4]
        if story == "cleared":
            chosen = [variant for variant in chosen if _host_of(variant) != "JUMP01"]
        what = "; ".join(variant.name.rpartition(" (")[0] for variant in chosen)
        yield Variant(f"combined: {number + 1}: {what} ({story})", "combined", story, _in_turn(chosen))


def _host_of(variant: Variant) -> str:
    return variant.name.partition(": ")[2].split()[0].rstrip(",")


def _in_turn(chosen: list[Variant]) -> Change:
    def change(one: Estate) -> Estate:
        for variant in chosen:
            one = variant.change(one)
        return one

    return change
