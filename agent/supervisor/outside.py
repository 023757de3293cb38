"""Everything outside the supervisor, handed to it by the command line."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent.ports import (
    Central,
    Clock,
    Credentials,
    DoctorDoor,
    Health,
    Journal,
    Network,
    Page,
    PinStore,
    ServiceManager,
    Shell,
)
from agent.supervisor.enrolment import Enrolment


@dataclass(frozen=True, kw_only=True)
class Outside:
    """The adapters, or fakes of them. `connect` makes the client of the central that this PC is enrolled with."""

    clock: Clock
    journal: Journal
    page: Page
    shell: Shell
    credentials: Credentials
    pins: PinStore
    health: Health
    services: ServiceManager
    network: Network
    connect: Callable[[Enrolment], Central]
    state_dir: Path
    agent_version: str
    engine: str = ""
    engine_version: str = ""
    upgrade_outcome: Path = Path("/run/bilik-install/upgrade.json")
    operating_system: str = ""
    doctor: DoctorDoor | None = None
