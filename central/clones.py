"""Whether two PCs use one terminal's enrolment: pure, from when boots were first heard and what they say of their own age.

A PC that was restarted never speaks again as the boot before. A message of an earlier boot may still arrive late (a held request, a
central or a proxy that hung), so that the order of arrival proves nothing; but it says how long its PC had been running when it was
sent. Only what a boot sent after a later boot was heard shows two PCs.
"""

from msgspec import Struct

SLACK_MS = 2_000
"""Ages are whole seconds, and the two were heard through different delays."""


class Boot(Struct, frozen=True, kw_only=True):
    """One boot of a terminal. `began_at_ms`: when its PC was switched on, at the latest; `first_at_ms`: when it was first heard."""

    boot_id: str
    began_at_ms: int
    first_at_ms: int
    cloned_at_ms: int | None = None
    refused_at_ms: int | None = None


def began_at_ms(uptime_s: int, now_ms: int) -> int:
    """When a PC was switched on that says its age now."""
    return max(0, now_ms - uptime_s * 1000)


def outlived(boot: Boot, others: tuple[Boot, ...], uptime_s: int) -> tuple[Boot, ...]:
    """The boots that were first heard before this boot, by its own count, sent what says this age."""
    sent_at_ms = boot.began_at_ms + uptime_s * 1000
    return tuple(
        other
        for other in others
        if other.boot_id != boot.boot_id
        and other.refused_at_ms is None
        and boot.first_at_ms <= other.first_at_ms < sent_at_ms - SLACK_MS
    )
