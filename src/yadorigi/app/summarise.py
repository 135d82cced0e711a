"""Parts of ``summary.json``: what a run read, and what the case holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yadorigi.schema.summary import InputSummary, KindSummary, LogSummary, VaultSummary

if TYPE_CHECKING:
    from yadorigi.app.custody import Act
    from yadorigi.app.hunt_ledger import Ledger


def all_inputs(
    own: list[InputSummary], earlier: tuple[InputSummary, ...], *, interrupted: bool
) -> tuple[InputSummary, ...]:
    """Return the inputs of all runs; one that was read again counts once, also where its hash was not known before.

    Args:
        own: of this run.
        earlier: of those before.
        interrupted: whether this run may not have read them, or not whole; what was read before counts then.
    """
    again = {file.path for file in own}
    by_identity = {
        (file.path, file.sha256): file for file in earlier if file.sha256 is not None or file.path not in again
    }
    for file in own:
        known = by_identity.get((file.path, file.sha256))
        if known is None or not interrupted or file.events >= known.events:
            by_identity[file.path, file.sha256] = file
    return tuple(by_identity[key] for key in sorted(by_identity, key=lambda key: (key[0], key[1] or "")))


def logs_of(ledger: Ledger) -> tuple[LogSummary, ...]:
    """Return the hosts and channels that were read."""
    return tuple(
        LogSummary(host, channel, span.events, span.first, span.last, site or None)
        for (host, channel, site), span in sorted(ledger.activity.logs.items())
    )


def kinds_of(ledger: Ledger) -> tuple[KindSummary, ...]:
    """Return the kinds of events that were read."""
    return tuple(
        KindSummary(kind.channel, kind.provider, kind.event_id, events)
        for kind, events in sorted(ledger.activity.kinds.items())
    )


def vault_summary(act: Act | None) -> VaultSummary | None:
    """Return what a vault holds while an act is under way; None where there is none."""
    if act is None:
        return None
    writer = act.writer
    originals = len(writer.vault.kept) if writer.vault is not None else 0
    return VaultSummary(writer.verifier.name, str(writer.verifier), originals, writer.size)
