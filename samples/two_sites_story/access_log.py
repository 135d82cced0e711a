"""The access log of the portal, as IIS 10 writes it in the W3C's form: one file per day, in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from two_sites_story.estate import KAWAGUCHI, WEB_ADDRESS
from two_sites_story.records import TICKS
from two_sites_story.text_logs import TextLog

_FIELDS = (
    "date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
    "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken"
)
EDGE = (
    "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64)+AppleWebKit/537.36+(KHTML,+like+Gecko)"
    "+Chrome/133.0.0.0+Safari/537.36+Edg/133.0.0.0"
)
FIREFOX = "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64;+rv:135.0)+Gecko/20100101+Firefox/135.0"
PHONE = (
    "Mozilla/5.0+(iPhone;+CPU+iPhone+OS+18_3+like+Mac+OS+X)+AppleWebKit/605.1.15"
    "+(KHTML,+like+Gecko)+Version/18.3+Mobile/15E148+Safari/604.1"
)
MONITORING = "Zabbix"


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request, and how the server answered it."""

    page: str
    client: str
    query: str = "-"
    method: str = "GET"
    user: str = "-"
    agent: str = EDGE
    status: int = 200
    milliseconds: int = 40
    port: int = 443


def _second(ticks: int) -> datetime:
    return datetime.fromtimestamp(ticks // TICKS, UTC)


def build() -> TextLog:
    """The log at the first midnight."""
    return TextLog(
        site=KAWAGUCHI,
        host="WEB02",
        family="iis",
        file_of=lambda ticks: f"u_ex{_second(ticks):%y%m%d}.log",
        header=(
            "#Software: Microsoft Internet Information Services 10.0",
            "#Version: 1.0",
            "#Date: {start}",
            f"#Fields: {_FIELDS}",
        ),
        start_of=lambda ticks: f"{_second(ticks):%Y-%m-%d %H:%M:%S}",
    )


def tell(log: TextLog, ticks: int, request: Request) -> None:
    """Write down a request; IIS does so when it has answered."""
    windows = {404: 2, 403: 5, 500: 64}.get(request.status, 0)
    line = (
        f"{_second(ticks):%Y-%m-%d %H:%M:%S} W3SVC1 WEB02 {WEB_ADDRESS} {request.method} {request.page} "
        f"{request.query} {request.port} {request.user} {request.client} {request.agent} - "
        f"{request.status} 0 {windows} {request.milliseconds}"
    )
    log.tell(ticks, "access", line)
