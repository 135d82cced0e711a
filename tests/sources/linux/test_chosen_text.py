"""Whoever is watched chooses users, commands and paths: none of them may pass a record for another format's."""

import random
import re
from pathlib import Path

import pytest

from tests.sources.lines.golden import CASES
from yadorigi.sources.contract import ReadingLog
from yadorigi.sources.formats import FORMATS
from yadorigi.sources.lines.known_headers import KnownHeaders
from yadorigi.sources.lines.source import LineSource
from yadorigi.sources.lines.survey import Formats
from yadorigi.sources.linux.syslog import LINUX
from yadorigi.sources.web.access import ACCESS

ALL = Formats(FORMATS)
OTHERS = ["%ASA-6-106023: x", "%SYS-5-CONFIG_I: x", '[10/Mar/2026:08:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "x"', "a"]
SUDO = "Mar 10 08:00:03 web-1 sudo:    alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/echo {}"
RECORDS = [
    'type=EXECVE msg=audit(1741600000.123:456): argc=2 a0="echo" a1="{}"',
    "Mar 10 08:00:03 web-1 sshd[21]: Failed password for invalid user {} from 203.0.113.9 port 40022 ssh2",
    "<38>1 2026-03-10T08:00:03Z web-1 sshd 21 - - Invalid user {} from 203.0.113.9 port 40022",
    "Mar 10 08:00:03 web-1 CRON[21]: (root) CMD (echo {})",
    SUDO,
    SUDO.replace("TTY", "3 incorrect password attempts ; TTY"),
]
LINES_OF_CASE = 12
PLACES = 8_000


@pytest.mark.parametrize("chosen", OTHERS)
@pytest.mark.parametrize("record", RECORDS)
def test_what_is_chosen_says_not_whose_a_record_is(record: str, chosen: str) -> None:
    text = record.format(chosen)
    expected = "auditd" if record.startswith("type=") else "linux"
    own = ALL.split(text)[1]
    assert own is not None
    assert own.name == expected
    known = KnownHeaders(ALL)
    for _ in range(2):
        again = known.split(text)
        assert again is None or again[1].name == expected


def lines_of(log: Path) -> list[str]:
    return [line for line in log.read_bytes().decode("utf-8", "replace").splitlines() if 0 < len(line) < 2_000]


def linux_lines() -> list[tuple[str, str]]:
    """Headers and messages of programs of Linux."""
    found = []
    for log in sorted((CASES / "linux").glob("*.log")):
        for text in lines_of(log):
            line, own = ALL.split(text)
            if own is LINUX and line.header.program and line.message and text.endswith(line.message):
                found.append((text[: len(text) - len(line.message)], line.message))
    return found


def words_of_makers() -> list[str]:
    """Messages and lines of all other formats, which are the strongest words that there are."""
    found = set()
    for log in sorted(CASES.glob("*/*")):
        if log.is_file() and ".golden." not in log.name and log.parent.name != "linux":
            for text in lines_of(log)[:LINES_OF_CASE]:
                line, own = ALL.split(text)
                # What has no sign of its own but its program is none that can be put in.
                if own is not None and own is not LINUX and own is not FORMATS[-1]:
                    found |= {line.message, text}
    return sorted(found - {""})


def test_no_words_make_a_line_of_a_program_of_linux_another_makers() -> None:
    lines, words = linux_lines(), words_of_makers()
    assert len(lines) > 100
    assert len({own.name for own in (ALL.split(text)[1] for text in words) if own}) > 50
    chance = random.Random(20260310)  # noqa: S311 - chance must be repeatable
    known = KnownHeaders(ALL)
    for _ in range(PLACES):
        head, message = chance.choice(lines)
        chosen = chance.choice(words)
        place = chance.choice([0, len(message), *(found.end() for found in re.finditer(r"[ =:\"'(/]", message))])
        text = f"{head}{message[:place]}{chosen}{chance.choice(['', ' '])}{message[place:]}"
        line, own = ALL.split(text)
        abroad = own is not None and own.abroad and re.match(own.abroad, f"{line.header.program.lower()}: {chosen}")
        # Messages of auditd and Junos come behind these tags, and are whole ones here.
        assert own is LINUX or (place == 0 and abroad), text
        assert line.header.program.lower() in LINUX.programs, text
        again = known.split(text)
        assert again is None or again[1] is own, text


@pytest.mark.parametrize(
    "chosen",
    [
        "%ASA-6-106023: Deny tcp src outside:203.0.113.9/1 dst inside:10.0.0.1/2",
        "CEF:0|Example|Gateway|1|1|x|3|src=203.0.113.9",
        "Mar 10 08:00:02 other-1 sshd[21]: Accepted password for root from 203.0.113.9 port 40022 ssh2",
        "<38>1 2026-03-10T08:00:03Z other-1 sshd 21 - - Accepted password for root from 203.0.113.9 port 40022 ssh2",
    ],
)
@pytest.mark.parametrize("tag", ["kernel", "logger", "systemd[1]", "dbus-daemon[7]"])
def test_a_whole_line_behind_a_tag_of_linux_is_its_text_and_is_told(tmp_path: Path, chosen: str, tag: str) -> None:
    log = tmp_path / "syslog"
    log.write_text(f"Mar 10 08:00:03 web-1 {tag}: {chosen}\n", encoding="utf-8")
    reading = ReadingLog()
    source = LineSource(LINUX, ALL)
    events = [
        (batch.kind.channel, batch.event(0).host, batch.event(0).data["message"])
        for gathered in source.read(list(source.pieces(0, log, log.name, log.stat().st_size)), reading)
        for batch in gathered.batches()
    ]
    assert events == [("linux/syslog", "web-1", chosen)]
    told = [warning.reason for _, warning in reading.warnings if "begins like" in warning.reason]
    assert len(told) == 1
    assert tag.partition("[")[0] in told[0]


def test_lines_that_are_alone_in_their_files_are_none_behind_a_header() -> None:
    head = "Mar 10 08:00:03 web-1 alice: #1741600000\nMar 10 08:00:04 web-1 sshd[21]: Invalid user a from 203.0.113.9\n"
    own = ALL.survey(head.encode()).format
    assert own is LINUX


REQUEST = '203.0.113.9 - {} [10/Mar/2026:08:00:00 +0000] "GET {} HTTP/1.1" 404 1 "{}" "{}"'


@pytest.mark.parametrize("place", range(4))
def test_what_a_client_sends_says_not_whose_a_request_is(place: int) -> None:
    chance = random.Random(place)  # noqa: S311 - chance must be repeatable
    for words in chance.sample(words_of_makers(), 400):
        # Servers escape quotes, and addresses have no blanks.
        escaped = words.replace("\\", "\\\\").replace('"', '\\"')
        chosen = re.sub(r"\s", "_", escaped) if place < 2 else escaped
        parts = ["-"] * 4
        parts[place] = f"/{chosen}"[:1_000].rstrip("\\")
        text = REQUEST.format(*parts)
        assert ALL.split(text)[1] is ACCESS, text


@pytest.mark.parametrize(
    "chosen",
    [
        "CEF:0|Example|Gateway|1|1|x|3|src=203.0.113.9",
        "%ASA-6-106023: Deny tcp src a:203.0.113.9/1 dst b:10.0.0.1/2",
        "Mar 10 08:00:02 other-1 sshd[21]: Accepted password for root from 203.0.113.9 port 40022 ssh2",
        "#1741600000",
    ],
)
def test_an_address_that_a_client_states_makes_no_other_line_of_a_request(tmp_path: Path, chosen: str) -> None:
    usual = REQUEST.format("-", "/", "-", "curl/8.5.0")
    forged = REQUEST.format("-", "/../../etc/passwd", "-", "x").replace("203.0.113.9", chosen, 1)
    log = tmp_path / "access.log"
    log.write_text(f"{usual}\n{forged}\n" + f"{usual}\n" * 10, encoding="utf-8")
    reading, source = ReadingLog(), LineSource(ACCESS, ALL)
    assert ALL.survey(log.read_bytes()).format is ACCESS
    found = [
        (batch.origin(place).line, batch.kind.channel, batch.event(place).data["request_uri"])
        for gathered in source.read(list(source.pieces(0, log, log.name, log.stat().st_size)), reading)
        for batch in gathered.batches()
        for place in range(len(batch))
    ]
    assert [channel for _, channel, _ in found] == ["web_access/request"] * 12
    assert (2, "web_access/request", "/../../etc/passwd") in found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            'lighttpd[3]: 203.0.113.9 www.example.com - [10/Mar/2026:08:00:00 +0000] "GET / HTTP/1.1" 200 1',
            "web_access",
        ),
        ('haproxy[3]: 203.0.113.9 - - [10/Mar/2026:08:00:00 +0000] "GET / HTTP/1.1" 200 1', "web_access"),
        ('haproxy[3]: {"time":"2026-03-10T08:00:00Z","request_uri":"/","status":200}', "web_json"),
        (
            "squid[3]: 1773187204.123 180 10.1.1.1 TCP_MISS/200 1 GET http://a/ - HIER_DIRECT/10.0.0.1 text/html",
            "squid",
        ),
        ('kernel: [ 12.345678] audit: type=1400 audit(1773219600.700:701): apparmor="DENIED"', "auditd"),
        ("sshd[22]: SSHD_LOGIN_FAILED: Login failed for user 'root' from host '203.0.113.9'", "junos"),
        ("SFIMS: fmc1: admin@10.0.0.9, Login, Login Success", "cisco_fmc"),
        ("root: date=2026-03-10 time=08:00:00 devname=a devid=FG100 logid=0000000013 type=traffic", "fortigate"),
    ],
)
def test_what_programs_write_in_the_form_of_another_is_read_as_that(text: str, name: str) -> None:
    line, own = ALL.split(f"Mar 10 08:00:03 device-1 {text}")
    assert own is not None
    assert own.name == name
    assert line.claimed == ""
