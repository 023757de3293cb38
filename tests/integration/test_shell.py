"""bilik-shell with a real window: what hangs is ended, what ends is started anew, and nothing is left behind."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from kiosk_ui.shell.line_watch import LOOK_FOR_S
from kiosk_ui.shell.open_lines import open_lines
from protocol.shell import (
    LeaseOver,
    OrderKind,
    PageAddress,
    RendererFact,
    ShellHello,
    ShellLease,
    WindowFact,
    WindowPhase,
)
from tests.kiosk_rig import GREEN, PAPER, Kiosk, kiosk_on
from tests.screen import VirtualScreen, wait_until

pytestmark = [pytest.mark.gui, pytest.mark.slow]
BUSY_S = 0.35  # what a shared machine may add to a moment measured from outside


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    with kiosk_on(tmp_path_factory.mktemp("kiosk")) as kiosk:
        yield kiosk


@pytest.fixture
def kiosk(running: Kiosk) -> Kiosk:
    """The module's kiosk, with a page painted and no lease."""
    running.agent.say(LeaseOver())
    wait_until(lambda: running.painted() and running.shows(GREEN), "the page is back", 25)
    return running


def gone(pid: int) -> bool:
    """Has this process ended? One that nobody has collected yet has."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def ended_ms(condition: Callable[[], object], since_s: float, what: str) -> float:
    wait_until(condition, what)
    return (time.monotonic() - since_s) * 1000


def starts(kiosk: Kiosk) -> int:
    fact = kiosk.agent.window()
    assert fact is not None
    return fact.starts


def is_gone(why: str) -> Callable[[object], bool]:
    return lambda fact: isinstance(fact, WindowFact) and fact.phase is WindowPhase.GONE and why in (fact.why or "")


def test_the_shell_says_who_it_is_first(kiosk: Kiosk) -> None:
    hello = kiosk.agent.told[0][1]
    assert isinstance(hello, ShellHello)
    assert (hello.pid, hello.screen) == (kiosk.shell.pid, "1280x800")


def test_neither_shell_nor_window_nor_engine_leaves_a_dump_or_a_file_for_others(kiosk: Kiosk) -> None:
    family = [psutil.Process(kiosk.shell.pid), *psutil.Process(kiosk.shell.pid).children(recursive=True)]
    assert len(family) >= 4
    for process in family:
        assert max(process.rlimit(psutil.RLIMIT_CORE)) <= 1, process
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert "Umask:\t0077" in status, process


def test_a_stopped_window_is_ended_and_back_in_seconds(kiosk: Kiosk) -> None:
    before = starts(kiosk)
    at_s = kiosk.signal_window(signal.SIGSTOP)
    told_s = kiosk.wait_fact(is_gone("no beat for 3 s"), at_s, "the window is ended")
    assert 1.5 < told_s - at_s < 3.0 + 2 * BUSY_S
    kiosk.wait_painted(before + 1)


def test_a_hung_page_comes_back_when_its_renderer_is_ended(kiosk: Kiosk) -> None:
    loads = kiosk.page.count("loaded")
    kiosk.run("say({hung: 1}); setTimeout(() => { while (true); }, 50)", wait=False)
    wait_until(lambda: kiosk.page.last("hung"), "the page hangs")
    at_s = kiosk.order(OrderKind.END_RENDERER)
    kiosk.wait_fact(lambda fact: isinstance(fact, RendererFact) and fact.why == "ordered", at_s, "its end is told")
    back_ms = ended_ms(lambda: kiosk.page.count("loaded") > loads, at_s, "the page is back")
    print(f"MEASURED hung renderer: order -> page loaded again {back_ms:.0f} ms")
    assert back_ms < 3000
    wait_until(kiosk.painted, "painted")
    assert kiosk.typing_reaches_the_page()


def test_a_lease_that_runs_out_ends_the_renderer_300_ms_later(kiosk: Kiosk) -> None:
    pid, at_s = kiosk.renderer_pid(), time.monotonic()
    kiosk.agent.say(ShellLease(ms=500))
    ended = ended_ms(lambda: gone(pid), at_s, "the renderer has ended") - 500
    print(f"MEASURED lease ran out -> renderer gone {ended:.0f} ms")
    assert 290 <= ended < 300 + BUSY_S * 1000
    kiosk.wait_fact(lambda fact: isinstance(fact, RendererFact) and fact.why == "lease ran out", at_s, "it is told")


def test_a_lease_that_runs_out_covers_a_window_that_is_stopped_and_then_ends_it(kiosk: Kiosk) -> None:
    pid, before = kiosk.window_pid, starts(kiosk)
    kiosk.signal_window(signal.SIGSTOP)
    at_s = time.monotonic()
    kiosk.agent.say(ShellLease(ms=100))
    covered = ended_ms(lambda: kiosk.shows(PAPER), at_s, "the view is covered") - 100
    ended = ended_ms(lambda: gone(pid), at_s, "the window has ended") - 100
    print(f"MEASURED lease ran out, window stopped: covered {covered:.0f} ms, gone {ended:.0f} ms")
    assert covered < 300 + BUSY_S * 1000
    assert ended < 1000 + BUSY_S * 1000
    kiosk.wait_painted(before + 1)


def test_a_lease_that_runs_out_covers_a_page_whose_script_never_returns(kiosk: Kiosk) -> None:
    pid = kiosk.renderer_pid()
    kiosk.run("say({never: 1}); setTimeout(() => { while (true); }, 50)", wait=False)
    wait_until(lambda: kiosk.page.last("never"), "the page hangs")
    at_s = time.monotonic()
    kiosk.agent.say(ShellLease(ms=300))
    covered = ended_ms(lambda: kiosk.shows(PAPER), at_s, "the view is covered") - 300
    assert 290 <= covered < 300 + BUSY_S * 1000
    wait_until(lambda: gone(pid), "the renderer has ended")


def test_a_lease_ends_the_view_although_the_agent_has_gone_silent(kiosk: Kiosk) -> None:
    for _ in range(4):
        kiosk.agent.say(ShellLease(ms=1000))
    at_s = time.monotonic()
    kiosk.wait_fact(lambda fact: isinstance(fact, RendererFact), at_s, "the renderer is ended")
    assert 1.2 < time.monotonic() - at_s < 1.3 + 2 * BUSY_S


def test_a_page_that_closed_its_call_is_left_alone(kiosk: Kiosk) -> None:
    pid = kiosk.renderer_pid()
    at_s = time.monotonic()
    kiosk.agent.say(ShellLease(ms=100))
    kiosk.agent.say(LeaseOver())
    kiosk.agent.say(ShellLease(ms=400))
    kiosk.wait_fact(lambda fact: isinstance(fact, RendererFact), at_s, "only the later lease ends it")
    assert time.monotonic() - at_s >= 0.69
    assert gone(pid)


A_CALL = """
(window.ends ?? []).forEach((end) => end.close());
window.ends = [new RTCPeerConnection(), new RTCPeerConnection()];
const [here, there] = window.ends;
here.createDataChannel("x");
here.onicecandidate = (event) => event.candidate && there.addIceCandidate(event.candidate);
there.onicecandidate = (event) => event.candidate && here.addIceCandidate(event.candidate);
here.onconnectionstatechange = () => here.connectionState === "connected" && say({connected: 1});
(async () => {
  window.own ??= await navigator.mediaDevices.getUserMedia({audio: true});
  await here.setLocalDescription();
  await there.setRemoteDescription(here.localDescription);
  await there.setLocalDescription();
  await here.setRemoteDescription(there.localDescription);
})();
1
"""
WENT_ON = RendererFact(why="its call went on after the end")


def talks(kiosk: Kiosk) -> None:
    """The page makes a connection of its own in a leased call; with a microphone open no names of addresses are looked up."""
    calls = kiosk.page.count("connected")
    kiosk.agent.say(ShellLease(ms=60_000))
    kiosk.run(A_CALL)
    wait_until(lambda: kiosk.page.count("connected") > calls, "it is connected", 30)


def lines(kiosk: Kiosk) -> frozenset[int]:
    """What the kernel says of the window's sockets."""
    return open_lines(kiosk.window_pid, kiosk.page.port)


def test_a_page_that_says_closed_and_keeps_its_connection_loses_its_renderer(kiosk: Kiosk) -> None:
    talks(kiosk)
    at_s = time.monotonic()
    kiosk.agent.say(LeaseOver())
    told_s = kiosk.wait_fact(lambda fact: fact == WENT_ON, at_s, "the shell ends it by itself")
    print(f"MEASURED said closed, line open -> renderer ended {(told_s - at_s) * 1000:.0f} ms")
    assert told_s - at_s < LOOK_FOR_S


def test_a_page_that_closes_its_connection_when_it_says_so_is_left_alone(kiosk: Kiosk) -> None:
    before = lines(kiosk)
    talks(kiosk)
    assert lines(kiosk) - before
    kiosk.run("window.ends.forEach((end) => end.close()); 1")
    wait_until(lambda: not lines(kiosk) - before, "the engine has closed its sockets")
    pid, at_s = kiosk.renderer_pid(), time.monotonic()
    kiosk.agent.say(LeaseOver())
    wait_until(lambda: time.monotonic() > at_s + 2.0, "two seconds of looking have gone by")
    assert WENT_ON not in kiosk.agent.since(at_s)
    assert kiosk.renderer_pid() == pid


def test_the_curtain_covers_from_the_windows_end_to_the_next_painted_page(kiosk: Kiosk) -> None:
    before = starts(kiosk)
    at_s = kiosk.signal_window(signal.SIGKILL)
    colours = set()

    def back() -> bool:
        colour = kiosk.screen.pixel(640, 780)
        colours.add(colour)
        return starts(kiosk) > before and kiosk.painted() and colour == GREEN

    wait_until(back, "the page is back", 25)
    print(f"MEASURED window killed -> page on the glass {(time.monotonic() - at_s) * 1000:.0f} ms")
    assert colours == {GREEN, PAPER}


KEPT_LONG = """(async () => { await (await caches.open("c")).put("/x", new Response("localStorage"));
  await new Promise((done) => { indexedDB.open("d").onsuccess = done; }); })()"""
KEPT = """(async () => `${localStorage.length} ${document.cookie} [${await caches.keys()}] ` +
  `[${(await indexedDB.databases()).map((one) => one.name)}]`)()"""


def test_nothing_is_left_of_the_last_visit_after_an_ordered_restart(kiosk: Kiosk) -> None:
    before = starts(kiosk)
    kiosk.run("localStorage.setItem('a', '1'); document.cookie = 'b=2; max-age=9999'; 1")
    kiosk.run(KEPT_LONG)
    assert kiosk.run(KEPT) == "1 b=2 [c] [d]"
    at_s = kiosk.order(OrderKind.RESTART_WINDOW)
    kiosk.wait_painted(before + 1)
    print(f"MEASURED ordered restart -> page on the glass {(time.monotonic() - at_s) * 1000:.0f} ms")
    kiosk.wait_fact(is_gone("ordered"), at_s, "told as ordered")
    assert kiosk.run(KEPT) == "0  [] []"
    left = [path for path in kiosk.folder.rglob("*") if path.is_file() and b"localStorage" in path.read_bytes()]
    assert left == []


def test_an_agent_that_restarts_gives_a_new_token_to_the_same_window(kiosk: Kiosk) -> None:
    pid, loads = kiosk.window_pid, kiosk.page.count("loaded")
    kiosk.page.token = "second-token"
    kiosk.agent.address = PageAddress(port=kiosk.page.port, token="second-token")
    kiosk.agent.hang_up()
    wait_until(lambda: kiosk.page.count("loaded") > loads, "the page is loaded with the new token")
    assert ("/?video=native", "bilik_page=second-token") in kiosk.page.requests
    assert kiosk.window_pid == pid


def test_the_page_is_kept_while_the_agent_is_away(kiosk: Kiosk) -> None:
    loads = kiosk.page.count("loaded")
    hellos = sum(isinstance(fact, ShellHello) for _, fact in list(kiosk.agent.told))
    kiosk.agent.hang_up()
    wait_until(lambda: sum(isinstance(f, ShellHello) for _, f in list(kiosk.agent.told)) > hellos, "it calls again")
    assert kiosk.page.count("loaded") == loads
    assert kiosk.typing_reaches_the_page()


def test_a_page_server_that_was_away_is_found_again(tmp_path: Path) -> None:
    with VirtualScreen(800, 600) as screen, Kiosk(screen, tmp_path, paint=False) as kiosk:
        right = kiosk.page.token
        kiosk.page.token = "not this one"
        wait_until(lambda: len(kiosk.page.requests) >= 3, "it tries again and again", 25)
        assert not kiosk.painted()
        assert kiosk.shows(PAPER)
        kiosk.page.token = right
        kiosk.wait_painted(1)


def test_sigterm_ends_everything_within_a_second(tmp_path: Path) -> None:
    with kiosk_on(tmp_path, 800, 600) as kiosk:
        family = [psutil.Process(kiosk.shell.pid), *psutil.Process(kiosk.shell.pid).children(recursive=True)]
        assert len(family) >= 4
        at_s = time.monotonic()
        kiosk.shell.terminate()
        assert kiosk.shell.wait(5) == 0
        assert time.monotonic() - at_s < 1.0 + 2 * BUSY_S
        wait_until(lambda: all(gone(process.pid) for process in family), "no process is left", 2)


def test_a_killed_shell_leaves_no_process_even_if_the_window_is_stopped(tmp_path: Path) -> None:
    with kiosk_on(tmp_path, 800, 600) as kiosk:
        family = psutil.Process(kiosk.shell.pid).children(recursive=True)
        kiosk.signal_window(signal.SIGSTOP)
        os.kill(kiosk.shell.pid, signal.SIGKILL)
        wait_until(lambda: all(gone(process.pid) for process in family), "no process is left", 3)


def test_everything_ends_with_the_screen(tmp_path: Path) -> None:
    with kiosk_on(tmp_path, 800, 600) as kiosk:
        family = psutil.Process(kiosk.shell.pid).children(recursive=True)
        kiosk.screen.server.kill()
        assert kiosk.shell.wait(5) == 4
        wait_until(lambda: all(gone(process.pid) for process in family), "no process is left", 3)
