"""A visit whose path may only lead over the relay: what the relay lets through, and what it forgets at the end."""

from collections.abc import Callable, Iterator

import pytest

from tests.stage.kiosk import Kiosk
from tests.stage.stage import Stage
from tests.stage.turn import Turn
from tests.stage.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(180)]

TALK_S = 10


@pytest.fixture(scope="module")
def stage(keep_logs_of: Callable[[Stage], None]) -> Iterator[Stage]:
    """One stage with a relay on it."""
    with Stage("relay") as stage:
        keep_logs_of(stage)
        yield stage


@pytest.fixture(scope="module")
def turn(stage: Stage) -> Turn:
    """Debian's turnserver."""
    return stage.turn()


@pytest.mark.gui
def test_a_call_over_the_relay_leaves_no_allocation_behind(stage: Stage, turn: Turn) -> None:
    kiosk = Kiosk(stage, relay=turn)
    visit = kiosk.begin(talk_s=TALK_S)
    assert f"{visit.session.id}-kiosk" in turn.listed()
    assert f"{visit.session.id}-family" in turn.listed()
    visit.wait_closed(within_s=TALK_S + 20)
    wait_for(lambda: visit.session.id not in turn.listed(), within_s=10, what="the allocations to be gone", every_s=0.2)
    usage = visit.usage()
    assert usage["end_reason"] == "completed"
    assert usage["quality"]["relayed"] is True


def test_the_relay_takes_a_fresh_credential_and_no_expired_one(turn: Turn) -> None:
    fresh, expired = turn.credentials("a", good_for_s=60), turn.credentials("a", good_for_s=-60)
    assert "allocate sent" in turn.try_client(username=fresh[0], credential=fresh[1], peer=turn.host)
    said = turn.try_client(username=expired[0], credential=expired[1], peer=turn.host)
    assert "Cannot complete Allocation" in said


@pytest.mark.parametrize("peer", ["10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1"])
def test_the_relay_sends_nothing_into_private_networks(turn: Turn, peer: str) -> None:
    username, credential = turn.credentials("a", good_for_s=60)
    said = turn.try_client(username=username, credential=credential, peer=peer)
    assert "403" in said or "Forbidden" in said, said
