"""A verdict: was a behaviour there, was it not, or can nobody tell, on one host in one period.

A line of ``verdicts.jsonl``, of which docs/reference/case-folder.md tells people; docs/verdict-model.md says how it is
reached.
"""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

import msgspec

Answer: TypeAlias = Literal["observed", "not_observed", "cannot_tell"]
Reason: TypeAlias = Literal[
    "never_audited", "field_absent", "not_collected", "rotated_out", "cleared", "hole", "unreadable", "host_unknown",
    "rule_not_loaded", "not_examined",
]  # fmt: skip

ANSWERS: Final[tuple[Answer, ...]] = ("observed", "not_observed", "cannot_tell")


class RecordReference(msgspec.Struct, frozen=True):
    """A record that shows why the verdict is what it is.

    Attributes:
        file, sha256, host, channel, record_id, line, leaf: as in `schema.finding.Evidence`.
        time: canonical time of the record.
        rule_id: the rule that it matched, or "" where it shows what is wrong with a log.
        shows: what the record is, in a word: ``finding``, ``lead``, ``first_record``, ``last_record``, ``before_hole``,
            ``after_hole``, ``cleared``, ``damaged``, ``sighted``, ``policy_change``, ``clock_set``, ``damaged``.
    """

    file: str
    sha256: str
    host: str
    channel: str
    record_id: int | None = None
    line: int | None = None
    leaf: int | None = None
    time: str = ""
    rule_id: str = ""
    shows: str = "finding"


class Verdict(msgspec.Struct, frozen=True, rename={"since": "from", "until": "to"}):
    """One line of ``verdicts.jsonl``.

    The lines of one technique, behaviour, site and host partition the case's period.

    Attributes:
        technique: ATT&CK id; a behaviour with several has a line for each.
        behaviour: id of the behaviour.
        site: as given, or None.
        host: as logged.
        since, until: canonical times, half-open; ``from`` and ``to`` in the file.
        verdict: the answer.
        reason: why nobody can tell, else None.
        detail: the answer in words (English).
        action: what would settle it (English), "" where it is settled.
        rules: ids of the rules that looked for it in logs that would show it.
        evidence: records that show it; what shows why nobody can tell.
        blind_spots: forms that would not have been seen (English).
        about: what ``detail`` and ``action`` are made of, so that they can be said in another language.
    """

    technique: str
    behaviour: str
    site: str | None
    host: str
    since: str
    until: str
    verdict: Answer
    reason: Reason | None
    detail: str
    action: str
    rules: tuple[str, ...]
    evidence: tuple[RecordReference, ...]
    blind_spots: tuple[str, ...]
    about: dict[str, Any] = msgspec.field(default_factory=dict)
