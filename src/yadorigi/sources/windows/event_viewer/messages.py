"""From a rendered message back to native fields.

Event Viewer shows what the template of an event makes of its fields, in the language of Windows. The content
(``content/windows/rendered_messages.toml``) says which label or place in a sentence stands for which field. What is not
known there stays in the message, which is kept whole.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import msgspec
import re2

from yadorigi.errors import ContentError

_SYSMON: Final = "microsoft-windows-sysmon"
_CLASSIC: Final = "powershell"
_NAMED: Final = re.compile(r"([A-Za-z][A-Za-z0-9_]{0,60}): ?(.*)", re.DOTALL)
_STATE: Final = re.compile(r"\t?(NewEngineState|PreviousEngineState|ProviderName|NewProviderState)=([^\r\n]*)")
_LABELLED: Final = re.compile(r"([ \t]*)([^ \t:\uff1a][^:\uff1a\t]{0,80})[:\uff1a][\t ]*(.*)", re.DOTALL)
_UNKNOWN_LABEL: Final = re.compile(r"\t[^\t:]{1,80}:(?:\t.*)?", re.DOTALL).fullmatch
_HEXADECIMAL: Final = re.compile(r"0x[0-9A-F]{1,16}", re.IGNORECASE).fullmatch
"""Numbers of sessions and processes: newer messages show them in capitals."""
_OF_ACCOUNTS: Final = ("Sid", "MandatoryLabel")
"""How fields end that hold a SID, where messages show the name of the account."""


class _Words(msgspec.Struct, frozen=True):
    en: tuple[str, ...] = ()
    ja: tuple[str, ...] = ()


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


class _Message(msgspec.Struct, frozen=True):
    provider: str
    event_ids: tuple[int, ...]
    fields: dict[str, str]


class _Sentence(msgspec.Struct, frozen=True):
    provider: str
    event_ids: tuple[int, ...]
    patterns: tuple[str, ...]


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sections: dict[str, _Words]
    labels: dict[str, _Words]
    sids: dict[str, str]
    codes: dict[str, dict[str, str]]
    sources: dict[str, ViewedSource]
    messages: tuple[_Message, ...]
    sentences: tuple[_Sentence, ...] = ()


@dataclass(frozen=True)
class RenderedMessages:
    """The content, ready for use.

    Attributes:
        sources: by the name in the export, in lower case.
        sections, labels: ids by wording, in lower case.
        sids: by the name of an account that messages show instead.
        codes: native values that messages show in words, by field and words in lower case.
        fields: native names by section and label, for each provider (in lower case) and event id.
        patterns: of sentences, likewise.
    """

    sources: dict[str, ViewedSource]
    sections: dict[str, str]
    labels: dict[str, str]
    sids: dict[str, str]
    codes: dict[str, dict[str, str]]
    fields: dict[tuple[str, int], dict[tuple[str, str], str]]
    patterns: dict[tuple[str, int], list[Any]]

    def fields_of(self, provider: str, event_id: int, message: str) -> dict[str, Any]:
        """Return the native fields that a message shows, by name; none where its form is not known."""
        name = provider.casefold()
        if name == _SYSMON:
            return _named(message)
        if name == _CLASSIC:
            return _classic(message)
        for pattern in self.patterns.get((name, event_id), ()):
            found = pattern.search(message)
            if found is not None:
                return {field: value for field, value in found.groupdict().items() if value is not None}
        wanted = self.fields.get((name, event_id))
        return self._labelled(wanted, message) if wanted else {}

    def _labelled(self, wanted: dict[tuple[str, str], str], message: str) -> dict[str, Any]:
        found: dict[str, str] = {}
        section, last = "", ""
        for line in message.split("\n"):
            text = line.rstrip("\r")
            parts = _LABELLED.fullmatch(text)
            words = parts[2].strip().casefold() if parts is not None else ""
            if parts is not None and words in self.labels and (parts[3] or parts[1]):
                section = section if parts[1] else ""
                last = wanted.get((section, self.labels[words]), "")
                # A value that holds line ends could look like labels; those of the template come first.
                if last in found:
                    last = ""
                if last:
                    found[last] = parts[3]
            elif parts is not None and words in self.sections and not parts[1] and not parts[3].strip():
                section, last = self.sections[words], ""
            elif parts is not None and parts[1] == "\t" and _UNKNOWN_LABEL(text):
                last = ""
            elif parts is not None and words in self.labels:
                last = wanted.get(("", self.labels[words]), "")
                found.setdefault(last, "") if last else None
            elif not text.strip():
                last = ""
            elif last:
                found[last] = f"{found[last]}\r\n{text}"
        return {name: self._native(name, value) for name, value in found.items()}

    def _native(self, name: str, value: str) -> str:
        """Return a value as the event has it, where its message shows it in words."""
        if name.endswith(_OF_ACCOUNTS):
            return self.sids.get(value, value)
        if _HEXADECIMAL(value):
            return value.lower()
        return self.codes.get(name, {}).get(value.strip().casefold(), value)


def _named(message: str) -> dict[str, Any]:
    """Return the fields of Sysmon's messages: a line for each, by their native names."""
    found: dict[str, Any] = {}
    last = ""
    _, _, rest = message.partition("\n")
    for line in rest.split("\n"):
        parts = _NAMED.fullmatch(line.rstrip("\r"))
        if parts is not None and parts[1] not in found:
            last = parts[1]
            found[last] = parts[2].lower() if _HEXADECIMAL(parts[2]) else parts[2]
        elif last and line.strip():
            found[last] = "\r\n".join((found[last], line.rstrip("\r")))
    return found


def _classic(message: str) -> dict[str, Any]:
    """Return the unnamed values of PowerShell's classic log: two that its first sentence tells, and the details."""
    _, _, details = message.replace("\r\n", "\n").partition("\n\t")
    if not details:
        return {}
    details = f"\t{details}".replace("\n", "\r\n")
    states = dict(_STATE.findall(details))
    first = states.get("NewEngineState") or states.get("ProviderName") or ""
    second = states.get("PreviousEngineState") or states.get("NewProviderState") or ""
    return {"Data": {"#text": [first, second, details]}}


@lru_cache(maxsize=1)
def rendered_messages() -> RenderedMessages:
    """Return the shipped content.

    Raises:
        ContentError: it is not of the form.
    """
    path = files("yadorigi") / "content" / "windows" / "rendered_messages.toml"
    try:
        content = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _Content, str_keys=True)
        fields: dict[tuple[str, int], dict[tuple[str, str], str]] = {}
        for message in content.messages:
            places = {tuple(place.partition("/")[::2]): name for place, name in message.fields.items()}
            for event_id in message.event_ids:
                fields[message.provider.casefold(), event_id] = _known(places, content)
        patterns: dict[tuple[str, int], list[Any]] = {}
        for sentence in content.sentences:
            for event_id in sentence.event_ids:
                own = patterns.setdefault((sentence.provider.casefold(), event_id), [])
                own += [re2.compile(pattern) for pattern in sentence.patterns]
    except (OSError, ValueError, re2.error) as error:
        raise ContentError(f"{path}: {error}") from error
    return RenderedMessages(
        {name.casefold(): source for name, source in content.sources.items()},
        _by_wording(content.sections), _by_wording(content.labels), content.sids,
        {name: {words.casefold(): code for words, code in own.items()} for name, own in content.codes.items()},
        fields, patterns,
    )  # fmt: skip


def _known(places: dict[Any, str], content: _Content) -> dict[tuple[str, str], str]:
    for section, label in places:
        if (section and section not in content.sections) or label not in content.labels:
            raise ValueError(f"no section or label {section}/{label}")
    return places


def _by_wording(words: dict[str, _Words]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, own in words.items():
        for wording in (*own.en, *own.ja):
            if found.setdefault(wording.casefold(), name) != name:
                raise ContentError(f"{wording!r} stands for {found[wording.casefold()]} and for {name}")
    return found
