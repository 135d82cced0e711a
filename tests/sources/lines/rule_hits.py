"""Which lines of a log a rule of Sigma hits, worked out row by row."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tests.sources.lines.golden import events_of
from yadorigi.detect.plan import Planner
from yadorigi.detect.rows import all_slowly_matched
from yadorigi.languages.sigma.compile import compile_document
from yadorigi.languages.sigma.documents import Document, read_documents
from yadorigi.languages.sigma.log_sources import LogSources

log_sources = cache(LogSources.load)


def lines_hit(rule: str, log: Path, text: str = "") -> list[int]:
    """Return the numbers of the lines that a rule hits; ``text`` is written to the log first."""
    if text:
        log.write_text(text, encoding="utf-8")
    (document,) = read_documents(rule.encode())
    assert isinstance(document, Document), document
    planner = Planner([compile_document(document, {})], log_sources())
    return [line for line, event in events_of(log)[1] if all_slowly_matched(planner, event)]
