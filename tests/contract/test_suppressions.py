"""A check is silenced only by name, on one line, with the reason beside it."""

from __future__ import annotations

import re

import pytest

from tests.contract.modules import MODULES, Module

SUPPRESSION = re.compile(r"#\s*(?:type:\s*ignore|noqa|ruff:\s*noqa|mypy:|pragma:)", re.IGNORECASE)
JUSTIFIED = re.compile(
    r"# (?:type: ignore\[[a-z-]+(?:, ?[a-z-]+)*\]|noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*)"
    r"(?:  ?# noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*)?"
    r"(?: - |  # |  ?\()\S.{2,}"
)


def unjustified(module: Module) -> list[str]:
    """Places where a check is silenced without its name and a reason."""
    # Finding all comments takes long, and most modules silence nothing.
    if not SUPPRESSION.search(module.text):
        return []
    return [
        f"{module.place}:{line} {comment}"
        for line, comment in module.comments
        if SUPPRESSION.search(comment) and not JUSTIFIED.fullmatch(comment)
    ]


def test_every_suppression_has_a_code_and_a_reason() -> None:
    places = [place for module in MODULES for place in unjustified(module)]
    assert not places, "\n".join(
        ["say which check and why, as in `# noqa: S311 - chance must be repeatable`:", *places]
    )


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa: BLE001 - a worker must report whatever kills it",
        "# noqa: S603, S607 - the command is ours",
        "# noqa: PLR2004  (64 bits)",
        "# type: ignore[import-untyped]  # carries no types",
        "# type: ignore[arg-type] - the stub is wrong",
        "# type: ignore[arg-type]  # noqa: E501 - the stub is wrong",
    ],
)
def test_a_reason_is_recognised(comment: str) -> None:
    assert JUSTIFIED.fullmatch(comment)


@pytest.mark.parametrize(
    "comment",
    ["# noqa", "# noqa: BLE001", "# type: ignore", "# type: ignore[misc]", "# noqa - a reason alone", "# noqa: E501 x"],
)
def test_a_bare_suppression_is_recognised(comment: str) -> None:
    assert SUPPRESSION.search(comment)
    assert not JUSTIFIED.fullmatch(comment)
