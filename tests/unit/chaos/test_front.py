"""The proxy before central breaks as it is told and passes everything otherwise; the rules of the network say what they mean."""

import http.client
import json
from collections.abc import Iterator

import pytest

from tests.chaos.front import Door, Front
from tests.chaos.network import BREAKS, rules
from tests.stage.fake_central import FakeCentral, Reply, as_json, sync_body
from tests.stage.waiting import wait_for

SYNC = "/api/v1/terminal/sync"


@pytest.fixture
def central() -> Iterator[FakeCentral]:
    one = FakeCentral(lambda _: Reply(body=as_json(sync_body())))
    one.start()
    yield one
    one.stop()


@pytest.fixture
def door(central: FakeCentral) -> Iterator[Door]:
    front = Front()
    front.start()
    yield front.open(Door("127.0.0.1", central._server.server_port))
    front.stop()


def ask(door: Door) -> tuple[int, bytes]:
    line = http.client.HTTPConnection("127.0.0.1", door.port, timeout=10)
    try:
        line.request("POST", SYNC, body=json.dumps({"revision": 0}), headers={"Content-Type": "application/json"})
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


def test_it_passes_questions_and_answers_on(door: Door, central: FakeCentral) -> None:
    status, body = ask(door)
    assert status == 200
    assert json.loads(body)["revision"] == 1
    assert len(central.asked) == 1


def test_it_answers_500_in_centrals_place(door: Door, central: FakeCentral) -> None:
    door.faults.add("answer_500")
    assert ask(door)[0] == 500
    assert central.asked == []


def test_its_garbage_is_no_sound_answer(door: Door, central: FakeCentral) -> None:
    door.faults.add("answer_garbage")
    for _ in range(20):
        try:
            _, body = ask(door)
        except (OSError, http.client.HTTPException):
            continue
        assert not body.startswith(b'{"received_at_ms":1')
    assert central.asked == []


def test_it_asks_twice(door: Door, central: FakeCentral) -> None:
    door.faults.add("ask_twice")
    assert ask(door)[0] == 200
    wait_for(lambda: len(central.asked) == 2, within_s=5, what="the second question")


def test_it_loses_answers_of_questions_that_central_got(door: Door, central: FakeCentral) -> None:
    door.faults.add("lose_answers")
    with pytest.raises((OSError, http.client.HTTPException)):
        ask(door)
    assert len(central.asked) == 1


def test_rules_of_a_sound_path_let_everything_through() -> None:
    assert "drop" not in rules([])
    assert 'iifname "lo" accept' in rules([])


@pytest.mark.parametrize("fault", sorted(BREAKS))
def test_rules_spare_loopback_and_break_the_rest(fault: str) -> None:
    text = rules([fault])
    assert "drop" in text or "reject" in text
    for chain in text.split("chain ")[3:]:
        assert chain.index("accept") < len(chain)


def test_cuts_of_one_way_leave_the_other() -> None:
    inward, outward = rules(["cut_in"]).split("chain output")
    assert "drop" in inward
    assert "drop" not in outward
