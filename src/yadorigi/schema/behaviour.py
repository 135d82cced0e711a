"""A behaviour of intruders, what would show it, and what has to be switched on for that.

The content lies in ``content/behaviours`` (one file per behaviour), ``content/*/observables.toml`` and
``content/windows/recording_settings.toml``; docs/how-to/write-a-behaviour.md tells how to write it.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Language: TypeAlias = Literal["en", "ja"]
Role: TypeAlias = Literal["domain_controller", "server", "client"]
Shows: TypeAlias = Literal["all", "some"]
Weight: TypeAlias = Literal["strong", "weak", "lead"]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages of output."""

    en: str
    ja: str

    def of(self, language: Language) -> str:
        """Return the text in a language."""
        return self.ja if language == "ja" else self.en


class Signs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Events of an observable's channel that come only where its own events were before.

    Attributes:
        event_ids: which.
        field, numbers: as of `Observable`.
    """

    event_ids: tuple[int, ...]
    field: str = ""
    numbers: tuple[int, ...] = ()


class Observable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sort of event that a log can hold, or several sorts of which each shows the same.

    Attributes:
        title: what people are told.
        channel, event_ids: which events; empty where ``any_of`` or ``all_of`` names other observables. Without ids
            all events of the channel are meant.
        field: what must be filled for the event to show anything, or "".
        numbers: those of the field that count; any value where empty.
        implied_by: of an observable with ``numbers``, events that there cannot be without its own.
        steady_on: of an observable with ``numbers``, roles of hosts that write such events many times a day.
        setting: id of the setting that it depends on; "always" where it is written whatever is set.
        rhythm: "steady" where a host in use writes such events many times a day, whatever ``numbers`` they hold.
        any_of: ids of observables of which each is enough.
        all_of: ids of observables of which all are needed, since each shows other forms.
    """

    title: Words
    channel: str = ""
    event_ids: tuple[int, ...] = ()
    field: str = ""
    numbers: tuple[int, ...] = ()
    implied_by: tuple[Signs, ...] = ()
    steady_on: tuple[Role, ...] = ()
    setting: str = "always"
    rhythm: Literal["steady", "rare"] = "rare"
    any_of: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()


class RecordingSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    r"""Something that has to be on for events to be written.

    Attributes:
        kind: ``audit`` (an audit subcategory), ``policy`` (a registry value), ``channel`` (a log that can be switched
            on), ``product`` (something to install).
        title: its name in Windows.
        action: the exact command or policy that switches it on.
        subcategory: GUID of the audit subcategory, lower case, without braces, or "".
        failure: whether it is failures that must be audited (else successes).
        object_list: whether the object also needs an entry in its system access control list, which nothing here shows.
        on_by_default: roles of hosts on which it is on unless somebody switched it off.
        event_ids: events of the channel ``channel`` that are written only where it is on.
        channel: of these events.
        registry: keys (from ``HKLM`` or ``HKLM\...``) whose value 1 says that it is on.
    """

    kind: Literal["audit", "policy", "channel", "product"]
    title: Words
    action: Words
    subcategory: str = ""
    failure: bool = False
    object_list: bool = False
    on_by_default: tuple[Role, ...] = ()
    event_ids: tuple[int, ...] = ()
    channel: str = ""
    registry: tuple[str, ...] = ()


class Provenance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who says so, as honestly as the catalogue of behaviours does.

    Attributes:
        sources: tags of the catalogue's legend, of who reports the behaviour. ``GK`` means general knowledge.
        fields: where the field values come from: ``Q`` quoted, ``R`` rules or vendors, ``V`` seen in a real log, ``H``
            our own; several joined by ``+``, or ``-`` where there are none.
        note: what the catalogue adds, or "".
    """

    sources: tuple[str, ...]
    fields: str
    note: str = ""


class EvidenceWay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way in which logs show the behaviour.

    Attributes:
        observable: id of the observable.
        shows: ``all`` where every usual form of the behaviour leaves such an event on the host, so that its absence
            from a sound log means something; ``some`` where only some forms do.
        weight: what a match means: ``strong`` or ``weak`` evidence, or no more than a ``lead``, which does not make
            the behaviour observed.
        rules: file names, without ending, of the rules of the shipped pack that look for it there.
        roles: on which hosts such events can be; any where empty.
        incidental: whether such logs are also those of hosts on which the behaviour cannot happen: a web server's, of
            an exploit of one product. They are judged by the behaviour only where something was found.
    """

    observable: str
    shows: Shows
    weight: Weight
    rules: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    incidental: bool = False


class Behaviour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the catalogue.

    Attributes:
        id: ``CR-01``.
        techniques: ATT&CK ids.
        tactic: ATT&CK tactic under which the matrix shows it, ``credential-access``.
        roles: hosts on which the behaviour can happen; any where empty.
        title: a few words.
        does: what the intruder does.
        provenance: who says so.
        evidence: ways in which logs show it; empty where none does.
        blind: forms that none of the ways shows.
        lookalikes: who does the same for good reasons.
        beyond: what to collect where no log answers.
    """

    id: str
    techniques: tuple[str, ...]
    tactic: str
    title: Words
    does: Words
    provenance: Provenance
    beyond: Words
    roles: tuple[Role, ...] = ()
    evidence: tuple[EvidenceWay, ...] = ()
    blind: tuple[Words, ...] = ()
    lookalikes: tuple[Words, ...] = ()
