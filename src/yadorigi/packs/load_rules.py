"""Load rules, compiled ones from the cache where nothing about them changed.

The cache is one MessagePack file per set of rule files, named by a hash of their contents, of the placeholders' values
and of the compiling code itself. It is read with fixed types and its own checksum, so it cannot run code, and a
damaged one is made anew. See docs/adr/0005-rule-cache.md.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from yadorigi.errors import NoRulesError, RegexError, RuleError
from yadorigi.languages.sigma.rule import AppliedFilter, CompiledCorrelation, CompiledRule, RefusedRule
from yadorigi.packs.find_rules import RuleFile, find_rules
from yadorigi.packs.rule_set import RuleSet
from yadorigi.query.literals import Claims, bare_claims, remember_claims
from yadorigi.query.nodes import Regex, matches_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.resources.abc import Traversable

    from yadorigi.languages.sigma.documents import Document
    from yadorigi.packs.link_rules import FoundDocuments
    from yadorigi.settings import Settings

_CACHED_SETS: Final = 8
_COMPILING: Final = (
    "languages/sigma",
    "query",
    "packs",
    "schema/address.py",
    "schema/event.py",
    "schema/finding.py",
    "schema/identity.py",
    "errors.py",
    "limits.py",
)
"""Folders and modules of the package whose code shapes compiled rules; a test holds them to what is imported."""


class _Cached(msgspec.Struct, frozen=True):
    rules: tuple[CompiledRule, ...]
    refused: tuple[RefusedRule, ...]
    correlations: tuple[CompiledCorrelation, ...]
    filters: tuple[AppliedFilter, ...]
    claims: dict[str, Claims]


def load_rules(given: Iterable[str], settings: Settings) -> RuleSet:
    """Return the rules below the given paths.

    Args:
        given: files, folders, ``.zip`` archives, or ``builtin``.
        settings: placeholders, and where the cache lies.

    Raises:
        UsageError: a path does not exist.
        NoRulesError: not one rule could be loaded.
    """
    rule_files = find_rules(given)
    cache = _cache_path(rule_files, settings)
    cached = _read_cache(cache)
    if cached is None:
        fresh = compile_files(rule_files, settings)
        claims = _claims_of(fresh.rules)
        _write_cache(cache, _Cached(fresh.rules, fresh.refused, fresh.correlations, fresh.filters, claims))
        remember_claims(claims)
        rules = fresh
    else:
        remember_claims(cached.claims)
        rules = RuleSet(cached.rules, cached.refused, cached.correlations, cached.filters, from_cache=True)
    if not rules.loaded:
        reasons = "; ".join(f"{refused.path}: {refused.reason}" for refused in rules.refused[:3])
        raise NoRulesError(f"not one rule could be loaded ({rules.given} given). {reasons}".strip())
    return rules


def _claims_of(rules: Iterable[CompiledRule]) -> dict[str, Claims]:
    """Return what is known of the texts that matches of the rules' expressions hold."""
    tests = (match.test for rule in rules for match in matches_of(rule.node))
    patterns = {test.pattern for test in tests if isinstance(test, Regex)}
    return {pattern: bare_claims(pattern) for pattern in sorted(patterns)}


def compile_files(rule_files: Iterable[RuleFile], settings: Settings) -> RuleSet:
    """Compile rule files without the cache."""
    # pySigma takes a third of a second to import; with a warm cache nobody waits for it.
    from yadorigi.languages.sigma.documents import read_documents  # noqa: PLC0415 - only where rules changed
    from yadorigi.packs.link_rules import FoundDocuments, link  # noqa: PLC0415 - only where rules changed

    found = FoundDocuments()
    for rule_file in rule_files:
        if rule_file.problem:
            found.refused.append(RefusedRule(rule_file.path, rule_file.problem))
            continue
        for document in read_documents(rule_file.data):
            if isinstance(document, RuleError):
                found.refused.append(RefusedRule(rule_file.path, document.reason, line=document.line))
                continue
            try:
                _compile(document, rule_file.path, settings, found)
            except (RuleError, RegexError) as error:
                reason = error.reason if isinstance(error, RuleError) else str(error)
                stated = (document.content.get(key) for key in ("id", "title", "name"))
                rule_id, title, name = (str(value) if isinstance(value, str) else "" for value in stated)
                found.refused.append(RefusedRule(rule_file.path, reason, rule_id or None, title, document.line, name))
    return link(found)


def _compile(document: Document, path: str, settings: Settings, found: FoundDocuments) -> None:
    """Compile a document into the list of its kind.

    Raises:
        RuleError, RegexError: it cannot be honoured.
    """
    from yadorigi.languages.sigma.compile import compile_document  # noqa: PLC0415 - only where rules changed
    from yadorigi.languages.sigma.correlation import compile_correlation  # noqa: PLC0415 - only where rules changed
    from yadorigi.languages.sigma.filters import compile_filter  # noqa: PLC0415 - only where rules changed
    from yadorigi.packs.link_rules import FoundCorrelation, FoundFilter  # noqa: PLC0415 - only where rules changed

    if "correlation" in document.content:
        found.correlations.append(FoundCorrelation(path, compile_correlation(document)))
    elif "filter" in document.content:
        found.filters.append(FoundFilter(path, compile_filter(document, settings.placeholders)))
    else:
        rule = compile_document(document, settings.placeholders)
        found.rules.append(msgspec.structs.replace(rule, path=path))


@lru_cache(maxsize=1)
def _compiling_code() -> bytes:
    """Return a hash of the code whose change makes compiled rules stale."""
    digest = hashlib.sha256(version("pysigma").encode())
    for name, module in compiling_modules():
        digest.update(msgspec.msgpack.encode((name, module.read_bytes())))
    return digest.digest()


def compiling_modules() -> list[tuple[str, Traversable]]:
    """Return the modules whose code shapes compiled rules, with their places in the package, in a fixed order."""
    found: list[tuple[str, Traversable]] = []
    for place in _COMPILING:
        entry = files("yadorigi").joinpath(place)
        if entry.is_dir():
            found += [(f"{place}/{part.name}", part) for part in entry.iterdir() if part.name.endswith(".py")]
        else:
            found.append((place, entry))
    return sorted(found, key=lambda module: module[0])


def _cache_path(rule_files: Iterable[RuleFile], settings: Settings) -> Path:
    digest = hashlib.sha256(_compiling_code())
    digest.update(msgspec.msgpack.encode(sorted(settings.placeholders.items())))
    for rule_file in rule_files:
        digest.update(msgspec.msgpack.encode((rule_file.path, rule_file.sha256)))
    return settings.cache_folder / "rules" / f"{digest.hexdigest()}.msgpack"


def _read_cache(path: Path) -> _Cached | None:
    try:
        data = path.read_bytes()
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            return None
        cached = msgspec.msgpack.decode(data[32:], type=_Cached)
        os.utime(path)
    except (OSError, msgspec.MsgspecError):
        return None
    return cached


def _write_cache(path: Path, cached: _Cached) -> None:
    """Keep compiled rules; a cache that cannot be written costs time, no more, so it stops nothing."""
    payload = msgspec.msgpack.encode(cached)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(hashlib.sha256(payload).digest() + payload)
            Path(temporary).replace(path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
        by_age = sorted(path.parent.glob("*.msgpack"), key=lambda entry: entry.stat().st_mtime, reverse=True)
        for old in by_age[_CACHED_SETS:]:
            old.unlink(missing_ok=True)
