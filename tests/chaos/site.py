"""Everything a chaos run runs on: central behind its doors, two terminals with their networks, booths and families."""

import contextlib
import shutil
import ssl
import threading
from pathlib import Path
from typing import NamedTuple

import trustme

from tests.chaos.families import BrowserFamily, PacketFamily
from tests.chaos.front import Door, Front
from tests.chaos.glass_booth import SIZE, GlassBooth
from tests.chaos.machine import Machine
from tests.chaos.network import CENTRAL_NAME, Link
from tests.chaos.packet_booth import PacketBooth
from tests.chaos.packets import Sniffer
from tests.chaos.schedule import FAKE, REAL
from tests.chaos.sound import PORT, FamilySound
from tests.chaos.watch import Watch
from tests.stage.central import Central
from tests.stage.network import free_udp_port
from tests.stage.stage import Stage
from tests.stage.waiting import wait_for

SETTINGS = {
    "admit": "automatic",
    "warn_at_s": [10, 5],
    "farewell_s": 1,
    "check_in": "none",
    "check_in_early_s": 2,
    "no_show_inmate_s": 40,
    "join_grace_s": 40,
    "credit_s": 60,
}
UP_S = 40.0


class Place(NamedTuple):
    """One terminal with its people and its path."""

    name: str
    machine: Machine
    watch: Watch
    booth: GlassBooth | PacketBooth
    family: BrowserFamily | PacketFamily
    door: Door
    link: Link | None
    sniffer: Sniffer | None
    sound: FamilySound | None

    def moments(self) -> list[float]:
        """When a packet of the booth's sound reached the family."""
        if self.sniffer is not None:
            return self.sniffer.moments
        return self.sound.moments if self.sound is not None else []


class Certificates:
    """A private authority, central's certificate, and one of an authority that nobody knows."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.file = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.file))
        self.right, self.wrong = _context(authority), _context(trustme.CA())


def _context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(CENTRAL_NAME).configure_cert(context)
    return context


class Site:
    """Built on a stage, which ends all of it; `namespaces` says whether terminals have networks of their own.

    `office` is held by whoever runs a command of central: one at a time, as one officer would.
    """

    def __init__(self, stage: Stage, *, namespaces: bool, window: bool) -> None:
        self._stage = stage
        self._namespaces = namespaces
        self.office = threading.Lock()
        self.front = Front()
        self.front.start()
        stage.ends(self.front.stop)
        self.certificates = Certificates(stage.home)
        self.central = self._open_central()
        self.facility = self.central.add_facility("Rutan Uji", **SETTINGS)
        names = [REAL, FAKE] if window else [FAKE]
        self.places = {name: self._place(number + 1, name) for number, name in enumerate(names)}

    def _open_central(self) -> Central:
        """Central listens on a port that only its doors know."""
        central = Central(self._stage.home, self._stage.logs)
        self.family_door = self.front.open(Door("127.0.0.1", central.port))
        url = f"http://127.0.0.1:{self.family_door.port}"
        central._serve = ("--public-url", url)
        central.start()
        self._stage.ends(lambda: central.stop())
        return central

    # ---- a terminal -----------------------------------------------------------------------------------------------

    def _place(self, number: int, name: str) -> Place:
        link = self._link(number) if self._namespaces else None
        host = "127.0.0.1" if link is None else link.addresses.outside
        tls = None if link is None else self.certificates.right
        door = self.front.open(Door(host, self.central.port, tls))
        machine = self._machine(name, link, door)
        watch = Watch(machine)
        self._stage.ends(watch.stop)
        self._stage.ends(machine.stop)
        machine.begin()
        watch.start()
        make = self._with_window if name == REAL else self._with_packets
        booth, family, sound = make(machine, watch, link)
        sniffer = self._sniffer(link)
        for one in (booth, family):
            one.start()
            self._stage.ends(one.stop)
        return Place(name, machine, watch, booth, family, door, link, sniffer, sound)

    def _link(self, number: int) -> Link:
        link = Link(number)
        self._stage.ends(link.close)
        link.open()
        return link

    def _machine(self, name: str, link: Link | None, door: Door) -> Machine:
        machine = Machine(
            name, self._stage.home, self._stage.logs, link, None if link is None else self.certificates.file
        )
        if link is not None:
            machine.mount_state()
        url = f"http://127.0.0.1:{door.port}" if link is None else f"https://{CENTRAL_NAME}:{door.port}"
        made = self.central.command("terminal", "add", name, "--facility", self.facility, "--url", url)
        machine.id = str(made["id"])
        machine.enroll(str(made["enrolment"]))
        return machine

    def _with_window(
        self, machine: Machine, watch: Watch, link: Link | None
    ) -> tuple[GlassBooth, BrowserFamily, FamilySound | None]:
        screen = self._stage.screen(*SIZE)
        machine.start_shell(screen.name)
        wait_for(lambda: watch.window_pid, within_s=UP_S, what="the window to be up", every_s=0.1)
        return GlassBooth(machine, watch, screen), BrowserFamily(), None

    def _with_packets(
        self, machine: Machine, watch: Watch, link: Link | None
    ) -> tuple[PacketBooth, PacketFamily, FamilySound | None]:
        here, there = ("127.0.0.1", "127.0.0.1") if link is None else (link.addresses.outside, link.addresses.booth)
        ports = (PORT, PORT) if link is not None else (free_udp_port(here), free_udp_port(there))
        sound = FamilySound(here, (there, ports[1]), ports[0])
        sound.start()
        self._stage.ends(sound.stop)
        return PacketBooth(machine.shell_socket, link, (here, ports[0]), ports[1]), PacketFamily(sound), sound

    def _sniffer(self, link: Link | None) -> Sniffer | None:
        if link is None:
            return None
        sniffer = Sniffer(link.card, link.addresses.booth)
        sniffer.start()
        self._stage.ends(sniffer.stop)
        return sniffer

    def forget_clocks(self) -> None:
        """Remove what libfaketime leaves behind of agents that were killed."""
        for place in self.places.values():
            for pid in place.machine.agent_pids:
                for leftover in Path("/dev/shm").glob(f"*faketime*_{pid}"):
                    with contextlib.suppress(OSError):
                        leftover.unlink()


def remove(folder: Path) -> None:
    """Begin with an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
