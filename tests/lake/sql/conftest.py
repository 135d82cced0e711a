"""A case with a lake, made once: the sample, hunted with one rule."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sample_case import SAMPLE
from yadorigi.app.given_sites import read_sites
from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.query_case import open_asked
from yadorigi.app.run_hunt import run_hunt

if TYPE_CHECKING:
    from yadorigi.lake.sql.views import Catalogue

RULE = """\
title: Something
logsource: {product: windows, service: security}
detection: {selection: {EventID: 1102}, condition: selection}
level: high
"""


@pytest.fixture(scope="session")
def sample_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a case of both sites."""
    folder = tmp_path_factory.mktemp("lake")
    rule = folder / "rule.yml"
    rule.write_text(RULE, encoding="utf-8")
    case = folder / "case"
    run_hunt(
        HuntOptions(
            paths=(str(SAMPLE),),
            rules=(str(rule),),
            case=case,
            sites=read_sites(SAMPLE / "sites.toml").sites,
            workers=1,
            report=False,
            store=True,
        )
    )
    return case


@pytest.fixture(scope="session")
def catalogue(sample_lake: Path) -> Catalogue:
    """The tables of that case."""
    return open_asked(sample_lake).catalogue
