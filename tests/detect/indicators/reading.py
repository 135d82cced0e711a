"""Indicators that are given as text."""

from __future__ import annotations

from yadorigi.languages.indicators.documents import read_document
from yadorigi.languages.indicators.reading import Account
from yadorigi.languages.indicators.table import IndicatorTable, no_screen
from yadorigi.packs.indicators import IndicatorSet


def known(data: str) -> IndicatorSet:
    """The indicators in the text of a file, none of them refused."""
    account = Account(IndicatorTable(), no_screen)
    read_document("given", data.encode(), account)
    assert not account.refused.told
    return IndicatorSet(account.table)
