"""Accounts and hosts as the events of a case name them: what is known of which name, SID and domain belong together.

Nothing is guessed: a row is what events say, and columns count what else has the same key, so that a name that two
domains have, or an account made anew, shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import pyarrow as pa

ACCOUNTS: Final = "accounts"
HOSTS: Final = "hosts"

ACCOUNT_COLUMNS: Final = (
    ("account", "VARCHAR", "the key: `account_key` of the name"),
    ("name", "VARCHAR", "the name, in lower case"),
    ("domain", "VARCHAR", "its domain, in lower case; of DNS or NetBIOS, as the log has it"),
    ("sid", "VARCHAR", "its SID, or another number by which the log knows it"),
    ("events", "BIGINT", "events that name it so"),
    ("hosts", "BIGINT", "hosts (by key) whose events name it so"),
    ("first", "TIMESTAMPTZ", "the first of them"),
    ("last", "TIMESTAMPTZ", "the last of them"),
    ("domains", "BIGINT", "different domains of all rows with this key"),
    ("sids", "BIGINT", "different SIDs of all rows with this key; more than one: not one account"),
)
HOST_COLUMNS: Final = (
    ("host", "VARCHAR", "the key: `host_key` of the name"),
    ("name", "VARCHAR", "the name as logged, in lower case"),
    ("domain", "VARCHAR", "what follows its first dot"),
    ("events", "BIGINT", "events of it"),
    ("first", "TIMESTAMPTZ", "the first of them"),
    ("last", "TIMESTAMPTZ", "the last of them"),
    ("domains", "BIGINT", "different domains of all rows with this key; more than one: perhaps not one host"),
)
_ACTING: Final = ('"actor"."user"', '"user"')
_TIMES: Final = "make_timestamptz(min(ticks) // 10) AS first, make_timestamptz(max(ticks) // 10) AS last"


def user_places(schema: pa.Schema) -> Iterator[tuple[str, frozenset[str]]]:
    """Give where the events of a class name accounts: the path of each ``user``, with its leaves."""
    yield from _users(list(schema), "")


def _users(fields: Sequence[pa.Field], before: str) -> Iterator[tuple[str, frozenset[str]]]:
    for field in fields:
        if not pa.types.is_struct(field.type):
            continue
        path = f'{before}"{field.name}"'
        if field.name == "user":
            yield path, frozenset(inner.name for inner in field.type)
        yield from _users(list(field.type), f"{path}.")


def accounts_sql(sources: Mapping[str, pa.Schema]) -> str:
    """Return the SQL of the table of accounts.

    Args:
        sources: for each table of events, the SQL of all its rows, with its schema.
    """
    named = [
        f"SELECT {_leaf(path, leaves, 'name')} AS name, {_leaf(path, leaves, 'domain')} AS domain, "  # noqa: S608 - ours
        f"{_leaf(path, leaves, 'uid')} AS sid, device.hostname AS host, yadorigi_ticks AS ticks FROM ({sql})"
        for sql, schema in sources.items()
        for path, leaves in user_places(schema)
    ]
    whole = r"CASE WHEN domain IS NULL THEN coalesce(name, sid) ELSE domain || '\' || coalesce(name, sid) END"
    return (
        "WITH named AS (" + " UNION ALL ".join(named) + "), "  # noqa: S608 - as above
        "folded AS (SELECT lower(name) AS name, lower(domain) AS domain, sid, host, min(ticks) AS first_tick, "
        "max(ticks) AS last_tick, count(*) AS events FROM named WHERE coalesce(name, sid) IS NOT NULL GROUP BY ALL), "
        f"keyed AS (SELECT account_key({whole}) AS account, name, domain, sid, sum(events)::BIGINT AS events, "
        "count(DISTINCT host_key(host)) AS hosts, make_timestamptz(min(first_tick) // 10) AS first, "
        "make_timestamptz(max(last_tick) // 10) AS last FROM folded GROUP BY ALL) "
        "SELECT account, name, domain, sid, events, hosts, first, last, "
        "count(DISTINCT domain) OVER (PARTITION BY account) AS domains, "
        "count(DISTINCT sid) OVER (PARTITION BY account) AS sids FROM keyed WHERE account IS NOT NULL"
    )


def hosts_sql(sources: Mapping[str, pa.Schema]) -> str:
    """Return the SQL of the table of hosts; arguments as `accounts_sql`."""
    named = [f"SELECT device.hostname AS name, yadorigi_ticks AS ticks FROM ({sql})" for sql in sources]  # noqa: S608 - ours
    return (
        "WITH named AS (" + " UNION ALL ".join(named) + "), "  # noqa: S608 - as above
        f"folded AS (SELECT lower(name) AS name, count(*) AS events, {_TIMES} FROM named GROUP BY ALL), "
        "keyed AS (SELECT host_key(name) AS host, domain_of_host(name) AS domain, * FROM folded) "
        "SELECT host, name, domain, events, first, last, count(DISTINCT domain) OVER (PARTITION BY host) AS domains "
        "FROM keyed WHERE host IS NOT NULL"
    )


def acting_user_sql(schema: pa.Schema) -> str:
    """Return the SQL of the account that acts in events of a class, as findings have it; NULL where there is none."""
    places = sorted(user_places(schema), key=lambda place: (place[0] not in _ACTING, len(place[0])))
    named = [
        rf"CASE WHEN {domain} IS NULL THEN {name} WHEN contains({domain}, '.') THEN {name} || '@' || {domain} "
        rf"ELSE {domain} || '\' || {name} END"
        for path, leaves in places
        if path in _ACTING and "name" in leaves
        for name, domain in [(_leaf(path, leaves, "name"), _leaf(path, leaves, "domain"))]
    ]
    return f"coalesce({', '.join(named)}, NULL)" if named else "NULL::VARCHAR"


def source_address_sql(schema: pa.Schema) -> str:
    """Return the SQL of the address that events of a class came from; NULL where there is none."""
    place = schema.field("src_endpoint").type if "src_endpoint" in schema.names else pa.struct([])
    return "src_endpoint.ip" if place.get_field_index("ip") >= 0 else "NULL::VARCHAR"


def _leaf(path: str, leaves: frozenset[str], name: str) -> str:
    return f'{path}."{name}"' if name in leaves else "NULL::VARCHAR"
