"""Planted secrets are looked for everywhere a visit leaves something: logs, process lists, files, databases, answers."""

import re
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import psutil
import pytest

from agent.adapters.credentials import NAME, SERVICE
from protocol import page
from tests.stage.central import Called, Central
from tests.stage.fake_page import FakeBooth
from tests.stage.stage import Stage
from tests.stage.terminal import Terminal
from tests.stage.visits import usage_of
from tests.stage.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PIN, WRONG_PIN = "73519284", "60428317"
INMATE, FAMILY = "Zulkarnaen-Q", "Ibu-Wulandari-Q"
PASSWORD = "rahasia-perwira-Q-9"
TURN_SECRET = "rahasia-relai-Q-4711"
MESSAGE = "pesan-perwira-Q-55"
COOKIE = "bilik_page"


class Planted(NamedTuple):
    """One visit that is over, and every secret that it used by its name."""

    central: Central
    terminal: Terminal
    booth: FakeBooth
    home: Path
    logs: Path
    secrets: dict[str, str]
    cmdlines: dict[str, str]


@pytest.fixture(scope="module")
def planted() -> Iterator[Planted]:
    """A whole visit with a PIN, a wrong one before it, an officer's log-in and message, and a relay."""
    with Stage("secrets") as stage:
        secret_file = stage.home / "turn-secret"
        secret_file.write_text(TURN_SECRET)
        secret_file.chmod(0o600)
        serve = ("--turn-url", "turn:127.0.0.1:9?transport=udp", "--turn-secret-file", str(secret_file))
        central = Central(stage.home, stage.logs, serve=serve)
        central.start()
        stage.ends(central.stop)
        facility = central.add_facility(
            "Rutan Uji", admit="automatic", farewell_s=2, check_in="pin", check_in_early_s=2
        )
        central.add_user("perwira", PASSWORD)
        terminal = stage.terminal("Bilik 1", central=central, facility=facility)
        booth = stage.booth(terminal)
        yield _visit(stage, central, terminal, booth)


def _visit(stage: Stage, central: Central, terminal: Terminal, booth: FakeBooth) -> Planted:
    booth.wait_for_screen(page.Idle)
    made = central.command(
        *("session", "add", "--terminal", terminal.id, "--number", "077", "--start", "+0", "--talk", "10"),
        *("--inmate", INMATE, "--family", FAMILY, "--pin", "-"),
        given=PIN + "\n",
    )
    planned = Called(str(made["id"]), str(made["link"]))
    _talk(stage, booth, planned)
    central.order("message", terminal.id, "--session", planned.id, "--text", MESSAGE)
    cookie = _log_in(central)
    cmdlines = _cmdlines(central, terminal)
    booth.wait_for_screen(page.Farewell, within_s=25)
    usage_of(central, planned)
    assert booth._address is not None
    secrets = {
        "device token": (terminal.home / "state" / f"{SERVICE}.{NAME}").read_text().strip(),
        "PIN": PIN,
        "wrong PIN": WRONG_PIN,
        "family token": planned.link.rpartition("#")[2],
        "relay secret": TURN_SECRET,
        "officer's password": PASSWORD,
        "officer's cookie": cookie,
        "page token": booth._address.token,
        "inmate's name": INMATE,
        "family's name": FAMILY,
        "officer's message": MESSAGE,
    }
    return Planted(central, terminal, booth, stage.home, stage.logs, secrets, cmdlines)


def _talk(stage: Stage, booth: FakeBooth, planned: Called) -> None:
    """Check in with a wrong PIN and then the right one, and wait until both talk."""
    booth.wait_for_screen(page.CheckIn)
    booth.enter_pin(WRONG_PIN)
    wait_for(
        lambda: getattr(booth.screen, "refused", None) == "wrong_pin", within_s=10, what="a wrong PIN to be refused"
    )
    booth.enter_pin(PIN)
    assert booth.wait_for_screen(page.Rules).inmate_name == INMATE
    booth.accept_rules()
    booth.wait_for_screen(page.Waiting)
    stage.fake_family(planned).join()
    booth.wait_for_phase("talking")


def _log_in(central: Central) -> str:
    """An officer who mistypes once; returns the cookie of the login."""
    with httpx.Client(base_url=central.url, timeout=20) as browser:
        assert browser.post("/login", data={"name": "perwira", "password": PASSWORD + "x"}).status_code == 403
        assert browser.post("/login", data={"name": "perwira", "password": PASSWORD}).status_code == 303
        assert browser.get("/board").status_code == 200
        return str(browser.cookies["bilik_staff"])


def _processes(central: Central, terminal: Terminal) -> dict[str, psutil.Process]:
    assert central.process is not None
    assert terminal.agent is not None
    return {"central": psutil.Process(central.process.pid), "agent": psutil.Process(terminal.agent.pid)}


def _cmdlines(central: Central, terminal: Terminal) -> dict[str, str]:
    """What anybody sees of our processes in the process list."""
    found = _processes(central, terminal)
    return {
        name: " ".join(one.cmdline() + [f"{k}={v}" for k, v in one.environ().items()]) for name, one in found.items()
    }


def found_in(text: bytes, secrets: dict[str, str]) -> list[str]:
    """The secrets that this text holds, by name."""
    return [name for name, secret in secrets.items() if secret.encode() in text]


# ---- where they may not be ----------------------------------------------------------------------------------------


def test_the_plants_are_what_they_should_be(planted: Planted) -> None:
    assert all(len(secret) >= 8 for secret in planted.secrets.values())
    shown = repr(planted.booth.heard_from_agent)
    assert INMATE in shown
    assert FAMILY in shown
    assert MESSAGE in shown


def test_no_log_holds_a_secret_or_a_name(planted: Planted) -> None:
    logs = [log for log in planted.logs.iterdir() if log.stat().st_size]
    assert {log.name for log in logs} >= {"agent-bilik-1.err", "central.out"}
    assert not {log.name: found for log in logs if (found := found_in(log.read_bytes(), planted.secrets))}


def test_no_process_list_or_environment_holds_a_secret(planted: Planted) -> None:
    assert set(planted.cmdlines) == {"central", "agent"}
    assert not {
        name: found for name, text in planted.cmdlines.items() if (found := found_in(text.encode(), planted.secrets))
    }


def test_the_pc_keeps_the_device_token_in_one_file_and_nothing_else(planted: Planted) -> None:
    state = planted.terminal.home
    held = {path.name: found for path in _files(state) if (found := found_in(path.read_bytes(), planted.secrets))}
    assert held == {f"{SERVICE}.{NAME}": ["device token"]}


def test_every_file_of_agent_and_central_is_for_its_account_alone(planted: Planted) -> None:
    made = [path for path in _files(planted.terminal.home) if path != planted.terminal.config]
    made += [path for path in planted.home.iterdir() if path.name.startswith("central.sqlite3")]
    assert len(made) >= 6
    open_to_others = {path.name: oct(path.stat().st_mode & 0o777) for path in made if path.stat().st_mode & 0o077}
    assert not open_to_others
    assert stat.S_IMODE((planted.terminal.home / "state").stat().st_mode) == 0o700


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_central_keeps_names_and_links_secret_but_no_password_pin_or_token(planted: Planted) -> None:
    """The rows, and the bytes of the file with all that was deleted or not yet written back."""
    never = {
        name: secret
        for name, secret in planted.secrets.items()
        if name not in {"inmate's name", "family's name", "officer's message"}
    }
    files = [path for path in planted.home.iterdir() if path.name.startswith("central.sqlite3")]
    assert not {path.name: found for path in files if (found := found_in(path.read_bytes(), never))}
    with sqlite3.connect(f"file:{planted.central.database}?mode=ro", uri=True) as store:
        dump = "\n".join(store.iterdump()).encode()
    store.close()
    assert found_in(dump, {"inmate's name": INMATE}), "the name is where the board reads it"
    assert not found_in(dump, never)


def test_neither_process_may_leave_a_core_dump(planted: Planted) -> None:
    for name, process in _processes(planted.central, planted.terminal).items():
        assert process.rlimit(psutil.RLIMIT_CORE) == (0, 0), name


# ---- answers ------------------------------------------------------------------------------------------------------


def test_no_answer_to_a_stranger_holds_a_secret(planted: Planted) -> None:
    token = planted.secrets["family token"]
    asked = [
        ("GET", "/", None),
        ("GET", "/join", None),
        ("GET", "/login", None),
        ("GET", "/board", None),
        ("GET", "/api/v1/openapi.json", None),
        ("GET", f"/join?token={token[:-2]}", None),
        ("POST", "/api/v1/join", b'{"token":"' + token[:-1].encode() + b'x"}'),
        ("POST", "/api/v1/enrolment", b'{"protocol":1,"code":"AAAA-BBBB-CCCC","machine":3}'),
        ("POST", "/api/v1/terminal/sync", b"\xff"),
        ("POST", "/login", b"name=perwira&password=" + PASSWORD.encode() + b"y"),
    ]
    with httpx.Client(base_url=planted.central.url, timeout=20) as stranger:
        for method, path, body in asked:
            answer = stranger.request(method, path, content=body)
            heads = str(answer.headers).encode()
            assert answer.status_code < 500, path
            assert not found_in(answer.content + heads, planted.secrets), path


def test_every_page_of_central_and_agent_has_a_policy_without_an_open_end(planted: Planted) -> None:
    assert planted.booth._address is not None
    address = planted.booth._address
    policies = {}
    with httpx.Client(base_url=planted.central.url, timeout=20) as browser:
        for path in ("/", "/join", "/login", "/board", "/api/v1/join", "/static/x/y", "/nothing"):
            policies[path] = browser.get(path).headers.get("content-security-policy", "")
        browser.post("/login", data={"name": "perwira", "password": PASSWORD})
        policies["/board, logged in"] = browser.get("/board").headers.get("content-security-policy", "")
        policies["an act"] = browser.post("/board/acts/lock").headers.get("content-security-policy", "")
    with httpx.Client(base_url=f"http://127.0.0.1:{address.port}", cookies={COOKIE: address.token}) as kiosk:
        for path in ("/", "/app.js", "/nothing"):
            policies[f"kiosk {path}"] = kiosk.get(path).headers.get("content-security-policy", "")
    loose = re.compile(r"unsafe|\*|https?:|^$")
    assert not {path: policy for path, policy in policies.items() if loose.search(policy)}
    assert all("default-src 'none'" in policy and "frame-ancestors 'none'" in policy for policy in policies.values())


def test_on_the_pc_nothing_listens_but_on_loopback(planted: Planted) -> None:
    agent = _processes(planted.central, planted.terminal)["agent"]
    listening = [one.laddr for one in agent.net_connections("inet") if one.status == psutil.CONN_LISTEN]
    assert [address.ip for address in listening] == ["127.0.0.1"]
    udp = [one.laddr for one in agent.net_connections("inet") if one.type.name == "SOCK_DGRAM"]
    assert not udp
    assert not (planted.terminal.shell_socket.stat().st_mode & 0o007)


@pytest.mark.gui
def test_shell_and_window_listen_nowhere(stage: Stage) -> None:
    terminal = stage.bare_terminal("Bilik 9")
    agent = terminal.start_agent()
    agent.wait_for_line("agent_started")
    shell = terminal.start_shell(stage.screen().name)
    wait_for(
        lambda: any(line.get("event") == "page_joined" for line in terminal.agent_log()), within_s=60, what="the page"
    )
    family = [psutil.Process(shell.pid), *shell.descendants()]
    assert len(family) >= 3, "shell, window and the engine's processes"
    listening = [
        one.laddr for each in family for one in each.net_connections("inet") if one.status == psutil.CONN_LISTEN
    ]
    assert not listening
