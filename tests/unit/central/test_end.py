"""One end of a call: what it may say, how often, and what happens to a slow reader."""

import asyncio

import msgspec
import pytest

from central.calls.end import BURST, CLOSE_SLOW, QUEUED, RATE_PER_S, End, Role, Violation
from protocol.call import Bye, HangUp, IceWanted, Offer, ToEnd

HANG_UP = msgspec.json.encode(HangUp())
OFFER = msgspec.json.encode(Offer(call_id="c", sdp="v=0"))


async def everything(end: End) -> list[ToEnd]:
    found: list[ToEnd] = []
    while (raw := await end.next()) is not None:
        found.append(msgspec.json.decode(raw, type=ToEnd))
    return found


@pytest.mark.parametrize(("role", "raw"), [(Role.FAMILY, OFFER), (Role.KIOSK, HANG_UP), (Role.KIOSK, b"{}")])
def test_an_end_says_only_what_its_role_may_say(role: Role, raw: bytes) -> None:
    with pytest.raises(Violation):
        End(role).read(raw, now_s=0)


def test_each_role_has_its_words() -> None:
    assert End(Role.FAMILY).read(HANG_UP, now_s=0) == HangUp()
    assert End(Role.KIOSK).read(OFFER, now_s=0) == Offer(call_id="c", sdp="v=0")


def test_bursts_are_taken_and_floods_are_not() -> None:
    end = End(Role.FAMILY)
    raw = msgspec.json.encode(IceWanted())
    for _ in range(int(BURST)):
        end.read(raw, now_s=0)
    with pytest.raises(Violation, match="too many"):
        end.read(raw, now_s=0)
    for tick in range(1, 100):
        end.read(raw, now_s=1 + tick / RATE_PER_S)


def test_a_slow_reader_is_cut_off_with_nothing_left_to_read() -> None:
    end = End(Role.KIOSK)
    for _ in range(QUEUED + 1):
        end.push(Bye(why="x"))
    assert end.close_code == CLOSE_SLOW
    assert asyncio.run(everything(end)) == []


def test_nothing_is_said_after_good_bye_and_good_bye_is_said_once() -> None:
    end = End(Role.KIOSK)
    end.finish(1000, "ended")
    end.push(Bye(why="late"))
    end.finish(1012, "shutting_down")
    assert asyncio.run(everything(end)) == [Bye(why="ended")]
    assert end.close_code == 1000
