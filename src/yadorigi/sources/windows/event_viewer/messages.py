"""From a rendered message back to native fields.

Event Viewer shows what the template of an event makes of its fields, in the language of Windows. The content
(``content/windows/rendered_messages.toml``) says which label or place in a sentence stands for which field. What is not
known there stays in the message, which is kept whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import msgspec
import re2
import rtoml

from yadorigi.errors import ContentError
from yadorigi.sources.windows.event_viewer.accesses import with_codes, with_codes_of_account
from yadorigi.sources.windows.event_viewer.sysmon import shown_by_sysmon
from yadorigi.sources.windows.event_viewer.templates import Slot, Template, Vocabulary, plain_label, without_marks
from yadorigi.sources.windows.event_viewer.wordings import by_wording, word_key
from yadorigi.sources.windows.field_layouts import layouts_of

_SYSMON: Final = "microsoft-windows-sysmon"
_CLASSIC: Final = "powershell"
_STATE: Final = re.compile(r"\t?(NewEngineState|PreviousEngineState|ProviderName|NewProviderState)=([^\r\n]*)")
_HEXADECIMAL: Final = re.compile(r"0x[0-9A-F]{1,16}", re.IGNORECASE).fullmatch
"""Numbers of sessions and processes: newer messages show them in capitals."""
_TIME: Final = re.compile(r"[0-9TZ:.\u200e\u200f-]+").fullmatch
_OF_PIPELINE: Final = "DetailSequence="
_INVOKED: Final = re.compile(r" ?\n\n[^\t\n]{1,40}[:\uff1a] ?\n(?=[A-Z][A-Za-z]+\()")
_QUOTED: Final = re.compile(r'"([^"\r\n]*)"')
_BRACES: Final = re.compile(r"\{[0-9A-Fa-f-]{36}\}").fullmatch
_OF_ACCOUNTS: Final = ("Sid", "MandatoryLabel")
"""How fields end that hold a SID, where messages show the name of the account."""
_PARTS: Final = re.compile(r"[^\s,、][^\r\n\t,、]*")
"""What stands between line ends, tabs and commas where a field holds several values in words."""


_ANY_OTHER: Final = -1
"""Stands for all events of a provider whose messages have no template of their own."""


class _Words(msgspec.Struct, frozen=True):
    en: tuple[str, ...] = ()
    ja: tuple[str, ...] = ()
    maybe: tuple[str, ...] = ()


class ViewedSource(msgspec.Struct, frozen=True):
    """Whose events a name in the column *Source* stands for.

    Attributes:
        provider: native name.
        channel: where its events are.
        channels: where some are instead, by event id.
    """

    provider: str
    channel: str
    channels: dict[int, str] = {}

    def channel_of(self, event_id: int) -> str:
        """Return the channel of an event."""
        return self.channels.get(event_id, self.channel)


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    provider: str
    event_ids: tuple[int, ...]
    parts: tuple[str, ...] = ()
    fields: dict[str, str] = {}
    tail: dict[str, str] = {}
    open: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()


class _Sentence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    provider: str
    event_ids: tuple[int, ...]
    patterns: tuple[str, ...]


class _Quoted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names of values in quotes, by their form."""

    provider: str
    event_ids: tuple[int, ...]
    path: str = ""
    braces: str = ""
    other: str = ""


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sections: dict[str, _Words]
    labels: dict[str, _Words]
    sids: dict[str, str]
    codes: dict[str, dict[str, str]]
    accesses: dict[str, int]
    sources: dict[str, ViewedSource]
    texts: tuple[str, ...]
    parts: dict[str, dict[str, str]]
    messages: tuple[_Message, ...]
    sentences: tuple[_Sentence, ...] = ()
    quoted: tuple[_Quoted, ...] = ()


class Shown(NamedTuple):
    """What a message shows of its event.

    Attributes:
        fields: by native name.
        odd: whether labels stand in it twice or in another order than Windows writes them: a value may hold some.
        rest: whether it says more than the fields do.
    """

    fields: dict[str, Any]
    odd: bool = False
    rest: bool = False


@dataclass(frozen=True)
class RenderedMessages:
    """The content, ready for use.

    Attributes:
        sources: by the name in the export, in lower case.
        sids: by the name of an account that messages show instead.
        codes: native values that messages show in words, by field and the key of the words.
        accesses: the code of the lowest bit of an access mask, by type or server of objects.
        templates: of labels, for each provider (in lower case) and event id.
        patterns: of sentences, likewise.
        quoted: names of values in quotes, likewise.
    """

    sources: dict[str, ViewedSource]
    sids: dict[str, str]
    codes: dict[str, dict[str, str]]
    accesses: dict[str, int]
    templates: dict[tuple[str, int], Template]
    patterns: dict[tuple[str, int], list[Any]]
    quoted: dict[tuple[str, int], _Quoted]

    def fields_of(self, provider: str, event_id: int, message: str) -> dict[str, Any]:
        """Return the native fields that a message shows, by name; none where its form is not known."""
        return self.shown(provider, event_id, message).fields

    def knows(self, provider: str, event_id: int) -> bool:
        """Say whether it is known how the messages of an event show its fields, so that all of them should."""
        key = (provider.casefold(), event_id)
        return key in self.templates or key in self.patterns or key in self.quoted

    def shown(self, provider: str, event_id: int, message: str) -> Shown:
        """Return what a message shows of its event."""
        name = provider.casefold()
        if name == _SYSMON:
            texts, in_order, rest = shown_by_sysmon(event_id, message)
            return Shown({field: _native_number(value) for field, value in texts.items()}, not in_order, rest)
        if name == _CLASSIC:
            return Shown(_classic(message) or _pipeline(message))
        for pattern in self.patterns.get((name, event_id), ()):
            found = pattern.search(message)
            if found is not None:
                stated = {field: value for field, value in found.groupdict().items() if value is not None}
                fields = {field: self._of_sentence(field, value) for field, value in stated.items()}
                # A pattern that begins anywhere tells a part of the message only.
                return Shown(fields, rest=not pattern.pattern.removeprefix("(?s)").startswith("^"))
        quoted = self.quoted.get((name, event_id))
        if quoted is not None:
            fields = _in_quotes(message, quoted)
            return Shown(fields, rest=len(fields) < sum(map(bool, (quoted.path, quoted.braces, quoted.other))))
        template = self.templates.get((name, event_id)) or self.templates.get((name, _ANY_OTHER))
        if template is None:
            return Shown({})
        values, in_order, rest = template.values_of(message)
        if (name, event_id) not in self.templates:
            values, rest = _native_only(provider, event_id, values), True
        values = {field: self._native(field, value) for field, value in values.items()}
        if "AccessList" in values:
            values = with_codes(values, self.accesses)
        if "UserAccountControl" in values:
            values = with_codes_of_account(values)
        return Shown(values, not in_order, rest)

    def by_labels(self, provider: str, event_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the native fields that values stand for which are called by their labels or their own names.

        Other programs write labels without blanks and signs (``New_Process_Name``), and the values of a label that
        stands twice as a list. What is neither a label nor a field that some version of the event has is left out,
        unless nothing is known of the event.
        """
        known = {name.removesuffix(":x") for layout in layouts_of(provider, event_id) for name in layout}
        template = self.templates.get((provider.casefold(), event_id))
        labels = template.fields_by_label if template is not None else {}
        found: dict[str, Any] = {}
        for name, value in values.items():
            own = labels.get(plain_label(name), ()) if name not in known else ()
            several = value if isinstance(value, list) else [value]
            if name in known or not (known or labels):
                found[name] = value
            elif own and len(own) == len(several):
                found.update((field, self._native(field, str(each))) for field, each in zip(own, several, strict=True))
        return found

    def provider_by(self, channel: str, event_id: int, message: str) -> str:
        """Return whose event a message shows by its form, where no source is stated; "" where none or several could be.

        Args:
            channel: where the event was, "" where that is not known.
            event_id: its number.
            message: what is shown.
        """
        names = {name for name, number in (*self.templates, *self.patterns, *self.quoted) if number == event_id}
        names |= {_SYSMON} if "\nUtcTime: " in message else set()
        names |= {_CLASSIC} if "\tHostVersion=" in message else set()
        found: list[str] = []
        for source in {source.provider: source for source in self.sources.values()}.values():
            if source.provider.casefold() in names and channel in ("", source.channel_of(event_id)):
                shown = self.shown(source.provider, event_id, message)
                if shown.fields and not shown.odd:
                    found.append(source.provider)
        return found[0] if len(found) == 1 else ""

    def _native(self, name: str, value: str) -> str:
        """Return a value as the event has it, where its message shows it in words."""
        if name.endswith(_OF_ACCOUNTS):
            return self.sids.get(word_key(value), value)
        value = _native_number(value)
        codes = self.codes.get(name)
        if not codes or not value:
            return value
        known = codes.get(word_key(value))
        return known if known is not None else _PARTS.sub(lambda part: codes.get(word_key(part[0]), part[0]), value)

    def _of_sentence(self, name: str, value: str) -> str:
        """Return a value out of a sentence as the event has it."""
        return self._native(name, value) if name in self.codes else without_marks(value) if _TIME(value) else value


def _native_number(value: str) -> str:
    return value.lower() if _HEXADECIMAL(value) else value


def _in_quotes(message: str, names: _Quoted) -> dict[str, str]:
    """Return values in quotes, told apart by their form; none where two are of the same form."""
    found: dict[str, str] = {}
    for value in _QUOTED.findall(message):
        name = names.path if value.startswith("\\") else names.braces if _BRACES(value) else names.other
        if not name:
            continue
        if name in found:
            return {}
        found[name] = value
    return found


def _native_only(provider: str, event_id: int, values: dict[str, str]) -> dict[str, str]:
    """Return those of the values whose names some version of the event has, all where none is known."""
    known = {name.removesuffix(":x") for layout in layouts_of(provider, event_id) for name in layout}
    return {name: value for name, value in values.items() if name in known} if known else values


def _classic(message: str) -> dict[str, Any]:
    """Return the unnamed values of PowerShell's classic log: two that its first sentence tells, and the details."""
    _, _, details = message.replace("\r\n", "\n").partition("\n\t")
    if not details or details.startswith(_OF_PIPELINE):
        return {}
    details = f"\t{details}".replace("\n", "\r\n")
    states = dict(_STATE.findall(details))
    first = states.get("NewEngineState") or states.get("ProviderName") or ""
    second = states.get("PreviousEngineState") or states.get("NewProviderState") or ""
    return {"Data": {"#text": [first, second, details]}}


def _pipeline(message: str) -> dict[str, Any]:
    """Return the unnamed values of a pipeline's event (800): the command line, its surroundings, what was invoked."""
    _, found, rest = message.replace("\r\n", "\n").partition(f"\n\t{_OF_PIPELINE}")
    if not found:
        return {}
    end = _INVOKED.search(rest)
    context = f"\t{_OF_PIPELINE}{rest[: end.start()] if end is not None else rest}"
    invoked = rest[end.end() :] if end is not None else ""
    values = (context.partition("\tCommandLine=")[2], context, invoked)
    return {"Data": {"#text": [value.rstrip().replace("\n", "\r\n") for value in values]}}


@lru_cache(maxsize=1)
def rendered_messages() -> RenderedMessages:
    """Return the shipped content.

    Raises:
        ContentError: it is not of the form.
    """
    path = files("yadorigi") / "content" / "windows" / "rendered_messages.toml"
    try:
        content = msgspec.convert(rtoml.loads(path.read_text("utf-8")), _Content, str_keys=True)
        words = _vocabulary(content)
        templates: dict[tuple[str, int], Template] = {}
        for message in content.messages:
            template = Template(_slots(message, content), message.endings, words)
            for event_id in message.event_ids or (_ANY_OTHER,):
                templates[message.provider.casefold(), event_id] = template
        patterns: dict[tuple[str, int], list[Any]] = {}
        for sentence in content.sentences:
            for event_id in sentence.event_ids:
                own = patterns.setdefault((sentence.provider.casefold(), event_id), [])
                own += [re2.compile(pattern) for pattern in sentence.patterns]
    except (OSError, ValueError, re2.error) as error:
        raise ContentError(f"{path}: {error}") from error
    return RenderedMessages(
        {name.casefold(): source for name, source in content.sources.items()},
        {word_key(name): sid for name, sid in content.sids.items()},
        _codes(content), content.accesses,
        templates, patterns,
        {(own.provider.casefold(), event_id): own for own in content.quoted for event_id in own.event_ids},
    )  # fmt: skip


def _codes(content: _Content) -> dict[str, dict[str, str]]:
    """Return native values by field and words; fields of the same words share a table, their names a blank apart."""
    found: dict[str, dict[str, str]] = {}
    for names, own in content.codes.items():
        for name in names.split():
            found.setdefault(name, {}).update({word_key(words): code for words, code in own.items()})
    return found


def _vocabulary(content: _Content) -> Vocabulary:
    wordless = {f"section:{name}" for name, words in content.sections.items() if not words.ja}
    wordless |= {f"label:{name}" for name, words in content.labels.items() if not words.ja}
    return Vocabulary(
        by_wording({name: (*words.en, *words.ja, *words.maybe) for name, words in content.sections.items()}),
        by_wording({name: (*words.en, *words.ja, *words.maybe) for name, words in content.labels.items()}),
        frozenset(wordless),
        {f"section:{name}": (*words.en, *words.ja, *words.maybe) for name, words in content.sections.items()}
        | {f"label:{name}": (*words.en, *words.ja, *words.maybe) for name, words in content.labels.items()},
    )


def _places(message: _Message, content: _Content) -> Iterator[tuple[str, str]]:
    """Give the places of a message with those that it has in common with others, in their order."""
    own = {"": message.fields}
    for part in (*message.parts, *(() if "" in message.parts else ("",))):
        yield from (own if not part else content.parts)[part].items()
    yield from message.tail.items()


def _slots(message: _Message, content: _Content) -> list[Slot]:
    """Return the places of a template: its headings stand before the first of the labels under them."""
    slots: list[Slot] = []
    seen: set[str] = set()
    for place, field in _places(message, content):
        section, _, label = place.partition("/")
        if (section and section not in content.sections) or ((label or not section) and label not in content.labels):
            raise ValueError(f"no section or label {place}")
        if section and (not slots or slots[-1].section != section):
            if section in seen:
                raise ValueError(f"labels under {section} are apart: {message.event_ids}")
            seen.add(section)
            slots.append(Slot(section, "", "" if label else field, not label, not label))
        if not label:
            continue
        long = field in content.texts
        slots.append(Slot(section, label, field, long or field in message.open, long))
    return slots
