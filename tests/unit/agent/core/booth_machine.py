"""What can happen to a booth on a random day: people, central, page, clocks, crashes and a failing disk."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from agent.core import events as ev
from agent.core.state import Visit
from protocol.maintenance import Diagnosis, MaintenanceDeed
from protocol.outcome import CallQuality
from protocol.terminal import AssignedSession, CallKind, Command, CommandKind, CommandOutcome, VisitState
from tests.unit.agent.core.world import PIN, SETTINGS, World

STEPS = st.sampled_from([1, 2, 4, 7, 9])
SHORT_S = st.sampled_from([0.0, 0.1, 0.4, 0.9, 1.0, 1.6, 2.2, 5.0])
LONG_S = st.sampled_from([0.0, 0.7, 3.0, 3.0, 11.0, 29.0, 31.0, 61.0, 300.0, 4000.0])
SILENCE_S = st.sampled_from([0.0, 0.0211, 0.2013, 0.3017, 0.7019, 1.4023, 1.5, 1.6029, 4.0031])
"""Odd numbers, so that no two deadlines meet at one instant, where rounding would decide which is first."""
IDS = st.sampled_from(["s1", "s2", "s3", "s4"])
FLAGS = st.booleans()
WHY_NOT = st.sampled_from(
    ["wrong_pin", "moved", "cancelled", "open_elsewhere", "not_now", "wait", "unreachable", "quite new"]
)
KINDS = st.sampled_from([*(kind.value for kind in CommandKind), "dance"])
CALLS = st.sampled_from([CallKind.WEBRTC, CallKind.WEB_PAGE])
FOUND = Diagnosis(agent_version="1", uptime_s=1, memory_bytes=1, disk_free_bytes=1)
PARTIES = st.sampled_from([None, "none", "inmate", "family", "facility", "terminal", "nobody"])


class BoothMachine(RuleBasedStateMachine):
    """Rules are what can happen; `go_on` is what usually happens, so that runs reach the talk."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.commands = 0

    @initialize(in_s=st.sampled_from([0.0, 30.0, 200.0]), talk_s=st.sampled_from([10, 30, 90]), steps=STEPS, kind=CALLS)
    def begin(self, in_s: float, talk_s: int, steps: int, kind: CallKind) -> None:
        world = self.world
        world.feed(ev.Started, clean=True, same_boot=False, enrolled=False)
        world.feed(ev.WasEnrolled, settings=SETTINGS)
        world.has_map = True
        world.feed(ev.CentralReached)
        world.feed(ev.PageChanged, up=True)
        world.assign(in_s=in_s, talk_s=talk_s, kind=kind)
        self.repeat(steps, 1.0)

    # ---- what usually happens ----

    @rule(seconds=SHORT_S, steps=STEPS)
    def go_on(self, seconds: float, steps: int) -> None:
        self.repeat(steps, seconds)

    @rule(seconds=SHORT_S, steps=STEPS)
    def go_on_just_as_often(self, seconds: float, steps: int) -> None:
        self.repeat(steps, seconds)

    @rule(seconds=st.sampled_from([2.0, 7.0]))
    @precondition(lambda self: self.world.booth.state in {VisitState.WAITING, VisitState.TALKING})
    def talk(self, seconds: float) -> None:
        self.world.wait(seconds, talk=True)

    def repeat(self, steps: int, seconds: float) -> None:
        for _ in range(steps):
            self.mend_the_outside()
            self.advance_visit(seconds)

    def mend_the_outside(self) -> None:
        world = self.world
        if not world.has_map or not world.booth.page_up:
            world.has_map = True
            world.feed(ev.PageChanged, up=True)
            world.feed(ev.CentralReached)

    def advance_visit(self, seconds: float) -> None:
        world = self.world
        visit = world.booth.visit
        if visit is None:
            if not world.booth.sessions or world.booth.sessions[-1].id in world.booth.finished:
                world.assign(in_s=20.0)
            world.wait(seconds)
        elif visit.asking_since_s is not None:
            world.answer()
        elif visit.state is VisitState.CHECK_IN:
            world.feed(ev.StartPressed)
        elif visit.state is VisitState.RULES:
            world.feed(ev.RulesWereAccepted)
        elif visit.is_meeting:
            self.advance_meeting(visit, seconds)
        else:
            self.advance_call(visit, seconds)

    def advance_meeting(self, visit: Visit, seconds: float) -> None:
        if visit.call_id is not None and visit.state is not VisitState.TALKING:
            self.world.feed(ev.MeetingLoaded, call_id=visit.call_id)
        else:
            self.world.wait(seconds)

    def advance_call(self, visit: Visit, seconds: float) -> None:
        world = self.world
        if not visit.signalling_up:
            world.feed(ev.SignallingChanged, session_id=visit.session_id, up=True)
        elif visit.family is None or not visit.family.ready:
            world.feed(ev.FamilyChanged, session_id=visit.session_id, present=True, ready=True, admitted=True)
        else:
            world.wait(seconds, talk=True)

    # ---- what may happen at any moment ----

    @rule(seconds=SHORT_S)
    def time_passes_without_a_sound(self, seconds: float) -> None:
        self.world.wait(seconds)

    @rule(seconds=LONG_S)
    def the_loop_stands_still(self, seconds: float) -> None:
        self.world.real_s += seconds
        self.world.feed(ev.Ticked)

    @rule(in_s=st.sampled_from([0.0, 90.0, 700.0]), talk_s=st.sampled_from([10, 30, 90]), closing_s=LONG_S, kind=CALLS)
    def schedule(self, in_s: float, talk_s: int, closing_s: float, kind: CallKind) -> None:
        if self.world.has_map:
            closing_in_s = in_s + closing_s if closing_s else None
            self.world.assign(in_s=in_s, talk_s=talk_s, closing_in_s=closing_in_s, kind=kind)

    @rule(start_ms=st.integers(-(10**15), 10**15), talk_s=st.integers(-10, 10**6), closing_ms=st.integers(0, 10**14))
    def nonsense_is_scheduled(self, start_ms: int, talk_s: int, closing_ms: int) -> None:
        row = AssignedSession(id="bad", number="9", start_at_ms=start_ms, talk_s=talk_s, closing_at_ms=closing_ms)
        kept = tuple(one for one in self.world.booth.sessions if one.id != "bad")
        if abs(start_ms - self.world.central_ms()) > 3 * 86_400_000:
            self.world.feed(ev.AssignmentsArrived, sessions=(row, *kept, *kept), settings=SETTINGS)

    @rule(why=WHY_NOT)
    def central_refuses(self, why: str) -> None:
        self.world.answer(why=why)

    @rule()
    def central_answers_late_or_twice(self) -> None:
        self.world.answer()

    @rule(button=st.sampled_from([ev.StartPressed, ev.RulesWereAccepted, ev.WentBack, ev.InmateEnded]))
    def the_inmate_presses(self, button: type[ev.Event]) -> None:
        self.world.feed(button)

    @rule()
    def the_inmate_enters_a_pin(self) -> None:
        self.world.feed(ev.PinEntered, pin=PIN)

    @rule(session_id=IDS, up=FLAGS)
    def signalling_changes(self, session_id: str, up: bool) -> None:
        self.world.feed(ev.SignallingChanged, session_id=session_id, up=up)

    @rule(session_id=IDS, present=FLAGS, ready=FLAGS, admitted=FLAGS)
    def the_family_changes(self, session_id: str, present: bool, ready: bool, admitted: bool) -> None:
        self.world.feed(ev.FamilyChanged, session_id=session_id, present=present, ready=ready, admitted=admitted)

    @rule(session_id=IDS, why=st.sampled_from(["ended", "end_by", "taken_over", "cancelled"]), ends=FLAGS)
    def the_family_or_central_says_good_bye(self, session_id: str, why: str, ends: bool) -> None:
        if ends:
            self.world.feed(ev.FamilyEnded, session_id=session_id)
        else:
            self.world.feed(ev.ByeSaid, session_id=session_id, why=why)

    @rule(here_s=SILENCE_S, there_s=SILENCE_S)
    def audio(self, here_s: float, there_s: float) -> None:
        self.world.hear(here_s, there_s)

    @rule(why=st.sampled_from(["failed", "refused", "crashed", "hung", "window", "lease"]), seconds=LONG_S)
    @precondition(lambda self: self.world.account.loaded is not None)
    def the_meeting_is_lost(self, why: str, seconds: float) -> None:
        self.world.feed(ev.MeetingLost, call_id=self.world.account.loaded or "none", why=why)
        self.the_loop_stands_still(seconds)

    @rule(call_id=st.sampled_from(["s1-1", "s1-2", "s2-1"]), samples=st.integers(0, 9))
    def an_old_call_reports(self, call_id: str, samples: int) -> None:
        quality = CallQuality(samples=samples)
        self.world.feed(ev.QualityReported, call_id=call_id, quality=quality)
        self.world.feed(ev.MeetingLoaded, call_id=call_id)
        self.world.feed(ev.ViewClosed, call_id=call_id)

    @rule(up=FLAGS)
    def the_page_changes(self, up: bool) -> None:
        self.world.feed(ev.PageChanged, up=up)

    @rule(call_id=st.sampled_from([None, "s1-1"]))
    def the_view_is_closed(self, call_id: str | None) -> None:
        self.world.feed(ev.ViewClosed, call_id=call_id)

    @rule(kind=KINDS, session_id=st.one_of(st.none(), IDS), at_booth=FLAGS, party=PARTIES, add_s=st.integers(-5, 60))
    def staff_command(self, kind: str, session_id: str | None, at_booth: bool, party: str | None, add_s: int) -> None:
        visit = self.world.booth.visit
        self.commands += 1
        command = Command(
            id=f"c{self.commands}",
            kind=kind,
            expires_at_ms=self.world.central_ms() + 30_000,
            session_id=visit.session_id if at_booth and visit is not None else session_id,
            fault_party=party,
            add_s=add_s,
            level=add_s,
            text="Sebentar lagi selesai.",
        )
        answers, before = len(self.world.answered), self.world.booth
        self.world.feed(ev.CommandArrived, command=command)
        if command.id in self.world.booth.diagnosing_for:
            self.world.feed(ev.Diagnosed, diagnosis=FOUND)
        if self.world.booth is not before and not self.world.broken:
            (answer,) = self.world.answered[answers:]
            assert answer.command_id == command.id
            assert (answer.outcome is CommandOutcome.REFUSED) == (answer.why is not None)

    @rule()
    def staff_extend(self) -> None:
        visit = self.world.booth.visit
        if visit is not None:
            self.staff_command("extend", visit.session_id, True, None, 20)

    @rule(level=st.integers(0, 1))
    def staff_listen(self, level: int) -> None:
        visit = self.world.booth.visit
        if visit is not None:
            self.staff_command("listen", visit.session_id, True, None, level)

    @rule()
    def staff_unlock(self) -> None:
        self.staff_command("unlock", None, False, None, 0)

    @rule(step_ms=st.sampled_from([-3_600_000, -2000, 500, 86_400_000]))
    @precondition(lambda self: self.world.booth.state not in {VisitState.NONE, VisitState.CHECK_IN})
    @precondition(lambda self: self.world.has_map and not self.world.booth.adrift and not self.world.broken)
    def centrals_clock_steps(self, step_ms: int) -> None:
        self.world.skew_ms += step_ms
        self.world.feed(ev.Ticked)
        self.world.save()

    @rule(code=st.sampled_from(["JAR-1", "JAR-2", "JAR-3", "KLN-1", "KUN-1", "XXX-9"]), raised=FLAGS)
    def trouble(self, code: str, raised: bool) -> None:
        if code.startswith("JAR") and raised:
            self.world.feed(ev.CentralLost, code=code)
        elif code.startswith("JAR"):
            self.world.feed(ev.CentralReached)
        else:
            self.world.feed(ev.FaultSeen, code=code, raised=raised)

    @rule(camera=FLAGS, microphone=FLAGS, given_up=FLAGS)
    def the_hardware_changes(self, camera: bool, microphone: bool, given_up: bool) -> None:
        self.world.feed(ev.DevicesReported, camera=camera, microphone=microphone)
        self.world.feed(ev.WindowChanged, shell_up=True, window_up=not given_up, given_up=given_up)

    @rule()
    def the_hardware_is_well(self) -> None:
        self.world.feed(ev.DevicesReported, camera=True, microphone=True)
        self.world.feed(ev.WindowChanged, shell_up=True, window_up=True)
        self.world.feed(ev.FaultSeen, code="KLN-1", raised=False)
        self.world.feed(ev.CentralReached)

    @rule(gone=st.sampled_from([False, False, False, True]))
    def the_token_is_refused_and_given_anew(self, gone: bool) -> None:
        if gone:
            self.world.crash(same_boot=True, down_s=1.0, enrolled=False)
        self.world.feed(ev.TokenRefused)
        if self.world.booth.visit is None:
            self.world.feed(ev.WasEnrolled, settings=SETTINGS)

    @rule(language=st.sampled_from(["id", "en", "xx"]), kind=st.text(max_size=3))
    def small_things(self, language: str, kind: str) -> None:
        self.world.feed(ev.LanguageWasChosen, language=language)
        self.world.feed(ev.EscapeSeen, kind=kind)

    @rule(outcome=st.sampled_from(["right", "wrong", "unset", "failed"]), deed=st.sampled_from(MaintenanceDeed))
    def a_technician_comes(self, outcome: str, deed: MaintenanceDeed) -> None:
        self.world.feed(ev.TechnicianCame, how="chord")
        self.world.feed(ev.TechnicianPinEntered, pin=PIN)
        self.world.feed(ev.TechnicianPinChecked, outcome=outcome)
        self.world.feed(ev.MaintenanceWasAsked, deed=deed)

    @rule(done=FLAGS, is_back=FLAGS)
    def a_technician_goes(self, done: bool, is_back: bool) -> None:
        self.world.feed(ev.MaintenanceWasAsked, deed=MaintenanceDeed.FINISH)
        self.world.feed(ev.HandOverAnswered, done=done)
        self.world.feed(ev.WindowChanged, shell_up=is_back, window_up=is_back)

    @rule(down_s=SHORT_S, map_known=FLAGS)
    def the_agent_crashes(self, down_s: float, map_known: bool) -> None:
        self.world.crash(same_boot=True, down_s=down_s)
        self.world.has_map = map_known

    @rule(down_s=st.sampled_from([8.0, 20.0, 45.0, 500.0]), map_known=FLAGS)
    def the_power_is_cut(self, down_s: float, map_known: bool) -> None:
        self.world.crash(same_boot=False, down_s=down_s)
        self.world.has_map = map_known

    @rule()
    @precondition(lambda self: not self.world.broken)
    def the_disk_fails(self) -> None:
        self.world.break_disk()

    @rule()
    @precondition(lambda self: self.world.broken)
    def the_disk_heals(self) -> None:
        self.world.heal_disk()
