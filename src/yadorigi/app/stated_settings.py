"""What the files of settings among the inputs say about the hosts: which settings are on, how large logs are.

Nothing is guessed. A file that does not name its computer is about the one host whose logs lie with it; where no logs
do, or those of several hosts, it is not used. A report of a group policy (not of its result) counts for all hosts only
where the policy is linked to the whole domain, nothing holds it back, and no other report says otherwise.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from yadorigi.schema.coverage import StatedSetting
from yadorigi.schema.sites import Sites
from yadorigi.schema.stated_log import StatedLog
from yadorigi.schema.warning import ParseWarning
from yadorigi.sources.settings.audit_words import plain
from yadorigi.sources.settings.read_settings import read_settings_file

if TYPE_CHECKING:
    from yadorigi.ingest.discover import InputFile
    from yadorigi.packs.behaviours import Behaviours
    from yadorigi.schema.coverage import CollectedLog
    from yadorigi.sources.settings.contract import StatedFile, Statement

_SEPARATORS: Final = re.compile(r"[/\\!]")
_OF_POLICY: Final = re.compile(r"[/\\!]policies[/\\]\{[0-9a-f-]{36}\}[/\\]", re.IGNORECASE)
_LIST_LIMIT: Final = 3


@dataclass(slots=True)
class StatedSettings:
    """What the files say.

    Attributes:
        settings: by site, one for each host and setting; "on" only where no file says otherwise.
        logs: by site, sizes of logs, by host and channel.
        warnings: what could not be read, or is not used, in the order of files.
    """

    settings: dict[str | None, list[StatedSetting]] = field(default_factory=dict)
    logs: dict[str | None, list[StatedLog]] = field(default_factory=dict)
    warnings: list[tuple[int, ParseWarning]] = field(default_factory=list)


def stated_settings(
    inputs: Sequence[InputFile],
    behaviours: Behaviours,
    logs: Mapping[str | None, Sequence[CollectedLog]],
    sites: Sites | None = None,
) -> StatedSettings:
    """Read the files of settings among the inputs, and say what they mean.

    Args:
        inputs: all inputs of the hunt, still where they were found or unpacked.
        behaviours: the settings that matter.
        logs: by site, the logs that were read, by which a file that names no computer is given to a host.
        sites: say which site a host is of; None where there is one site only.
    """
    files = [file for file in inputs if file.is_settings]
    if not files:
        return StatedSettings()
    hosts = _hosts_by_folder(inputs, (log for own in logs.values() for log in own))
    return _Stating(behaviours, hosts, _SitesOf(sites or Sites(), frozenset(logs))).of_files(files)


@dataclass(frozen=True, slots=True)
class _SitesOf:
    """Says which sites a statement is about."""

    sites: Sites
    present: frozenset[str | None]

    def of(self, host: str, file: InputFile) -> Iterator[str | None]:
        """Give the site of a host; what is said of all hosts counts at the folder's site, or at every site."""
        if host:
            yield self.sites.of(host, file.name)
            return
        own = self.sites.of_file(file.name)
        every = own == self.sites.rest and bool(self.sites.sites)
        yield from {own, *self.present} if every else {own}


def _folders(name: str) -> Iterator[str]:
    """Give the folders and archives that a file lies in, the nearest first."""
    places = [found.start() for found in _SEPARATORS.finditer(name)]
    for place in reversed(places):
        yield name[:place]
    yield ""


def _hosts_by_folder(inputs: Sequence[InputFile], logs: Iterable[CollectedLog]) -> dict[str, set[str]]:
    names = {file.number: file.name for file in inputs}
    of_file: defaultdict[int, set[str]] = defaultdict(set)
    for log in logs:
        for number in log.files:
            of_file[number].add(log.host)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for number, hosts in of_file.items():
        for folder in _folders(names.get(number, "")):
            found[folder] |= hosts
    return found


class _Stating:
    """Gathers what files say."""

    def __init__(self, behaviours: Behaviours, hosts_by_folder: Mapping[str, set[str]], sites: _SitesOf) -> None:
        self._hosts_by_folder = hosts_by_folder
        self._sites = sites
        self._audits: defaultdict[str, list[tuple[str, bool]]] = defaultdict(list)
        self._values: defaultdict[str, list[str]] = defaultdict(list)
        self._policies: defaultdict[str, list[str]] = defaultdict(list)
        for name, setting in behaviours.settings.items():
            if setting.subcategory:
                self._audits[setting.subcategory].append((name, setting.failure))
            for path in setting.registry:
                self._values[path.casefold()].append(name)
            if setting.registry:
                for title in {plain(setting.title.en), plain(setting.title.ja)}:
                    self._policies[title].append(name)
        self._said: dict[str | None, dict[tuple[str, str], StatedSetting]] = {}
        self._logs: dict[str | None, dict[tuple[str, str], StatedLog]] = {}
        self._found = StatedSettings()

    def of_files(self, files: Iterable[InputFile]) -> StatedSettings:
        for file in files:
            try:
                stated = read_settings_file(file.path, file.source or "")
            except OSError as error:
                self._warn(file, f"cannot be read: {error.strerror or error}", "file")
                continue
            self._of_file(file, stated)
        for site, said in self._said.items():
            self._found.settings[site] = [said[key] for key in sorted(said)]
        for site, logs in self._logs.items():
            self._found.logs[site] = [logs[key] for key in sorted(logs)]
        return self._found

    def _of_file(self, file: InputFile, stated: StatedFile) -> None:
        for place, problem in enumerate(stated.problems):
            self._warn(file, problem, "file" if stated.damaged and not place else "notice")
        if stated.unlisted_problems:
            self._warn(file, f"{stated.unlisted_problems:,} more problems like these")
        if stated.policies:
            self._tell_of_policies(file, stated)
        elif stated.statements and _OF_POLICY.search(file.name) and not stated.host:
            self._warn(file, "a group policy's file does not say which computers it reaches; not used. "
                             "gpresult /x or auditpol /get /category:* /r on them does")  # fmt: skip
            return
        owner, unused = (stated.host, "") if stated.host or stated.policies else self._owner(file)
        without_host = 0
        for statement in stated.statements:
            if statement.policy:
                if not stated.policies[statement.policy].holds_back:
                    self._take("", statement, file)
            elif host := statement.host or owner:
                self._take(host, statement, file)
            else:
                without_host += 1
        if without_host:
            about = f"it does not say which computer it is about, and {unused}"
            self._warn(file, f"{about}; not used. Put it into a folder with the logs of its computer alone")

    def _owner(self, file: InputFile) -> tuple[str, str]:
        """Return the host that a file without one is about, or why there is none."""
        if file.collected_host:
            return file.collected_host, ""
        for folder in _folders(file.name):
            hosts = sorted(self._hosts_by_folder.get(folder, ()))
            if len(hosts) == 1:
                return hosts[0], ""
            if hosts:
                few = ", ".join(hosts[:_LIST_LIMIT]) + (", …" if len(hosts) > _LIST_LIMIT else "")
                return "", f"logs of several lie with it ({few})"
        return "", "no logs lie with it"

    def _tell_of_policies(self, file: InputFile, stated: StatedFile) -> None:
        saying = {statement.policy for statement in stated.statements}
        for policy in stated.policies.values():
            if policy.id not in saying:
                continue
            if policy.holds_back:
                reason = (
                    f"the policy {policy.name!r} is not used: {policy.holds_back}, and a report of policies does not "
                    "say which computers they reach; gpresult /x or auditpol /get /category:* /r on them does"
                )
            else:
                reason = f"the policy {policy.name!r} is linked to the whole domain, and counts for all hosts"
            self._warn(file, reason)

    def _take(self, host: str, statement: Statement, file: InputFile) -> None:
        match statement.kind:
            case "audit":
                for setting, failure in self._audits.get(statement.name, ()):
                    self._say(host, setting, on=statement.failure if failure else statement.success, file=file)
            case "registry":
                for setting in self._values.get(statement.name.casefold(), ()):
                    self._say(host, setting, on=str(statement.value).strip() == "1", file=file)
            case "policy":
                for setting in self._policies.get(plain(statement.name), ()):
                    self._say(host, setting, on=statement.value == 1, file=file)
            case "log_size" | "log_full":
                self._say_of_log(host, statement, file)

    def _say(self, host: str, setting: str, *, on: bool, file: InputFile) -> None:
        key = _bare(host), setting
        for site in self._sites.of(host, file):
            said = self._said.setdefault(site, {})
            known = said.get(key)
            # Where files contradict each other, nothing is taken for recorded.
            if known is None or (known.on and not on):
                said[key] = StatedSetting(host, setting, on, file.number)

    def _say_of_log(self, host: str, statement: Statement, file: InputFile) -> None:
        place = (_bare(host), statement.name.casefold())
        for site in self._sites.of(host, file):
            logs = self._logs.setdefault(site, {})
            known = logs.get(place) or StatedLog(host, statement.name, None, "", file.number)
            size, full = known.size, known.full
            if isinstance(statement.value, int):
                size = statement.value if size is None else min(size, statement.value)
            elif full in {"", "overwrite"}:
                full = statement.value
            logs[place] = StatedLog(known.host, known.channel, size, full, known.file)

    def _warn(self, file: InputFile, reason: str, kind: str = "notice") -> None:
        warning = ParseWarning(file.name, None, "file" if kind == "file" else "notice", None, reason)
        self._found.warnings.append((file.number, warning))


def _bare(host: str) -> str:
    return host.casefold().partition(".")[0]
