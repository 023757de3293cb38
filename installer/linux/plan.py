"""The plan: from answers to the list of steps, in the order they are done; nothing here touches the machine."""

from collections.abc import Callable, Iterator

import msgspec

from installer.answers import Answers
from installer.linux.accounts import HaveAccount, HaveGroup
from installer.linux.checks import Enrolled, NoLogin, NotAllowed
from installer.linux.files import HaveFolder, PutFile, PutLink
from installer.linux.firewall import rules
from installer.linux.secrets import STATE
from installer.linux.units import FirewallLoaded, KernelSetting, Running, Stopped
from installer.ports import Account
from installer.steps import Look, Step

UNITS = "/etc/systemd/system"
NOLOGIN = "/usr/sbin/nologin"

ACCOUNTS = "accounts without password, shell or sudo"
AGENT = "the agent runs"
KIOSK = "the kiosk's session runs"
CONSOLE = "no virtual terminals and no login on them"
KEYS = "no key that the system acts on itself"
POWER = "no suspend, no lid, no power key"
USB = "no USB disks"
BOOT = "a silent boot, straight to the kiosk"
FIREWALL = "only who has to be spoken with can be reached"
WATCH = "the lock-down is looked at every two minutes"
UPGRADE = "signed releases are installed, and go back by themselves"

LOGINS = (
    *("getty@.service", "serial-getty@.service", "console-getty.service", "container-getty@.service"),
    *("autovt@.service", "debug-shell.service"),
)
SLEEP = ("sleep.target", "suspend.target", "hibernate.target", "hybrid-sleep.target", "suspend-then-hibernate.target")
RUNNING_LOGINS = ("getty@tty1.service", "console-getty.service")
DISPLAY_MANAGER = "display-manager.service"

Read = Callable[[str], str]


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """What the plan is made of: `read` gives a template by its path below installer/; `code` is where the packages are.

    `spared` are units that must not be stopped now, because the technician sits at them; the next boot does not start them.
    """

    read: Read
    code: str
    spared: frozenset[str] = frozenset()


def plan(answers: Answers, sources: Sources) -> list[Step]:
    """Everything up to the point where the agent can be told secrets."""
    page = _Page(answers, sources)
    return [*_accounts(answers), *_stops(sources), *_programs(page), *_lock(page), *_silence(page)]


def starts() -> list[Step]:
    """What is started last: from here on the PC is a booth."""
    return [
        Running(target="bilik-firewall.service", why=FIREWALL),
        FirewallLoaded(target="bilik-firewall.service", why=FIREWALL),
        Running(target="bilik-page.socket", why=AGENT),
        Running(target="bilik-agent.service", why=AGENT),
        Running(target="bilik-verify.timer", why=WATCH),
        Running(target="bilik-upgrade.path", why=UPGRADE),
        Running(target="bilik-kiosk.service", why=KIOSK),
    ]


def checks(answers: Answers) -> list[Look]:
    """What is looked at besides the steps."""
    return [
        Enrolled(AGENT),
        NoLogin(CONSOLE),
        *(NotAllowed(name, ACCOUNTS) for name in (answers.agent_account, answers.kiosk_account)),
    ]


class _Page:
    """Templates filled with the answers."""

    def __init__(self, answers: Answers, sources: Sources) -> None:
        self.answers = answers
        self._read = sources.read
        self._marks = {
            "@AGENT@": answers.agent_account,
            "@KIOSK@": answers.kiosk_account,
            "@GROUP@": answers.group,
            "@PORT@": str(answers.page_port),
            "@CODE@": sources.code,
        }

    def text(self, template: str) -> str:
        """A template with its marks filled in."""
        text = self._read(template)
        for mark, value in self._marks.items():
            text = text.replace(mark, value)
        return text

    def setting(self, template: str, target: str, why: str, *refresh: str) -> PutFile:
        """A file of the system's settings."""
        return PutFile(target=target, content=self.text(f"settings/{template}"), why=why, refresh=refresh)

    def unit(self, name: str, why: str, *, wanted_by: str | None = None, tell: str | None = None) -> Iterator[Step]:
        """A unit, and the link by which a boot starts it."""
        refresh = ("systemd", *(() if tell is None else (tell,)))
        yield PutFile(target=f"{UNITS}/{name}", content=self.text(f"units/{name}"), why=why, refresh=refresh)
        if wanted_by is not None:
            link = f"{UNITS}/{wanted_by}.wants/{name}"
            yield PutLink(target=link, to=f"{UNITS}/{name}", why=why, refresh=("systemd",))


def _accounts(answers: Answers) -> Iterator[Step]:
    agent, kiosk, group = answers.agent_account, answers.kiosk_account, answers.group
    yield HaveGroup(target=group, why=ACCOUNTS)
    yield HaveGroup(target=kiosk, why=ACCOUNTS)
    booth = Account(name=agent, home=STATE, shell=NOLOGIN, comment="Bilik agent", group=group)
    yield HaveAccount(account=booth, why=ACCOUNTS)
    devices = tuple(sorted((group, "audio", "video", "render")))
    screen = Account(
        name=kiosk, home="/run/bilik-kiosk", shell=NOLOGIN, comment="Bilik kiosk", group=kiosk, groups=devices
    )
    yield HaveAccount(account=screen, why=ACCOUNTS)
    yield HaveFolder(target=STATE, mode=0o700, owner=agent, group=group, why=AGENT)


def _programs(page: _Page) -> Iterator[Step]:
    settings = page.text("settings/agent.toml")
    if page.answers.ca_file:
        settings += f'\n[central]\nca_file = "{page.answers.ca_file}"\n'
    yield PutFile(target="/etc/bilik/agent.toml", content=settings, why=AGENT, refresh=("agent",))
    yield page.setting("pam", "/etc/pam.d/bilik-kiosk", KIOSK)
    yield page.setting("polkit.rules", "/etc/polkit-1/rules.d/10-bilik.rules", "the agent may restart the kiosk alone")
    yield from page.unit("bilik-page.socket", AGENT, wanted_by="sockets.target")
    yield from page.unit("bilik-agent.service", AGENT, wanted_by="multi-user.target", tell="agent")
    yield from page.unit("bilik-kiosk.service", KIOSK, wanted_by="multi-user.target", tell="kiosk")
    yield from page.unit("bilik-login.service", "a technician's login")
    yield from page.unit("bilik-technician.target", "a technician's login")
    yield from page.unit("bilik-verify.service", WATCH)
    yield from page.unit("bilik-verify.timer", WATCH, wanted_by="timers.target")
    yield from page.unit("bilik-upgrade.service", UPGRADE, wanted_by="multi-user.target")
    yield from page.unit("bilik-upgrade.path", UPGRADE, wanted_by="multi-user.target")


def _lock(page: _Page) -> Iterator[Step]:
    yield PutFile(
        target="/etc/bilik/firewall.nft", content=rules(page.answers), why=FIREWALL, refresh=("firewall",), mode=0o644
    )
    yield from page.unit("bilik-firewall.service", FIREWALL, wanted_by="sysinit.target", tell="firewall")
    yield page.setting("xorg.conf", "/etc/X11/xorg.conf.d/90-bilik.conf", CONSOLE)
    yield page.setting("logind.conf", "/etc/systemd/logind.conf.d/90-bilik.conf", POWER, "logind")
    yield from (_mask(unit, CONSOLE) for unit in LOGINS)
    yield _mask("ctrl-alt-del.target", KEYS)
    yield page.setting("systemd.conf", "/etc/systemd/system.conf.d/90-bilik.conf", KEYS, "init")
    yield page.setting("sysctl.conf", "/etc/sysctl.d/90-bilik.conf", KEYS)
    yield KernelSetting(target="/proc/sys/kernel/sysrq", value="0", why=KEYS)
    yield from (_mask(unit, POWER) for unit in SLEEP)
    yield page.setting("modprobe.conf", "/etc/modprobe.d/bilik.conf", USB, "initramfs")
    yield page.setting("usb.rules", "/etc/udev/rules.d/90-bilik-usb.rules", USB, "udev")


def _silence(page: _Page) -> Iterator[Step]:
    yield page.setting("grub.cfg", "/etc/default/grub.d/90-bilik.cfg", BOOT, "grub")
    target = "/usr/lib/systemd/system/multi-user.target"
    yield PutLink(target=f"{UNITS}/default.target", to=target, why=BOOT, refresh=("systemd",))


def _stops(sources: Sources) -> Iterator[Step]:
    """Before the masks, so that on the way back they are unmasked before they are started."""
    logins = [Stopped(target=unit, why=CONSOLE) for unit in RUNNING_LOGINS]
    yield from (
        step for step in (*logins, Stopped(target=DISPLAY_MANAGER, why=BOOT)) if step.target not in sources.spared
    )


def _mask(unit: str, why: str) -> PutLink:
    return PutLink(target=f"{UNITS}/{unit}", to="/dev/null", why=why, refresh=("systemd",))
