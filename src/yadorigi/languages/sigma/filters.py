"""Sigma filters: a condition that is joined, by "and", to the rules that it names.

Source: Sigma filters specification 2.1; that ``rules`` may be ``any``, and that the filter's condition is joined by
"and" to the rule's, is what pySigma does. (So a filter that takes something out says ``condition: not selection``.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from yadorigi.errors import RuleError
from yadorigi.languages.sigma.compile import compile_detection, log_source_in
from yadorigi.languages.sigma.metadata import Metadata, metadata_of

if TYPE_CHECKING:
    from yadorigi.languages.sigma.documents import Document
    from yadorigi.languages.sigma.lower import Placeholders
    from yadorigi.languages.sigma.rule import CompiledRule
    from yadorigi.query.nodes import Node

_ANY: Final = "any"


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter.

    Attributes:
        metadata: id, title and so on.
        category, product, service: of the rules that it may be joined to; what is None is not asked for.
        references: names or ids of rules; None for all of the log source.
        node: the condition that it adds.
    """

    metadata: Metadata
    category: str | None
    product: str | None
    service: str | None
    references: tuple[str, ...] | None
    node: Node

    def covers(self, rule: CompiledRule) -> bool:
        """Say whether a rule's log source is this one, or a part of it."""
        asked = ((self.category, rule.category), (self.product, rule.product), (self.service, rule.service))
        return all(own is None or own == its for own, its in asked)


def compile_filter(document: Document, placeholders: Placeholders) -> Filter:
    """Compile a filter.

    Raises:
        RuleError: it cannot be honoured; the reason is for its author.
    """
    content = document.content["filter"]
    if not isinstance(content, dict):
        raise RuleError("filter is no map")
    source = log_source_in(document.content, document.line)
    if not isinstance(content.get("condition"), str):
        raise RuleError("filter: condition is missing or no text")
    detection = {name: part for name, part in content.items() if name != "rules"}
    return Filter(
        metadata=metadata_of(document),
        category=source.category,
        product=source.product,
        service=source.service,
        references=_references(content.get("rules")),
        node=compile_detection(detection, placeholders, document.line),
    )


def _references(stated: Any) -> tuple[str, ...] | None:  # noqa: ANN401 - any YAML value
    if stated is None:
        raise RuleError("filter without rules (a name, an id, a list of them, or any)")
    names = stated if isinstance(stated, list) else [stated]
    if not all(isinstance(name, str) and name for name in names):
        raise RuleError("filter: rules is a text or a list of texts")
    if not names or (len(names) == 1 and names[0].casefold() == _ANY):
        return None
    return tuple(dict.fromkeys(names))
