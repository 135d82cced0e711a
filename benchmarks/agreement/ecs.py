"""Where the Elastic Common Schema keeps what is compared, and where OCSF keeps the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from benchmarks.agreement.actions import letters, means, same_outcome

LEAVES: Final[dict[str, tuple[str, ...]]] = {
    "event.outcome": ("status_id", "disposition_id"),
    "user.name": ("user.name", "actor.user.name", "evidences.user.name"),
    "user.domain": ("user.domain", "actor.user.domain", "evidences.user.domain"),
    "user.email": ("user.email_addr", "actor.user.email_addr", "user.name", "actor.user.name"),
    "user.id": ("user.uid", "actor.user.uid", "process.user.uid", "user.name", "actor.user.name"),
    "user.full_name": ("user.full_name", "actor.user.full_name"),
    "user.target.id": ("user.uid",),
    "user.target.group.name": ("group.name",),
    "group.name": ("group.name", "user.groups.name"),
    "source.user.email": ("user.email_addr", "actor.user.email_addr", "email.from", "evidences.email.from"),
    "source.user.group.name": ("user.groups.name", "actor.user.groups.name"),
    "destination.user.email": ("email.to", "evidences.email.to"),
    "email.from.address": ("email.from", "evidences.email.from"),
    "email.to.address": ("email.to", "evidences.email.to"),
    "email.subject": ("email.subject", "evidences.email.subject"),
    "source.user.name": ("user.name", "actor.user.name", "evidences.user.name"),
    "source.user.domain": ("user.domain", "actor.user.domain"),
    "destination.user.name": ("user.name", "actor.user.name", "evidences.user.name"),
    "client.user.name": ("user.name", "actor.user.name"),
    "user.target.name": ("user.name", "user.full_name"),
    "user.effective.name": ("user.name", "process.user.name"),
    "source.ip": ("src_endpoint.ip", "evidences.src_endpoint.ip"),
    "source.address": ("src_endpoint.ip", "src_endpoint.hostname", "src_endpoint.name", "evidences.src_endpoint.ip"),
    "source.domain": (
        "src_endpoint.hostname",
        "src_endpoint.name",
        "src_endpoint.domain",
        "evidences.src_endpoint.hostname",
        "evidences.src_endpoint.domain",
    ),
    "source.port": ("src_endpoint.port", "evidences.src_endpoint.port"),
    "source.mac": ("src_endpoint.mac", "evidences.src_endpoint.mac"),
    "destination.mac": ("dst_endpoint.mac", "evidences.dst_endpoint.mac"),
    "source.nat.ip": (
        "src_endpoint.proxy_endpoint.ip",
        "evidences.src_endpoint.proxy_endpoint.ip",
        "tunnel_interface.ip",
    ),
    "source.nat.port": ("src_endpoint.proxy_endpoint.port", "evidences.src_endpoint.proxy_endpoint.port"),
    "destination.nat.ip": ("dst_endpoint.proxy_endpoint.ip", "evidences.dst_endpoint.proxy_endpoint.ip"),
    "destination.nat.port": ("dst_endpoint.proxy_endpoint.port", "evidences.dst_endpoint.proxy_endpoint.port"),
    "client.address": ("src_endpoint.ip", "src_endpoint.hostname"),
    "client.ip": ("src_endpoint.ip", "evidences.src_endpoint.ip"),
    "client.port": ("src_endpoint.port", "evidences.src_endpoint.port"),
    "destination.ip": ("dst_endpoint.ip", "evidences.dst_endpoint.ip"),
    "destination.address": (
        "dst_endpoint.ip",
        "dst_endpoint.hostname",
        "dst_endpoint.name",
        "evidences.dst_endpoint.ip",
        "http_request.url.hostname",
    ),
    "destination.domain": (
        "dst_endpoint.hostname",
        "dst_endpoint.name",
        "dst_endpoint.domain",
        "http_request.url.hostname",
        "evidences.dst_endpoint.hostname",
    ),
    "destination.port": ("dst_endpoint.port", "evidences.dst_endpoint.port", "http_request.url.port"),
    "server.ip": ("dst_endpoint.ip", "evidences.dst_endpoint.ip"),
    "server.port": ("dst_endpoint.port", "evidences.dst_endpoint.port"),
    "host.name": ("device.hostname", "device.name", "src_endpoint.hostname", "dst_endpoint.hostname"),
    "host.hostname": ("device.hostname", "device.name", "src_endpoint.hostname", "dst_endpoint.hostname"),
    "observer.serial_number": ("device.uid", "device.hostname"),
    "observer.name": ("device.hostname", "device.name"),
    "observer.hostname": ("device.hostname", "device.name"),
    "log.syslog.hostname": ("device.hostname",),
    "url.original": ("http_request.url.url_string", "evidences.url.url_string", "url.url_string"),
    "url.full": ("http_request.url.url_string", "evidences.url.url_string", "url.url_string"),
    "url.path": ("http_request.url.path", "evidences.url.path", "url.path"),
    "url.query": ("http_request.url.query_string", "evidences.url.query_string"),
    "url.port": ("http_request.url.port", "dst_endpoint.port", "evidences.dst_endpoint.port"),
    "url.domain": (
        "http_request.url.hostname",
        "evidences.url.hostname",
        "url.hostname",
        "dst_endpoint.hostname",
        "evidences.dst_endpoint.hostname",
    ),
    "http.request.method": (
        "http_request.http_method",
        "evidences.http_request.http_method",
        "activity_name",
        "unmapped.cs-method",
        "unmapped.request_method",
    ),
    "http.request.referrer": ("http_request.referrer", "evidences.http_request.referrer"),
    "http.response.status_code": ("http_response.code", "evidences.http_response.code"),
    "user_agent.original": ("http_request.user_agent", "evidences.http_request.user_agent"),
    "process.name": (
        "process.name",
        "actor.process.name",
        "process.file.name",
        "actor.process.file.name",
        "unmapped.program",
        "@Syslog_Program",
    ),
    "process.pid": ("process.pid", "actor.process.pid", "@Syslog_ProcessID"),
    "process.executable": ("process.file.path", "actor.process.file.path"),
    "process.command_line": ("process.cmd_line", "actor.process.cmd_line"),
    "process.parent.pid": ("process.parent_process.pid", "actor.process.pid", "actor.process.parent_process.pid"),
    "file.name": ("file.name", "evidences.file.name", "email.files.name", "file.path", "evidences.file.path"),
    "file.path": ("file.path", "evidences.file.path"),
    "file.size": ("file.size", "evidences.file.size", "email.files.size"),
    "file.mime_type": ("file.mime_type", "evidences.file.mime_type", "email.files.mime_type"),
    "file.hash.md5": (
        "file.hashes.value",
        "evidences.file.hashes.value",
        "email.files.hashes.value",
        "observables.value",
    ),
    "file.hash.sha1": (
        "file.hashes.value",
        "evidences.file.hashes.value",
        "email.files.hashes.value",
        "observables.value",
    ),
    "file.hash.sha256": (
        "file.hashes.value",
        "evidences.file.hashes.value",
        "email.files.hashes.value",
        "observables.value",
    ),
}
"""ECS field to the leaves of OCSF, one of which must have its value; ``event.action`` and the time are apart."""

ACTION_LEAVES: Final = (
    "activity_name", "disposition", "action", "status_detail", "status_code", "metadata.event_code", "message",
    "finding_info.title", "api.operation", "type_name", "unmapped", "policy.name",
)  # fmt: skip
_NOT_TRANSLATED: Final = (0, "0.0.0.0", "::")  # noqa: S104 - nothing is bound to it
YEAR: Final = len("2026")


def flat(document: Any, above: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON value
    """Give the leaves of JSON with their paths; elements of lists share a path."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield from flat(value, f"{above}.{name}" if above else name)
    elif isinstance(document, list):
        for value in document:
            yield from flat(value, above)
    elif document is not None and document != "":
        yield above, document


def compared(expected: dict[str, Any]) -> dict[str, list[Any]]:
    """Return what is compared of an expected event, by field."""
    found: dict[str, list[Any]] = {}
    for path, value in flat(expected):
        # A hyphen is how logs say that there is nothing, and zeros that nothing was translated.
        if value == "-" or (".nat." in path and value in _NOT_TRANSLATED):
            continue
        if path in LEAVES or path in ("@timestamp", "event.action"):
            found.setdefault(path, []).append(value)
    return found


def agrees(
    field: str,
    wanted: Any,  # noqa: ANN401 - any JSON value
    ours: dict[str, list[Any]],
    time: str,
    types: frozenset[str] = frozenset(),
) -> bool:
    """Say whether our event has what an expected field says.

    Args:
        field: of ECS.
        wanted: a value of it.
        ours: the leaves of our event, in OCSF, by path.
        time: canonical time of our event.
        types: ``event.type`` of the expected event.
    """
    if field == "@timestamp":
        return _same_time(str(wanted), time)
    if field == "event.action":
        said = {letters(value) for path, values in ours.items() if path.startswith(ACTION_LEAVES) for value in values}
        return letters(wanted) in said or means(str(wanted), ours)
    if field == "event.outcome":
        return same_outcome(str(wanted), ours, types)
    values = {str(value).casefold() for leaf in LEAVES[field] for value in ours.get(leaf, ())}
    if field.endswith("user.name") or field in ("user.effective.name", "user.target.name", "user.id"):
        values |= _whole_names(field, ours)
    if field in ("source.mac", "destination.mac"):
        return letters(wanted) in {letters(value) for value in values}
    if field in ("source.address", "destination.address"):
        values |= _ends(field, ours)
    if field.startswith("url."):
        return _same_url(field, str(wanted).casefold(), values, ours)
    written = str(wanted).casefold()
    return written in values or written.strip() in values


def _ends(field: str, ours: dict[str, list[Any]]) -> set[str]:
    """Return addresses with their ports in all spellings of RFC 5952, section 6, of events that have both apart."""
    ports = {str(port) for leaf in LEAVES[field.replace("address", "port")] for port in ours.get(leaf, ())}
    own = {str(ip) for leaf in LEAVES[field.replace("address", "ip")] for ip in ours.get(leaf, ())}
    spellings = ("[{}]:{}", "{}:{}", "{}.{}", "{} port {}", "{}p{}", "{}#{}")
    return {spelling.format(ip, port).casefold() for spelling in spellings for ip in own for port in ports}


def _whole_names(field: str, ours: dict[str, list[Any]]) -> set[str]:
    """Return names of users with their domains, as logs write them, of events that have both apart."""
    found = set()
    for leaf in LEAVES[field]:
        user = leaf.removesuffix("name")
        for name in ours.get(leaf, ()):
            for domain in ours.get(f"{user}domain", ()):
                found |= {f"{name}@{domain}".casefold(), f"{domain}\\{name}".casefold()}
        found |= {str(address).casefold() for address in ours.get(f"{user}email_addr", ())}
    return found


def _same_url(field: str, wanted: str, values: set[str], ours: dict[str, list[Any]]) -> bool:
    """Say whether part of an address is the same, however its signs are written.

    A whole address that the other parser put together of what the log has apart is the same if host, path and query
    are.
    """
    if unquote(wanted) in {unquote(value) for value in values}:
        return True
    parts = urlsplit(wanted)
    if field not in ("url.full", "url.original") or not parts.hostname:
        return False
    asked = f"{parts.path}?{parts.query}" if parts.query else parts.path
    hosts = {str(host).casefold() for leaf in LEAVES["url.domain"] for host in ours.get(leaf, ())}
    return parts.hostname in hosts and unquote(asked) in {unquote(value) for value in values}


def _same_time(wanted: str, time: str) -> bool:
    from yadorigi.schema.times import canonical_time  # noqa: PLC0415 - only here

    canonical = canonical_time(wanted)
    # The expectation keeps milliseconds, or whole seconds where the log has a finer time in another field.
    digits = 19 if canonical is not None and canonical[19:23] == ".000" else 23
    return canonical is not None and canonical[:digits] == time[:digits]
