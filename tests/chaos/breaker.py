"""Does what the schedule draws: waits for each fault's moment, breaks, waits, and mends."""

import signal
import subprocess
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import NamedTuple

import psutil

from tests.chaos.glass_booth import GlassBooth, signal_all
from tests.chaos.machine import FAKETIME, second_agent
from tests.chaos.network import BREAKS, NOWHERE
from tests.chaos.packet_booth import PacketBooth
from tests.chaos.schedule import BY_NAME, CENTRAL, Fault
from tests.chaos.site import Place, Site
from tests.stage.waiting import NotSo, boot_s

MOMENT_S = 40.0
LAST_S = 1.0
ADD_S = 10
STEPS = ("+365d", "-365d", "-1h", "+1h", "-20d", "+5y", "-30y")
BEGINNING = ("check_in", "rules", "waiting")
DOOR_FAULTS = ("answer_500", "answer_garbage", "answer_slowly", "ask_twice", "lose_answers", "close_idle")
Tell = Callable[[str], None]


class Done(NamedTuple):
    """A fault that was done: from, until, and what came of it where that is known."""

    fault: Fault
    from_s: float
    until_s: float
    session: str | None


class Breaker:
    """Every fault runs in a thread of its own; the same kind at the same place one after the other."""

    def __init__(self, site: Site, tell: Tell, *, namespaces: bool) -> None:
        self._site = site
        self._tell = tell
        self._namespaces = namespaces
        self._over = threading.Event()
        self._locks: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)
        self._threads: list[threading.Thread] = []
        self.done: list[Done] = []
        self.skipped: Counter[str] = Counter()
        self.findings: list[str] = []

    def run(self, faults: tuple[Fault, ...], talk_s: Callable[[str], float]) -> None:
        """Start each when its time has come; returns when the last was started or `stop` was called."""
        self._talk_s = talk_s
        began_s = boot_s()
        for fault in faults:
            if self._over.wait(max(0.0, began_s + fault.at_s - boot_s())):
                return
            lacks = self._lacks(fault)
            if lacks:
                self.skipped[f"{fault.kind}: {lacks}"] += 1
                continue
            thread = threading.Thread(target=self._one, args=(fault,), name=f"fault-{fault.number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """End and mend every fault that still holds."""
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def _lacks(self, fault: Fault) -> str:
        needs = BY_NAME[fault.kind].needs
        if fault.where != CENTRAL and fault.where not in self._site.places:
            return "no window in this run"
        if needs == "namespaces" and not self._namespaces:
            return "needs root, for network namespaces"
        if needs == "loop" and not (self._namespaces and self._site.places[fault.where].machine.can_freeze):
            return "needs root and a loop device, for a disk of its own"
        if needs == "clock" and not FAKETIME.exists():
            return "needs the Debian package faketime"
        return ""

    # ---- one fault ------------------------------------------------------------------------------------------------

    def _one(self, fault: Fault) -> None:
        with self._locks[fault.where, fault.kind]:
            self._wait_for_moment(fault)
            if self._over.is_set():
                return
            place = self._site.places.get(fault.where)
            session = None if place is None else place.watch.session
            from_s = boot_s()
            self._tell(f"fault {fault.number}: {fault}")
            try:
                self._break(fault, place)
            except (OSError, RuntimeError, NotSo, AssertionError, subprocess.SubprocessError, psutil.Error) as error:
                self.findings.append(
                    f"fault {fault.number} ({fault}) could not be done: {type(error).__name__}: {error}"
                )
            self.done.append(Done(fault, from_s, boot_s(), session))

    def _wait_for_moment(self, fault: Fault) -> None:
        until_s = boot_s() + MOMENT_S
        while fault.moment != "now" and boot_s() < until_s and not self._is_moment(fault):
            if self._over.wait(0.02):
                return

    def _is_moment(self, fault: Fault) -> bool:
        watch = self._site.places[fault.where].watch
        if fault.moment == "begin":
            return watch.visit in BEGINNING
        if fault.moment == "talking":
            return watch.visit == "talking"
        ends_s = watch.ends_at_s(self._talk_s(fault.where))
        return ends_s is not None and ends_s - LAST_S <= boot_s() < ends_s

    def _lasts(self, fault: Fault) -> None:
        self._over.wait(fault.lasts_s)

    def _break(self, fault: Fault, place: Place | None) -> None:
        if place is None:
            self._break_central(fault)
        elif fault.kind in BREAKS:
            self._break_link(fault, place)
        elif fault.kind in DOOR_FAULTS:
            self._break_door(fault, place)
        else:
            getattr(self, f"_{fault.kind}")(fault, place)

    # ---- central and the way to it --------------------------------------------------------------------------------

    def _break_central(self, fault: Fault) -> None:
        central = self._site.central
        with self._locks[CENTRAL, "process"]:
            assert central.process is not None
            central.process.kill() if fault.kind == "kill_central" else central.stop()
            self._lasts(fault)
            central.start()

    def _break_link(self, fault: Fault, place: Place) -> None:
        assert place.link is not None
        place.link.breaks(fault.kind)
        try:
            self._lasts(fault)
        finally:
            place.link.mends(fault.kind)

    def _break_door(self, fault: Fault, place: Place) -> None:
        place.door.faults.add(fault.kind)
        self._lasts(fault)
        place.door.faults.discard(fault.kind)

    def _wrong_certificate(self, fault: Fault, place: Place) -> None:
        self._site.front.reopen(place.door, self._site.certificates.wrong)
        self._lasts(fault)
        self._site.front.reopen(place.door, self._site.certificates.right)

    def _wrong_name(self, fault: Fault, place: Place) -> None:
        assert place.link is not None
        place.link.name_central(NOWHERE if fault.chance < 0.5 else place.link.addresses.booth)
        self._site.front.drop(place.door)
        self._lasts(fault)
        place.link.name_central(place.link.addresses.outside)

    # ---- agent and PC ---------------------------------------------------------------------------------------------

    def _kill_agent(self, fault: Fault, place: Place) -> None:
        with place.machine.down("agent"):
            place.machine.kill("agent")
            self._lasts(fault)

    def _stop_agent(self, fault: Fault, place: Place) -> None:
        agent = place.machine.agent
        if agent is not None and agent.alive:
            agent.signal(signal.SIGSTOP)
            self._lasts(fault)
            agent.signal(signal.SIGCONT)

    def _power_cut(self, fault: Fault, place: Place) -> None:
        machine, booth = place.machine, place.booth
        with machine.down("agent", "shell"):
            machine.kill_tree()
            if isinstance(booth, PacketBooth):
                booth.power_off()
            machine.tear_journal()
            machine.new_boot()
            self._lasts(fault)
            if isinstance(booth, PacketBooth):
                booth.power_on()

    def _second_agent(self, fault: Fault, place: Place) -> None:
        agent = place.machine.agent
        code, said = second_agent(place.machine)
        if agent is not None and agent.alive and agent is place.machine.agent and (code == 0 or not said.strip()):
            self.findings.append(f"a second agent at {place.name} ended with {code} and said {said!r}")

    def _step_clock(self, fault: Fault, place: Place) -> None:
        place.machine.step_clock(STEPS[int(fault.chance * len(STEPS))])
        self._lasts(fault)
        place.machine.step_clock("+0")

    def _fill_disk(self, fault: Fault, place: Place) -> None:
        place.machine.fill_disk()
        try:
            self._lasts(fault)
        finally:
            place.machine.free_disk()

    def _freeze_disk(self, fault: Fault, place: Place) -> None:
        with self._locks[fault.where, "fill_disk"]:
            place.machine.freeze_disk()
            try:
                self._lasts(fault)
            finally:
                place.machine.thaw_disk()

    # ---- shell, window, page --------------------------------------------------------------------------------------

    def _kill_shell(self, fault: Fault, place: Place) -> None:
        with place.machine.down("shell"):
            place.machine.kill("shell")
            self._lasts(fault)

    def _kill_window(self, fault: Fault, place: Place) -> None:
        if isinstance(place.booth, GlassBooth):
            signal_all(place.booth.window(), signal.SIGKILL)
        else:
            place.booth.lose_window()

    def _kill_renderer(self, fault: Fault, place: Place) -> None:
        assert isinstance(place.booth, GlassBooth)
        signal_all(place.booth.renderers(), signal.SIGKILL)

    def _stop_window(self, fault: Fault, place: Place) -> None:
        assert isinstance(place.booth, GlassBooth)
        self._stop_all(place.booth.window(), fault)

    def _hang_page(self, fault: Fault, place: Place) -> None:
        if isinstance(place.booth, GlassBooth):
            self._stop_all(place.booth.renderers(), fault)
        else:
            place.booth.hang(fault.lasts_s)

    def _stop_all(self, pids: object, fault: Fault) -> None:
        found = list(pids)  # type: ignore[call-overload]  # a sequence of ids
        signal_all(found, signal.SIGSTOP)
        self._lasts(fault)
        signal_all(found, signal.SIGCONT)

    def _say_twice(self, fault: Fault, place: Place) -> None:
        assert isinstance(place.booth, PacketBooth)
        place.booth.says_twice = True
        self._lasts(fault)
        place.booth.says_twice = False

    # ---- people ---------------------------------------------------------------------------------------------------

    def _reload_family(self, fault: Fault, place: Place) -> None:
        place.family.reload()

    def _close_family(self, fault: Fault, place: Place) -> None:
        place.family.close_for(fault.lasts_s)

    def _extend(self, fault: Fault, place: Place) -> None:
        session = place.watch.session
        if session is not None and place.watch.visit in ("talking", "interrupted"):
            with self._site.office:
                self._site.central.order("extend", place.machine.id, "--session", session, "--add", str(ADD_S))
