"""Values of KQL without columns: what stands in a query, sums, tests of texts."""

from __future__ import annotations

import json
from typing import Any

from lark import Token, Tree

from yadorigi.languages.kql.function import UnfitError, Value
from yadorigi.languages.kql.literals import text_of
from yadorigi.languages.kql.terms import term
from yadorigi.query.nodes import Test, Text
from yadorigi.query.plan.conversions import as_number
from yadorigi.query.plan.expressions import Call, Constant, Kind


def trees(tree: Tree[Token]) -> list[Tree[Token]]:
    """Return the parts of a tree that are trees."""
    return [child for child in tree.children if isinstance(child, Tree)]


def text_test(name: str, written: str, cased: bool) -> Test:
    """Return the test of an operator of texts."""
    match name:
        case "has":
            return term(written, cased=cased)
        case "hasprefix":
            return term(written, cased=cased, ends=False)
        case "hassuffix":
            return term(written, cased=cased, begins=False)
        case "contains" | "startswith" | "endswith":
            return Text(name, written, cased)
        case _:
            raise UnfitError(f"{name} cannot be honoured")


def constant(value: Any) -> Value:  # noqa: ANN401 - any JSON
    """Return a value of a list that stands in the query."""
    match value:
        case bool():
            return Constant(value, "boolean"), "boolean"
        case int():
            return Constant(value, "long"), "long"
        case float():
            return Constant(value, "real"), "real"
        case str():
            return Constant(value, "text"), "text"
        case _:
            return Constant(json.dumps(value), "dynamic"), "dynamic"


def json_of(tree: Tree[Token]) -> Any:  # noqa: ANN401 - any JSON
    """Return what stands in ``dynamic(…)``."""
    match tree.data:
        case "json_list":
            return [json_of(one) for one in trees(tree)]
        case "json_object":
            return {text_of(str(pair.children[0])): json_of(trees(pair)[0]) for pair in trees(tree)}
        case "json_text":
            return text_of(str(tree.children[0]))
        case "json_number":
            return json.loads("".join(map(str, tree.children)))
        case "json_boolean":
            return str(tree.children[0]).lower() == "true"
        case "json_null":
            return None
        case _:
            raise UnfitError("times inside of dynamic(…) cannot be honoured")


def added(left: Value, operator: str, right: Value) -> Value:
    """Return a sum or difference."""
    kinds = (left[1], right[1])
    if kinds == ("time", "time") and operator == "-":
        return Call("between_times", (left[0], right[0])), "span"
    if kinds[0] == "time" and kinds[1] == "span":
        step = right[0] if operator == "+" else Call("minus", (right[0],))
        return Call("later", (left[0], step)), "time"
    if kinds == ("span", "time") and operator == "+":
        return Call("later", (right[0], left[0])), "time"
    if kinds == ("span", "span"):
        return Call("add" if operator == "+" else "subtract", (left[0], right[0])), "span"
    if "time" in kinds or "span" in kinds:
        raise UnfitError(f"{operator} cannot be honoured between a {kinds[0]} and a {kinds[1]}")
    one, other = as_number(*left), as_number(*right)
    kind: Kind = "real" if "real" in (one[1], other[1]) else "long"
    return Call("add" if operator == "+" else "subtract", (one[0], other[0])), kind


def multiplied(left: Value, operator: str, right: Value) -> Value:
    """Return a product, quotient or remainder."""
    if "span" in (left[1], right[1]):
        if operator == "/" and left[1] == right[1] == "span":
            return Call("divide", (left[0], right[0])), "real"
        if operator == "*" and right[1] == "span":
            left, right = right, left
        if operator in ("*", "/") and left[1] == "span" and right[1] in ("long", "real"):
            name = "multiply" if operator == "*" else "divide"
            return Call(
                "long_of_real",
                (Call(name, (left[0], Call("real_of_long", (right[0],)) if right[1] == "long" else right[0])),),
            ), "span"
        raise UnfitError(f"{operator} cannot be honoured between a {left[1]} and a {right[1]}")
    one, other = as_number(*left), as_number(*right)
    kind: Kind = "real" if "real" in (one[1], other[1]) else "long"
    if operator == "/":
        # Whole numbers are divided to whole numbers in KQL.
        return Call("divide" if kind == "real" else "divide_whole", (one[0], other[0])), kind
    return Call("multiply" if operator == "*" else "remainder", (one[0], other[0])), kind
