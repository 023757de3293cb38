"""Install, verify and uninstall on a machine in memory: nothing asked twice, nothing said that is not so, and back to the byte."""

import json

import pytest

from installer.answers import Given
from installer.linux.booth import ANSWERS, PROGRAMS, Booth, sources_here
from installer.linux.plan import DISPLAY_MANAGER
from installer.linux.report import write_report
from installer.linux.ways import REFRESHES, WAYS
from installer.ports import AnswersWrong, Done, System, SystemRefused
from installer.steps import Drift
from installer.undo import FOLDER
from tests.fake_system import FakeSystem, PowerCut

GIVEN = Given(enrolment="https://central.example.org#SECRET-CODE", pin="27182818")


class Machine(FakeSystem):
    """A bare Debian: bilik-agent keeps what it is handed, nft knows whether its unit runs."""

    def __init__(self) -> None:
        super().__init__()
        for folder in ("/etc/systemd/system", "/etc/X11", "/var/lib", "/run/systemd/system", "/etc/modprobe.d"):
            self.put(folder)
        for path in PROGRAMS:
            self.put(path, "a program")
        self.put("/proc/sys/kernel/sysrq", "438\n")
        self.put("/etc/systemd/system/default.target", "theirs")
        self.groups |= {"audio": 29, "video": 44}
        self.running |= {"getty@tty1.service", DISPLAY_MANAGER}
        self.given: list[str] = []
        self.agent = Done(0)
        self.status = ""

    def run(self, command: object, *, given: str = "") -> Done:
        words = tuple(str(word) for word in command)  # type: ignore[attr-defined]  # a Sequence, as the port says
        match words:
            case ("/usr/bin/bilik-agent", "status", "--json"):
                return Done(0, self.status)
            case ("/usr/bin/bilik-agent", name, *_):
                self.given.append(given)
                if self.agent.code == 0:
                    self.put(f"/var/lib/bilik/{'enrolment.json' if name == 'enroll' else 'technician_pin'}", "kept")
                return self.agent
            case ("nft", *_):
                loaded = "bilik-firewall.service" in self.running
                return Done(0, "policy drop") if loaded else Done(1)
            case ("systemctl", "list-units", *_):
                return Done(0, json.dumps([{"unit": unit} for unit in sorted(self.running) if "getty" in unit]))
            case ("sudo", *_):
                return Done(127)
            case _:
                return super().run(words, given=given)


def booth(system: System, *, spared: frozenset[str] = frozenset()) -> Booth:
    return Booth(system, sources_here(spared=spared))


def install(system: System, given: Given = GIVEN) -> list[str]:
    told: list[str] = []
    made = booth(system)
    made.install(made.plan(given), "en", told.append)
    return told


def test_an_installed_booth_holds_and_a_second_run_has_nothing_to_do() -> None:
    system = Machine()
    told = install(system)
    assert booth(system).verify() == []
    assert (
        told.index("enrol this PC") < told.index("start bilik-agent.service") < told.index("start bilik-kiosk.service")
    )
    assert install(system, Given()) == []


def test_secrets_are_handed_over_and_written_nowhere() -> None:
    system = Machine()
    install(system)
    assert system.given == ["https://central.example.org#SECRET-CODE\n", "27182818\n"]
    for path, node in system.nodes.items():
        assert b"SECRET-CODE" not in node.content, path
        assert b"27182818" not in node.content, path
    assert not any("SECRET" in word for command in system.ran for word in command)


def test_uninstall_gives_the_machine_back() -> None:
    system = Machine()
    before = system.picture()
    install(system)
    assert system.picture() != before
    assert booth(system).uninstall(lambda _: None) == []
    assert system.picture() == before


@pytest.mark.parametrize(("said", "unsent"), [("", 0), ("[]", 0), ("{}", 0), ('{"outbox_waiting": 3}', 3)])
def test_reports_that_central_has_not_are_counted_before_they_are_lost(said: str, unsent: int) -> None:
    system = Machine()
    system.status = said
    assert booth(system).unsent() == unsent


@pytest.mark.parametrize("cut_at", [0.0, 3.5, 20.0, 47.5, 90.0, 130.5])
def test_an_install_that_the_power_cut_ended_goes_on_or_goes_back(cut_at: float) -> None:
    system = Machine()
    before = system.picture()
    system.cut_at = cut_at
    with pytest.raises(PowerCut):
        install(system)
    system.cut_at = None
    if int(cut_at) % 2:
        install(system)
        assert booth(system).verify() == []
    assert booth(system).uninstall(lambda _: None) == []
    assert system.picture() == before


def test_an_enrolment_that_central_refuses_stops_before_anything_is_started() -> None:
    system = Machine()
    system.agent = Done(1, "bilik-agent: this enrolment code was used already\n")
    with pytest.raises(SystemRefused, match="enrol this PC: this enrolment code was used already"):
        install(system)
    assert "bilik-kiosk.service" not in system.running
    system.agent = Done(0)
    install(system)
    assert booth(system).verify() == []


def test_every_change_is_named_with_what_it_is_for() -> None:
    system = Machine()
    install(system)
    system.remove("/etc/systemd/system/getty@.service")
    system.running -= {"bilik-firewall.service"}
    system.running |= {"getty@tty2.service"}
    system.remove("/var/lib/bilik/enrolment.json")
    said = [f"{one.why}: {one.what}" for one in booth(system).verify()]
    assert said == [
        "no virtual terminals and no login on them: /etc/systemd/system/getty@.service is missing",
        "only who has to be spoken with can be reached: bilik-firewall.service does not run",
        "only who has to be spoken with can be reached: the firewall's rules are not loaded",
        "the agent runs: this PC is not enrolled: run `bilik-install --enrolment STRING`",
        "no virtual terminals and no login on them: getty@tty2.service: a login waits; restart the PC",
    ]


def test_the_terminal_that_the_technician_sits_at_is_not_stopped_now() -> None:
    system = Machine()
    made = booth(system, spared=frozenset({"getty@tty1.service", DISPLAY_MANAGER}))
    made.install(made.plan(GIVEN), "en", lambda _: None)
    assert {"getty@tty1.service", DISPLAY_MANAGER} <= system.running


def test_a_pc_that_is_no_booth_says_so() -> None:
    system = Machine()
    with pytest.raises(AnswersWrong, match="not set up"):
        booth(system).verify()
    with pytest.raises(AnswersWrong, match="enrolment string is missing"):
        booth(system).plan(Given())
    system.put(ANSWERS, "{")
    with pytest.raises(AnswersWrong, match="remove it"):
        booth(system).verify()


def test_a_pc_without_the_programs_of_a_booth_is_told_which_packages_have_them() -> None:
    system = Machine()
    system.remove("/usr/bin/xinit")
    system.remove("/usr/sbin/nft")
    with pytest.raises(SystemRefused, match="apt install nftables xinit"):
        booth(system).plan(GIVEN)


def test_every_step_has_a_way_back_and_everybody_it_tells_exists() -> None:
    planned = booth(Machine()).plan(GIVEN)
    assert {step.kind for step in planned.steps} <= WAYS.keys()
    assert {name for step in planned.steps for name in step.refresh} <= REFRESHES.keys()
    marks = [step.target for step in planned.steps if "@AGENT@" in getattr(step, "content", "")]
    assert marks == []


def test_no_template_keeps_a_mark_and_a_private_authority_is_named() -> None:
    planned = booth(Machine()).plan(Given(enrolment=GIVEN.enrolment, ca_file="/etc/bilik/ca.pem"))
    texts = {step.target: getattr(step, "content", "") for step in planned.steps}
    for mark in ("@AGENT@", "@KIOSK@", "@GROUP@", "@PORT@", "@CODE@"):
        assert not [target for target, text in texts.items() if mark in text]
    assert 'ca_file = "/etc/bilik/ca.pem"' in texts["/etc/bilik/agent.toml"]


def test_the_report_for_the_agent_has_the_words_and_the_moment() -> None:
    system = Machine()
    system.put("/run/bilik-install")
    write_report(system, "/run/bilik-install/drift.json", [Drift("why", "what")])
    told = json.loads(system.nodes["/run/bilik-install/drift.json"].content)
    assert told["drift"] == ["what"]
    assert told["boot_s"] > 0
    assert FOLDER not in system.nodes


RULES = "/etc/bilik/firewall.nft"
ELSEWHERE = Given(enrolment="https://203.0.113.9:8443#ANOTHER-CODE")


class Fenced(Machine):
    """A machine whose firewall lets through what its rules named when they were last loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded = b""
        self.reached: list[bool] = []

    def run(self, command: object, *, given: str = "") -> Done:
        words = tuple(str(word) for word in command)  # type: ignore[attr-defined]  # a Sequence, as the port says
        if words == ("systemctl", "try-restart", "bilik-firewall.service") and words[2] in self.running:
            self.start(words[2])
        if words[1:2] == ("enroll",):
            self.reached.append(b"203.0.113.9" in self.loaded)
        return super().run(words, given=given)

    def start(self, unit: str) -> None:
        super().start(unit)
        if unit == "bilik-firewall.service":
            self.loaded = self.nodes[RULES].content


def test_a_locked_booth_may_reach_another_central_before_it_is_enrolled_there() -> None:
    system = Fenced()
    install(system)
    install(system, ELSEWHERE)
    assert system.reached == [False, True]
    assert booth(system).verify() == []


def test_a_booth_that_another_central_refuses_is_as_it_was() -> None:
    system = Fenced()
    install(system)
    before, rules = system.picture(), system.loaded
    system.agent = Done(1, "bilik-agent: this enrolment code was used already\n")
    with pytest.raises(SystemRefused, match="used already"):
        install(system, ELSEWHERE)
    assert system.reached == [False, True]
    assert system.picture() == before
    assert system.loaded == rules != b""
    assert install(system, Given()) == []


def test_the_doctor_is_asked_once_the_screen_is_up_or_has_had_its_time() -> None:
    system, waited = Machine(), []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        system.status = '{"window_up": %s}' % ("true" if len(waited) == 3 else "false")

    install(system)
    assert booth(system).wait_for_screen(pause)
    assert len(waited) == 3
    system.status = "nothing"
    assert not booth(system).wait_for_screen(waited.append, within_s=5.0)
    assert len(waited) == 8
    assert "bilik-verify.service" in system.running
