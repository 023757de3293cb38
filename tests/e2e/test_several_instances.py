"""Two centrals behind HAProxy on PostgreSQL, as processes: one is killed, the database restarts, and nobody notices for long."""

import threading
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page

from protocol import call, page
from protocol.terminal import FaultChanged
from tests.e2e.kiosk_leader import KioskLeader
from tests.e2e.phones import go_in, shown
from tests.length import IS_LONG
from tests.postgres import postgres
from tests.stage.browsers import PHONE
from tests.stage.central import Called
from tests.stage.cluster import Cluster, Instance
from tests.stage.fake_family import FakeFamily
from tests.stage.fake_page import FakeBooth
from tests.stage.house import House
from tests.stage.stage import Stage
from tests.stage.terminal import Terminal
from tests.stage.visits import begin_talking, usage_events, usage_of
from tests.stage.waiting import boot_s, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
TALK_S = 60


@pytest.fixture(scope="module")
def cluster(module_stage: Stage) -> Iterator[Cluster]:
    """Both instances, started at the same moment on a database without a table."""
    with postgres() as server:
        found = Cluster(server, module_stage.home, module_stage.logs)
        try:
            found.start()
            yield found
        finally:
            found.stop()


@pytest.fixture(autouse=True)
def all_there(cluster: Cluster) -> None:
    """Every test begins with both."""
    for each in cluster.instances:
        if each.process is None or not each.process.alive:
            each.start()


class Booths:
    """A facility without officers, and booths of a real agent with a page that has no screen."""

    def __init__(self, stage: Stage, cluster: Cluster) -> None:
        self.stage, self.cluster = stage, cluster
        self.facility = cluster.add_facility(
            "Rutan Uji", admit="automatic", warn_at_s=[5], farewell_s=2, check_in="none", check_in_early_s=2
        )

    def booth(self, name: str) -> tuple[Terminal, FakeBooth]:
        return House.booth(self, name)  # type: ignore[arg-type]  # it has what a house's booth needs

    @property
    def central(self) -> Cluster:
        return self.cluster


@pytest.fixture(scope="module")
def booths(module_stage: Stage, cluster: Cluster) -> Booths:
    return Booths(module_stage, cluster)


def test_each_migration_was_taken_once_when_both_started_at_the_same_moment(cluster: Cluster) -> None:
    assert len(cluster.rows("select version_num from alembic_version")) == 1
    origins = {row["id"] for row in cluster.rows("select id from instances")}
    assert len(origins) == 2
    for each in cluster.instances:
        assert each.process is not None
        assert not [line for line in each.process.lines() if "trace" in line]


def apart(cluster: Cluster, planned: Called, family: FakeFamily) -> tuple[Instance, Instance]:
    """The instances of the booth's and the family's end, which are two: the family comes again until it is so."""

    def places() -> tuple[Instance, Instance] | None:
        found = cluster.holder(planned.id, "kiosk"), cluster.holder(planned.id, "family")
        if found[0] is not found[1]:
            return found
        family.leave()
        family.connect()
        return None

    found = wait_for(places, within_s=20, what="the ends to sit at two instances")
    assert found is not None
    return found


@pytest.mark.shortened
@pytest.mark.parametrize("whose", ["kiosk", "family"] if IS_LONG else ["kiosk"])
def test_a_call_goes_on_when_the_instance_of_one_end_is_killed(whose: str, booths: Booths, cluster: Cluster) -> None:
    terminal, booth = booths.booth(f"Bilik {whose}")
    planned = cluster.add_session(terminal.id, "011", talk_s=TALK_S)
    family = booths.stage.fake_family(planned)
    begin_talking(booth, family)
    of_kiosk, of_family = apart(cluster, planned, family)
    killed, other = (of_kiosk, of_family) if whose == "kiosk" else (of_family, of_kiosk)
    killed_s = boot_s()
    killed.kill()
    if whose == "family":
        family.leave()
        family.connect()
    wait_for(
        lambda: cluster.holder(planned.id, whose) is other, within_s=10, what="the end to be back at the other one"
    )
    back_s = boot_s() - killed_s
    assert booth.view_open
    assert isinstance(booth.screen, page.Call)
    assert booth.screen.phase == "talking"
    since_s = boot_s()
    wait_for(lambda: heard_since(family, call.Clock, since_s), within_s=8, what="the family to hear the booth again")
    order = cluster.order("end", terminal.id, "--session", planned.id, "--reason", "ended_by_officer")
    booth.wait_for_screen(page.Farewell, within_s=5)
    usage = usage_of(cluster, planned)
    assert (usage["end_reason"], usage["interruptions"]) == ("ended_by_officer", 0)
    assert usage_events(cluster, planned) == 1
    assert cluster.command("command", "show", order)["state"] == "done"
    assert back_s < 5, f"the signalling came back after {back_s:.1f} s"


def test_media_in_real_browsers_goes_on_and_begins_anew_over_two_instances(
    booths: Booths, cluster: Cluster, phone: Callable[..., Page]
) -> None:
    stage, leader, family = booths.stage, KioskLeader(cluster, "Bilik 9", booths.facility), phone()
    planned = cluster.add_session(leader.id, "019", start="+1")
    go_in(family, planned)
    leader.open(planned.id)
    cluster.command("command", "admit", "--session", planned.id)
    leader.clock(call.CallPhase.WAITING, 600, running=False)
    desk = stage.browsers.person(size=PHONE, phone=False, language="id-ID")
    leader.lead(desk.new_page())
    leader.until(lambda: leader.facts()["frames"] > 5, "the booth to see the family")
    leader.clock(call.CallPhase.TALKING, 590, running=True)
    leader.until(lambda: shown(family) == "call", "the family's call screen")
    killed = cluster.holder(planned.id, "family")
    killed.kill()
    frames = leader.facts()["frames"]
    leader.until(lambda: leader.facts()["frames"] > frames + 20, "the picture to go on without signalling", within_s=5)
    other = next(each for each in cluster.instances if each is not killed)
    leader.until(lambda: cluster.holder(planned.id, "family") is other, "the family's page to come back by itself")
    killed.start()
    until_apart(cluster, planned, leader)
    leader.until(lambda: leader.said("peer") == PRESENT, "the booth to know of the family again")
    leader.say(call.Said(text="Mohon duduk di depan kamera."))
    family.wait_for_selector("text=Mohon duduk di depan kamera.")
    leader.lead_anew("call-2")
    leader.until(lambda: leader.facts()["state"] == "connected", "a new connection, signalled between two instances")
    leader.until(lambda: leader.facts()["frames"] > 5, "the picture")
    leader.close()
    desk.close()


PRESENT = {"type": "peer", "present": True, "ready": True, "admitted": True}


def until_apart(cluster: Cluster, planned: Called, leader: KioskLeader) -> None:
    """The booth comes again until it sits at the other instance."""

    def is_apart() -> bool:
        if cluster.holder(planned.id, "kiosk") is not cluster.holder(planned.id, "family"):
            return True
        leader.open(planned.id)
        return False

    leader.until(is_apart, "the ends to sit at two instances")


def heard_since(family: FakeFamily, kind: type, since_s: float) -> bool:
    return any(at_s > since_s and isinstance(message, kind) for at_s, message in family.heard)


@pytest.mark.shortened
@pytest.mark.skipif(not IS_LONG, reason="the same in one process: integration/test_central_two_instances.py")
def test_a_call_and_a_command_go_on_when_the_database_restarts(booths: Booths, cluster: Cluster) -> None:
    terminal, booth = booths.booth("Bilik 3")
    planned = cluster.add_session(terminal.id, "013", talk_s=TALK_S)
    family = booths.stage.fake_family(planned)
    begin_talking(booth, family)
    apart(cluster, planned, family)
    cluster.server.stop()
    cluster.server.start()
    for each in cluster.instances:
        wait_for(each.is_ready, within_s=15, what="both to be ready again")
    since_s = boot_s()
    wait_for(lambda: heard_since(family, call.Clock, since_s), within_s=15, what="the family to hear the booth again")
    cluster.order("end", terminal.id, "--session", planned.id, "--reason", "ended_by_officer")
    booth.wait_for_screen(page.Farewell, within_s=10)
    usage = usage_of(cluster, planned)
    assert (usage["end_reason"], usage["interruptions"]) == ("ended_by_officer", 0)
    assert usage_events(cluster, planned) == 1


def test_a_booth_that_hangs_up_is_known_to_every_instance_through_the_proxy(booths: Booths, cluster: Cluster) -> None:
    terminal, _booth = booths.booth("Bilik 4")
    query = "select dropped_at_ms from terminal_status where terminal_id = ?"
    wait_for(lambda: cluster.rows(query, terminal.id), within_s=10, what="its first heartbeat")
    assert terminal.agent is not None
    terminal.agent.kill()
    wait_for(lambda: cluster.rows(query, terminal.id)[0]["dropped_at_ms"], within_s=3, what="the booth to be given up")


# ---- what was acknowledged ------------------------------------------------------------------------------------------


class Reporter(threading.Thread):
    """A booth that reports one event after the other, each until it is acknowledged."""

    def __init__(self, central: Cluster, name: str, facility: str) -> None:
        super().__init__(name=name)
        self.booth = KioskLeader(central, name, facility)
        self.acknowledged = 0
        self.tried_again = 0
        self.is_enough = threading.Event()

    def run(self) -> None:
        while not self.is_enough.is_set():
            try:
                self.booth.report(FaultChanged(code="KAM-1", raised=bool(self.acknowledged % 2)))
            except (httpx.HTTPError, OSError):
                self.tried_again += 1
                self.booth.unsay()
                self.is_enough.wait(0.05)
            else:
                self.acknowledged += 1


def test_nothing_that_was_acknowledged_is_lost_while_one_after_the_other_is_killed(
    booths: Booths, cluster: Cluster
) -> None:
    reporters = [Reporter(cluster, f"Bilik R{number}", booths.facility) for number in range(4)]
    for each in reporters:
        each.start()
    for instance in cluster.instances:
        so_far = sum(each.acknowledged for each in reporters)
        wait_for(
            lambda least=so_far + 40: sum(each.acknowledged for each in reporters) > least, within_s=30, what="reports"
        )
        instance.kill()
        so_far = sum(each.acknowledged for each in reporters)
        wait_for(
            lambda least=so_far + 40: sum(each.acknowledged for each in reporters) > least, within_s=30, what="reports"
        )
        instance.start()
    for each in reporters:
        each.is_enough.set()
    for each in reporters:
        each.join(20)
        rows = cluster.rows("select seq from events where terminal_id = ? order by seq", each.booth.id)
        stored = [row["seq"] for row in rows]
        assert stored[: each.acknowledged] == list(range(1, each.acknowledged + 1))
        assert len(stored) - each.acknowledged in (0, 1), "what was on its way at the end may have arrived"
        each.booth.close()
    assert sum(each.tried_again for each in reporters) > 0, "no report met a kill: the test tried nothing"
