"""Rule files as YAML documents, read strictly: what a lenient reader passes over in silence is an error here."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass
from typing import Any, Final

import yaml

from yadorigi.errors import RuleError
from yadorigi.limits import RULE_ALIAS_LIMIT, RULE_DEPTH_LIMIT

_MERGE: Final = "tag:yaml.org,2002:merge"
_SURELY_SHALLOW: Final = 2_000
"""Characters that open a list or a map in a text which cannot nest too deeply; more, and it is looked at closer."""
_FAR_TOO_DEEP: Final = 1_000
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
    """PyYAML's safe loader, with plain values read as their writer sees them.

    YAML 1.1 reads ``no`` as false, ``12:30:45`` as 45045, ``0x10`` as 16, ``1.10`` as 1.1 and a day as a date. Here
    only whole decimal numbers, ``true``, ``false`` and null are other than text.
    """


_StrictLoader.yaml_implicit_resolvers = {}
for _tag, _form, _first in (
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", "0|-?[1-9][0-9]{0,17}", "-0123456789"),
    ("null", "~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", "<<", "<"),
):
    _StrictLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_form})\\Z"), list(_first))


def read_documents(data: bytes) -> list[Document | RuleError]:
    """Read all documents of a rule file; one that cannot be read is its error, and so is a file that is no YAML.

    Documents that hold no rule (no ``detection``, ``correlation``, ``filter`` or ``logsource``) are left out.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return [RuleError(f"not UTF-8: byte {error.start}")]
    if _nests_too_deeply(text):
        return [RuleError(f"nested deeper than {RULE_DEPTH_LIMIT}")]
    whole = hashlib.sha256(data).hexdigest()
    loader = _StrictLoader(io.StringIO(text))
    found: list[Document | RuleError] = []
    marks: list[tuple[int, int]] = []
    try:
        while loader.check_node():
            node = loader.get_node()
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
        loader.dispose()
    if len(found) > 1:
        return [_with_own_hash(entry, text, mark) for entry, mark in zip(found, marks, strict=False)] + found[
            len(marks) :
        ]
    return found


def _nests_too_deeply(text: str) -> bool:
    """Say whether reading the text would nest so deeply that libyaml's reader, which calls itself, ends the process."""
    if sum(map(text.count, "[{-?:")) <= _SURELY_SHALLOW:
        return False
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > _FAR_TOO_DEEP:
                    return True
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError:
        # What comes before the error is read, and the error is named then.
        return False
    return False


def _with_own_hash(entry: Document | RuleError, text: str, mark: tuple[int, int]) -> Document | RuleError:
    if isinstance(entry, RuleError):
        return entry
    own = hashlib.sha256(text[mark[0] : mark[1]].strip().encode()).hexdigest()
    return Document(entry.content, own, entry.line)


def _document(loader: _StrictLoader, node: yaml.Node, whole: str) -> Document | RuleError | None:
    line = node.start_mark.line + 1
    try:
        _check(node)
        content = loader.construct_document(node)
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


def _check(node: yaml.Node) -> None:
    """Refuse what grows without bound when its aliases are followed, nests too deeply, or says a key twice."""
    count = 0
    pending = [(node, 1)]
    checked: set[int] = set()
    while pending:
        current, depth = pending.pop()
        count += 1
        if count > RULE_ALIAS_LIMIT:
            raise RuleError(f"more than {RULE_ALIAS_LIMIT} values once aliases are followed")
        if depth > RULE_DEPTH_LIMIT:
            raise RuleError(f"nested deeper than {RULE_DEPTH_LIMIT}", line=current.start_mark.line + 1)
        if isinstance(current, yaml.MappingNode):
            if id(current) not in checked:
                checked.add(id(current))
                _check_keys(current)
            pending.extend((part, depth + 1) for pair in current.value for part in pair)
        elif isinstance(current, yaml.SequenceNode):
            pending.extend((part, depth + 1) for part in current.value)


def _check_keys(node: yaml.MappingNode) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise RuleError("a map key that is a list or a map", line=line)
        if key.value in seen:
            # `1` and `"1"` are two keys to YAML; whoever writes both in one map means something else.
            raise RuleError(f"key {key.value!r} occurs twice in one map", line=line)
        if key.tag != _MERGE:
            seen.add(key.value)


def _problem(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or str(error)
    return " ".join(str(problem).split())


def _line(error: Exception) -> int | None:
    mark = getattr(error, "problem_mark", None)
    return None if mark is None else int(mark.line) + 1
