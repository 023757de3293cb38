"""One suite for the real page in Chromium and for the made-up page that stands for it in the end-to-end tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from protocol import page
from tests.chaos.packet_booth import PacketBooth
from tests.stage.browsers import CHROMIUM, FAKE_DEVICES
from tests.stage.fake_page import COOKIE, FakeBooth
from tests.stage.network import free_udp_port
from tests.stage.plain_agent import PlainAgent
from tests.stage.waiting import boot_s, wait_for

pytestmark = [pytest.mark.slow]

IDLE = page.Idle(next=())
CALL = page.Call(number="012", family_name="Ibu Siti", talk_s=60, phase="talking", left_ms=60_000)


@pytest.fixture
def agent() -> Iterator[PlainAgent]:
    agent = PlainAgent()
    agent.start()
    yield agent
    agent.stop()


def breaking(anywhere: Path) -> PacketBooth:
    """The made-up page of the chaos run, with no family behind its packets."""
    return PacketBooth(anywhere, None, ("127.0.0.1", free_udp_port("127.0.0.1")), free_udp_port("127.0.0.1"))


@pytest.fixture(params=["real", "made-up", "made-up that breaks"])
def opened(request: pytest.FixtureRequest, agent: PlainAgent) -> Iterator[PlainAgent]:
    """An agent whose page is there: the real one in Chromium, or the made-up one, or the one of the chaos run."""
    port, token = agent.server.port, agent.server.token
    if request.param != "real":
        booth = FakeBooth(request.config.rootpath) if request.param == "made-up" else breaking(request.config.rootpath)
        booth.start_page(port=port, token=token)
        agent.wait_for_page()
        yield agent
        booth.stop()
        return
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FAKE_DEVICES, *sandbox])
        context = browser.new_context()
        context.add_cookies([{"name": COOKIE, "value": token, "url": f"http://127.0.0.1:{port}/"}])
        context.new_page().goto(f"http://127.0.0.1:{port}/")
        agent.wait_for_page()
        yield agent
        browser.close()


def hears(agent: PlainAgent, kind: type, *, within_s: float = 5.0, count: int = 1) -> list[object]:
    """What the page said of this kind, once it has said it `count` times."""
    wait_for(lambda: len(agent.said(kind)) >= count, within_s=within_s, what=f"{count} {kind.__name__} of the page")
    return agent.said(kind)


def test_a_screen_is_answered_by_painted_with_its_number(opened: PlainAgent) -> None:
    opened.show(IDLE, counting=False)
    answer = page.Painted(seq=opened.seq)
    wait_for(lambda: answer in opened.said(page.Painted), within_s=5, what="Painted with the screen's number")


def test_it_beats_about_once_a_second(opened: PlainAgent) -> None:
    opened.heard.clear()
    began_s = boot_s()
    hears(opened, page.Alive, count=3)
    assert 1.5 <= boot_s() - began_s <= 4.5


def test_it_tells_its_devices_without_being_asked(opened: PlainAgent) -> None:
    assert hears(opened, page.Devices)


def test_leaving_the_call_for_another_screen_is_answered_by_closed(opened: PlainAgent) -> None:
    opened.show(CALL, counting=True)
    opened.start_call("c-1")
    hears(opened, page.Painted)
    opened.heard.clear()
    opened.show(IDLE, counting=False)
    assert hears(opened, page.Closed) == [page.Closed(call_id="c-1", by="show")]


def test_a_call_whose_lease_runs_out_is_closed_by_itself_and_on_time(opened: PlainAgent) -> None:
    opened.show(CALL, counting=False)
    opened.start_call("c-2")
    hears(opened, page.Painted)
    opened.heard.clear()
    opened.lease(700)
    leased_s = boot_s()
    assert hears(opened, page.Closed)[0] == page.Closed(call_id="c-2", by="lease")
    assert 0.6 <= boot_s() - leased_s <= 1.7


def test_a_start_of_a_call_is_answered_by_an_offer_under_its_id(opened: PlainAgent) -> None:
    opened.show(CALL, counting=True)
    opened.heard.clear()
    opened.start_call("c-3")
    sent = [one.message for one in hears(opened, page.ToSignalling)]  # type: ignore[attr-defined]
    assert getattr(sent[0], "call_id", None) == "c-3"
