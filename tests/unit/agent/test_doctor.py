"""The doctor's words and exit codes, and what it tells where no agent runs."""

import asyncio
import json
from pathlib import Path

import pytest

from agent import doctor, doctor_tone
from agent.__main__ import main
from agent.adapters.clock import wall_ms
from agent.adapters.doctor_door import door_path
from agent.adapters.journal import SqliteJournal
from agent.config import Config, load
from agent.doctor import Offline, as_json, as_text, examine, exit_code
from agent.ports import CentralError, Rejected, Unauthorised, Unreachable, Untrusted
from agent.supervisor import enrolment
from agent.supervisor.doctor_answer import DoctorAnswer, encode
from agent.supervisor.enrolment import Enrolment
from protocol.diagnosis import AREAS, FINDINGS, Found, LineMeasured, Verdict
from tests.fake_clock import FakeClock
from tests.fakes import SETTINGS, FakeCentral, MemoryCredentials

ENROLLED = Enrolment(url="https://central.test", terminal_id="t3", authority_pem=None, settings=SETTINGS)
GOOD, BAD, UNKNOWN = (
    Found(finding="agent.runs"),
    Found(finding="disk.low", gaps={"mb": 3}),
    Found(finding="relay.untried"),
)


class ShortCentral(FakeCentral):
    """Tells a time of its own; `close` is counted."""

    told_ms: int | None = None
    closed = 0

    async def try_line(self, boot_id: str) -> LineMeasured:
        measured = await super().try_line(boot_id)
        told_ms = wall_ms() if self.told_ms is None else self.told_ms
        return LineMeasured(
            up_kbit_s=measured.up_kbit_s, down_kbit_s=measured.down_kbit_s, central_ms=told_ms, relays=measured.relays
        )

    async def close(self) -> None:
        self.closed += 1


@pytest.fixture
def config(tmp_path: Path) -> Config:
    file = tmp_path / "agent.toml"
    file.write_text('[agent]\nstate_dir = "state"\nshell_socket = "shell.sock"\n[credentials]\nstore = "file"\n')
    (tmp_path / "state").mkdir()
    return load(file)


@pytest.fixture
def central() -> ShortCentral:
    return ShortCentral(FakeClock())


def told(config: Config, central: FakeCentral, *, token: str | None = "a-token") -> dict[str, Found]:
    credentials = MemoryCredentials(token)
    offline = Offline(credentials, lambda *_: central, "1.2.3", "QtWebEngine 6")
    return {one.finding: one for one in asyncio.run(examine(config, offline))}


def test_an_enrolled_pc_without_an_agent_tells_all_that_needs_none(config: Config, central: ShortCentral) -> None:
    enrolment.save(config.state_dir, ENROLLED)
    found = told(config, central)
    expected = {"agent.away", "central.reached", "relay.none", "bandwidth.enough", "clock.agrees", "disk.room"}
    assert expected | {"journal.readable", "token.kept", "engine.is", "system.is"} <= set(found)
    order = [list(AREAS).index(FINDINGS[one].area) for one in found]
    assert order == sorted(order)
    assert central.closed == 1
    assert exit_code(tuple(found.values())) == doctor.EXIT_BAD, "a booth without its agent is not well"


def test_a_pc_whose_clock_is_far_off_is_told_so(config: Config, central: ShortCentral) -> None:
    enrolment.save(config.state_dir, ENROLLED)
    central.told_ms = wall_ms() - 3_600_000
    assert told(config, central)["clock.differs"].gaps["off_s"] == pytest.approx(3600, abs=5)


@pytest.mark.parametrize(
    ("error", "finding"),
    [
        (Unreachable("away"), "central.unreachable"),
        (Untrusted("certificate"), "central.untrusted"),
        (Unauthorised("token"), "central.refused"),
        (Rejected("too often", code="wait"), "central.reached"),
    ],
)
def test_a_central_that_does_not_measure_is_named(
    config: Config, central: ShortCentral, error: CentralError, finding: str
) -> None:
    enrolment.save(config.state_dir, ENROLLED)
    central.line_error = error
    assert {finding, "bandwidth.unknown", "clock.unknown", "relay.untried"} <= set(told(config, central))


def test_a_pc_that_is_not_enrolled_asks_nobody(config: Config, central: ShortCentral) -> None:
    assert {"central.not_enrolled", "token.missing"} <= set(told(config, central))
    assert central.line_tries == []
    enrolment.save(config.state_dir, ENROLLED)
    assert {"central.not_enrolled", "token.missing"} <= set(told(config, central, token=None))


def test_an_enrolment_that_cannot_be_read_is_told(config: Config, central: ShortCentral) -> None:
    (config.state_dir / "enrolment.json").write_text("{")
    assert {"central.untried", "token.unreadable"} <= set(told(config, central))


@pytest.mark.parametrize(("raw", "finding"), [(None, "journal.readable"), (b"no journal" * 900, "journal.damaged")])
def test_the_journal_is_read_and_left_as_it_is(
    config: Config, central: ShortCentral, raw: bytes | None, finding: str
) -> None:
    file = config.state_dir / "journal.sqlite3"
    if raw is None:
        asyncio.run(begin(file))
    else:
        file.write_bytes(raw)
    before = file.read_bytes(), sorted(config.state_dir.iterdir())
    assert finding in told(config, central)
    assert (file.read_bytes(), sorted(config.state_dir.iterdir())) == before


async def begin(file: Path) -> None:
    journal = SqliteJournal(file, boot_id="b1")
    await journal.load()
    await journal.close()


def test_a_journal_that_may_not_be_read_is_told(config: Config, central: ShortCentral) -> None:
    (config.state_dir / "journal.sqlite3").mkdir()
    assert "journal.failing" in told(config, central)


async def answered(config: Config, answer: DoctorAnswer) -> dict[str, Found]:
    async def ask() -> bytes:
        return encode(answer)

    door = doctor.door(config.shell_socket)
    assert door is not None
    await door.start(ask)
    try:
        found = await examine(config, Offline(MemoryCredentials(), lambda *_: FakeCentral(FakeClock()), "1", ""))
    finally:
        await door.close()
    return {one.finding: one for one in found}


@pytest.mark.anyio
async def test_a_running_agent_answers_itself(config: Config) -> None:
    assert await answered(config, DoctorAnswer(found=(GOOD, BAD))) == {"agent.runs": GOOD, "disk.low": BAD}
    assert set(await answered(config, DoctorAnswer(refused="agent.in_call"))) == {"agent.in_call"}
    assert not door_path(config.shell_socket).exists()


@pytest.mark.parametrize(
    ("found", "code"),
    [((GOOD,), 0), ((GOOD, BAD), 1), ((GOOD, BAD, UNKNOWN), 1), ((GOOD, UNKNOWN), 2), ((UNKNOWN,), 2), ((), 2)],
)
def test_the_exit_code_says_the_worst(found: tuple[Found, ...], code: int) -> None:
    assert exit_code(found) == code


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_bad_line_is_followed_by_what_to_do(language: str) -> None:
    row = FINDINGS["disk.low"]
    todo = row.todo_id if language == "id" else row.todo_en
    good, bad, do = as_text((GOOD, BAD), language).splitlines()
    assert good.startswith(doctor.MARKS[language][Verdict.GOOD])
    assert bad.startswith(doctor.MARKS[language][Verdict.BAD])
    assert "3 MB" in bad
    assert todo in do


@pytest.mark.parametrize("finding", FINDINGS)
def test_every_finding_can_be_said_without_its_gaps(finding: str) -> None:
    one = Found(finding=finding)
    for said in (as_text((one,), "id"), as_text((one,), "en")):
        assert "{" not in said
    assert json.loads(as_json((one,)))["found"][0]["finding"] == finding


def test_the_command_says_it_in_indonesian_by_default(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(config.source), "doctor"]) == doctor.EXIT_BAD
    assert "Agen: Tidak berjalan" in capsys.readouterr().out
    assert main(["--config", str(config.source), "doctor", "--lang", "en"]) == doctor.EXIT_BAD
    assert "Agent: It does not run" in capsys.readouterr().out
    assert main(["--config", str(config.source), "doctor", "--json"]) == doctor.EXIT_BAD
    assert json.loads(capsys.readouterr().out)["exit"] == doctor.EXIT_BAD


def test_on_a_terminal_the_person_there_is_asked_unless_told_not_to(
    config: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def played(*_: object) -> tuple[Found, ...]:
        return (Found(finding="speaker.played"),)

    monkeypatch.setattr(doctor, "examine", played)
    monkeypatch.setattr(doctor_tone, "is_somebody_there", lambda: True)
    monkeypatch.setattr(doctor_tone, "ask_person", lambda _: "ya")
    assert main(["--config", str(config.source), "doctor"]) == doctor.EXIT_GOOD
    assert "Nadanya terdengar." in capsys.readouterr().out
    for words in (["--yes"], ["--json"]):
        assert main(["--config", str(config.source), "doctor", *words]) == doctor.EXIT_UNKNOWN
        assert "Dengarkan" not in capsys.readouterr().err
