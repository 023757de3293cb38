"""A room: what each end is told of the other."""

from typing import Any

import msgspec
import pytest

from central.calls.end import End, Role
from central.calls.room import Room
from central.store.facilities import FacilitySettings
from central.store.sessions import CallSession
from central.turn import TurnServers
from protocol.call import (
    Answer,
    Bye,
    Candidate,
    FamilyReady,
    FromEnd,
    IceGiven,
    IceWanted,
    Listened,
    Offer,
    Peer,
    Still,
    ToEnd,
    Welcome,
)

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


# ---- a listening officer ------------------------------------------------------------------------------------------

LISTEN_ID = "listen-abc"


def listened(room: Room) -> tuple[End, End, End]:
    """Both ends and an officer whom the booth has agreed to; nothing said so far waits."""
    kiosk, family = ends(room)
    ear = End(Role.LISTENER)
    room.enter(ear, LISTEN_ID)
    for end in (family, ear):
        told(end)
    return kiosk, family, ear


def test_the_kiosk_alone_is_told_of_a_listener_with_a_way_to_it(room: Room) -> None:
    kiosk, family = ends(room)
    told(kiosk)
    told(family)
    room.enter(End(Role.LISTENER), LISTEN_ID)
    (asked,) = told(kiosk)
    assert isinstance(asked, Listened)
    assert (asked.listen_id, asked.policy, asked.servers[0].urls) == (LISTEN_ID, "all", ("turn:a",))
    assert told(family) == []


def test_a_kiosk_that_comes_back_is_told_again_and_one_without_a_listener_nothing_new(room: Room) -> None:
    listened(room)
    again = End(Role.KIOSK)
    room.enter(again)
    assert [type(one) for one in told(again)] == [Welcome, Peer, Listened]


def test_what_is_said_to_the_listener_never_reaches_the_family_also_when_the_listener_has_gone(room: Room) -> None:
    kiosk, family, ear = listened(room)
    offer = Offer(call_id=f"{LISTEN_ID}-1", sdp="x")
    say(room, kiosk, offer)
    assert told(ear) == [offer]
    room.leave(ear)
    assert told(kiosk)[-1] == Listened(listen_id=None)
    say(room, kiosk, offer)
    say(room, kiosk, Candidate(call_id=f"{LISTEN_ID}-1", candidate="x"))
    assert told(family) == []


def test_a_listener_speaks_of_its_own_connection_only_and_a_family_never_of_it(room: Room) -> None:
    kiosk, family, ear = listened(room)
    told(kiosk)
    say(room, ear, Answer(call_id="s-1-1", sdp="x"))
    say(room, ear, Answer(call_id="listen-other-1", sdp="x"))
    say(room, family, Answer(call_id=f"{LISTEN_ID}-1", sdp="x"))
    assert told(kiosk) == []
    mine = Answer(call_id=f"{LISTEN_ID}-1", sdp="x")
    say(room, ear, mine)
    assert told(kiosk) == [mine]
    assert told(family) == []


def test_the_call_goes_on_as_before_beside_a_listener(room: Room) -> None:
    kiosk, family, ear = listened(room)
    told(kiosk)
    offer, answer = Offer(call_id="s-1-1", sdp="x"), Answer(call_id="s-1-1", sdp="y")
    say(room, kiosk, offer)
    say(room, family, answer)
    assert told(family) == [offer]
    assert told(kiosk) == [answer]
    assert told(ear) == []
    room.close("ended")
    assert [told(end)[-1] for end in (kiosk, family, ear)] == [Bye(why="ended")] * 3
