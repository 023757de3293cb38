"""Logs what people ask about a booth later: its states, the ends of visits, its faults."""

import logging

from agent.core.booth import Booth

log = logging.getLogger(__name__)


def log_change(before: Booth, after: Booth) -> None:
    """A line for each thing that differs."""
    if (before.mode, before.state) != (after.mode, after.state):
        session_id = None if after.visit is None else after.visit.session_id
        log.info("state", extra={"mode": str(after.mode), "visit": str(after.state), "session": session_id})
    if len(after.pending) > len(before.pending):
        owed = after.pending[-1]
        reason, end_boot_s = str(owed.record.end_reason), round(owed.ended_s, 3)
        log.info("visit_ended", extra={"reason": reason, "end_boot_s": end_boot_s})
    for code in set(after.faults) ^ set(before.faults):
        log.info("fault", extra={"code": code, "raised": code in after.faults})
