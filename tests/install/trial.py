"""The trial from a bare Debian to a booth and back, as a list of steps."""

import time
from pathlib import Path

from tests.install import disk, snapshot
from tests.install.booth import Booth
from tests.install.box import Box
from tests.install.fences import Fences
from tests.install.ledger import Ledger
from tests.install.mischief import Mischief
from tests.install.purge import Purge
from tests.install.site import Site
from tests.stage.stage import Stage
from tests.stage.waiting import boot_s, wait_for

TALK_S = 20
LONG_TALK_S = 60


class Trial:
    """One box from its first boot to its last."""

    def __init__(self, stage: Stage, box: Box, ledger: Ledger, *, dist: Path, out: Path) -> None:
        self._box = box
        self._ledger = ledger
        self._dist = dist
        self._site = Site(stage)
        self.booth = Booth(box, self._site, out)
        self._files: dict[str, str] = {}
        self._units: dict[str, str] = {}
        self._began_s = self._ended_s = 0.0
        self._purge = Purge(box, ledger, dist)

    def run(self) -> None:
        """All of it."""
        self._prepare()
        self._install()
        self._first_boot()
        self._call()
        self._mistreat()
        Fences(self._box, self._site, self._ledger).all()
        self._technician()
        self._drift()
        self._rescue()
        self._uninstall()

    # ---- there ----------------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        with self._ledger.step("a bare Debian boots", needed=True) as row:
            row.note(boot_s=round(self._box.boot(), 2))
        self._purge.before()
        self._began_s = boot_s()
        with self._ledger.step("Bilik's programs are put on it", needed=True) as row:
            row.note(how=disk.put_programs(self._box, self._dist))
            disk.put_screen(self._box)
        self._box.shut_down()
        self._box.boot()
        self._units = snapshot.units(self._box)
        self._box.shut_down()
        with self._ledger.step("what is on the disk before", needed=True) as row:
            self._files = snapshot.files(self._box.root)
            row.note(files=len(self._files), units=len(self._units))
        self._box.boot()

    def _install(self) -> None:
        relay = f"{self._site.relay.host}:{self._site.relay.port}"
        with self._ledger.step("bilik-install --enrolment", needed=True) as row:
            command = ("bilik-install", "--language", "en", "--yes", "--enrolment", "-", "--turn", relay)
            began_s = boot_s()
            said = self._box.run(*command, given=self._site.enrolment + "\n")
            row.note(install_s=round(boot_s() - began_s, 2))
            row.expect("All holds" in said, said[-1500:])
            row.note(idle_s=round(self.booth.wait_until_idle(since_s=began_s) - began_s, 2))
            self.booth.picture("1-first-start")
        with self._ledger.step("a second run has nothing to do") as row:
            row.expect("set up already" in self._box.run("bilik-install", "--yes"), "it did something")

    def _first_boot(self) -> None:
        with self._ledger.step("restarted: the booth comes up by itself", needed=True) as row:
            self._box.shut_down()
            began_s = boot_s()
            self._box.boot()
            row.note(idle_s=round(self.booth.wait_until_idle(since_s=began_s) - began_s, 2))
            self.booth.picture("2-idle")
            self._holds()
        with self._ledger.step("the web engine runs in its own sandbox") as row:
            shown = self._box.run("pgrep", "--list-full", "--uid", "bilik-kiosk", "QtWebEngine")
            row.expect("--type=zygote" in shown and "--no-sandbox" not in shown, shown)

    def _holds(self) -> None:
        said = self._box.run("bilik-install", "verify", check=False)
        assert "The lock-down holds" in said, said

    # ---- calls ----------------------------------------------------------------------------------------------------

    def _call(self) -> None:
        with self._ledger.step("a whole call in the kiosk's session") as row:
            call = self.booth.begin_call("001", talk_s=TALK_S)
            row.note(programs_to_call_s=round(boot_s() - self._began_s, 1))
            self.booth.picture("3-call")
            frames = wait_for(call.family.frames, within_s=20, what="the booth's picture on the phone", every_s=0.3)
            usage = call.usage()
            self._ended_s = usage["ended_at_ms"] / 1000 - (time.time() - boot_s())
            row.note(
                end_reason=usage["end_reason"],
                talked_s=usage["talk_delivered_ms"] / 1000,
                interruptions=usage["interruptions"],
                frames_seen=frames,
            )
            row.expect(usage["end_reason"] == "completed", str(usage))
            call.leave()

    def _mistreat(self) -> None:
        with self._ledger.step("a second call begins", needed=True):
            self.booth.wait_until_idle(since_s=self._ended_s)
            call = self.booth.begin_call("002", talk_s=LONG_TALK_S)
        Mischief(self._box, self.booth, self._ledger).all(call)
        with self._ledger.step("that call ends once and whole") as row:
            usage = call.usage()
            row.note(
                end_reason=usage["end_reason"],
                talked_s=usage["talk_delivered_ms"] / 1000,
                interruptions=usage["interruptions"],
            )
            row.expect(usage["end_reason"] == "completed", str(usage))
            call.leave()

    # ---- what people change ---------------------------------------------------------------------------------------

    def _technician(self) -> None:
        with self._ledger.step("the technician's login takes the screen and gives it back") as row:
            self._box.run("runuser", "-u", "bilik-agent", "--", "systemctl", "start", "bilik-technician.target")
            wait_for(lambda: not self.booth.pid_of("Xorg"), within_s=10, what="the kiosk's session to end")
            active = self._box.code("systemctl", "is-active", "--quiet", "bilik-technician.target") == 0
            row.expect(active, "the technician's target is not there")
            since_s = boot_s()
            self._box.run("systemctl", "start", "bilik-kiosk.service")
            self.booth.wait_until_idle(since_s=since_s)
            gone = self._box.code("systemctl", "is-active", "--quiet", "bilik-login.service") != 0
            row.expect(gone, "the login is still there")

    def _drift(self) -> None:
        with self._ledger.step("what is changed is named, shown as KUN-2, and mended") as row:
            self._box.run("rm", "/etc/systemd/system/getty@.service")
            self._box.run("sh", "-c", "echo >> /etc/polkit-1/rules.d/10-bilik.rules; nft flush ruleset")
            self._box.run("usermod", "-a", "-G", "disk", "bilik-kiosk")
            found = self._box.run("bilik-install", "verify", check=False).splitlines()
            row.note(found=found)
            row.expect(len(found) == 4, "\n".join(found))
            self._box.run("systemctl", "start", "bilik-verify.service")
            wait_for(lambda: "KUN-2" in self.booth.faults(), within_s=30, what="KUN-2 to stand", every_s=0.5)
            self.booth.picture("4-changed")
            self._box.run("bilik-install", "--yes", check=False)
            self._holds()
            self._box.run("systemctl", "start", "bilik-verify.service")
            wait_for(lambda: "KUN-2" not in self.booth.faults(), within_s=30, what="KUN-2 to go", every_s=0.5)

    def _rescue(self) -> None:
        with self._ledger.step("rescue, from outside: no kiosk at the next boot, and a login") as row:
            self._box.pull_plug()
            said: list[str] = []
            disk.rescue(self._box, said.append)
            row.note(said=said)
            self._box.boot()
            row.expect(not self.booth.pid_of("Xorg"), "the kiosk came up")
            for unit in ("getty@tty1.service", "serial-getty@ttyS0.service", "ctrl-alt-del.target"):
                state = self._box.run("systemctl", "show", "--property=LoadState", "--value", unit).strip()
                row.expect(state == "loaded", f"{unit} is {state}")

    # ---- and back -------------------------------------------------------------------------------------------------

    def _uninstall(self) -> None:
        with self._ledger.step("bilik-install uninstall") as row:
            began_s = boot_s()
            said = self._box.run("bilik-install", "uninstall", "--yes")
            row.note(uninstall_s=round(boot_s() - began_s, 2))
            row.expect("The PC is as it was" in said, said)
        self._box.shut_down()
        with self._ledger.step("the disk is as it was before") as row:
            found = snapshot.differences(self._files, snapshot.files(self._box.root))
            row.note(differences=found, left_out=sorted(snapshot.LEFT_OUT))
            row.expect(not found, "\n".join(found))
        with self._ledger.step("and so are the units of the next boot") as row:
            self._box.boot()
            found = snapshot.differences(self._units, snapshot.units(self._box))
            row.note(differences=found)
            row.expect(not found, "\n".join(found))
        if len(disk.packages(self._dist)) == 2:
            self._purge.after()
        self._box.shut_down()
