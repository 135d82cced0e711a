"""Runs of several files become chains: copies count once, and numbers that begin anew are told."""

from __future__ import annotations

from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from yadorigi.audits.chains import Chain, chains_of

from .logs import run

COUNT = 40
EXPORTS = st.lists(st.tuples(st.integers(1, COUNT), st.integers(0, COUNT), st.integers(0, 3)), min_size=1, max_size=7)


def spans(chains: list[Chain]) -> list[tuple[int, int]]:
    return [(chain.first.number, chain.last.number) for chain in chains]


@given(EXPORTS, st.randoms(use_true_random=False))
def test_exports_of_one_log_are_what_they_hold_together(exports: list[tuple[int, int, int]], chance: object) -> None:
    """A log writes a record an hour; each export holds some of them."""
    held = [(first, min(first + more, COUNT), file) for first, more, file in exports]
    runs = [(hunt, run(first / 24, last / 24, first, last, file)) for hunt, (first, last, file) in enumerate(held)]
    numbers = sorted({number for first, last, _ in held for number in range(first, last + 1)})
    expected = [
        [number for _, number in group] for _, group in groupby(enumerate(numbers), lambda item: item[1] - item[0])
    ]
    chains = chains_of(runs)
    assert spans(chains) == [(group[0], group[-1]) for group in expected]
    assert sum(chain.copies for chain in chains) == sum(last - first + 1 for first, last, _ in held) - len(numbers)
    assert not any(chain.anew for chain in chains)
    chance.shuffle(runs)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert chains_of(runs) == chains


def test_a_copy_of_a_file_adds_nothing_but_copies() -> None:
    (chain,) = chains_of([(0, run(0, 2, 5, 50, file=0)), (1, run(0, 2, 5, 50, file=0))])
    assert (chain.first.number, chain.last.number, chain.copies, chain.anew) == (5, 50, 46, False)
    assert {key.hunt for key in chain.files} == {0, 1}


def test_numbers_that_go_on_in_the_next_file_are_one_chain() -> None:
    (chain,) = chains_of([(0, run(2, 4, 101, 200, file=1)), (0, run(0, 2, 1, 100, file=0))])
    assert (chain.first.number, chain.last.number, chain.records, chain.copies) == (1, 200, 200, 0)
    assert (chain.first.file.file, chain.last.file.file) == (0, 1)


def test_numbers_begin_anew_after_a_clearing() -> None:
    first, second = chains_of([(0, run(0, 2, 500, 600, file=0)), (0, run(3, 4, 1, 80, file=1))])
    assert (first.anew, second.anew) == (False, True)


def test_the_copy_of_a_log_that_began_anew_is_a_copy() -> None:
    runs = [run(0, 2, 500, 600), run(3, 4, 1, 80, file=1), run(3, 4, 1, 80, file=2), run(0, 2, 500, 600, file=3)]
    chains = chains_of((0, one) for one in runs)
    assert [(*span, chain.anew, chain.copies) for span, chain in zip(spans(chains), chains, strict=True)] == [
        (500, 600, False, 101), (1, 80, True, 80),
    ]  # fmt: skip


def test_a_log_that_begins_anew_twice_says_so_twice() -> None:
    chains = chains_of((0, one) for one in (run(0, 1, 1, 90), run(2, 3, 1, 60), run(4, 5, 1, 30)))
    assert [chain.anew for chain in chains] == [False, True, True]


def test_numbers_that_begin_anew_and_grow_beyond_the_old_ones_are_not_their_copy() -> None:
    chains = chains_of((0, one) for one in (run(0, 1, 1, 90), run(2, 5, 1, 300)))
    assert spans(chains) == [(1, 90), (1, 300)]
    assert chains[1].anew


def test_a_clock_that_was_set_back_between_two_files_breaks_no_chain() -> None:
    later, earlier = run(1, 3, 1, 100, file=0), run(2.5, 4, 101, 200, file=1)
    (chain,) = chains_of([(0, later), (0, earlier)])
    assert (chain.first.number, chain.last.number) == (1, 200)


def test_a_number_that_comes_again_days_later_begins_anew() -> None:
    chains = chains_of((0, one) for one in (run(0, 1, 1, 90), run(2, 3, 90, 120)))
    assert [chain.anew for chain in chains] == [False, True]


def test_what_a_log_held_before_it_began_anew_does_not_go_on() -> None:
    chains = chains_of((0, one) for one in (run(0, 1, 1, 90), run(2, 3, 1, 60), run(4, 5, 91, 120)))
    assert spans(chains) == [(1, 90), (1, 60), (91, 120)]
    assert [chain.anew for chain in chains] == [False, True, False]
