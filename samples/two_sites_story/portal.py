"""The portal of the branch's contractors on an IIS server: its ordinary days, and the intruder's web shell on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from two_sites_story import channels, logons
from two_sites_story.access_log import FIREFOX, MONITORING, PHONE, Request, tell
from two_sites_story.desktops import Visit, come_in, go
from two_sites_story.estate import (
    APP_POOL,
    BRANCH,
    MONITOR_ADDRESS,
    SAWADA_ADM,
    SAWADA_PC_ADDRESS,
    SVC_MONITOR,
    SYSTEM,
    WEB_INTRUDER,
)
from two_sites_story.machine import SYSTEM32, Machine, Process, Session
from two_sites_story.ordinary import rounds
from two_sites_story.records import COLLECTED, DAYS, FIRST_DAY, TICKS, WORKING_DAYS, midnight, system_time

if TYPE_CHECKING:
    from two_sites_story.hosts import Hosts
    from two_sites_story.kinds import Json
    from two_sites_story.text_logs import TextLog

_POOL = (
    'c:\\windows\\system32\\inetsrv\\w3wp.exe -ap "PortalPool" -v "v4.0" -l "webengine4.dll" '
    "-a \\\\.\\pipe\\iisipm2f0c1a7e -h "
    '"C:\\inetpub\\temp\\apppools\\PortalPool\\PortalPool.config" -w "" -m 0 -t 20 -ta 0'
)
_COMPILER = "C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\csc.exe"
_PAGES = "C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\Temporary ASP.NET Files\\portal\\8f2c41d0\\5b0e77a1"
_CONTRACTORS = (
    ("192.0.2.161", "kk-denki", FIREFOX),
    ("192.0.2.177", "minato-setsubi", PHONE),
    ("198.51.100.45", "tone-kogyo", FIREFOX),
    ("203.0.113.83", "arakawa-tech", PHONE),
)
"""Contractors by their address, their name at the portal and their browser."""
_VISIT = (
    ("/portal/notice.aspx", "id=318"),
    ("/portal/schedule.aspx", "month=2026-03"),
    ("/portal/schedule.aspx", "month=2026-04"),
    ("/portal/docs/safety.pdf", "-"),
    ("/portal/report.aspx", "job=7741"),
)
_PROBES = (
    ("/.env", 404),
    ("/wp-login.php", 404),
    ("/owa/auth/logon.aspx", 404),
    ("/remote/login", 404),
    ("/cgi-bin/luci", 404),
    ("/", 302),
)
_PROBERS = ("198.51.100.14", "198.51.100.90", "203.0.113.12", "203.0.113.240")
SHELL = "/portal/uploads/meter.ashx"
"""The web shell: a handler in the folder into which contractors upload pictures of meters."""
_FILE = "C:\\inetpub\\portal\\uploads\\meter.ashx"
_TYPES = (
    ("18:41:07", "whoami", "whoami.exe", "whoami", "T1033"),
    ("18:41:52", "ipconfig /all", "ipconfig.exe", "ipconfig  /all", "T1016"),
    ("18:43:20", 'net group "domain admins" /domain', "net.exe", 'net  group "domain admins" /domain', "T1069.002"),
    ("18:44:38", "nltest /dclist:", "nltest.exe", "nltest  /dclist:", "T1018"),
    ("18:46:55", "dir /s C:\\Scripts", "", "", "T1083"),
    ("18:48:31", "type C:\\Scripts\\deploy.cmd", "", "", "T1552.001"),
    ("18:51:12", "ping -n 1 fs02", "PING.EXE", "ping  -n 1 fs02", "T1018"),
    ("18:52:40", "netstat -ano", "NETSTAT.EXE", "netstat  -ano", "T1049"),
    ("18:55:03", "tasklist", "tasklist.exe", "tasklist", "T1057"),
    ("18:57:49", "del C:\\inetpub\\portal\\uploads\\*.txt", "", "", "T1070.004"),
)
"""What he types into the web shell: when, the command, and the program that it starts."""
_DETECTION = "Backdoor:ASP/Webshell.A!dha"
_SCAN_HIT = "03:11:36"


def work(hosts: Hosts, log: TextLog) -> None:
    """Write the ordinary days of the web server, into its Windows logs and its access log."""
    web = hosts.web
    for day in hosts.days(DAYS):
        _machines(web, log)
        if day in WORKING_DAYS:
            _people(web, log)
    for _ in hosts.days(WORKING_DAYS):
        _compiles(web, _pool(hosts, "07:02:11"))
    visit = Visit(SAWADA_ADM, SAWADA_PC_ADDRESS, "13:05:30", "13:31:12", 2, privileged=True)
    for _ in hosts.days((FIRST_DAY + 1,)):
        session, desktop = come_in(web, hosts.on_web, visit)
        console = '"C:\\Windows\\system32\\mmc.exe" C:\\Windows\\system32\\inetsrv\\iis.msc'
        web.start(web.at("13:08:02"), SYSTEM32 + "mmc.exe", console, desktop)
        go(web, visit, session)


def play(hosts: Hosts, log: TextLog) -> None:
    """Write what the intruder does on the web server, and what the antivirus finds there in the night."""
    web = hosts.web
    for _ in hosts.days((FIRST_DAY,)):
        pool = _pool(hosts, "18:20:40")
        _uploads(web, log, pool)
        _uses_the_shell(web, log, pool)
    for _ in hosts.days((FIRST_DAY + 1,)):
        _is_found(web)
        with log.marked("web-shell-gone", "T1505.003"):
            for clock in ("20:31:15", "20:31:44"):
                gone = Request(page=SHELL, client=WEB_INTRUDER, method="POST", agent=FIREFOX, status=404)
                tell(log, web.at(clock), gone)


def _pool(hosts: Hosts, clock: str) -> Process:
    """The service of IIS starts the process that runs the portal's pages."""
    web = hosts.web
    service = web.running(web.new_pid(), SYSTEM32 + "svchost.exe", "C:\\Windows\\system32\\svchost.exe -k iissvcs")
    session = Session(account=APP_POOL, logon_id=0x5_1C2E + web.day * 0x310, integrity="High")
    return web.start(web.at(clock), "C:\\Windows\\System32\\inetsrv\\w3wp.exe", _POOL, service, session)


def _compiles(web: Machine, pool: Process) -> None:
    """Pages of .NET are compiled when somebody asks for them first."""
    for clock in ("08:01:33", "08:01:39"):
        _compile(web, web.at(clock), pool)


def _compile(web: Machine, ticks: int, pool: Process) -> None:
    name = f"{web.rng.getrandbits(40):08x}"[:8]
    command = f'"{_COMPILER}" /t:library /utf8output /noconfig /fullpaths @"{_PAGES}\\{name}.cmdline"'
    web.start(ticks, _COMPILER, command, pool)


def _machines(web: Machine, log: TextLog) -> None:
    """The monitoring asks for a page, and logs on; the Internet tries what it tries everywhere."""
    for when in rounds(web, "00:11:00", 30, 60):
        tell(log, when, Request(page="/portal/health.aspx", client=MONITOR_ADDRESS, agent=MONITORING, milliseconds=6))
    for when in rounds(web, "00:09:00", 60, 500):
        session = logons.log_on(web, when, logons.Logon(account=SVC_MONITOR, source=MONITOR_ADDRESS))
        logons.log_off(web, web.moment(when, 4), session)
    when, end = midnight(web.day), min(midnight(web.day + 1), COLLECTED)
    while when < end - 9000 * TICKS:
        when += web.rng.randrange(2400, 9000) * TICKS
        page, status = web.rng.choice(_PROBES)
        client = web.rng.choice(_PROBERS)
        tell(log, when, Request(page=page, client=client, agent="Mozilla/5.0", status=status, milliseconds=3))


def _people(web: Machine, log: TextLog) -> None:
    """People of the branch and its contractors read notices and schedules; contractors send reports and pictures."""
    at_branch = [(address, user.name, FIREFOX) for user, _, address in BRANCH]
    for client, user, agent in (*at_branch, *_CONTRACTORS):
        when = web.at("08:05:00") + web.rng.randrange(28_000 * TICKS)
        first = Request(page="/portal/login.aspx", client=client, agent=agent)
        tell(log, when, first)
        for page in ("/css/site.css", "/js/site.js", "/images/logo.png"):
            tell(log, when + TICKS, Request(page=page, client=client, agent=agent, milliseconds=4))
        when += web.rng.randrange(8, 50) * TICKS
        login = Request(page="/portal/login.aspx", client=client, agent=agent, method="POST", status=302)
        tell(log, when, login)
        for page, query in _VISIT[: web.rng.randrange(2, len(_VISIT) + 1)]:
            when += web.rng.randrange(4, 240) * TICKS
            tell(log, when, Request(page=page, client=client, query=query, user=user, agent=agent, milliseconds=71))
        if client in {address for address, *_ in _CONTRACTORS}:
            when += web.rng.randrange(30, 300) * TICKS
            sent = Request(page="/portal/upload.aspx", client=client, user=user, agent=agent, method="POST")
            tell(log, when, sent)
            picture = f"/portal/uploads/meter-{web.rng.randrange(1000, 9999)}.jpg"
            tell(log, when + 2 * TICKS, Request(page=picture, client=client, user=user, agent=agent))


def _uploads(web: Machine, log: TextLog, pool: Process) -> None:
    """He logs in as a contractor and uploads a handler in place of a picture."""
    with log.marked("web-upload", "T1190"), web.marked("web-upload", "T1190"):
        for clock, request in (
            ("18:33:20", Request(page="/portal/login.aspx", client=WEB_INTRUDER, agent=FIREFOX)),
            (
                "18:34:02",
                Request(page="/portal/login.aspx", client=WEB_INTRUDER, agent=FIREFOX, method="POST", status=302),
            ),
            (
                "18:38:29",
                Request(
                    page="/portal/upload.aspx",
                    client=WEB_INTRUDER,
                    user="minato-setsubi",
                    agent=FIREFOX,
                    method="POST",
                    milliseconds=212,
                ),
            ),
        ):
            tell(log, web.at(clock), request)
        _compile(web, web.at("18:40:12"), pool)


def _uses_the_shell(web: Machine, log: TextLog, pool: Process) -> None:
    """He works through the web shell: every request is a command, and a cmd.exe below the pool's process."""
    with log.marked("web-shell", "T1505.003"):
        tell(log, web.at("18:40:13"), Request(page=SHELL, client=WEB_INTRUDER, agent=FIREFOX, milliseconds=1904))
    for clock, typed, program, command, technique in _TYPES:
        with log.marked("web-shell", technique), web.marked("web-shell", technique):
            when = web.at(clock)
            line = f'"cmd.exe" /c {typed}'
            shell = web.start(web.moment(when), SYSTEM32 + "cmd.exe", line, pool)
            if program:
                web.start(web.moment(when, 0.03), SYSTEM32 + program, command, shell)
            milliseconds = web.rng.randrange(90, 900)
            posted = Request(page=SHELL, client=WEB_INTRUDER, method="POST", agent=FIREFOX, milliseconds=milliseconds)
            tell(log, when + TICKS // 2, posted)


def _is_found(web: Machine) -> None:
    """The scan of the following night finds the web shell and takes it away. Nobody looks at it."""
    when = web.at(_SCAN_HIT)
    about: dict[str, Json] = {
        "Product Version": "4.18.26010.5",
        "Detection ID": f"{{{web.new_guid()}}}",
        "Detection Time": f"{system_time(when)[:23]}Z",
        "Threat ID": "2147787263",
        "Threat Name": _DETECTION,
        "Severity ID": "5",
        "Severity Name": "Severe",
        "Category ID": "6",
        "Category Name": "Backdoor",
        "Status Code": "1",
        "Source ID": "1",
        "Source Name": "User",
        "Process Name": "Unknown",
        "Detection User": "NT AUTHORITY\\SYSTEM",
        "Path": f"file:_{_FILE}",
        "Origin ID": "1",
        "Origin Name": "Local machine",
        "Execution ID": "0",
        "Execution Name": "Unknown",
        "Type ID": "0",
        "Type Name": "Concrete",
        "Action ID": "9",
        "Action Name": "Not Applicable",
        "Error Code": "0x00000000",
        "Error Description": "The operation completed successfully. ",
    }
    done: dict[str, Json] = {"Status Code": "3", "Action ID": "2", "Action Name": "Quarantine"}
    done["Remediation User"] = f"{SYSTEM.domain}\\{SYSTEM.name}"
    with web.marked("web-shell-found", "T1505.003"):
        channels.defender(web, web.moment(when), 1116, about)
        channels.defender(web, web.moment(when, 5), 1117, {**about, **done})
