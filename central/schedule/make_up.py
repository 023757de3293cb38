"""Whether a broken call earns another turn: once, where the fault was ours and less than half had been had."""

from protocol.outcome import FaultParty, UsageRecord

OURS = frozenset({FaultParty.FACILITY, FaultParty.TERMINAL})
"""A network that failed may be anybody's: an officer decides on those."""


def earns_make_up(record: UsageRecord, *, was_make_up: bool) -> bool:
    """Whether this visit's people get a make-up turn by themselves; one that makes up earns none again."""
    promised_ms = (record.talk_promised_s + record.talk_extended_s) * 1000
    return not was_make_up and record.fault_party in OURS and record.talk_delivered_ms * 2 < promised_ms
