"""The demo's verdict: what central holds of the visit, and whether each of it is as it has to be."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from protocol.outcome import UsageRecord
from tests.demo.facts import Facts
from tests.demo.story import Story
from tests.demo.visit import ADD_S, CUT_S, TALK_S, WARN_AT_S, Visit

CLOSE_LATE_MS = 500
NOTICED_LATE_S = 4.0


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """out/demo/summary.json."""

    talk_promised_s: int
    talk_extended_s: int
    talk_delivered_s: float
    interrupted_s: float
    close_late_ms: int | None
    kiosk_frames: int
    family_frames: int
    heartbeats: int
    usage_records: int
    end_reason: str


def sum_up(visit: Visit) -> Summary:
    """Read it all from central's database; only the family's frames are the family's own count."""
    facts, usage = visit.facts, visit.facts.usage()
    return Summary(
        talk_promised_s=usage.talk_promised_s,
        talk_extended_s=usage.talk_extended_s,
        talk_delivered_s=usage.talk_delivered_ms / 1000,
        interrupted_s=usage.interrupted_ms / 1000,
        close_late_ms=usage.close_late_ms,
        kiosk_frames=usage.quality.frames_received if usage.quality else 0,
        family_frames=visit.family_frames,
        heartbeats=facts.heartbeats(),
        usage_records=facts.usage_records(),
        end_reason=usage.end_reason.value,
    )


def judge(story: Story, summary: Summary, facts: Facts, usage: UsageRecord) -> None:
    """Check every promise; what is not so is remembered by the story."""
    total_s = TALK_S + ADD_S
    story.check(is_so=summary.talk_promised_s == TALK_S, what=f"{TALK_S} s were promised")
    story.check(is_so=summary.talk_extended_s == ADD_S, what=f"{ADD_S} s were added")
    story.check(
        is_so=total_s - 0.5 <= summary.talk_delivered_s <= total_s,
        what=f"{summary.talk_delivered_s:.2f} s were delivered, all of {total_s} s and not more",
    )
    story.check(
        is_so=CUT_S - 0.5 <= summary.interrupted_s <= CUT_S + NOTICED_LATE_S,
        what=f"the cut of {CUT_S:g} s counts as {summary.interrupted_s:.2f} s interrupted",
    )
    story.check(is_so=usage.interruptions == 1, what="there was one interruption")
    late_ms = summary.close_late_ms
    story.check(
        is_so=late_ms is not None and late_ms <= CLOSE_LATE_MS, what=f"the view was closed {late_ms} ms after the end"
    )
    story.check(is_so=summary.kiosk_frames > 100, what=f"the kiosk painted {summary.kiosk_frames} frames of the family")
    story.check(is_so=summary.family_frames > 100, what=f"the family saw {summary.family_frames} frames of the kiosk")
    story.check(is_so=summary.heartbeats > 5, what=f"central took {summary.heartbeats} heartbeats")
    story.check(is_so=summary.usage_records == 1, what="central holds exactly one usage record")
    story.check(is_so=summary.end_reason == "completed", what=f"the visit ended as {summary.end_reason}")
    warned = facts.warnings()
    story.check(is_so=set(WARN_AT_S) <= set(warned), what=f"the screen warned at {warned} s")


def save(summary: Summary, database: Path, out: Path) -> None:
    """Leave the summary and central's database."""
    (out / "summary.json").write_text(json.dumps(msgspec.to_builtins(summary), indent=2) + "\n")
    with closing(sqlite3.connect(database)) as held, closing(sqlite3.connect(out / "central.sqlite3")) as copy:
        held.backup(copy)
