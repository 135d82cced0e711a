"""Whoever is watched chooses users, commands and paths: none of them may pass a record for another format's."""

import pytest

from yadorigi.sources.formats import FORMATS
from yadorigi.sources.lines.known_headers import KnownHeaders
from yadorigi.sources.lines.survey import Formats

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
