"""What a host may be, as far as anybody knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from yadorigi.schema.behaviour import Role
    from yadorigi.schema.overview import HostOverview

_SECURITY: Final = "security"


def may_be(host: HostOverview | None, roles: Sequence[Role]) -> bool:
    """Say whether a host may have one of these roles; where nobody knows, it may.

    A domain controller is known by its Security log: a host with such a log that shows no controller is none.
    """
    if not roles or host is None:
        return True
    if host.role is not None:
        return host.role in roles
    only_controllers = set(roles) == {"domain_controller"}
    return not (only_controllers and any(log.channel.casefold() == _SECURITY for log in host.logs))
