r"""Several expressions looked for as one: borders in common stand once, and nothing that is found changes."""

from __future__ import annotations

import itertools

import pytest
import re2

from yadorigi.query.plan.conditions import _either

BEGIN, END = r"(?:^|[^\pL\pN])", r"(?:$|[^\pL\pN])"
TERMS = [f"{BEGIN}{word}{END}" for word in ("ntds", r"a\|b", r"c\\", "")]
OTHERS = [f"{BEGIN}a|b{END}", f"{BEGIN}*x{END}", rf"{BEGIN}x\(?:y\)", "ntds", f"{BEGIN}ntds", r"(?:a\)b)x(?:c)"]
TEXTS = ["ntds", "ntdsutil", "a|b", "xa", "b", "c\\", " x ", "x(:y)", "x(y)", "", "a)bxc", "copy ntds.dit"]


@pytest.mark.parametrize("some", list(itertools.combinations([*TERMS, *OTHERS], 2)))
def test_what_is_found_stays(some: tuple[str, str]) -> None:
    whole, each = re2.compile(_either(some)), [re2.compile(one) for one in some]
    for text in TEXTS:
        assert (whole.search(text) is not None) == any(one.search(text) for one in each), text


def test_borders_of_terms_stand_once() -> None:
    assert _either(TERMS[:2]) == rf"{BEGIN}(?:ntds|a\|b){END}"
    assert _either(TERMS[:1]) == TERMS[0]
