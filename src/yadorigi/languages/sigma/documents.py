"""Rule files as YAML documents, read strictly: what a lenient reader passes over in silence is an error here."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Final

import yaml

from yadorigi.errors import RuleError
from yadorigi.limits import RULE_ALIAS_LIMIT, RULE_DEPTH_LIMIT

_RULE_KEYS: Final = ("detection", "correlation", "filter", "logsource", "action")


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document of a rule file.

    Attributes:
        content: the map that it holds.
        sha256: of the file where it is the only document, else of the document's own text.
        line: 1-based line where it begins.
    """

    content: dict[str, Any]
    sha256: str
    line: int


class _StrictLoader(yaml.CSafeLoader):
    """PyYAML's safe loader, without silence about keys that occur twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)  # type: ignore[no-untyped-call]  # PyYAML's stubs
            if not isinstance(key, Hashable):
                raise RuleError("a map key that is a list or a map", line=key_node.start_mark.line + 1)
            if key in seen and key_node.tag != "tag:yaml.org,2002:merge":
                raise RuleError(f"key {key!r} occurs twice in one map", line=key_node.start_mark.line + 1)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_documents(data: bytes) -> list[Document | RuleError]:
    """Read all documents of a rule file; one that cannot be read is its error, and so is a file that is no YAML.

    Documents that hold no rule (no ``detection``, ``correlation``, ``filter`` or ``logsource``) are left out.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return [RuleError(f"not UTF-8: byte {error.start}")]
    whole = hashlib.sha256(data).hexdigest()
    loader = _StrictLoader(io.StringIO(text))
    found: list[Document | RuleError] = []
    marks: list[tuple[int, int]] = []
    try:
        while loader.check_node():  # type: ignore[no-untyped-call]  # PyYAML's stubs
            node = loader.get_node()  # type: ignore[no-untyped-call]  # PyYAML's stubs
            if node is None:
                continue
            document = _document(loader, node, whole)
            if document is not None:
                found.append(document)
                marks.append((node.start_mark.index, node.end_mark.index))
    except yaml.YAMLError as error:
        found.append(RuleError(f"no YAML: {_problem(error)}", line=_line(error)))
    except (ValueError, RecursionError) as error:
        found.append(RuleError(f"no YAML: {error}"))
    finally:
        loader.dispose()  # type: ignore[no-untyped-call]  # PyYAML's stubs
    if len(found) > 1:
        found = [_with_own_hash(entry, text, mark) for entry, mark in _paired(found, marks)]
    return found


def _paired(
    found: list[Document | RuleError], marks: list[tuple[int, int]]
) -> list[tuple[Document | RuleError, tuple[int, int]]]:
    return [(entry, marks[place] if place < len(marks) else (0, 0)) for place, entry in enumerate(found)]


def _with_own_hash(entry: Document | RuleError, text: str, mark: tuple[int, int]) -> Document | RuleError:
    if isinstance(entry, RuleError):
        return entry
    own = hashlib.sha256(text[mark[0] : mark[1]].encode()).hexdigest()
    return Document(entry.content, own, entry.line)


def _document(loader: _StrictLoader, node: yaml.Node, whole: str) -> Document | RuleError | None:
    line = node.start_mark.line + 1
    try:
        _check_size(node)
        content = loader.construct_document(node)  # type: ignore[no-untyped-call]  # PyYAML's stubs
    except RuleError as error:
        return error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = _problem(error) if isinstance(error, yaml.YAMLError) else str(error)
        return RuleError(f"no YAML: {reason}", line=_line(error) or line)
    if not isinstance(content, dict):
        return None
    if not any(key in content for key in _RULE_KEYS):
        return None
    return Document(content, whole, line)


def _check_size(node: yaml.Node) -> None:
    """Refuse documents that grow without bound when their aliases are followed, or that nest too deeply."""
    count = 0
    pending = [(node, 1)]
    while pending:
        current, depth = pending.pop()
        count += 1
        if count > RULE_ALIAS_LIMIT:
            raise RuleError(f"more than {RULE_ALIAS_LIMIT} values once aliases are followed")
        if depth > RULE_DEPTH_LIMIT:
            raise RuleError(f"nested deeper than {RULE_DEPTH_LIMIT}", line=current.start_mark.line + 1)
        if isinstance(current, yaml.MappingNode):
            pending.extend((part, depth + 1) for pair in current.value for part in pair)
        elif isinstance(current, yaml.SequenceNode):
            pending.extend((part, depth + 1) for part in current.value)


def _problem(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or str(error)
    return " ".join(str(problem).split())


def _line(error: Exception) -> int | None:
    mark = getattr(error, "problem_mark", None)
    return None if mark is None else int(mark.line) + 1
