"""Makes values of plans of those of XQL: fields, literals, arithmetic, functions, members of JSON."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import msgspec
from lark import Token, Tree

from yadorigi.languages.xql.arguments import UnfitError, Value, as_list
from yadorigi.languages.xql.functions import FUNCTIONS, REFUSED_FUNCTIONS
from yadorigi.languages.xql.json_functions import json_path, scalar_at, steps_of
from yadorigi.languages.xql.literals import TWICE, plain, unescaped
from yadorigi.query.plan.conversions import as_dynamic, as_number, as_text
from yadorigi.query.plan.expressions import FALSE, TRUE, Call, Column, Constant, Each, Expression, Kind
from yadorigi.query.values import number_of

if TYPE_CHECKING:
    from yadorigi.languages.xql.scope import Scope

ELEMENT: Final = "@element"
_SUFFIXES: Final = ("[]", "{}")
ELEMENT_FUNCTIONS: Final = ("array_all", "array_any", "arrayfilter", "arrayindexof", "arraymap")
"""Functions that look at each element of an array."""


class Values:
    """Makes values of trees."""

    def __init__(self, scope: Scope) -> None:
        """Work in a scope."""
        self.scope = scope
        self.alternatives = 0

    @contextmanager
    def with_alternatives(self, there_are: bool) -> Iterator[None]:
        """Where something else may hold, a condition that cannot is noted and not refused."""
        self.alternatives += there_are
        try:
            yield
        finally:
            self.alternatives -= there_are

    def condition(self, tree: Tree[Token]) -> Expression:
        """Return a condition.

        Raises:
            QueryError: it cannot be honoured, or is none.
        """
        value, kind = self.value(tree)
        if kind != "boolean":
            raise self.scope.wrong("a condition is needed here: compare the value with something", tree)
        return value

    def value(self, tree: Tree[Token]) -> Value:
        """Return what a tree works out, and its kind.

        Raises:
            QueryError: it cannot be honoured.
        """
        method = getattr(self, f"_{tree.data}", None)
        if method is None:
            raise self.scope.wrong(f"{tree.data} cannot be honoured", tree)
        found: Value = method(tree)
        return found

    def _sum(self, tree: Tree[Token]) -> Value:
        return self._arithmetic(tree, {"+": "add", "-": "subtract"})

    def _product(self, tree: Tree[Token]) -> Value:
        return self._arithmetic(tree, {"*": "multiply", "/": "divide"})

    def _arithmetic(self, tree: Tree[Token], names: dict[str, str]) -> Value:
        first, *rest = tree.children
        assert isinstance(first, Tree)  # noqa: S101 - for mypy
        found = self.value(first)
        for operator, part in zip(rest[::2], rest[1::2], strict=True):
            assert isinstance(part, Tree)  # noqa: S101 - for mypy
            left, right = self._number(found, first), self._number(self.value(part), part)
            kind: Kind = "real" if "real" in (left[1], right[1]) or str(operator) == "/" else "long"
            found = Call(names[str(operator)], (left[0], right[0])), kind
        return found

    def _number(self, value: Value, at: Tree[Token]) -> Value:
        if isinstance(value[0], Constant) and isinstance(value[0].value, str) and number_of(value[0].value) is None:
            raise self.scope.wrong(f"{value[0].value[:40]!r} is no number; concat joins texts", at)
        return as_number(*value)

    def _field(self, tree: Tree[Token]) -> Value:
        name = self.scope.name_of(token_of(tree))
        return Column(name), self.scope.columns[name]

    def _parameter(self, tree: Tree[Token]) -> Value:
        token = token_of(tree)
        found = self.scope.parameters.get(str(token).removeprefix("$"))
        if found is None:
            raise self.scope.wrong(f"there is no parameter {token}", token)
        return found, found.kind

    def _arrow(self, tree: Tree[Token]) -> Value:
        document, steps, suffix = self._path(tree)
        if not suffix:
            return scalar_at(document, json_path(steps))
        source = document[0] if document[1] == "dynamic" else Call("dynamic_if_json", (as_text(*document),))
        found = Call("at_path", (source, Constant(json_path(steps), "text"))) if steps else source
        return (found, "dynamic") if suffix == "[]" else (Call("json_of", (found,)), "text")

    def _path(self, tree: Tree[Token]) -> tuple[Value, list[str | int], str]:
        """Return what is looked into, the steps of the arrows together, and what the last one ends in."""
        inner, arrow = tree.children
        assert isinstance(inner, Tree)  # noqa: S101 - for mypy
        written = str(arrow)[2:].strip()
        suffix = next((one for one in _SUFFIXES if written.endswith(one)), "")
        path = written.removesuffix(suffix)
        try:
            steps = steps_of(path) if path else []
        except UnfitError as error:
            raise self.scope.wrong(str(error), tree) from None
        if inner.data == "arrow":
            document, before, ending = self._path(inner)
            if not ending:
                return document, before + steps, suffix
        return self.value(inner), steps, suffix

    def _call(self, tree: Tree[Token]) -> Value:
        name = token_of(tree)
        folded = str(name).lower()
        given = [child for argument in parts_of(tree) for child in argument.children if isinstance(child, Tree)]
        if folded == "current_time" and not given:
            return Constant(self.scope.now, "time"), "time"
        if folded == "time_frame_end":
            return self._time_frame_end(name, given)
        if folded in ELEMENT_FUNCTIONS:
            return self._on_elements(tree, folded, given)
        function = FUNCTIONS.get(folded)
        if function is None:
            reason = REFUSED_FUNCTIONS.get(folded)
            if reason:
                raise self.scope.wrong(f"the function {folded} cannot be honoured: {reason}", name)
            alike = difflib.get_close_matches(folded, FUNCTIONS, 1)
            hint = f"; did you mean {alike[0]}?" if alike else ""
            raise self.scope.wrong(f"there is no function {folded}{hint}", name)
        if not function.least <= len(given) <= function.most:
            many = f"{function.least}" if function.least == function.most else f"{function.least} to {function.most}"
            raise self.scope.wrong(f"{folded} takes {many} values, not {len(given)}", name)
        try:
            with self.with_alternatives(folded == "if"):
                values = [self.value(one) for one in given]
                if folded in ("regextract", "replex"):
                    self._note_escapes(values[1])
                return function.make(values)
        except UnfitError as error:
            raise self.scope.wrong(str(error), name) from None

    def _note_escapes(self, pattern: Value) -> None:
        """Say that backslashes stand for themselves, where somebody seems to have thought otherwise."""
        written = pattern[0].value if isinstance(pattern[0], Constant) else None
        if isinstance(written, str) and written not in self.scope.triple and TWICE.search(written):
            self.scope.notes.append(
                f"{written[:60]} is an expression with two backslashes side by side, which look for one in the value: "
                "in double quotes they are no escapes"
            )

    def _time_frame_end(self, name: Token, given: list[Tree[Token]]) -> Value:
        if given:
            raise self.scope.wrong("time_frame_end() takes no values", name)
        end = self.scope.timeframe[1] if self.scope.timeframe else self.scope.now
        return Constant(end, "time"), "time"

    def _on_elements(self, tree: Tree[Token], name: str, given: list[Tree[Token]]) -> Value:
        try:
            listed, formula = given
        except ValueError:
            raise self.scope.wrong(f"{name} takes 2 values, not {len(given)}", tree) from None
        elements = as_list(self.value(listed))
        inside = type(self)(replace(self.scope, columns={**self.scope.columns, ELEMENT: "text"}))
        body, kind = inside.value(formula)
        body = _with_element(body)
        if name == "arraymap":
            return Each("change", elements, "@json", as_dynamic(body, kind)), "dynamic"
        if kind != "boolean":
            raise self.scope.wrong(f"{name} needs a condition", formula)
        if name == "arrayfilter":
            return Each("keep", elements, "@json", body), "dynamic"
        if name == "arrayindexof":
            told = Each("change", elements, "@json", Call("dynamic_of", (body,)))
            found = Call("list_position", (told, TRUE))
            return Call("missing_if", (found, Constant(-1, "long"))), "long"
        return Each("some" if name == "array_any" else "every", elements, "@json", body), "boolean"

    # --- Literals

    def _text(self, tree: Tree[Token]) -> Value:
        return self._written(plain(str(tree.children[0])))

    def _triple(self, tree: Tree[Token]) -> Value:
        text = unescaped(str(tree.children[0]))
        self.scope.triple.add(text)
        return self._written(text)

    def _written(self, text: str) -> Value:
        if text == ELEMENT and ELEMENT in self.scope.columns:
            return Column(ELEMENT), "text"
        return Constant(text, "text"), "text"

    def _integer(self, tree: Tree[Token]) -> Value:
        number = int("".join(map(str, tree.children)))
        if not -(2**63) <= number < 2**63:
            raise self.scope.wrong("this number has more than 64 bits", tree)
        return Constant(number, "long"), "long"

    def _decimal(self, tree: Tree[Token]) -> Value:
        return Constant(float("".join(map(str, tree.children))), "real"), "real"

    def _boolean(self, tree: Tree[Token]) -> Value:
        return (TRUE if str(tree.children[0]).lower() == "true" else FALSE), "boolean"

    def _null(self, tree: Tree[Token]) -> Value:
        del tree
        return Constant(None, "text"), "text"

    def _enumerated(self, tree: Tree[Token]) -> Value:
        return Constant(str(tree.children[0]).upper().removeprefix("ENUM."), "text"), "text"


def parts_of(tree: Tree[Token]) -> list[Tree[Token]]:
    """Return the trees that one is made of, without its words."""
    return [child for child in tree.children if isinstance(child, Tree)]


def only_of(tree: Tree[Token]) -> Tree[Token]:
    """Return what a tree of one branch comes down to."""
    while tree.data in ("sum", "product", "disjunction", "conjunction") and len(tree.children) == 1:
        child = tree.children[0]
        assert isinstance(child, Tree)  # noqa: S101 - for mypy
        tree = child
    return tree


def token_of(tree: Tree[Token]) -> Token:
    """Return the first word of a tree."""
    child = tree.children[0]
    return child if isinstance(child, Token) else token_of(child)


def columns_read(scope: Scope, tree: Tree[Token]) -> Iterator[tuple[str, Tree[Token]]]:
    """Give the columns that a tree reads, with their places; names of values of closed sets are none."""
    known = {name.lower(): name for name in scope.columns}
    for one in fields_in(tree):
        name = known.get(str(token_of(one)).lower())
        if name is not None:
            yield name, one


def fields_in(tree: Tree[Token]) -> Iterator[Tree[Token]]:
    """Give what names fields in a tree, without queries inside of it."""
    pending = [tree]
    while pending:
        current = pending.pop()
        if current.data == "field":
            yield current
        elif current.data != "subquery":
            pending += reversed(parts_of(current))


def _with_element(body: Expression) -> Expression:
    """Put the text of an element where its name stands."""
    element = Call("text_of_dynamic", (Column("@json"),))

    def change(value: Any) -> Any:  # noqa: ANN401 - any part of an expression
        if isinstance(value, Column) and value.name == ELEMENT:
            return element
        if isinstance(value, tuple):
            return tuple(map(change, value))
        if isinstance(value, msgspec.Struct) and type(value).__module__ == Column.__module__:
            return type(value)(*(change(getattr(value, name)) for name in value.__struct_fields__))
        return value

    found: Expression = change(body)
    return found
