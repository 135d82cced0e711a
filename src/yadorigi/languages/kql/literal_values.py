"""Makes values of what stands written in a query of KQL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from yadorigi.languages.kql.function import UnfitError, Value
from yadorigi.languages.kql.literals import kind_named, span_of, text_of, written_moment, written_span
from yadorigi.languages.kql.values import json_of, trees
from yadorigi.query.plan.expressions import FALSE, TRUE, Constant

if TYPE_CHECKING:
    from lark import Token, Tree


class WrittenValues:
    """Makes values of trees of literals."""

    def _text(self, tree: Tree[Token]) -> Value:
        return Constant("".join(text_of(str(token)) for token in tree.children), "text"), "text"

    def _integer(self, tree: Tree[Token]) -> Value:
        number = (
            int(str(tree.children[0]), 0) if str(tree.children[0])[:2].lower() == "0x" else int(str(tree.children[0]))
        )
        if number >= 2**63:
            raise UnfitError("this number has more than 64 bits")
        return Constant(number, "long"), "long"

    def _decimal(self, tree: Tree[Token]) -> Value:
        return Constant(float(str(tree.children[0])), "real"), "real"

    def _boolean(self, tree: Tree[Token]) -> Value:
        return (TRUE if str(tree.children[0]).lower() == "true" else FALSE), "boolean"

    def _span(self, tree: Tree[Token]) -> Value:
        return Constant(span_of(str(tree.children[0])), "span"), "span"

    def _datetime(self, tree: Tree[Token]) -> Value:
        return Constant(written_moment(str(tree.children[0])), "time"), "time"

    def _timespan(self, tree: Tree[Token]) -> Value:
        return Constant(written_span(str(tree.children[0])), "span"), "span"

    def _guid(self, tree: Tree[Token]) -> Value:
        written = str(tree.children[0])
        return Constant(written[written.index("(") + 1 : -1].strip().lower(), "text"), "text"

    def _typed_null(self, tree: Tree[Token]) -> Value:
        kind = kind_named(str(tree.children[0]).partition("(")[0].strip())
        return Constant(None, kind), kind

    def _dynamic(self, tree: Tree[Token]) -> Value:
        return Constant(
            json.dumps(json_of(trees(tree)[0]), ensure_ascii=False, separators=(",", ":")), "dynamic"
        ), "dynamic"

    def _typeof(self, tree: Tree[Token]) -> Value:
        kind = kind_named(str(tree.children[-1]))
        return Constant(None, kind), kind
