"""Which source reads a file: the first that recognises it, with the reason in words, or the one that was chosen."""

from __future__ import annotations

import pytest

from yadorigi.errors import UsageError
from yadorigi.sources.choice import SourceChoices
from yadorigi.sources.registry import every_source, recognise, source_named


def test_content_goes_before_the_name() -> None:
    named = recognise(b"", "Security.evtx")
    assert (named.source_name, named.reason) == ("evtx", "its name ends in .evtx")
    content = recognise(b"ElfFile\0", "notes.txt")
    assert (content.source_name, content.reason) == ("evtx", "begins with the magic of EVTX files")
    assert recognise(b"just text", "notes.txt").source is None
    assert recognise(b"just text", "notes.txt").reason == ""


def test_a_chosen_source_reads_whatever_it_is_given() -> None:
    recognition = recognise(b"just text", "notes.txt", "evtx_dump")
    assert (recognition.source_name, recognition.reason) == ("evtx_dump", "chosen by --source")


def test_names_are_different() -> None:
    assert len({source.name for source in every_source()}) == len(every_source())
    assert all(source_named(source.name) is source for source in every_source())


@pytest.mark.parametrize(
    ("texts", "shown", "chosen"),
    [
        ((), "a/b.json", None),
        (("evtx",), "a/b.json", "evtx"),
        (("*.json=evtx_dump",), "a/b.json", "evtx_dump"),
        (("*.json=evtx_dump",), "a/b.txt", None),
        (("b.json=evtx_dump",), "a/b.json", "evtx_dump"),
        (("a/*=evtx_dump",), "a/b/c.json", "evtx_dump"),
        (("evtx", "*.json=evtx_dump"), "b.json", "evtx_dump"),
        (("*.json=evtx_dump", "evtx"), "b.json", "evtx"),
        (("x=y.json=evtx_dump",), "x=y.json", "evtx_dump"),
    ],
)
def test_the_last_choice_that_fits_counts(texts: tuple[str, ...], shown: str, chosen: str | None) -> None:
    assert SourceChoices.of(texts).for_file(shown) == chosen


@pytest.mark.parametrize("text", ["nonsense", "*.json=nonsense", "*.json=", ""])
def test_an_unknown_source_is_named_with_those_that_there_are(text: str) -> None:
    with pytest.raises(UsageError, match=r"one of evtx, .*, evtx_dump"):
        SourceChoices.of([text])
