"""Reads bytes as a file of indicators, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yadorigi.languages.indicators.documents import read_document
from yadorigi.languages.indicators.reading import Account
from yadorigi.languages.indicators.table import IndicatorTable, Screen, no_screen

if TYPE_CHECKING:
    from yadorigi.schema.indicator import IndicatorFile


def read(data: bytes | str, screen: Screen = no_screen) -> tuple[Account, IndicatorFile]:
    """Return the account and the file's account, whose sum holds."""
    account = Account(IndicatorTable(), screen)
    file = read_document("given", data.encode() if isinstance(data, str) else data, account)
    assert file.given == file.loaded + file.repeated + file.left_out + file.refused
    return account, file


def values_of(account: Account) -> list[tuple[str, str]]:
    """Return type and form of all rows."""
    return [(one.type, one.normal) for one in account.table.indicators()]


def reasons_of(account: Account) -> list[tuple[int, str]]:
    """Return place and reason of what was refused."""
    return [(trouble.place, trouble.reason) for trouble in account.refused.told]
