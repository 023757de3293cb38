"""What the journal keeps of a booth."""

import msgspec
import pytest

from agent.core.booth import SavedUnreadable, decode, encode, new_booth
from agent.core.turn import Turn
from protocol.call import IceServer
from protocol.terminal import VisitState
from tests.unit.agent.core.desk import Desk


@pytest.mark.parametrize("state", VisitState)
def test_a_booth_comes_back_as_it_was_but_without_names(state: VisitState) -> None:
    desk = Desk().to(state)
    back = decode(encode(desk.booth))
    expected = desk.booth
    if expected.visit is not None:
        expected = msgspec.structs.replace(expected, visit=msgspec.structs.replace(expected.visit, grant=None))
    assert back == expected


def test_names_and_secrets_are_never_in_it() -> None:
    desk = Desk().to(VisitState.TALKING)
    assert desk.visit.grant is not None
    servers = (IceServer(urls=("turn:x",), username="u", credential="turn-secret"),)
    grant = msgspec.structs.replace(desk.visit.grant, ice_servers=servers)
    desk.booth = msgspec.structs.replace(desk.booth, visit=msgspec.structs.replace(desk.visit, grant=grant))
    saved = encode(desk.booth)
    assert not [word for word in (b"Budi", b"Siti", b"turn-secret") if word in saved]


@pytest.mark.parametrize("saved", [b"", b"{", b"[]", b'{"version":1}', b'{"version":1,"booth":{"mode":"asleep"}}'])
def test_what_cannot_be_read_says_so(saved: bytes) -> None:
    with pytest.raises(SavedUnreadable, match="cannot be read"):
        decode(saved)


def test_another_version_is_not_guessed_at() -> None:
    with pytest.raises(SavedUnreadable, match="version 9"):
        decode(encode(new_booth()).replace(b'"version":1', b'"version":9'))


def test_rules_of_a_visit_without_a_visit_are_a_bug_and_say_so() -> None:
    desk = Desk()
    with pytest.raises(RuntimeError, match="no visit"):
        _ = Turn(desk.booth, desk.now).visit
    desk.has_map = False
    assert Turn(desk.booth, desk.now).central_ms() == 0
