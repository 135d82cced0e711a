"""What a hunt found, and what it could not look at, on the terminal.

Text from logs is shown through `cells.one_line` and as plain `Text`, so that nothing in it acts on the terminal.
The last block holds what differs from run to run (where the case lies, time, memory); all before it depends on the
input alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from pathlib import Path
from statistics import median_low
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from yadorigi.limits import MEBIBYTE
from yadorigi.reports.account import counted, few, losses, print_line, print_warnings
from yadorigi.reports.activity_chart import activity_chart
from yadorigi.reports.cells import one_line
from yadorigi.reports.hunts import print_hunts
from yadorigi.reports.matrix import print_verdicts
from yadorigi.schema.finding import LEVELS, UNDEFINED_LEVEL, level_rank
from yadorigi.schema.summary import CountedHost
from yadorigi.schema.times import shown_time, ticks_of

if TYPE_CHECKING:
    from rich.console import Console

    from yadorigi.schema.overview import CaseOverview
    from yadorigi.schema.summary import LogSummary, RuleSummary, Summary, UnableRule
    from yadorigi.schema.verdict import Verdict
    from yadorigi.schema.warning import ParseWarning

LEVEL_STYLES: Final = {
    "critical": "bold bright_red",
    "high": "red",
    "medium": "yellow",
    "low": "cyan",
    "informational": "blue",
    UNDEFINED_LEVEL: "default",
}
_TOP: Final = 10
_HOSTS: Final = 8
_CHANNELS: Final = 6
_LATE: Final = 4
_FEW: Final = 5
_SEVERAL: Final = 2
_BAR: Final = 24
_WIDE: Final = 100
_CELL_LIMIT: Final = 300
_SITE_LIMIT: Final = 50
_SENTENCE_LIMIT: Final = 2_000
_MICROSOFT: Final = "Microsoft-Windows-"


class JudgedCase(NamedTuple):
    """What verdicts come to.

    Attributes:
        overview: the case's hosts.
        verdicts: all of the case, gone through once.
        answer: sentences for whoever decides, in the language that was asked for.
    """

    overview: CaseOverview
    verdicts: Iterable[Verdict]
    answer: Sequence[str] = ()


def print_hunt(
    console: Console,
    summary: Summary,
    warnings: Sequence[ParseWarning],
    case: Path,
    zone: tzinfo,
    judged: JudgedCase | None = None,
) -> None:
    """Print the summary of a hunt.

    Args:
        console: where to.
        summary: what ``summary.json`` holds.
        warnings: what ``warnings.jsonl`` holds.
        case: the case folder.
        zone: for display.
        judged: what the verdicts come to; None where no event was read.
    """
    page = _Page(console, zone)
    page.head(summary, judged)
    if judged is not None:
        page.answer(judged.answer)
    page.findings(summary)
    page.counts(summary)
    if judged is not None:
        print_verdicts(console, judged.overview, judged.verdicts, zone)
    page.activity(summary)
    page.sites(summary)
    page.logs(summary.logs)
    page.rules(summary)
    if summary.hunts is not None:
        print_hunts(console, summary.hunts)
    page.not_read(summary, warnings)
    page.this_run(summary, case)


def site_label(name: str, title: str) -> str:
    """Return a site as people are shown it: its title, with the name by which files know it."""
    return f"{title} ({name})" if title and title != name else name


def able_rules(rules: RuleSummary) -> int:
    """Return how many rules could match anything in what was read."""
    return rules.loaded - len(rules.no_events) - len(rules.event_ids_absent) - len(rules.fields_absent)


def late_channels(logs: Sequence[LogSummary]) -> frozenset[str]:
    """Return the channels of one host that begin in the later half of the time that most of its logs span.

    A log that was cleared or has rotated looks like that. Medians are compared, so that one stray time decides nothing.
    """
    first = median_low(ticks_of(log.first_time) for log in logs)
    last = median_low(ticks_of(log.last_time) for log in logs)
    return frozenset(log.channel for log in logs if 2 * ticks_of(log.first_time) > first + last > 2 * first)


def short_channel(channel: str) -> str:
    """Return a channel's name without the beginning that most of them share."""
    return channel.removeprefix(_MICROSOFT) or "(no channel)"


class _Page:
    """The blocks of the summary, one method each."""

    def __init__(self, console: Console, zone: tzinfo) -> None:
        self.console = console
        self.zone = zone
        # Seconds go first where the terminal is narrow.
        self.moment_length = len("2026-03-11 12:00:00" if console.width >= _WIDE else "2026-03-11 12:00")
        self.ascii_only = not console.encoding.lower().startswith("utf")

    def line(self, text: str | Text, style: str = "", indent: int = 2) -> None:
        print_line(self.console, text, style, indent)

    def title(self, name: str, rest: str = "") -> None:
        self.console.print()
        self.line(Text.assemble((name, "bold"), ("  " + rest if rest else "", "dim")), indent=0)

    def table(self, *columns: tuple[str, str]) -> Table:
        """Return a table without frame; a column is its heading and how it is set: left, right or rest."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
        for heading, setting in columns:
            table.add_column(
                heading,
                justify="right" if setting == "right" else "left",
                no_wrap=setting != "rest",
                overflow="fold",
            )
        return table

    def show(self, table: Table) -> None:
        self.console.print(Padding(table, (0, 0, 0, 2), expand=False), highlight=False, markup=False)

    def moment(self, time: str) -> str:
        return shown_time(time, self.zone)[: self.moment_length]

    def head(self, summary: Summary, judged: JudgedCase | None) -> None:
        files = len(summary.inputs)
        hosts = len({(log.site, log.host) for log in summary.logs})
        if judged is not None:
            # The summary's logs are those of the last hunt into the case.
            hosts = sum(host.known for host in judged.overview.hosts) + judged.overview.unjudged_hosts
        read = f"{counted(summary.events, 'event')} of {counted(hosts, 'host')} in {counted(files, 'file')}"
        self.line(Text.assemble(("Yadorigi ", "bold"), summary.version, ("  " + read, "bold")), indent=0)
        times = [(log.first_time, log.last_time) for log in summary.logs]
        if times:
            first, last = min(time[0] for time in times), max(time[1] for time in times)
            self.line(f"{self.moment(first)} to {self.moment(last)}  (times in {_zone_name(self.zone)})", indent=0)
        if summary.since or summary.until:
            since = f"from {self.moment(summary.since)}" if summary.since else ""
            until = f"before {self.moment(summary.until)}" if summary.until else ""
            period = " and ".join(part for part in (since, until) if part)
            outside = counted(summary.events_outside_period, "event")
            self.line(f"Hunted only {period}; {outside} outside of that period were read and left alone.", indent=0)
        if summary.site:
            what = "Site of what the sites file does not claim" if summary.sites else "Site"
            self.line(f"{what}: {one_line(summary.site, _CELL_LIMIT)}", indent=0)
        if not summary.rules.given:
            looked = _looked_for(summary)
            did = f"looked for {looked} alone" if looked else "only read logs"
            self.line(f"NO RULE WAS RUN: this run {did}. `yadorigi detect` runs rules over them.", "bold", 0)
        if summary.interrupted:
            self.line("INTERRUPTED: not everything was read; what follows is what was found until then.", "bold red", 0)

    def answer(self, sentences: Sequence[str]) -> None:
        for place, sentence in enumerate(sentences):
            if not place:
                self.console.print()
            self.line(one_line(sentence, _SENTENCE_LIMIT), "" if place else "bold", 2 if place else 0)

    def findings(self, summary: Summary) -> None:
        total = sum(summary.findings.values())
        self.title("FINDINGS", f"{total:,}")
        if not total:
            self.line(Text(_nothing_found(summary), style="bold yellow"))
            return
        table = self.table(("level", "left"), ("findings", "right"), ("", "left"))
        most = max(summary.findings.values())
        for level in (*reversed(LEVELS), *sorted(set(summary.findings) - set(LEVELS))):
            count = summary.findings.get(level, 0)
            if count or level in LEVELS:
                style = LEVEL_STYLES.get(level, "default") if count else "dim"
                bar = ("#" if self.ascii_only else "█") * (count and max(1, round(count * _BAR / most)))
                table.add_row(
                    Text(one_line(level, 20), style=style), Text(f"{count:,}", style=style), Text(bar, style=style)
                )
        self.show(table)
        fired = len(summary.rules_fired)
        of = f" of {counted(able_rules(summary.rules), 'rule')} that could match here"
        known = summary.rules.reach_known and bool(summary.rules.given)
        self.line(f"by {fired:,}{of}" if known else f"by {counted(fired, 'rule')}", "dim")

    def counts(self, summary: Summary) -> None:
        if summary.rules_fired:
            self.title("TOP RULES", "the highest level first")
            ordered = sorted(
                summary.rules_fired, key=lambda rule: (-level_rank(rule.level), -rule.findings, rule.title, rule.level)
            )
            table = self.table(("level", "left"), ("findings", "right"), ("rule", "rest"))
            for rule in ordered[:_TOP]:
                style = LEVEL_STYLES.get(rule.level, "default")
                table.add_row(
                    Text(one_line(rule.level, 20), style=style),
                    f"{rule.findings:,}",
                    Text(one_line(rule.title, _CELL_LIMIT)),
                )
            self.show(table)
            self.rest(len(summary.rules_fired) - _TOP, "rule")
        for name, found in (("host", summary.hosts_found), ("user", summary.users_found)):
            if not found:
                continue
            self.title(f"TOP {name.upper()}S")
            table = self.table(("findings", "right"), (name, "rest"))
            several = len({row.site for row in found if isinstance(row, CountedHost)}) > 1
            for row in found[:_TOP]:
                site = (
                    f"  ({one_line(row.site or 'unassigned', _SITE_LIMIT)})"
                    if several and isinstance(row, CountedHost)
                    else ""
                )
                table.add_row(f"{row.findings:,}", Text(one_line(row.name, _CELL_LIMIT) + site))
            self.show(table)
            self.rest(len(found) - _TOP, name)

    def rest(self, count: int, name: str) -> None:
        if count > 0:
            self.line(f"and {counted(count, 'more ' + name)}", "dim")

    def activity(self, summary: Summary) -> None:
        chart = activity_chart(summary.hours, self.zone, self.ascii_only)
        if chart is None:
            return
        note = f"events by {chart.unit}, log scale, the highest bar is {chart.tallest:,}"
        self.title("ACTIVITY", note)
        self.line(" " * 12 + chart.scale, "dim")
        for row in chart.rows:
            if row.bars:
                self.line(Text.assemble(f"{row.label:<12}", (row.bars, "green"), f"  {row.events:,}"))
            else:
                self.line(row.label if not self.ascii_only else row.label.replace("…", "..."), "dim")
        if chart.left_out:
            self.line(f"and {counted(chart.left_out, 'event')} in other years", "dim")

    def sites(self, summary: Summary) -> None:
        """Print what was read of each site, and of hosts that have none."""
        rows = summary.hosts_by_site
        if not summary.sites and sum(row.hosts > 0 for row in rows) < _SEVERAL:
            return
        self.title("SITES", "hosts with logs")
        titles = {site.name: site.title for site in summary.sites}
        table = self.table(("site", "rest"), ("hosts", "right"), ("events", "right"))
        named = sorted((row for row in rows if row.site is not None), key=lambda row: (-row.events, row.site or ""))
        for row in named[:_TOP]:
            name = site_label(row.site or "", titles.get(row.site or "", ""))
            table.add_row(Text(one_line(name, _SITE_LIMIT)), f"{row.hosts:,}", f"{row.events:,}")
        if more := named[_TOP:]:
            hosts, events = sum(row.hosts for row in more), sum(row.events for row in more)
            table.add_row(Text(f"and {counted(len(more), 'more site')}", style="dim"), f"{hosts:,}", f"{events:,}")
        for row in rows:
            if row.site is None:
                style = "yellow" if row.hosts else "dim"
                table.add_row(
                    *(Text(text, style=style) for text in ("unassigned", f"{row.hosts:,}", f"{row.events:,}"))
                )
        self.show(table)

    def logs(self, logs: Sequence[LogSummary]) -> None:
        by_host: defaultdict[tuple[str, str], list[LogSummary]] = defaultdict(list)
        for log in logs:
            by_host[log.host, log.site or ""].append(log)
        ordered = sorted(by_host.items(), key=lambda item: (-sum(log.events for log in item[1]), item[0]))
        if not ordered:
            return
        several = len({log.site for log in logs}) > 1
        self.title("LOGS", f"first and last event by host and channel ({_zone_name(self.zone)})")
        late = {host: late_channels(own) for host, own in ordered[:_HOSTS]}
        columns = [("", "rest"), ("events", "right"), ("first", "left"), ("last", "left")]
        table = self.table(*columns, *([("", "left")] if any(late.values()) else []))
        for host, own in ordered[:_HOSTS]:
            name = one_line(host[0], _CELL_LIMIT) or "(no host name)"
            at = f"  ({one_line(host[1], _SITE_LIMIT) or 'unassigned'})" if several else ""
            table.add_row(Text(name + at, style="bold"), f"{sum(log.events for log in own):,}")
            channels = sorted(own, key=lambda log: (-log.events, log.channel))
            shown = channels[:_CHANNELS]
            shown += [log for log in channels[_CHANNELS:] if log.channel in late[host]][:_LATE]
            for log in shown:
                label = Text("  " + one_line(short_channel(log.channel), _CELL_LIMIT))
                cells = (f"{log.events:,}", self.moment(log.first_time), self.moment(log.last_time))
                table.add_row(label, *cells, *([Text("late", style="yellow")] if log.channel in late[host] else []))
            more = [log for log in channels if log not in shown]
            if more:
                self.summed(table, f"  and {counted(len(more), 'more channel')}", more)
        others = [log for _, own in ordered[_HOSTS:] for log in own]
        if others:
            self.summed(table, f"and {counted(len(ordered) - _HOSTS, 'more host')}", others)
        self.show(table)
        if any(late.values()):
            self.line("late: begins much later than most logs of its host; cleared, rotated, or not used before", "dim")

    def summed(self, table: Table, label: str, logs: Sequence[LogSummary]) -> None:
        first, last = min(log.first_time for log in logs), max(log.last_time for log in logs)
        cells = (label, f"{sum(log.events for log in logs):,}", self.moment(first), self.moment(last))
        table.add_row(*(Text(cell, style="dim") for cell in cells))

    def rules(self, summary: Summary) -> None:
        rules = summary.rules
        unknown = f"not known ({'interrupted' if summary.interrupted else 'too many kinds of events'})"
        able = f"{able_rules(rules):,}" if rules.reach_known else unknown
        self.title("RULES", f"{rules.given:,} given, {rules.loaded:,} loaded; could match here: {able}")
        if rules.unsupported:
            self.line(f"{len(rules.unsupported):,} not loaded", "yellow")
            for refused in rules.unsupported[:_FEW]:
                place = refused.path if refused.line is None else f"{refused.path}:{refused.line}"
                name = one_line(refused.title or refused.id or "", 80)
                self.line(Text.assemble((f"{name}  " if name else "", ""), (one_line(place, 200), "dim")), indent=4)
                self.line(one_line(refused.reason, _CELL_LIMIT), indent=6)
            if len(rules.unsupported) > _FEW:
                self.line(f"and {len(rules.unsupported) - _FEW:,} more (summary.json)", "dim", 4)
        for unable, what in (
            (rules.no_events, "had no event of their log source"),
            (rules.event_ids_absent, "asked for event ids that did not occur"),
            (rules.fields_absent, "needed a field that never occurred"),
        ):
            if unable:
                self.line(f"{len(unable):,} {what}")
                self.names(unable)
        self.joined(rules)

    def joined(self, rules: RuleSummary) -> None:
        """Print what filters and correlations make of the rules."""
        if rules.not_alone:
            self.line(
                f"{len(rules.not_alone):,} serve correlations, so that their matches are no findings of their own"
            )
            self.names(rules.not_alone)
        left_out = [(one, field, count) for one in rules.correlations for field, count in one.left_out.items()]
        if left_out:
            self.line(
                f"{counted(len({one.id for one, *_ in left_out}), 'correlation')} left out events without a field"
            )
            shown = [
                f"{one_line(one.title or one.id, 60)} ({counted(count, 'event')} without {one_line(field, 60)})"
                for one, field, count in left_out[:_FEW]
            ]
            more = [f"and {len(left_out) - _FEW:,} more (summary.json)"] if len(left_out) > _FEW else []
            self.line("; ".join(shown + more), "dim", 4)
        for narrowing in rules.filters:
            name = one_line(narrowing.title or narrowing.path, 60)
            style = "dim" if narrowing.rules else "yellow"
            self.line(f"filter {name} narrows {counted(narrowing.rules, 'rule')}", style)

    def names(self, unable: Sequence[UnableRule]) -> None:
        shown = [one_line(rule.title or rule.id, 60) + _fields(rule.fields) for rule in unable[:_FEW]]
        more = len(unable) - len(shown)
        if more:
            shown.append(f"and {more:,} more")
        self.line("; ".join(shown), "dim", 4)

    def not_read(self, summary: Summary, warnings: Sequence[ParseWarning]) -> None:
        unknown = sorted(file.path for file in summary.inputs if file.source is None)
        if not warnings and not unknown:
            self.title("NOT READ", "nothing: every file was recognised and every record was read")
            return
        self.title("NOT READ", losses(warnings))
        print_warnings(self.console, unknown, warnings)

    def this_run(self, summary: Summary, case: Path) -> None:
        self.title("THIS RUN")
        self.line(f"case: {one_line(str(case), 1_000)}")
        names = [path.name for path in case.iterdir() if not path.name.startswith(".")] if case.is_dir() else []
        self.line(", ".join(sorted(names)), "dim", 8)
        read = sum(file.events for file in summary.inputs)
        seconds = summary.seconds.get("total", sum(summary.seconds.values()))
        rate = f"{read / seconds:,.0f} events a second" if seconds > 0 else "no time taken"
        memory = f"{summary.peak_rss_bytes / MEBIBYTE:,.0f} MiB of memory at most"
        self.line(f"{seconds:,.1f} s, {rate}, {memory}", "dim")
        lake = summary.lake
        if lake is None:
            self.line("no events are kept", "dim")
        else:
            kept = f"{counted(lake.events, 'event')} kept in {lake.bytes / MEBIBYTE:,.1f} MiB"
            self.line(f"lake: {kept}, {lake.stored:,} of them by this run", "dim")
        vault = summary.vault
        if vault is None:
            self.line("no originals are kept: nobody can show later what was read", "dim")
        else:
            kept = f"{counted(vault.originals, 'original')} kept and sealed"
            self.line(f"vault: {kept}; yadorigi verify checks them, and that nothing here was changed", "dim")
        bases = [f"{base.name} ({base.type}, of {base.built[:10]})" for base in summary.address_databases]
        self.line(
            f"countries and networks of addresses: {few(bases) or 'not known, no usable database was given'}", "dim"
        )


def _zone_name(zone: tzinfo) -> str:
    return one_line(str(zone), 60)


def _fields(fields: tuple[str, ...]) -> str:
    return f" ({', '.join(one_line(name, 40) for name in fields[:_FEW])})" if fields else ""


def _looked_for(summary: Summary) -> str:
    """Say what was looked for beside rules, "" for nothing."""
    found = []
    if summary.indicators is not None:
        found.append(f"indicators ({summary.indicators.loaded:,} loaded)")
    if summary.hunts is not None:
        found.append("what hunting queries ask for")
    return " and ".join(found)


def _nothing_found(summary: Summary) -> str:
    """Say what no findings means: which rules could have found something, and what they could not see."""
    rules = summary.rules
    looked = _looked_for(summary)
    if not rules.given and not looked:
        return "No rule was run, so nothing can be found: run `yadorigi detect` on the case."
    if not rules.given and not summary.interrupted:
        return f"No findings. This does not mean that nothing happened: no rule was run, only {looked} looked for."
    if summary.interrupted:
        return "No findings until the interruption. That says nothing about what was not read."
    able = able_rules(rules)
    of = counted(rules.given, "rule")
    said = "No findings. This does not mean that nothing happened: "
    if rules.reach_known:
        said += f"{able:,} of {of} could match anything in these logs, {rules.given - able:,} could not (see RULES)."
    else:
        said += f"which of {of} could match anything in these logs is not known."
    if summary.warnings or any(file.source is None for file in summary.inputs):
        said += " Not everything was read (see NOT READ)."
    return said
