"""Layers for the ATT&CK Navigator: of the form that it reads, and true."""

from __future__ import annotations

import io
import json
import re
from typing import Any, get_args

import msgspec
import pytest

from tests.reports.hostile_text import HARM
from tests.reports.report_case import document, hostile_document
from yadorigi.reports.cells import UNSAFE
from yadorigi.reports.navigator import detected_layer, visible_layer, write_layer
from yadorigi.schema.behaviour import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)
COLOUR = re.compile(r"#[0-9a-f]{6}")
LAYER_KEYS = {
    "name": str, "versions": dict, "domain": str, "description": str, "filters": dict, "sorting": int, "layout": dict,
    "hideDisabled": bool, "techniques": list, "gradient": dict, "legendItems": list, "metadata": list, "links": list,
    "showTacticRowBackground": bool, "tacticRowBackground": str, "selectTechniquesAcrossTactics": bool,
    "selectSubtechniquesWithParent": bool, "selectVisibleTechniques": bool,
}  # fmt: skip
"""What format 4.5 knows, of its specification."""


def layers(language: Language = "en", hosts: int = 6, behaviours: int = 60) -> list[dict[str, Any]]:
    known = document(hosts, behaviours)
    return [detected_layer(known, language), visible_layer(known, language)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_layer_is_of_format_4_5(language: Language) -> None:
    for layer in layers(language):
        assert {key: type(value) for key, value in layer.items()} == LAYER_KEYS
        assert layer["versions"]["layer"] == "4.5"
        assert int(layer["versions"]["attack"]) >= 17
        assert tuple(map(int, layer["versions"]["navigator"].split("."))) >= (4, 9, 0)
        assert layer["domain"] == "enterprise-attack"
        assert layer["layout"]["layout"] in {"side", "flat", "mini"}
        assert layer["layout"]["aggregateFunction"] in {"average", "min", "max", "sum"}
        assert layer["layout"]["expandedSubtechniques"] in {"none", "all", "annotated"}
        gradient = layer["gradient"]
        assert gradient["maxValue"] > gradient["minValue"]
        assert len(gradient["colors"]) >= 2
        colours = [*gradient["colors"], *(item["color"] for item in layer["legendItems"])]
        assert all(COLOUR.fullmatch(colour) for colour in colours)
        ids = [technique["techniqueID"] for technique in layer["techniques"]]
        assert len(ids) == len(set(ids))
        for technique in layer["techniques"]:
            assert re.fullmatch(r"T[1-9]\d{3}(\.\d{3})?", technique["techniqueID"])
            assert gradient["minValue"] <= technique["score"] <= gradient["maxValue"]
            assert isinstance(technique["comment"], str)


def test_a_detected_technique_has_a_score_by_hosts_and_others_none() -> None:
    known = document(6, 60)
    titles = {one.id: one for one in known.behaviours}
    wanted: dict[str, set[int]] = {}
    for cell in known.cells:
        if any(part.verdict == "observed" for part in cell.parts):
            for technique in titles[cell.behaviour].techniques:
                wanted.setdefault(technique, set()).add(cell.host)
    layer = detected_layer(known)
    assert {one["techniqueID"]: one["score"] for one in layer["techniques"]} == {
        name: len(hosts) for name, hosts in wanted.items()
    }
    assert wanted


def test_every_technique_says_how_much_of_it_could_be_judged() -> None:
    known = document(6, 60)
    layer = visible_layer(known)
    assert {one["techniqueID"] for one in layer["techniques"]} == {
        name for behaviour in known.behaviours for name in behaviour.techniques
    }
    elsewhere = {name for one in known.behaviours if not one.shown_by_logs for name in one.techniques}
    by_name = {one["techniqueID"]: one for one in layer["techniques"]}
    assert all(by_name[name]["score"] == 0 for name in elsewhere)
    # Hosts without logs count: of no technique everything could be judged.
    assert all(one["score"] < 100 for one in layer["techniques"])
    assert any(one["score"] > 0 for one in layer["techniques"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_names_are_made_visible(language: Language) -> None:
    for layer in (detected_layer(hostile_document(), language), visible_layer(hostile_document(), language)):
        stream = io.BytesIO()
        write_layer(stream, layer)
        text = stream.getvalue().decode()
        assert json.loads(text) == layer
        assert not UNSAFE.search(text.replace("\\n", ""))
        for technique in layer["techniques"]:
            assert not UNSAFE.search(technique["comment"])
            assert len(technique["comment"]) <= 1_000
    assert HARM


def test_techniques_of_control_systems_are_left_to_their_own_domain() -> None:
    known = document()
    first = msgspec.structs.replace(known.behaviours[0], techniques=("T0843", "T1000"))
    changed = msgspec.structs.replace(known, behaviours=(first,))
    assert [one["techniqueID"] for one in visible_layer(changed)["techniques"]] == ["T1000"]


def test_a_case_in_which_nothing_was_observed_has_an_empty_layer() -> None:
    layer = detected_layer(document(0, 5))
    assert layer["techniques"] == []
    assert layer["gradient"]["maxValue"] == 1
