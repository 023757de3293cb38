"""A room: what each end is told of the other."""

from typing import Any

import msgspec
import pytest

from central.calls.end import End, Role
from central.calls.room import Room
from central.store.facilities import FacilitySettings
from central.store.sessions import CallSession
from central.turn import TurnServers
from protocol.call import Bye, FamilyReady, FromEnd, IceGiven, IceWanted, Offer, Peer, Still, ToEnd, Welcome

SESSION = CallSession(
    id="s-1", facility_id="f", terminal_id="t", number="1", start_at_ms=0, talk_s=60, inmate_name="B",
    family_name="S", created_at_ms=0, link_hash="l",
)  # fmt: skip
READY = FamilyReady(camera=True, microphone=False)


def told(end: End) -> list[ToEnd]:
    """What has been queued for this end."""
    found: list[ToEnd] = []
    while end.waiting:
        raw = end.take()
        if raw is not None:
            found.append(msgspec.json.decode(raw, type=ToEnd))
    return found


def say(room: Room, end: End, message: FromEnd) -> None:
    room.hear(end, message, msgspec.json.encode(message))


@pytest.fixture
def room() -> Room:
    return Room(SESSION, FacilitySettings(), TurnServers(urls=("turn:a",), secret="x"), lambda: 1000)


def ends(room: Room) -> tuple[End, End]:
    kiosk, family = End(Role.KIOSK), End(Role.FAMILY)
    room.enter(kiosk)
    room.enter(family)
    return kiosk, family


def test_the_first_words_are_welcome_and_the_other_end(room: Room) -> None:
    kiosk, family = ends(room)
    first, alone, together = told(kiosk)
    assert isinstance(first, Welcome)
    assert (first.role, first.peer_present, first.servers[0].urls) == ("kiosk", False, ("turn:a",))
    assert alone == Peer(present=False, ready=False, admitted=False)
    assert together == Peer(present=True, ready=False, admitted=False)
    second, peer = told(family)
    assert isinstance(second, Welcome)
    assert second.peer_present
    assert peer == Peer(present=True, ready=True, admitted=False)


def test_a_kiosk_that_comes_back_hears_that_the_family_is_ready(room: Room) -> None:
    _kiosk, family = ends(room)
    say(room, family, READY)
    again = End(Role.KIOSK)
    room.enter(again)
    assert told(again)[-1] == Peer(present=True, ready=True, admitted=False)


def test_nothing_is_said_twice(room: Room) -> None:
    kiosk, _family = ends(room)
    told(kiosk)
    room.update(SESSION, FacilitySettings())
    assert told(kiosk) == []
    room.update(msgspec.structs.replace(SESSION, admitted_at_ms=1), FacilitySettings())
    assert told(kiosk) == [Peer(present=True, ready=False, admitted=True)]


def test_a_family_that_left_is_not_ready_and_its_picture_is_gone(room: Room) -> None:
    kiosk, family = ends(room)
    say(room, family, READY)
    say(room, family, Still(jpeg="aGFsbG8="))
    assert room.view().still == b"hallo"
    assert (room.view().camera, room.view().microphone) == (True, False)
    room.leave(family)
    assert room.view().still is None
    assert not room.family_ready
    assert room.family_left_ms == 1000
    assert told(kiosk)[-1] == Peer(present=False, ready=False, admitted=False)


def test_a_picture_that_is_none_is_left_out(room: Room) -> None:
    _kiosk, family = ends(room)
    say(room, family, Still(jpeg="no base64!"))
    assert room.view().still is None


def test_an_end_that_was_replaced_is_heard_no_more(room: Room) -> None:
    kiosk, family = ends(room)
    newer = End(Role.KIOSK)
    room.enter(newer)
    told(family)
    say(room, kiosk, Offer(call_id="c", sdp="v"))
    assert told(family) == []
    assert told(kiosk)[-1] == Bye(why="taken_over")
    room.leave(kiosk)
    assert room.view().kiosk_present


def test_an_end_that_was_replaced_is_seen_to_go_and_come(room: Room) -> None:
    kiosk, family = ends(room)
    say(room, family, READY)
    told(kiosk)
    room.enter(End(Role.FAMILY))
    assert told(kiosk) == [
        Peer(present=False, ready=False, admitted=False),
        Peer(present=True, ready=False, admitted=False),
    ]


def test_fresh_credentials_go_to_the_end_that_asked(room: Room) -> None:
    kiosk, family = ends(room)
    told(kiosk), told(family)
    say(room, family, IceWanted())
    [given] = told(family)
    assert isinstance(given, IceGiven)
    assert str(given.servers[0].username).endswith(":s-1-family")
    assert told(kiosk) == []


def test_an_empty_room_knows_since_when(room: Room) -> None:
    assert room.is_empty
    kiosk, family = ends(room)
    assert room.emptied_ms is None
    room.leave(kiosk)
    assert room.emptied_ms is None
    room.leave(family)
    assert room.emptied_ms == 1000


@pytest.mark.parametrize(("why", "code"), [("ended", 1000), ("shutting_down", 1012)])
def test_good_bye_closes_both_ends(room: Room, why: str, code: Any) -> None:
    both = ends(room)
    room.close(why)
    for end in both:
        assert told(end)[-1] == Bye(why=why)
        assert end.close_code == code
