"""Behaviours and hosts on the terminal: what was observed, how much nobody can tell, and what would settle most.

Text from logs is shown through `cells.one_line` and as plain `Text`, as in `reports.terminal`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Final

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from yadorigi.packs.behaviours import load_behaviours
from yadorigi.reports.account import counted, print_line
from yadorigi.reports.cells import one_line
from yadorigi.reports.page.fold import Folded, fold_verdicts, is_split, shown_part
from yadorigi.reports.page.matrix_blocks import tactic_order
from yadorigi.schema.finding import level_rank
from yadorigi.schema.times import shown_time

if TYPE_CHECKING:
    from rich.console import Console

    from yadorigi.packs.behaviours import Behaviours
    from yadorigi.schema.overview import CaseOverview
    from yadorigi.schema.report import CellPart
    from yadorigi.schema.verdict import Verdict

STYLES: Final = {"observed": "bold red", "not_observed": "green", "cannot_tell": "yellow", "impossible": "dim"}
_SIGNS: Final = {"observed": "●", "not_observed": "○", "cannot_tell": "?", "impossible": "·", "split": "'"}
_ASCII_SIGNS: Final = {"observed": "X", "not_observed": "o", "cannot_tell": "?", "impossible": ".", "split": "'"}
_NAMES: Final = {"observed": "observed", "not_observed": "not observed", "cannot_tell": "cannot tell"}
_REASONS: Final = {
    "never_audited": "never recorded",
    "field_absent": "field empty",
    "not_collected": "not collected",
    "rotated_out": "overwritten",
    "cleared": "cleared",
    "hole": "records missing",
    "unreadable": "damaged",
    "host_unknown": "no logs of the host",
    "rule_not_loaded": "rule not loaded",
    "not_examined": "not settled by these logs",
}
_OBSERVED_ROWS: Final = 15
_STEPS: Final = 5
_REASONS_NAMED: Final = 2
_HOSTS: Final = 12
_TITLE: Final = 46
_NARROWEST_TITLE: Final = 24
_CELL: Final = 3
_MARGIN: Final = 16
_MINUTE: Final = len("2026-03-11 12:00")
_NAME_LIMIT: Final = 60
_TEXT_LIMIT: Final = 240


def print_verdicts(console: Console, overview: CaseOverview, verdicts: Iterable[Verdict], zone: tzinfo) -> None:
    """Print what the verdicts say, as a block of the summary of a hunt.

    Args:
        console: where to.
        overview: the case's hosts.
        verdicts: all of the case, gone through once.
        zone: for display.

    Raises:
        ContentError: content is not of the form.
    """
    block = _Block(console, overview, fold_verdicts(verdicts, overview), zone)
    block.head()
    block.observed()
    block.tactics()
    block.steps()


class _Block:
    """The parts of the block, one method each."""

    def __init__(self, console: Console, overview: CaseOverview, folded: Folded, zone: tzinfo) -> None:
        self.console = console
        self.overview = overview
        self.has_sites = any(host.site for host in overview.hosts)
        self.folded = folded
        self.zone = zone
        self.content: Behaviours = load_behaviours()
        self.ascii_only = not console.encoding.lower().startswith("utf")
        self.signs = _ASCII_SIGNS if self.ascii_only else _SIGNS
        known = self.content.every
        self.elsewhere = {
            one
            for one in {cell.behaviour for cell in folded.cells} & set(known)
            if not self.content.shown_by(known[one], overview.formats)
        }
        # Hosts without logs would drown the others: their number is told by itself.
        self.cells = {
            (cell.behaviour, cell.host): cell
            for cell in folded.cells
            if cell.behaviour not in self.elsewhere and overview.hosts[cell.host].known
        }
        self.shown: dict[tuple[str, int], CellPart] = {key: shown_part(cell.parts) for key, cell in self.cells.items()}

    def line(self, text: str | Text, style: str = "", indent: int = 2) -> None:
        print_line(self.console, text, style, indent)

    def sign(self, answer: str) -> Text:
        return Text(self.signs[answer], style=STYLES[answer])

    def title(self, name: str, rest: str | Text) -> None:
        self.console.print()
        self.line(Text.assemble((name, "bold"), "  ", rest), indent=0)

    def show(self, table: Table) -> None:
        self.console.print(Padding(table, (0, 0, 0, 2), expand=False), highlight=False, markup=False)

    def head(self) -> None:
        answers = Counter[str](part.verdict for part in self.shown.values())
        hosts = len({host for _, host in self.shown})
        behaviours = len({behaviour for behaviour, _ in self.shown})
        asked = f"{counted(behaviours, 'behaviour')} on {counted(hosts, 'host')}: was it there?"
        self.title("BEHAVIOURS", Text(asked, style="dim"))
        if not self.shown:
            self.line("No logs of any host: nobody can tell of any behaviour.", "bold yellow")
            return
        parts = []
        for answer, name in _NAMES.items():
            parts += [self.sign(answer), Text(f" {name} {answers[answer]:,}   ")]
        self.line(Text.assemble(*parts))
        split = sum(is_split(cell.parts) for cell in self.cells.values())
        if split:
            mark = self.signs["split"]
            self.line(
                f"{split:,} marked {mark} below: nobody can tell for part of the period, or for several reasons", "dim"
            )
        silent = sum(not host.known for host in self.overview.hosts) + self.overview.unlisted_hosts
        if silent:
            self.line(f"{counted(silent, 'more host')} without logs of their own: nobody can tell of them", "yellow")
        if self.elsewhere:
            self.line(f"{counted(len(self.elsewhere), 'more behaviour')}: no log of these kinds shows them", "dim")
        if not answers["observed"] and answers["cannot_tell"]:
            self.line("Nothing was observed. This is no all-clear: see what nobody can tell.", "bold yellow")

    def observed(self) -> None:
        """Print the behaviours that were observed, by host."""
        hosts_by_behaviour: defaultdict[str, list[int]] = defaultdict(list)
        for (behaviour, host), part in self.shown.items():
            if part.verdict == "observed":
                hosts_by_behaviour[behaviour].append(host)
        if not hosts_by_behaviour:
            return
        # The gravest first: of many, few are shown.
        ordered = sorted(hosts_by_behaviour, key=lambda one: (-self.rank(one), self.tactic(one), one))
        counts = Counter(host for hosts in hosts_by_behaviour.values() for host in hosts)
        room = (self.console.width - _NARROWEST_TITLE - _MARGIN) // _CELL
        columns = [host for host, _ in counts.most_common(max(min(room, _HOSTS), 1))]
        columns.sort()
        width = min(_TITLE, self.console.width - _MARGIN - _CELL * len(columns))
        table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim", show_edge=False)
        table.add_column("", min_width=5, no_wrap=True)
        table.add_column("", width=max(width, _NARROWEST_TITLE), no_wrap=True, overflow="ellipsis")
        for number in range(len(columns)):
            table.add_column(str(number + 1), min_width=2, no_wrap=True)
        table.add_column("", no_wrap=True)
        for behaviour in ordered[:_OBSERVED_ROWS]:
            elsewhere = len(set(hosts_by_behaviour[behaviour]) - set(columns))
            table.add_row(
                behaviour,
                Text(self.short(self.name(behaviour), width)),
                *(self.cell(behaviour, host) for host in columns),
                Text(f"+{elsewhere:,}" if elsewhere else "", style=STYLES["observed"]),
            )
        self.show(table)
        if len(ordered) > _OBSERVED_ROWS:
            self.line(f"and {counted(len(ordered) - _OBSERVED_ROWS, 'more observed behaviour')} (report.html)", "dim")
        self.hosts(columns, len(counts) - len(columns))

    def hosts(self, columns: Sequence[int], more: int) -> None:
        """Print which host each column is, and when something was observed there."""
        for number, host in enumerate(columns, 1):
            observed = [
                part
                for (_, own), cell in self.cells.items()
                if own == host
                for part in cell.parts
                if part.verdict == "observed"
            ]
            first, last = min(part.since for part in observed), max(part.until for part in observed)
            span = f"  {self.minute(first)} to {self.minute(last)}"
            one = self.overview.hosts[host]
            site = one.site or ("unassigned" if self.has_sites else "")
            name = self.short((f"{site}/" if site else "") + one.host, _NAME_LIMIT) or "(no host name)"
            self.line(Text.assemble((f"{number:>2} ", "dim"), name, (span, "dim")))
        if more > 0:
            self.line(f"and {counted(more, 'more host')} with something observed (report.html)", "dim")

    def cell(self, behaviour: str, host: int) -> Text:
        part = self.shown.get((behaviour, host))
        if part is None:
            return self.sign("impossible")
        split = self.signs["split"] if is_split(self.cells[behaviour, host].parts) else ""
        return Text(self.signs[part.verdict] + split, style=STYLES[part.verdict])

    def tactics(self) -> None:
        """Print how many questions of each tactic have which answer, and why nobody can tell."""
        if not self.shown:
            return
        answers: defaultdict[str, Counter[str]] = defaultdict(Counter)
        reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for (behaviour, _), part in self.shown.items():
            tactic = self.tactic(behaviour)[1]
            answers[tactic][part.verdict] += 1
            if part.reason:
                reasons[tactic][part.reason] += 1
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
        table.add_column("by tactic", no_wrap=True)
        for answer in _NAMES:
            table.add_column(self.signs[answer], justify="right", no_wrap=True)
        table.add_column("why nobody can tell", overflow="fold")
        for tactic in sorted(answers, key=tactic_order):
            why = ", ".join(
                f"{_REASONS.get(reason, reason)} {count:,}"
                for reason, count in reasons[tactic].most_common(_REASONS_NAMED)
            )
            numbers = [
                Text(f"{answers[tactic][answer]:,}", style=STYLES[answer] if answers[tactic][answer] else "dim")
                for answer in _NAMES
            ]
            table.add_row(Text(tactic.replace("-", " ") or "(none)"), *numbers, Text(why, style="dim"))
        self.console.print()
        self.show(table)

    def steps(self) -> None:
        """Print what would settle most."""
        if not self.folded.steps:
            return
        self.title("WHAT WOULD SETTLE MOST", Text("behaviours on hosts that could then be judged", style="dim"))
        beyond = [step for step in self.folded.steps if step.beyond]
        ranked = [(step.pairs, self.short(step.words.en, _TEXT_LIMIT)) for step in self.folded.steps if not step.beyond]
        if beyond:
            what = (
                f"Collect what these logs cannot tell, for {counted(len(beyond), 'behaviour')} (report.html says what)"
            )
            ranked.append((sum(step.pairs for step in beyond), what))
        ranked.sort(key=lambda item: -item[0])
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False, show_edge=False)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(overflow="fold")
        for pairs, what in ranked[:_STEPS]:
            table.add_row(Text(f"{pairs:,}", style="yellow"), Text(what))
        self.show(table)
        more = len(ranked) - _STEPS
        if more > 0:
            self.line(f"and {counted(more, 'more step')} (report.html)", "dim")

    def short(self, text: str, limit: int) -> str:
        shown = one_line(text, limit)
        return shown.replace("…", "~") if self.ascii_only else shown

    def name(self, behaviour: str) -> str:
        known = self.content.every.get(behaviour)
        return known.title.en if known else behaviour

    def tactic(self, behaviour: str) -> tuple[tuple[int, str], str]:
        known = self.content.every.get(behaviour)
        tactic = known.tactic if known else ""
        return tactic_order(tactic), tactic

    def rank(self, behaviour: str) -> int:
        levels = [part.level for (own, _), part in self.shown.items() if own == behaviour and part.level]
        return max(map(level_rank, levels), default=0)

    def minute(self, time: str) -> str:
        return shown_time(time, self.zone)[:_MINUTE]
