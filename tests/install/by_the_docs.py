"""From packages to a call by the documents alone: a server by server.md, a booth by technician.en.md, every block typed as it stands."""

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from tests.install import disk
from tests.install.booth import Booth
from tests.install.box import Box
from tests.install.guide import SERVER, TECHNICIAN, block, blocks
from tests.install.ledger import Ledger
from tests.install.road import road
from tests.install.typist import Typist
from tests.stage.browsers import Browsers, Family, Officer
from tests.stage.stage import Stage
from tests.stage.waiting import boot_s, wait_for

NAME = "bilik.contoh.test"
ROOM_NET, BOOTH_NET = "10.96.0", "10.97.0"
ACCOUNT = disk.TECHNICIAN
ACCOUNT_PASSWORD, SUPERVISOR_PASSWORD, PIN = "gunung-merapi-3", "samudra-luas-27", "27182818"
STICK = "/srv/stick"
TALK_S = 30
SUDO = {f"password for {ACCOUNT}:": ACCOUNT_PASSWORD, "Do you want to continue? [Y/n]": "y"}
ROOT = {"Do you want to continue? [Y/n]": "y", "Password: ": SUPERVISOR_PASSWORD}

STANDS_IN = {
    "the USB stick": f"a folder, bound to /mnt where the guide mounts /dev/sdb1 ({STICK})",
    "the DNS": f"{NAME} in /etc/hosts of both",
    "screen, camera, microphone": "memory, and what the web engine makes up",
    "systemctl reboot": "the box is shut down and booted",
    "the test call": f"{TALK_S} s instead of 120 s, due after 5 s instead of 60 s",
}
"""What a container lacks."""


class ByTheDocs:
    """Two bare PCs, the office's browser and a phone."""

    def __init__(self, stage: Stage, ledger: Ledger, cache: Path, *, dist: Path, out: Path) -> None:
        self._stage, self._ledger, self._dist, self._out = stage, ledger, dist, out
        base = disk.plain_debian(cache, ACCOUNT_PASSWORD)
        self._room = Box(base, cache / "room", stage.logs, name="bilik-room", net=ROOM_NET)
        self._pc = Box(base, cache / "pc", stage.logs, name="bilik-pc", net=BOOTH_NET)
        self._booth = Booth(self._pc, None, out)
        self._enrolment = self._terminal = ""
        self._began_s = 0.0

    def run(self) -> None:
        """All of it; what it took in sum is a row of its own."""
        with road(ROOM_NET, BOOTH_NET):
            for box in (self._room, self._pc):
                box.unpack()
                self._stage.ends(box.throw_away)
                self._switch_on(box)
            try:
                self._walk()
            finally:
                for box in (self._room, self._pc):
                    box.keep_journal()

    def _walk(self) -> None:
        self._began_s = boot_s()
        self._serve()
        self._office()
        self._install()
        self._call()
        self._give_back()

    def _switch_on(self, box: Box) -> None:
        box.write("/etc/resolv.conf", Path("/etc/resolv.conf").read_text(encoding="utf-8"))
        box.write("/etc/hosts", f"127.0.0.1 localhost\n127.0.1.1 {box.name}\n{self._room.address} {NAME}\n")
        box.write("/etc/hostname", f"{box.name}\n")
        box.boot()

    # ---- the server -----------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        """server.md, 1 to 6, in a closed network."""
        root = Typist(self._room, "root", ROOT)
        with self._ledger.step("docs run: server.md 1, the packages of the server", needed=True):
            shutil.copy(self._package("bilik-central"), self._room.root / "root")
            install, *_ = blocks(SERVER, "1. Install")
            root.type(install.replace("bilik.example.org", NAME))
        with self._ledger.step("docs run: server.md 2 to 5, secrets, relay, central, TLS", needed=True) as row:
            for heading in ("2. Secrets", "3. The relay", "4. Central", "5. TLS"):
                said = [root.type(one) for one in blocks(SERVER, heading)]
                row.expect(heading[0] != "4" or '"ready":true' in said[-1], said[-1])
        with self._ledger.step("docs run: server.md 6, the first facility, supervisor and booth", needed=True) as row:
            said = "\n".join(root.type(one) for one in blocks(SERVER, "6. The first facility"))
            row.expect(f"https://{NAME}#" in said and "~" in said, said)

    def _office(self) -> None:
        with self._ledger.step("docs run: a supervisor adds a booth and sees its code", needed=True) as row:
            flags = (f"--host-resolver-rules=MAP {NAME} {self._room.address}", "--ignore-certificate-errors")
            browsers = Browsers(*flags)
            self._stage.ends(browsers.close)
            self._browsers = browsers
            self._desk = Officer(browsers, f"https://{NAME}")
            self._desk.log_in("siti", SUPERVISOR_PASSWORD)
            self._desk.page.goto(f"https://{NAME}/terminals")
            self._desk.page.fill("form [name=name]", "Bilik 3")
            self._desk.page.press("form [name=name]", "Enter")
            self._enrolment = self._desk.page.inner_text("#enrolment").strip()
            self._desk.screenshot(self._out / "docs-enrolment.png")
            self._terminal = str(self._desk.page.get_attribute("a.act", "href")).rpartition("/")[2]
            row.expect(self._enrolment.startswith(f"https://{NAME}#") and "~" in self._enrolment, "no whole code")

    # ---- the booth ------------------------------------------------------------------------------------------------

    def _install(self) -> None:
        """technician.en.md, Install."""
        hands = Typist(self._pc, ACCOUNT, SUDO)
        self._plug_in_the_stick()
        with self._ledger.step("docs run: technician.en.md 2 to 4, the packages of the booth", needed=True) as row:
            for words in ("debian_version", "sudo mount", "sudo apt install"):
                text = block(TECHNICIAN, "Install", words)
                said = hands.type(text.replace("mount /dev/sdb1", f"mount --bind {STICK}"))
            row.expect(said.split()[-1][0].isdigit(), said)
        disk.lend_a_screen(self._pc)
        with self._ledger.step("docs run: 5, sudo bilik-install", needed=True) as row:
            began_s = boot_s()
            said = hands.type(block(TECHNICIAN, "Install", "sudo bilik-install\n"), more=self._answers())
            row.expect("All holds." in said, said[-3000:])
            row.note(said=said.splitlines()[-30:])
            self._booth.wait_until_idle(since_s=began_s)
        with self._ledger.step("docs run: 6, restarted, the booth waits for a visit", needed=True):
            self._pc.shut_down()
            began_s = boot_s()
            self._switch_on(self._pc)
            self._booth.wait_until_idle(since_s=began_s)
            self._booth.picture("docs-idle")
        with self._ledger.step("docs run: 7 and 8, Diagnose now, and the lock-down holds") as row:
            row.note(diagnosis=self._diagnose())
            said = hands.type(block(TECHNICIAN, "Install", "bilik-install verify"))
            row.expect("The lock-down holds." in said, said)

    def _plug_in_the_stick(self) -> None:
        stick = self._pc.root / STICK.lstrip("/")
        stick.mkdir(parents=True)
        for name in ("bilik-engine", "bilik-agent"):
            shutil.copy(self._package(name), stick)

    def _answers(self) -> dict[str, str]:
        return {
            "or English?": "en",
            "Enrolment string": self._enrolment,
            "Relay for calls": "",
            "May calls go straight": "",
            "Are meeting links": "",
            "Technician's PIN": PIN,
            "The same again": PIN,
            "Do this now?": "y",
            "Did you hear the tone?": "y",
        }

    def _package(self, name: str) -> Path:
        return max(self._dist.glob(f"{name}_*.deb"), key=lambda file: file.stat().st_mtime)

    def _diagnose(self) -> list[str]:
        page = self._desk.page
        page.goto(f"https://{NAME}/terminals/{self._terminal}")
        page.click("form[action$='/run_diagnosis'] button")
        lines = "section[aria-labelledby=diagnosis-name] li"
        wait_for(lambda: page.reload() and page.query_selector(lines), within_s=60, what="the diagnosis", every_s=2)
        self._desk.screenshot(self._out / "docs-diagnosis.png")
        return [one.replace("\n", ": ") for one in page.locator(lines).all_inner_texts()]

    # ---- the call -------------------------------------------------------------------------------------------------

    def _call(self) -> None:
        """technician.en.md, Test a call."""
        with self._ledger.step("docs run: a whole test call in the installed kiosk") as row:
            since_s = boot_s()
            text = block(TECHNICIAN, "Test a call", "session add").replace("t-1", self._terminal).replace("+60", "+5")
            typed = text.replace("--talk 120", f"--talk {TALK_S}").replace("bilik-central ", "central ", 1)
            said = Typist(self._room, "root", ROOT).type(typed)
            link = next(word for word in said.split() if "/join#" in word)
            family = Family(self._browsers, link)
            family.open()
            family.page.click("#start")
            self._booth.press("Rules", since_s)
            self._booth.press("Waiting", since_s)
            family.page.click("#go", timeout=60_000)
            self._desk.page.goto(f"https://{NAME}/board")
            self._desk.press("admit")
            talking = self._booth.wait_for_entry("state", since_s=since_s, visit="talking")
            row.note(from_packages_to_call_s=round(float(talking["boot_s"]) - self._began_s, 1))
            frames = wait_for(family.frames, within_s=20, what="the booth's picture on the phone", every_s=0.3)
            self._booth.picture("docs-call")
            family.wait_for_text("selesai", within_s=TALK_S + 30)
            row.note(frames_seen=frames)
            family.context.close()
            usage = wait_for(self._usage, within_s=60, what="the usage record at central", every_s=1)
            row.note(end_reason=usage["end_reason"], talked_s=usage["talk_delivered_ms"] / 1000)
            row.expect(usage["end_reason"] == "completed", str(usage))
        self._ledger.about["docs_run"] = self._times()

    def _usage(self) -> dict[str, Any]:
        """The record of the one call; empty before there is one."""
        kept = self._room.root / "var/lib/bilik-central/bilik.sqlite3"
        store = sqlite3.connect(f"file:{kept}?mode=ro", uri=True, timeout=10)
        try:
            rows = store.execute("select body from usage where not provisional").fetchall()
        finally:
            store.close()
        return dict(json.loads(rows[0][0])) if rows else {}

    def _times(self) -> dict[str, object]:
        mine = [row for row in self._ledger.rows if row.what.startswith("docs run: ")]
        steps = {row.what.removeprefix("docs run: "): row.took_s for row in mine}
        total = {key: value for row in mine for key, value in row.facts.items() if key.startswith("from_")}
        return {"seconds": steps, **total, "stands_in": STANDS_IN}

    def _give_back(self) -> None:
        """technician.en.md, Give a PC back."""
        hands = Typist(self._pc, ACCOUNT, {**SUDO, "Do this now?": "y"})
        self._booth.wait_until_idle(since_s=0)
        with self._ledger.step("docs run: given back by the guide") as row:
            first, then = blocks(TECHNICIAN, "Give a PC back")
            row.expect("The PC is as it was" in hands.type(first), "uninstall did not say so")
            hands.type(then.replace("sudo systemctl reboot", "true"))
            left = self._pc.run("sh", "-c", "ls -d /usr/lib/bilik /etc/bilik /var/lib/bilik* 2>/dev/null", check=False)
            row.expect(not left.strip(), left)
