"""The plan for Windows: from answers and edition to the list of steps, in the order they are done; nothing here touches the PC."""

from collections.abc import Iterable, Iterator

import msgspec

from installer.answers import Answers
from installer.steps import Look, Step
from installer.windows.editions import Lock
from installer.windows.embedded import SetEmbedded
from installer.windows.folders import HaveOwnFolder, PutText
from installer.windows.kinds import HaveKioskAccount, HaveService, HaveTask, ServiceRuns
from installer.windows.policies import (
    FEATURES,
    FILTER_SETTINGS,
    FILTERED_KEYS,
    KEYS,
    LOGIN,
    SHELL,
    Setting,
    common_settings,
    embedded_settings,
    policy_settings,
)
from installer.windows.ports import EVERYBODY, Item, Service, WindowsPc
from installer.windows.values import SetValue

AGENT = "the agent runs, as a service under an account of its own"
WATCH = "the lock-down is looked at every two minutes"
ACCOUNT = "the kiosk's account: a plain user without password"

DATA = r"C:\ProgramData"
FOLDER = DATA + r"\Bilik-install"
STATE = DATA + r"\Bilik"
CONFIG = STATE + r"\agent.toml"
REPORTS = DATA + r"\Bilik-report"
REPORT = REPORTS + r"\drift.json"
PIPE = r"\\.\pipe\bilik-shell"
DESKTOP = "explorer.exe"
VERIFY_TASK = "bilik-verify"
EVERY_MIN = 2

PcStep = Step[WindowsPc]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the programs are: the folder that the setup made."""

    programs: str

    @property
    def python(self) -> str:
        """The Python that runs them."""
        return f"{self.programs}\\python\\python.exe"

    @property
    def shell(self) -> str:
        """The command of the kiosk's shell, without a console window; the account is put in by `shell_of`."""
        return f'"{self.programs}\\python\\pythonw.exe" -m kiosk_ui.shell --socket {PIPE}'

    def shell_of(self, account: str) -> str:
        """The command of the kiosk's shell for this account."""
        return f"{self.shell} --account {account}"

    @property
    def service(self) -> str:
        """The command of the agent's service."""
        return f'"{self.python}" -m installer.windows.service'

    @property
    def verify(self) -> str:
        """The command of the look at the lock-down."""
        return f'"{self.python}" -m installer verify --quiet --report {REPORT}'


def agent_service(answers: Answers, place: Place) -> Service:
    """The agent as a service: a virtual account, which has no password and nobody can log in with."""
    account = f"NT SERVICE\\{answers.agent_account}"
    return Service(name=answers.agent_account, command=place.service, account=account, words="Bilik agent")


def plan(answers: Answers, lock: Lock, place: Place) -> list[PcStep]:
    """Everything up to the point where the agent can be told secrets; the automatic login comes last of the lock."""
    return [*_embedded_features(lock), *_programs(answers, place)]


def starts(answers: Answers, lock: Lock, place: Place) -> list[PcStep]:
    """What is done once the agent is enrolled: from the next restart on the PC is a booth."""
    running = ServiceRuns(target=answers.agent_account, why=AGENT)
    task = HaveTask(target=VERIFY_TASK, command=place.verify, every_min=EVERY_MIN, why=WATCH)
    return [running, *_lock(answers, lock, place), task]


def looks(answers: Answers, lock: Lock, place: Place) -> list[Look[WindowsPc]]:
    """What is looked at on a PC that is a booth."""
    return [*plan(answers, lock, place), *starts(answers, lock, place)]


def agent_toml(answers: Answers) -> str:
    """The agent's settings; a vault of Windows belongs to who fills it, which is not the agent: hence the file."""
    lines = [
        "# Written by bilik-install.",
        *("[agent]", f"state_dir = '{STATE}'", f"shell_user = '{answers.kiosk_account}'", "", "[page]"),
        *(f"port = {answers.page_port}", "", "[credentials]", 'store = "file"'),
        *(("", "[central]", f"ca_file = '{answers.ca_file}'") if answers.ca_file else ()),
    ]
    return "\n".join(lines) + "\n"


def _embedded_features(lock: Lock) -> Iterator[PcStep]:
    """First of all, because Windows must be restarted between these and the rest."""
    if lock is Lock.EMBEDDED:
        for name in FEATURES:
            yield SetEmbedded(item=Item.FEATURE, name=name, value="on", why=KEYS)


def _programs(answers: Answers, place: Place) -> Iterator[PcStep]:
    service = agent_service(answers, place)
    yield HaveKioskAccount(target=answers.kiosk_account, why=ACCOUNT)
    yield HaveService(service=service, why=AGENT)
    yield HaveOwnFolder(target=STATE, account=service.account, why=AGENT)
    yield HaveOwnFolder(target=REPORTS, account=service.account, why=WATCH)
    yield PutText(target=CONFIG, content=agent_toml(answers), why=AGENT)


def _lock(answers: Answers, lock: Lock, place: Place) -> Iterator[PcStep]:
    shell = place.shell_of(answers.kiosk_account)
    if lock is Lock.EMBEDDED:
        yield from _values(embedded_settings())
        yield from _embedded(answers, shell)
    else:
        yield from _values(policy_settings(shell))
    settings = list(common_settings(answers.kiosk_account))
    yield from _values(one for one in settings if one.why != LOGIN)
    yield from _values(one for one in settings if one.why == LOGIN)


def _embedded(answers: Answers, shell: str) -> Iterator[PcStep]:
    yield SetEmbedded(item=Item.SHELL, name=EVERYBODY, value=DESKTOP, why=SHELL)
    yield SetEmbedded(item=Item.SHELL, name=answers.kiosk_account, value=shell, why=SHELL)
    yield SetEmbedded(item=Item.LAUNCHER, name="", value="on", why=SHELL)
    for name, value in FILTER_SETTINGS.items():
        yield SetEmbedded(item=Item.FILTER, name=name, value=value, why=KEYS)
    for name in FILTERED_KEYS:
        yield SetEmbedded(item=Item.KEY, name=name, value="on", why=KEYS)


def _values(settings: Iterable[Setting]) -> Iterator[PcStep]:
    for one in settings:
        yield SetValue(key=one.key, name=one.name, value=one.value, why=one.why)
