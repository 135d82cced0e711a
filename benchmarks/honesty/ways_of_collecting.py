"""Variants in which it is not the logs that differ but how they come, what is asked of them, or what else happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks.honesty import changes
from benchmarks.honesty.base import HOSTS
from benchmarks.honesty.clock import DAY, HOUR, START, at
from benchmarks.honesty.kinds import APPLICATION, SECURITY, SESSIONS, SYSMON, SYSTEM, TASKS
from benchmarks.honesty.variant import Variant, each, in_turn, label

if TYPE_CHECKING:
    from benchmarks.honesty.logs import Estate, Form, Packing

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


def ways_of_collecting() -> Iterator[Variant]:
    """Give the variants."""
    yield from _forms()
    yield from _rules()
    yield from _periods()
    yield from _collections()
    yield from _odd()
    yield from _clocks()


def _forms() -> Iterator[Variant]:
    forms: tuple[Form, ...] = ("json", "json without numbers")
    for form in forms:
        for host in ("DC01", "JUMP01", "FS02"):
            yield from each(form, host, partial(changes.exported, form=form, hosts=(host,)), ("intruded",))
        yield from each(form, "all hosts", partial(changes.exported, form=form, hosts=tuple(HOSTS)))


def _other_rules(one: Estate) -> Estate:
    return replace(one, rules=(RULE_FILE,), ran=frozenset())


def _other_rules_without(one: Estate, host: str, channel: str) -> Estate:
    return _other_rules(changes.remove_logs(one, host, (channel,)))


def _rules() -> Iterator[Variant]:
    yield from each("other rules", "alone", _other_rules, ("clean", "intruded", "cleared"))
    yield from each("other rules", "and the pack", lambda one: replace(one, rules=(RULE_FILE, "builtin")))
    for host, channel in (("FS02", SECURITY), ("DC01", APPLICATION), ("JUMP01", SYSMON)):
        yield from each(
            "other rules",
            f"without {label(host, channel)}",
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
        yield from each("period", what, partial(_within, since=since, until=until))
    since, until = times["the middle"]
    for host, channel in (("FS02", SECURITY), ("DC01", APPLICATION), ("JUMP01", SYSMON)):
        for day in (0, 3):
            when = at(day, "14:00")
            yield from each(
                "period",
                f"the middle, {label(host, channel)} rotated on day {day}",
                partial(_rotated_within, host=host, channel=channel, when=when, times=(since, until)),
                ("intruded",),
            )
    yield from each("period", "from before the logs", partial(changes.asked_before, since=START - 3 * DAY))


def _packed(one: Estate, packing: Packing) -> Estate:
    return replace(one, packing=packing)


def _by_site(one: Estate) -> Estate:
    return replace(one, by_site=True)


def _one_json_file(one: Estate, form: Form) -> Estate:
    return _packed(changes.exported(one, form, tuple(HOSTS)), "one json file")


def _collections() -> Iterator[Variant]:
    """Other ways in which the same logs come."""
    yield from each("two sites", "one case", _by_site, ("clean", "intruded", "cleared"))
    for host, channel in (("FS02", SECURITY), ("DC01", APPLICATION)):
        yield from each(
            "two sites",
            f"without {label(host, channel)}",
            partial(in_turn, changes=(partial(changes.remove_logs, host=host, channels=(channel,)), _by_site)),
        )
    yield from each(
        "two sites", "without FS02", partial(in_turn, changes=(partial(changes.remove_host, host="FS02"), _by_site))
    )
    yield from each("archive", "all hosts", partial(_packed, packing="archive"), ("intruded", "cleared"))
    yield from each("collector", "all hosts", partial(_packed, packing="collector"))
    for form in ("json", "json without numbers"):
        yield from each("one JSON file", form, partial(_one_json_file, form=form))
    for host in ("DC01", "FS02"):
        for overlap in (0, DAY):
            yield from each(
                "files split",
                f"{host}, overlap of {overlap // DAY} days",
                partial(changes.split, host=host, when=at(3, "14:00"), overlap=overlap),
                ("intruded",),
            )
    yield from each("empty files", "PC11", partial(_emptied, host="PC11"))


def _emptied(one: Estate, host: str) -> Estate:
    return changes.empty_logs(one, host, SYSMON, TASKS, SESSIONS)


def _odd() -> Iterator[Variant]:
    """What intruders and accidents do to settings, clocks and logs more than once."""
    for host in ("DC01", "FS02"):
        for what, times in (("long", (at(1, "20:00"), at(2, "16:00"))), ("short", (at(2, "08:00"), at(2, "17:00")))):
            yield from each(
                "4688 paused",
                f"{host}, {what}",
                partial(changes.audit_paused, host=host, since=times[0], until=times[1]),
            )
        yield from each(
            "accounts not audited",
            f"{host}, for a day",
            partial(changes.accounts_unaudited, host=host, since=at(2, "09:00"), until=at(3, "12:00")),
        )
        yield from each(
            "cleared",
            f"{host} Security twice",
            partial(
                in_turn,
                changes=tuple(
                    partial(changes.clear, host=host, channel=SECURITY, when=when)
                    for when in (at(1, "15:00"), at(3, "16:00"))
                ),
            ),
        )
    for host in ("APP01", "FS02"):
        yield from each("young host", host, partial(_young, host=host), ("clean", "intruded"))


def _clocks() -> Iterator[Variant]:
    """A clock that is wrong for three records makes no log reach further."""
    for host, channel in (("PC11", SYSTEM), ("FS02", SECURITY), ("DC01", SYSTEM)):
        for what, back in (("years back", 1800 * DAY), ("a day back", DAY)):
            yield from each(
                "wrong clock",
                f"{label(host, channel)}, {what}",
                partial(changes.wrong_clock, host=host, channel=channel, when=at(3, "10:00"), back=back),
                ("clean",),
            )
    for host, channel in (("DC01", SECURITY), ("FS02", SECURITY), ("DC01", APPLICATION), ("JUMP01", SYSMON)):
        when = at(3, "12:30")
        name = label(host, channel)
        set_back = partial(changes.wrong_clock, host=host, channel=channel, when=when + 2 * HOUR, back=12 * HOUR)
        cleared = partial(changes.clear, host=host, channel=channel, when=when)
        yield from each("clock set back", f"{name}, cleared", partial(in_turn, changes=(cleared, set_back)))
        set_on = partial(changes.wrong_clock, host=host, channel=channel, when=when - 8 * HOUR, back=-20 * HOUR)
        cut = partial(changes.truncate, host=host, channel=channel, when=when)
        yield from each("clock set forward", f"{name}, truncated", partial(in_turn, changes=(cut, set_on)))


def _young(one: Estate, host: str) -> Estate:
    return _within(changes.young(one, host, at(1, "10:00")), at(1, "12:00"), at(6, "12:00"))
