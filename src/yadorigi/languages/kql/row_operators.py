"""Operators of KQL that take a row apart: ``parse``, ``mv-expand``, ``mv-apply``; and ``search``, ``invoke``."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from lark import Token, Tree

from yadorigi.languages.kql.conversions import as_text
from yadorigi.languages.kql.expressions import Expressions, name_of
from yadorigi.languages.kql.function import constant_text
from yadorigi.languages.kql.literals import kind_named, text_of
from yadorigi.languages.kql.names import Names, as_kind, default_name, options_of
from yadorigi.languages.kql.series import SeriesOperators
from yadorigi.languages.kql.text_functions import expression_of
from yadorigi.languages.kql.values import trees
from yadorigi.query.nodes import Compare
from yadorigi.query.plan.columns import columns_of
from yadorigi.query.plan.conversions import as_dynamic
from yadorigi.query.plan.expressions import Call, Column, Constant, Expression, Holds, Kind, both, either
from yadorigi.query.plan.relations import (
    Aggregate,
    Distinct,
    Expand,
    Extend,
    Named,
    Numbered,
    Project,
    Relation,
    Sort,
    SortKey,
    Summarize,
    Where,
)

if TYPE_CHECKING:
    from yadorigi.languages.kql.function import Value

_PARSED: Final[dict[Kind, str]] = {
    "long": r"(-?\d+)",
    "real": r"(-?\d+(?:\.\d+)?)",
    "boolean": "(true|false|True|False)",
}
_PARTS: Final = frozenset({"option", "parse_text", "anything", "column_part", "column_part_behind"})
_SQL_GROUPS: Final = 9
_FLAGS: Final = frozenset("Uims")
_SET: Final = " set"
"""The column with the number of the row whose elements are worked with; no name of KQL begins so."""

_PLACE: Final = " place"
_KEPT_APPLY: Final = frozenset({"where", "extend", "parse", "mv_expand", "serialize"})


def _types_of(tree: Tree[Token]) -> list[Kind]:
    return [kind_named(str(child)) for child in tree.children if isinstance(child, Token) and child.type == "TYPE"]


def _text(text: str) -> Constant:
    return Constant(text, "text")


def _long(number: int) -> Constant:
    return Constant(number, "long")


def _shown_of(tree: Tree[Token]) -> str:
    """Return the name of the column that a tree is; "" where it is none."""
    name = default_name(tree, 1)
    return "" if name == "Column1" else name


def _groups_in(pattern: str) -> int:
    return len(re.findall(r"\((?!\?)|\(\?P?<\w", re.sub(r"\\.|\[\^?\]?[^\]]*\]", "", pattern)))


class RowOperators(SeriesOperators):
    """Makes steps of operators that take rows apart."""

    def _parse(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        options = options_of(tree)
        how = options.get("kind", "simple")
        if how not in ("simple", "relaxed", "regex"):
            raise self.scope(names).wrong(f"parse has no kind {how}: simple, relaxed or regex", tree)
        subject_tree = next(one for one in trees(tree) if one.data not in _PARTS)
        subject = as_text(*Expressions(self.scope(names, columns_of(source))).value(subject_tree))
        pattern, found = self._parse_pattern(tree, how)
        flags = options.get("flags", options.get("regexflags", ""))
        if set(flags) - _FLAGS:
            raise self.scope(names).wrong(f"parse has no flags {flags}: some of U, i, m, s", tree)
        inline = f"(?{flags})" if how == "regex" and flags else "" if how == "regex" else "(?s)"
        whole: Value = Constant(f"{inline}^{pattern}$", "text"), "text"
        expression_of(whole, "the expression of parse")
        made = []
        for name, kind, number in found:
            of_group = "first_match" if number <= _SQL_GROUPS else "group_of"
            text = Call(of_group, (subject, whole[0], Constant(number, "long")))
            made.append(Named(name, as_kind((text, "text"), kind)))
        if any(isinstance(child, Token) and child.type == "PARSE_WHERE" for child in tree.children):
            source = Where(source, Call("matches", (subject, whole[0])))
        self.filled({one.name for one in made})
        return Extend(source, tuple(made))

    @staticmethod
    def _parse_pattern(tree: Tree[Token], how: str) -> tuple[str, list[tuple[str, Kind, int]]]:
        """Return the expression of a ``parse``, and its columns with the numbers of their groups."""
        pattern, found, group = "", [], 0
        for part in trees(tree):
            if part.data == "parse_text":
                written = text_of(str(part.children[0]))
                pattern += f"(?:{written})" if how == "regex" else re.escape(written)
                group += _groups_in(written) if how == "regex" else 0
            elif part.data == "anything":
                pattern += ".*?"
            elif part.data in ("column_part", "column_part_behind"):
                kind: Kind = (_types_of(part) or ["text"])[0]
                pattern += ".*?" if part.data == "column_part_behind" else ""
                pattern += "(.*?)" if how == "relaxed" else _PARSED.get(kind, "(.*?)")
                if part.data == "column_part" and any(
                    isinstance(child, Token) and child.type == "STAR" for child in part.children
                ):
                    pattern += ".*?"
                group += 1
                found.append((name_of(trees(part)[0]), kind, group))
        return pattern, found

    def _parse_kv(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        scope = self.scope(names, columns_of(source))
        given = {}
        for one in (part for part in trees(tree) if part.data == "property"):
            option, said = (str(child) for child in one.children)
            if option not in ("pair_delimiter", "kv_delimiter", "quote"):
                raise scope.wrong(
                    f"parse-kv with {option} cannot be honoured; it has pair_delimiter and kv_delimiter", one
                )
            if said[-1:] not in ("'", '"', "`", "~") or not text_of(said):
                raise scope.wrong(f"{option} is a text, and none that is empty", one)
            given[option] = re.escape(text_of(said))
        if not {"pair_delimiter", "kv_delimiter"} <= given.keys():
            raise scope.wrong("parse-kv cannot be honoured without pair_delimiter and kv_delimiter", tree)
        subject_tree, *rest = [one for one in trees(tree) if one.data != "property"]
        subject = as_text(*Expressions(scope).value(subject_tree))
        pair, between, quote = given["pair_delimiter"], given["kv_delimiter"], given.get("quote", "")
        made = []
        for name_tree, kind in zip(rest, _types_of(tree), strict=True):
            name = name_of(name_tree)
            begins = rf"(?s)(?:^|{pair})\s*{re.escape(name)}\s*{between}\s*"
            value: Expression = Call("first_match", (subject, _text(rf"{begins}(.*?)\s*(?:{pair}|$)"), _long(1)))
            if quote:
                quoted = Call("first_match", (subject, _text(rf"{begins}{quote}(.*?){quote}"), _long(1)))
                value = Call("first_present", (Call("missing_if", (quoted, _text(""))), value))
            made.append(Named(name, as_kind((value, "text"), kind)))
        self.filled({one.name for one in made})
        return Extend(source, tuple(made))

    def _evaluate(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        columns = columns_of(source)
        scope = self.scope(names, columns)
        call = next(one for one in trees(tree) if one.data == "call")
        name_tree, *given = trees(call)
        if name_of(name_tree) != "bag_unpack":
            reason = f"the plugin {name_of(name_tree)} of evaluate cannot be honoured; bag_unpack with its columns can"
            raise scope.wrong(reason, name_tree)
        kinds = _types_of(tree)
        if not kinds:
            reason = "evaluate bag_unpack cannot be honoured without its columns: which there are is in the rows"
            raise scope.wrong(f"{reason}; write bag_unpack(x) : (*, name:string), or x.name", name_tree)
        bag = Expressions(scope).value(given[0])
        prefix = constant_text(Expressions(scope).value(given[1]), "the prefix") if given[1:] else ""
        own = _shown_of(given[0])
        whole = any(isinstance(child, Token) and child.type == "STAR" for child in tree.children)
        made = {name: Named(name, Column(name)) for name in columns if whole and name != own}
        for part, kind in zip((one for one in trees(tree) if one.data == "name"), kinds, strict=True):
            name = name_of(part)
            member = Call("member", (as_dynamic(*bag), _text(name.removeprefix(prefix))))
            there = name in columns and name != own
            made[name] = Named(name, Column(name) if there else as_kind((member, "dynamic"), kind))
        self.filled(set(made) - set(columns))
        return Project(source, tuple(made.values()))

    def _mv_expand(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        options = options_of(tree)
        how = options.get("bagexpansion", options.get("kind", "bag"))
        if how not in ("bag", "array"):
            raise self.scope(names).wrong(f"mv-expand has no kind {how}: bag or array", tree)
        return self._limited(tree, source, names, options.get("with_itemindex", ""), how)

    def _limited(self, tree: Tree[Token], source: Relation, names: Names, index: str, how: str = "bag") -> Relation:
        """Return rows for elements, of each row no more than the limit that the operator says."""
        limits = [child for child in tree.children if isinstance(child, Token) and child.type == "INTEGER"]
        if not limits:
            return self._expanded(tree, source, names, index, how)
        found = self._expanded(tree, source, names, index or _PLACE, how)
        found = Where(found, Holds(Column(index or _PLACE), Compare("lt", int(str(limits[0]), 0))))
        shown = tuple(Named(name, Column(name)) for name in columns_of(found) if index or name != _PLACE)
        return Project(found, shown)

    def _expanded(self, tree: Tree[Token], source: Relation, names: Names, index: str, how: str = "bag") -> Relation:
        expanded, kinds = [], []
        for part in (one for one in trees(tree) if one.data == "expanded"):
            *given, value_tree = trees(part)
            value, kind = Expressions(self.scope(names, columns_of(source))).value(value_tree)
            name = name_of(given[0]) if given else default_name(value_tree, 1)
            source = Extend(
                source,
                (Named(name, Call("elements" if how == "bag" else "element_pairs", (as_dynamic(value, kind),))),),
            )
            expanded.append(name)
            kinds.append((_types_of(part) or ["dynamic"])[0])
        return Expand(source, tuple(expanded), tuple(kinds), keep_empty=False, index=index)

    # --- mv-apply: operators over the elements of each row

    def _mv_apply(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        own = columns_of(source)
        hidden = Extend(source, tuple(Named(f" own {name}", Column(name)) for name in own))
        index = options_of(tree).get("with_itemindex", _PLACE)
        inner = self._limited(tree, Numbered(hidden, _SET), names, index)
        applied = next(one for one in trees(tree) if one.data == "applied")
        for operator in trees(applied):
            inner = self._applied(operator, inner, names)
        made = [name for name in columns_of(inner) if not name.startswith(" ") and name not in own]
        items = {name_of(trees(one)[0]) if trees(one)[1:] else default_name(trees(one)[0], 1)
                 for one in trees(tree) if one.data == "expanded"}  # fmt: skip
        shown = [Named(name, Column(name if name in items and name in columns_of(inner) else f" own {name}"))
                 for name in own]  # fmt: skip
        return Project(inner, (*shown, *(Named(name, Column(name)) for name in made)))

    def _applied(self, operator: Tree[Token], source: Relation, names: Names) -> Relation:
        columns = columns_of(source)
        hidden = [name for name in columns if name.startswith(" ")]
        if operator.data in _KEPT_APPLY:
            return self.step(operator, source, names)
        made = self.step(operator, source, names) if operator.data not in ("sort", "top", "take") else source
        match made:
            case Project():
                kept = tuple(Named(name, Column(name)) for name in hidden)
                return Project(made.source, (*(one for one in made.columns if one.name not in hidden), *kept))
            case Distinct() if isinstance(made.source, Project):
                kept = tuple(Named(name, Column(name)) for name in hidden if name != _PLACE)
                return Distinct(Project(made.source.source, (*made.source.columns, *kept)))
            case Summarize():
                more = tuple(Aggregate(name, "any", (Column(name),)) for name in hidden if name not in (_SET, _PLACE))
                groups = (Named(_SET, Column(_SET)), *made.groups)
                return Summarize(made.source, groups, (*made.aggregates, *more))
        if operator.data not in ("sort", "top", "take"):
            raise self.scope(names).wrong(
                f"{str(operator.data).replace('_', '-')} is not honoured in mv-apply", operator
            )
        keys = self.sort_keys(operator, source, names) if operator.data != "take" else ()
        if operator.data == "sort":
            return Sort(source, (SortKey(Column(_SET)), *keys))
        rows = self.rows_wanted(trees(operator)[0], names)
        place = (SortKey(Column(_PLACE)),) if _PLACE in columns else ()
        numbered = Numbered(source, " number", (_SET,), (*keys, *place))
        kept_rows = Where(numbered, Holds(Column(" number"), Compare("lte", rows)))
        return Project(kept_rows, tuple(Named(name, Column(name)) for name in columns))

    # --- Others

    def _search(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        say = Expressions(self.scope(names, columns_of(source)))
        return Where(source, self._searched(trees(tree)[-1], say))

    def _searched(self, tree: Tree[Token], say: Expressions) -> Expression:
        """Return the condition of a ``search``, in which a text alone is looked for in all columns."""
        if tree.data in ("pipe", "inner") and len(tree.children) == 1:
            return self._searched(trees(tree)[0], say)
        if tree.data == "conjunction":
            return both(*(self._searched(one, say) for one in trees(tree)))
        if tree.data == "disjunction":
            return either(*(self._searched(one, say) for one in trees(tree)))
        if tree.data != "text":
            return say.condition(tree)
        text = "".join(text_of(str(token)) for token in tree.children)
        inner = text.strip("*")
        if "*" in inner:
            raise say.scope.wrong("search is honoured with * at the beginning and the end of a text", tree)
        ways = {(False, False): "has", (False, True): "hasprefix", (True, False): "hassuffix", (True, True): "contains"}
        return say.anywhere(ways[text.startswith("*") and len(text) > 1, text.endswith("*")], inner)

    def _invoke(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        return self.invoked(trees(tree)[0], source, names)

    @abstractmethod
    def invoked(self, call: Tree[Token], source: Relation, names: Names) -> Relation:
        """Return the rows that a function of ``let`` gives for a table."""

    def _sample_distinct(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        count, value = trees(tree)
        self.notes.append("sample-distinct gives the first values: the same query must give the same rows")
        columns: Mapping[str, Kind] = columns_of(source)
        made = Named(default_name(value, 1), Expressions(self.scope(names, columns)).value(value)[0])
        from yadorigi.query.plan.relations import Take  # noqa: PLC0415 - beside its only use

        distinct = Sort(Distinct(Project(source, (made,))), (SortKey(Column(made.name)),))
        return Take(distinct, self.rows_wanted(count, names))
