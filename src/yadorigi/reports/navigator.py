"""Two layers for the ATT&CK Navigator: which techniques were observed, and which could have been seen at all.

Reads a `ReportDocument`, gives layers of format 4.5. A technique that no log of the case's kinds shows is in the
second layer with score 0, and none in the first: that nothing was observed of it says nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final

import msgspec

from yadorigi.reports.cells import one_line
from yadorigi.reports.page.fold import ticks_between
from yadorigi.reports.page.voice import Voice

if TYPE_CHECKING:
    from yadorigi.schema.behaviour import Language
    from yadorigi.schema.report import Cell, ReportDocument

_ENTERPRISE: Final = re.compile(r"T[1-9]\d{3}(?:\.\d{3})?", re.ASCII).fullmatch
"""Techniques of the domain; those of control systems (T0843) belong to another, of which a layer can have one."""

_VERSIONS: Final = {"attack": "17", "navigator": "5.1.0", "layer": "4.5"}
_DETECTED: Final = ("#fbe0dc", "#a3231a")
_VISIBLE: Final = ("#f7e3b0", "#f4f6f4", "#2f7d55")
_HOSTS_NAMED: Final = 10
_COMMENT_LIMIT: Final = 1_000
_NAME_LIMIT: Final = 120
_WHOLE: Final = 100


@dataclass
class _Technique:
    """What is known of a technique over its behaviours and all hosts."""

    behaviours: dict[str, str] = field(default_factory=dict)
    observed_on: dict[int, None] = field(default_factory=dict)
    observed: dict[str, None] = field(default_factory=dict)
    judged: int = 0
    asked: int = 0


def detected_layer(document: ReportDocument, language: Language = "en") -> dict[str, Any]:
    """Return the layer of observed techniques; the score is the number of hosts.

    Args:
        document: of the case.
        language: of names and comments.
    """
    voice = Voice(document, language)
    found = {name: one for name, one in _techniques(voice).items() if one.observed_on}
    techniques = [
        {
            "techniqueID": name,
            "score": len(one.observed_on),
            "comment": _comment(
                voice.say("layer.observed_on", hosts=voice.host_list(list(one.observed_on), _HOSTS_NAMED)),
                *(f"{behaviour} {one.behaviours[behaviour]}" for behaviour in one.observed),
            ),
            "enabled": True,
            "showSubtechniques": "." in name,
        }
        for name, one in found.items()
    ]
    most = max((len(one.observed_on) for one in found.values()), default=1)
    return _layer(
        voice.say("layer.detected"),
        voice.say("layer.detected_means"),
        techniques,
        gradient={"colors": list(_DETECTED), "minValue": 0, "maxValue": max(most, 1)},
        legend=[{"label": voice.say("layer.legend_detected"), "color": _DETECTED[-1]}],
    )


def visible_layer(document: ReportDocument, language: Language = "en") -> dict[str, Any]:
    """Return the layer of what could be judged; the score is its share of hosts and time, in percent.

    Args:
        document: of the case.
        language: of names and comments.
    """
    voice = Voice(document, language)
    techniques = []
    for name, one in _techniques(voice).items():
        share = _WHOLE * one.judged / one.asked if one.asked else 0.0
        judged = voice.say("layer.judged", share=voice.share(one.judged, one.asked))
        techniques.append(
            {
                "techniqueID": name,
                # Never rounded to all: what is left is where an intruder would be.
                "score": _WHOLE if one.asked and one.judged == one.asked else min(round(share), _WHOLE - 1),
                "comment": _comment(judged, *(f"{key} {title}" for key, title in one.behaviours.items())),
                "enabled": True,
                "showSubtechniques": "." in name,
            }
        )
    return _layer(
        voice.say("layer.visible"),
        voice.say("layer.visible_means"),
        techniques,
        gradient={"colors": list(_VISIBLE), "minValue": 0, "maxValue": _WHOLE},
        legend=[
            {"label": voice.say("layer.legend_blind"), "color": _VISIBLE[0]},
            {"label": voice.say("layer.legend_visible"), "color": _VISIBLE[-1]},
        ],
    )


def write_layer(stream: IO[bytes], layer: dict[str, Any]) -> None:
    """Write a layer as the Navigator opens it."""
    stream.write(msgspec.json.format(msgspec.json.encode(layer), indent=2) + b"\n")


def _techniques(voice: Voice) -> dict[str, _Technique]:
    cells: defaultdict[str, list[Cell]] = defaultdict(list)
    for cell in voice.document.cells:
        cells[cell.behaviour].append(cell)
    found: defaultdict[str, _Technique] = defaultdict(_Technique)
    for behaviour in voice.document.behaviours:
        own = cells.get(behaviour.id, ())
        asked = sum(ticks_between(part) for cell in own for part in cell.parts)
        judged = sum(ticks_between(part) for cell in own for part in cell.parts if part.verdict != "cannot_tell")
        hosts = [cell.host for cell in own if any(part.verdict == "observed" for part in cell.parts)]
        for name in filter(_ENTERPRISE, behaviour.techniques):
            technique = found[name]
            technique.behaviours[behaviour.id] = voice.pick(behaviour.title)
            technique.asked += asked
            technique.judged += judged
            technique.observed_on.update(dict.fromkeys(hosts))
            if hosts:
                technique.observed[behaviour.id] = None
    return dict(sorted(found.items()))


def _comment(*lines: str) -> str:
    whole = "\n".join(one_line(line, _COMMENT_LIMIT) for line in lines)
    return whole if len(whole) <= _COMMENT_LIMIT else whole[: _COMMENT_LIMIT - 1] + "…"


def _layer(
    name: str, means: str, techniques: list[dict[str, Any]], *, gradient: dict[str, Any], legend: list[dict[str, str]]
) -> dict[str, Any]:
    return {
        "name": one_line(name, _NAME_LIMIT),
        "versions": dict(_VERSIONS),
        "domain": "enterprise-attack",
        "description": means,
        "filters": {"platforms": ["Windows"]},
        "sorting": 3,
        "layout": {
            "layout": "side",
            "aggregateFunction": "max",
            "showID": True,
            "showName": True,
            "showAggregateScores": False,
            "countUnscored": False,
            "expandedSubtechniques": "annotated",
        },
        "hideDisabled": False,
        "techniques": techniques,
        "gradient": gradient,
        "legendItems": legend,
        "metadata": [],
        "links": [],
        "showTacticRowBackground": False,
        "tacticRowBackground": "#dddddd",
        "selectTechniquesAcrossTactics": True,
        "selectSubtechniquesWithParent": False,
        "selectVisibleTechniques": False,
    }
