"""Reports and syncs leave nothing for the garbage collector that is made of SQL: with thousands of terminals it stopped everybody."""

import gc
from collections import Counter
from typing import Any

import pytest

from protocol.terminal import CommandAnswered, CommandKind, CommandOutcome, UsageWritten, VisitMoved, VisitState
from tests.central_rig import Booth, Rig, record, synced, until

pytestmark = pytest.mark.anyio
STATES = (VisitState.CHECK_IN, VisitState.RULES, VisitState.WAITING, VisitState.TALKING, VisitState.FAREWELL)


async def visit(rig: Rig, booth: Booth, first: int) -> None:
    """One whole visit with a command in it; `first`: the number of its first report."""
    session = await rig.session(booth, number=str(first))
    assert (await rig.open(booth, session.id)).status_code == 200
    for number, state in enumerate(STATES, first):
        await rig.events(booth, VisitMoved(session_id=session.id, state=state), first=number)
        await rig.sync(booth)
        await until(lambda: rig.central.heartbeats.unwritten == 0)
    command = await rig.issue(booth, CommandKind.VOLUME, level=80)
    assert [each.id for each in synced(await rig.sync(booth)).commands] == [command]
    number = first + len(STATES)
    await rig.events(booth, CommandAnswered(command_id=command, outcome=CommandOutcome.DONE), first=number)
    await rig.events(booth, UsageWritten(usage=record(session.id)), first=number + 1)


async def left_by(rig: Rig, booth: Booth, first: int) -> Counter[str]:
    """The kinds of SQL objects that one visit leaves for the collector."""
    gc.collect()
    was_on, before = gc.isenabled(), gc.get_debug()
    gc.disable()
    try:
        await visit(rig, booth, first)
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found: list[Any] = list(gc.garbage)
        return Counter(type(each).__name__ for each in found if type(each).__module__.startswith("sqlalchemy.sql"))
    finally:
        gc.set_debug(before)
        gc.garbage.clear()
        if was_on:
            gc.enable()


async def test_a_visit_that_is_like_those_before_makes_hardly_a_statement_anew(rig: Rig) -> None:
    booth = await rig.booth()
    await visit(rig, booth, 1)
    made = await left_by(rig, booth, 11)
    assert made.total() < 100, f"of them {made}"
