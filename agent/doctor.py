"""`bilik-agent doctor`: asks the running agent, or tells what can be told without one; a line for each thing looked at."""

import json
import os
import platform
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from agent.adapters.clock import SystemClock, wall_ms
from agent.adapters.doctor_door import UnixDoctorDoor, ask_agent, door_path
from agent.adapters.health import PsutilHealth
from agent.adapters.journal.read_copy import read_copy
from agent.adapters.journal.sqlite_journal import MAX_BYTES
from agent.adapters.network_probe import NetworkProbe
from agent.adapters.shell_link import bind_socket, peer_uid
from agent.config import Config
from agent.core.booth import new_booth
from agent.core.checks import judge
from agent.ports import (
    Central,
    CentralError,
    Credentials,
    CredentialsUnusable,
    DoctorDoor,
    JournalError,
    Nonsense,
    Rejected,
    Unauthorised,
    Untrusted,
)
from agent.supervisor import doctor_answer, enrolment
from agent.supervisor.enrolment import Enrolment, EnrolmentWrong
from protocol.diagnosis import AREAS, FINDINGS, Found, LineMeasured, Verdict
from protocol.maintenance import Diagnosis, RelayTried

EXIT_GOOD, EXIT_BAD, EXIT_UNKNOWN = 0, 1, 2
CLOCK_OFF_S = 300
MOST_RELAYS = 4
TOLD_OFFLINE = ("central", "relay", "bandwidth", "disk", "lockdown", "engine", "system", "uptime")
FAILED = {Untrusted: "untrusted", Nonsense: "unreadable", Unauthorised: "refused"}
MARKS = {
    "id": {Verdict.GOOD: "BAIK ", Verdict.BAD: "BURUK", Verdict.UNKNOWN: "?    "},
    "en": {Verdict.GOOD: "GOOD", Verdict.BAD: "BAD ", Verdict.UNKNOWN: "?   "},
}


class Offline(NamedTuple):
    """What the doctor needs where no agent runs."""

    credentials: Credentials
    connect: Callable[[Enrolment, SystemClock], Central]
    agent_version: str
    engine: str


def door(shell_socket: Path) -> DoctorDoor:
    """Where the running agent is asked."""
    if sys.platform == "win32":
        from agent.adapters.doctor_door import PipeDoctorDoor
        from agent.adapters.pipe_windows import ADMINISTRATORS, SYSTEM, PipeListener, own_sid

        may_ask = frozenset({own_sid(), SYSTEM, ADMINISTRATORS})
        return PipeDoctorDoor(PipeListener(str(door_path(shell_socket)), allowed=may_ask))
    else:  # noqa: RET505 - mypy takes each system's branch alone
        return UnixDoctorDoor(door_path(shell_socket), uid=os.getuid(), bind=bind_socket, peer_uid=peer_uid)


async def ask(shell_socket: Path) -> bytes | None:
    """What the running agent answers; see ask_agent."""
    if sys.platform == "win32":
        from agent.adapters.pipe_windows import call_pipe

        return await ask_agent(door_path(shell_socket), call=call_pipe)
    else:  # noqa: RET505 - as above
        return await ask_agent(door_path(shell_socket))


async def examine(config: Config, offline: Offline) -> tuple[Found, ...]:
    """The findings, in the order of AREAS; raises AgentError for an account that may not ask."""
    answer = await ask(config.shell_socket)
    if answer is not None:
        return doctor_answer.read(answer)
    found = (
        Found(finding="agent.away"),
        *await _told_offline(config, offline),
        _journal(config.state_dir),
        _token(config.state_dir, offline.credentials),
    )
    return tuple(sorted(found, key=lambda one: list(AREAS).index(FINDINGS[one.finding].area)))


def exit_code(found: tuple[Found, ...]) -> int:
    """0 all good, 1 something bad, 2 nothing bad, but not all could be told."""
    verdicts = {FINDINGS[one.finding].verdict for one in found}
    if Verdict.BAD in verdicts:
        return EXIT_BAD
    return EXIT_UNKNOWN if Verdict.UNKNOWN in verdicts or not found else EXIT_GOOD


def as_text(found: tuple[Found, ...], language: str) -> str:
    """A line for each, in `id` or `en`, and below a bad one what to do."""
    lines = []
    for one in found:
        row, area = FINDINGS[one.finding], AREAS[FINDINGS[one.finding].area]
        said, todo = (row.sentence_id, row.todo_id) if language == "id" else (row.sentence_en, row.todo_en)
        name = area[0] if language == "id" else area[1]
        lines.append(f"{MARKS[language][row.verdict]}  {name}: {_filled(said, one)}")
        if todo:
            lines.append(f"       -> {_filled(todo, one)}")
    return "\n".join(lines)


def as_json(found: tuple[Found, ...]) -> str:
    """The same for programs: code, verdict, gaps, and the sentences in both languages."""
    rows = []
    for one in found:
        row = FINDINGS[one.finding]
        rows.append(
            {
                "finding": one.finding,
                "verdict": row.verdict.value,
                "gaps": one.gaps,
                "id": _filled(row.sentence_id, one),
                "en": _filled(row.sentence_en, one),
                "todo_id": _filled(row.todo_id, one),
                "todo_en": _filled(row.todo_en, one),
            }
        )
    return json.dumps({"exit": exit_code(found), "found": rows}, ensure_ascii=False)


def _filled(sentence: str, one: Found) -> str:
    return sentence.format_map(defaultdict(lambda: "?", one.gaps))


# ---- without an agent ---------------------------------------------------------------------------------------------


async def _told_offline(config: Config, offline: Offline) -> list[Found]:
    """What judge says of the areas that need no agent, and the PC's clock against central's."""
    central, line = await _try_central(config.state_dir, offline)
    relays = () if line is None else line.relays[:MOST_RELAYS]
    probe = NetworkProbe()
    health = PsutilHealth(boot_s=SystemClock(boot_id="doctor").boot_s)
    changed = health.lock_changed()
    diagnosis = Diagnosis(
        agent_version=offline.agent_version,
        uptime_s=health.uptime_s(),
        memory_bytes=0,
        disk_free_bytes=health.disk_free_bytes(config.state_dir),
        central=central,
        relays=tuple([RelayTried(address=at[:200], answered=await probe.answers(at)) for at in relays]),
        relays_known=line is not None,
        up_kbit_s=None if line is None else line.up_kbit_s,
        down_kbit_s=None if line is None else line.down_kbit_s,
        engine=offline.engine[:200],
        operating_system=platform.platform()[:200],
        lock_watched=health.lock_watched(),
        lock_changed=None if changed is None else changed[:200],
    )
    told = [one for one in judge(diagnosis, new_booth()) if FINDINGS[one.finding].area in TOLD_OFFLINE]
    return [*told, _clock(None if line is None else round(abs(wall_ms() - line.central_ms) / 1000))]


async def _try_central(state_dir: Path, offline: Offline) -> tuple[str, LineMeasured | None]:
    """How central answered (see protocol.maintenance.Diagnosis), and the line where it could be measured."""
    try:
        where, token = enrolment.load(state_dir), offline.credentials.read()
    except (EnrolmentWrong, CredentialsUnusable):
        return "untried", None
    if where is None or token is None:
        return "not_enrolled", None
    clock = SystemClock()
    central = offline.connect(where, clock)
    central.use_token(token)
    try:
        return "reached", await central.try_line(clock.boot_id)
    except Rejected:
        return "reached", None
    except CentralError as error:
        return FAILED.get(type(error), "unreachable"), None
    finally:
        await central.close()


def _clock(off_s: int | None) -> Found:
    if off_s is None:
        return Found(finding="clock.unknown")
    return Found(finding="clock.agrees" if off_s <= CLOCK_OFF_S else "clock.differs", gaps={"off_s": off_s})


def _journal(state_dir: Path) -> Found:
    """Read from a copy, so that nothing is changed and an agent that starts meanwhile finds it free."""
    try:
        saved = read_copy(state_dir / "journal.sqlite3", max_bytes=MAX_BYTES)
    except JournalError:
        return Found(finding="journal.failing")
    return Found(finding="journal.damaged" if saved.set_aside is not None else "journal.readable")


def _token(state_dir: Path, credentials: Credentials) -> Found:
    try:
        is_kept = enrolment.load(state_dir) is not None and credentials.read() is not None
    except (EnrolmentWrong, CredentialsUnusable):
        return Found(finding="token.unreadable")
    return (
        Found(finding="token.kept", gaps={"place": credentials.place()[:200]})
        if is_kept
        else Found(finding="token.missing")
    )
