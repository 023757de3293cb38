"""Wrong certificates and enrolment strings in front of the real agent: nothing is kept, nothing is opened, and it heals by itself."""

import asyncio
import datetime
import hashlib
import ssl
import subprocess
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
import trustme

from protocol import page
from tests.chaos.front import Door
from tests.length import IS_LONG
from tests.stage.stage import Stage
from tests.stage.terminal import Terminal
from tests.stage.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(180), pytest.mark.shortened]
HOST = "127.0.0.1"
WRONG = ("expired", "of another host", "of another authority")
DAY = datetime.timedelta(days=1)


def certificate(authority: trustme.CA, folder: Path, *, host: str = HOST, ended_days_ago: int = -1) -> ssl.SSLContext:
    """A server's certificate with the whole chain, as the set-up of a private authority is to send it."""
    now = datetime.datetime.now(datetime.UTC)
    until = now - ended_days_ago * DAY
    leaf = authority.issue_cert(host, not_before=until - 5 * DAY, not_after=until)
    chain = folder / "chain.pem"
    chain.write_bytes(leaf.private_key_and_cert_chain_pem.bytes() + authority.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context


class Front:
    """TLS before a central of the stage, on a thread of its own."""

    def __init__(self, central_port: int, tls: ssl.SSLContext) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="front", daemon=True)
        self._thread.start()
        self.door = Door(HOST, central_port, tls)
        self._run(self.door.open())

    def use(self, tls: ssl.SSLContext) -> None:
        """From now on with this certificate."""
        self._run(self.door.reopen(tls))

    def close(self) -> None:
        self._run(self.door.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


class Site:
    """A central behind TLS, and one enrolment string that is good."""

    def __init__(self, stage: Stage) -> None:
        self.folder = stage.home
        self.authority = trustme.CA()
        self.good = certificate(self.authority, self.folder)
        self.central = stage.central()
        self.front = Front(self.central.port, self.good)
        stage.ends(self.front.close)
        self.url = f"https://{HOST}:{self.front.door.port}"
        facility = self.central.add_facility("Rutan Uji", check_in_early_s=2)
        made = self.central.command("terminal", "add", "Bilik 1", "--facility", facility, "--url", self.url)
        der = ssl.PEM_cert_to_DER_cert(self.authority.cert_pem.bytes().decode())
        self.hash = hashlib.sha256(der).hexdigest()
        self.code = str(made["enrolment"]).partition("#")[2]
        self.enrolment = f"{self.url}#{self.code}~{self.hash}"


@pytest.fixture
def site(stage: Stage) -> Site:
    return Site(stage)


def refused(terminal: Terminal, text: str) -> str:
    """What `bilik-agent enroll` says to this string; nothing of it may be left."""
    done = subprocess.run(
        terminal._agent_command("enroll", "-"), input=text, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stderr
    kept = [path.name for path in (terminal.home / "state").iterdir()]
    assert not [name for name in kept if name.startswith("enrolment") or "token" in name], kept
    return done.stderr


@pytest.mark.skipif(not IS_LONG, reason="make test-long tries it: eight starts of a program")
def test_a_string_that_is_wrong_or_a_certificate_that_is_not_the_sites_enrols_nothing(stage: Stage, site: Site) -> None:
    terminal = stage.bare_terminal("Bilik 1")
    assert "not trusted" in refused(terminal, f"{site.url}#{site.code}")
    assert "not trusted" in refused(terminal, f"{site.url}#{site.code}~{'0' * 64}")
    assert "does not know" in refused(terminal, f"{site.url}#WRONG-CODE~{site.hash}")
    site.front.use(certificate(site.authority, site.folder, host="192.0.2.1"))
    assert "not trusted" in refused(terminal, site.enrolment)
    site.front.use(site.good)
    terminal.enroll(site.enrolment)
    again = stage.bare_terminal("Bilik 2")
    assert "used already" in refused(again, site.enrolment)


@pytest.mark.parametrize("what", WRONG if IS_LONG else WRONG[:1])
def test_a_certificate_that_turns_wrong_closes_the_booth_until_it_is_right_again(
    stage: Stage, site: Site, what: str
) -> None:
    terminal = stage.bare_terminal("Bilik 1")
    terminal.enroll(site.enrolment)
    terminal.start_agent()
    booth = stage.booth(terminal)
    booth.wait_for_screen(page.Idle)
    wrong = {
        "expired": certificate(site.authority, site.folder, ended_days_ago=1),
        "of another host": certificate(site.authority, site.folder, host="192.0.2.1"),
        "of another authority": certificate(trustme.CA(), site.folder),
    }
    site.front.use(wrong[what])
    shown = booth.wait_for_screen(page.OutOfService)
    assert shown.code == "JAR-3"
    site.front.use(site.good)
    booth.wait_for_screen(page.Idle, within_s=30)
    wait_for(lambda: not terminal.status()["faults"], within_s=10, what="no fault to stand", every_s=0.2)
