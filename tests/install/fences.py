"""What the accounts of a booth may not do, tried inside it."""

from tests.install.box import Box
from tests.install.ledger import Ledger, Row
from tests.install.site import Site

CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=3).close()"
TAKE = "import socket, sys; s = socket.socket(); s.setsockopt(1, 2, 1); s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen()"
PAGE_PORT = "47180"


class Fences:
    """Each group of tries is one step of the ledger."""

    def __init__(self, box: Box, site: Site, ledger: Ledger) -> None:
        self._box = box
        self._site = site
        self._ledger = ledger

    def all(self) -> None:
        """One after the other."""
        self._network()
        self._powers()
        self._page_port()
        self._score()

    def _reaches(self, account: str, host: str, port: int) -> bool:
        return self._as(account, "python3", "-c", CONNECT, host, str(port)) == 0

    def _as(self, account: str, *command: str) -> int:
        return self._box.code("runuser", "-u", account, "--", *command)

    def _network(self) -> None:
        with self._ledger.step("firewall: each account reaches what it needs and nothing else") as row:
            host, central, relay = self._site.address, self._site.door.port, self._site.relay.port
            other = self._site.central.port
            row.expect(self._reaches("bilik-agent", host, central), "the agent cannot reach central")
            row.expect(not self._reaches("bilik-kiosk", host, central), "the kiosk reaches central")
            row.expect(self._reaches("bilik-kiosk", host, relay), "the kiosk cannot reach the relay")
            row.expect(not self._reaches("bilik-agent", host, other), "the agent reaches another port")
            row.expect(not self._reaches("bilik-kiosk", host, 443), "the kiosk reaches the web")
            row.expect(not self._reaches("nobody", host, central), "nobody reaches central")
            row.expect("drop" in self._box.run("nft", "list", "chain", "inet", "bilik", "in"), "all may come in")

    def _powers(self) -> None:
        with self._ledger.step(
            "the agent may restart the kiosk and nothing else; the kiosk account may nothing"
        ) as row:
            self._may(row, "bilik-agent", ("restart", "bilik-kiosk.service"), True)
            self._may(row, "bilik-agent", ("stop", "bilik-kiosk.service"), False)
            self._may(row, "bilik-agent", ("restart", "systemd-logind.service"), False)
            self._may(row, "bilik-agent", ("stop", "bilik-firewall.service"), False)
            self._may(row, "bilik-kiosk", ("restart", "bilik-kiosk.service"), False)
            row.expect(self._can_reboot("bilik-agent") == "yes", "the agent cannot restart the PC")
            row.expect(self._can_reboot("bilik-kiosk") == "no", "the kiosk account can restart the PC")
            row.expect(self._box.code("su", "-", "bilik-kiosk", "-c", "true") != 0, "the kiosk account has a shell")
            shadow = self._box.run("getent", "shadow", "bilik-kiosk", "bilik-agent")
            row.expect(all(line.split(":")[1][0] in "!*" for line in shadow.splitlines()), "an account has a password")

    def _can_reboot(self, account: str) -> str:
        manager = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")
        return self._box.run("runuser", "-u", account, "--", "busctl", "call", *manager, "CanReboot").split('"')[1]

    def _may(self, row: Row, account: str, words: tuple[str, ...], allowed: bool) -> None:
        done = self._as(account, "systemctl", "--no-ask-password", *words) == 0
        row.expect(done is allowed, f"{account} {'may' if done else 'may not'} {' '.join(words)}")

    def _page_port(self) -> None:
        with self._ledger.step("the page's port is held while the agent is away") as row:
            self._box.run("systemctl", "stop", "bilik-agent.service")
            taken = self._as("nobody", "python3", "-c", TAKE, PAGE_PORT) == 0
            self._box.run("systemctl", "start", "bilik-agent.service")
            row.expect(not taken, "somebody else took it")

    def _score(self) -> None:
        with self._ledger.step("systemd-analyze: units are right, the agent's exposure is at most 2.5") as row:
            names = self._box.run("sh", "-c", "ls /etc/systemd/system/bilik-*.*").split()
            said = self._box.run("systemd-analyze", "verify", *names, check=False)
            about_ours = [line for line in said.splitlines() if "bilik" in line]
            row.note(verify=about_ours)
            score = self._box.run("systemd-analyze", "security", "--no-pager", "bilik-agent.service").splitlines()[-1]
            exposure = float(score.split(":")[1].split()[0])
            row.note(exposure=exposure)
            row.expect(exposure <= 2.5, score)
            row.expect(not about_ours, "; ".join(about_ours))
