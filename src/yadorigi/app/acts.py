"""Where a run's act begins, if it has one: what signs is loaded only then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yadorigi.app.case_folder import VAULT
from yadorigi.errors import CaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from yadorigi.app.custody import Act
    from yadorigi.app.hunt_options import HuntOptions
    from yadorigi.app.progress import Progress
    from yadorigi.ingest.discover import Inputs
    from yadorigi.packs.rule_set import RuleSet
    from yadorigi.schema.summary import Summary


def act_begun(
    case: Path, name: str, options: HuntOptions, rules: RuleSet | None, earlier: Summary | None
) -> Act | None:
    """Begin an act, or return None where the case has no vault and is not to have one.

    Args:
        case: its folder, which is locked.
        name: of the act.
        options: of the run; without `HuntOptions.store` no vault is begun.
        rules: that it uses, or None.
        earlier: what the case says of itself.

    Raises:
        CaseError: the vault is damaged or lost, or its key is not here.
        UsageError: a new key cannot be kept.
        OSError: the disk is full or failing.
    """
    place = case / VAULT
    if not place.exists() and not place.is_symlink():
        if earlier is not None and earlier.vault is not None:
            raise CaseError(
                f"{case} had a vault, which is gone: nothing shows any more what came into it; bring the vault back, or"
                " name another --case"
            )
        if not options.store:
            return None
    from yadorigi.app.custody import Act  # noqa: PLC0415 - imports what signs

    return Act.begun(case, name, options, rules)


def received(
    act: Act,
    found: Inputs,
    options: HuntOptions,
    run: Callable[[Iterable[Any]], Iterator[tuple[Any, Any]]],
    progress: Progress,
) -> tuple[Inputs, bool]:
    """Record inputs before anything reads them, and keep their bytes where the options say so.

    Args:
        act: under way.
        found: the inputs.
        options: of the run.
        run: does tasks in workers (`Pool.run`).
        progress: is told.

    Returns:
        The inputs with their hashes and receipts, and whether Ctrl-C came before all were recorded.

    Raises:
        OSError: the disk is full or failing.
        UnfinishedError: so it is, or somebody else changed the vault meanwhile.
    """
    from yadorigi.app.keep_originals import keep_found  # noqa: PLC0415 - imports what signs

    return keep_found(act, found, run, progress, store=options.store)
