"""Values of KQL that other rows give: lists that a query works out, one value of a query, rows before and behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from yadorigi.languages.kql.conversions import as_text
from yadorigi.languages.kql.function import UnfitError, Value, alike, whole, written
from yadorigi.query.plan.columns import columns_of
from yadorigi.query.plan.conversions import as_dynamic
from yadorigi.query.plan.expressions import Call, Column, Constant, Expression, Kind, Single, Within
from yadorigi.query.plan.relations import Aggregate, Named, Project, Relation, Summarize

ROW: Final = " row"
"""The column with a row's number where functions look at rows before and behind; no name of KQL begins so."""

WINDOWS: Final = ("next", "prev", "row_cumsum", "row_number")
"""Functions that look at the rows before or behind."""


def _first(rows: Relation) -> tuple[Expression, Kind]:
    name, kind = next(iter(columns_of(rows).items()))
    return Column(name), kind


def single(rows: Relation) -> Value:
    """Return the value of the first column of the first row."""
    value, kind = _first(rows)
    return Single(Project(rows, (Named("value", value),)), kind), kind


def among_rows(subject: Value, operator: str, rows: Relation) -> Expression:
    """Return the condition that a value is one of the first column of rows, or has a term of them."""
    wanted, kind = _first(rows)
    if operator in ("has_any", "has_all"):
        told = Summarize(rows, (), (Aggregate("value", "set", (as_text(wanted, kind),)),))
        return _terms(subject, operator, Single(told, "dynamic"))
    value: Expression = subject[0]
    if subject[1] != kind or kind in ("text", "dynamic"):
        value, wanted = (Call("first_present", (as_text(*one), written(""))) for one in (subject, (wanted, kind)))
        if operator.endswith("~"):
            value, wanted = Call("fold", (value,)), Call("fold", (wanted,))
    return Within(value, Project(rows, (Named("value", wanted),)))


def among_list(subject: Value, operator: str, listed: Expression) -> Expression:
    """Return the condition that a value is an element of a list that is worked out, or has a term of it."""
    if operator in ("has_any", "has_all"):
        return _terms(subject, operator, listed)
    value = as_dynamic(*subject)
    if operator.endswith("~"):
        listed = Call("dynamic_of_text", (Call("fold", (Call("json_of", (listed,)),)),))
        value = as_dynamic(Call("fold", (as_text(*subject),)), "text")
    return Call("list_has", (listed, value))


def _terms(subject: Value, operator: str, listed: Expression) -> Expression:
    text = Call("first_present", (as_text(*subject), written("")))
    return Call("has_terms", (text, listed, written(operator.removeprefix("has_"))))


def window(name: str, given: list[Value], columns: Mapping[str, Kind]) -> Value:
    """Return a value of the rows before or behind.

    Raises:
        UnfitError: rows have no order here, or the function is called in a way that is not honoured.
    """
    if ROW not in columns:
        raise UnfitError(f"{name} is honoured in extend and serialize")
    if name == "row_number":
        if len(given) > 1:
            raise UnfitError("row_number is honoured without a condition to begin again")
        start = given[0][0] if given else whole(1)
        return Call("add", (Column(ROW), Call("subtract", (start, whole(1))))), "long"
    if name == "row_cumsum":
        if len(given) != 1:
            raise UnfitError("row_cumsum is honoured with one value")
        return Call("running_sum", (given[0][0], Column(ROW))), given[0][1]
    if not 1 <= len(given) <= len(("value", "offset", "default")):
        raise UnfitError(f"{name} takes 1 to 3 values, not {len(given)}")
    value, kind = given[0]
    offset = given[1][0] if given[1:] else whole(1)
    missing = alike(given[2], kind) if given[2:] else Constant(None, kind)
    return Call("previous" if name == "prev" else "next", (value, offset, missing, Column(ROW))), kind
