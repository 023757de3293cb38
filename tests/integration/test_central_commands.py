"""The command line of central as people run it, on one SQLite file; what several processes do at once, with real ones."""

import asyncio
import json
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.central_rig import beat
from tests.typed import PROGRAM, Typed

HEADER = "terminal,number,start,talk,inmate,family,pin,closing\n"


@pytest.fixture
def desk(tmp_path: Path) -> Typed:
    return Typed(tmp_path)


def test_the_program_types_what_it_gave_and_ends_with_what_became_of_it(desk: Typed) -> None:
    added = desk.run_apart("user", "add", "sari", "--role", "officer", "--json", given="correct horse\n")
    assert (added.returncode, added.stderr) == (0, "")
    listed = desk.run_apart("user", "list", "--json")
    assert [user["id"] for user in json.loads(listed.stdout)] == [json.loads(added.stdout)["id"]]
    refused = desk.run_apart("user", "remove", "dewi")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("bilik-central: there is no user dewi")
    wrong = desk.run_apart("usr")
    assert wrong.returncode == 2
    assert "usage: bilik-central" in wrong.stderr


def test_settings_are_checked_by_key_and_value(desk: Typed) -> None:
    assert desk.data("facility", "add", "A", "--set", "check_in=pin", "--set", "warn_at_s=60,30")["id"]
    [facility] = desk.data("facility", "list")
    assert facility["settings"]["warn_at_s"] == [60, 30]
    assert "no setting" in desk.refused("facility", "add", "B", "--set", "colour=red")
    assert "talk" not in desk.refused("facility", "add", "B", "--set", "credit_s=soon")
    assert "time zone" in desk.refused("facility", "add", "B", "--timezone", "Mars/Base")
    assert "already" in desk.refused("facility", "add", "A")
    assert len(desk.data("facility", "list")) == 1
    changed = desk.data("facility", "set", facility["id"], "--set", "admit=automatic")
    assert (changed["admit"], changed["check_in"]) == ("automatic", "pin")


def test_no_booth_is_sent_to_an_address_it_refuses(desk: Typed) -> None:
    terminal, _ = desk.booth()
    assert "booths refuse it" in desk.refused("terminal", "code", terminal, "--url", "http://10.1.0.5")
    assert desk.data("terminal", "code", terminal, "--url", "https://10.1.0.5/")["enrolment"].startswith(
        "https://10.1.0.5#"
    )


def test_the_database_is_for_its_owner_alone(desk: Typed) -> None:
    with desk.serving():
        modes = {file.name: file.stat().st_mode & 0o077 for file in desk.home.glob("central.sqlite3*")}
    assert {"central.sqlite3", "central.sqlite3-wal", "central.sqlite3-shm"} <= modes.keys()
    assert {name: mode for name, mode in modes.items() if mode and not name.endswith(".lock")} == {}


def test_a_pin_can_be_kept_out_of_the_list_of_processes(desk: Typed) -> None:
    terminal, _ = desk.booth()
    words = ("session", "add", "--terminal", terminal, "--number", "1", "--start", "+60", "--talk", "60")
    words = (*words, "--inmate", "B", "--family", "S", "--pin", "-")
    assert desk.data(*words, given="123456\n")["id"]
    assert "--pin" in desk.refused(*words, given="no digits\n")
    stored = sqlite3.connect(desk.home / "central.sqlite3").execute("select pin_hash from sessions").fetchall()
    assert [row[0].startswith("$argon2id$") for row in stored] == [True]


def test_a_file_is_imported_whole_with_semicolons_and_a_byte_order_mark(desk: Typed) -> None:
    terminal, _ = desk.booth()
    rows = "".join(
        f"{terminal};{number:03};2026-11-21T{8 + number:02}:00;600;Budi S.;Ibu Siti\r\n" for number in range(3)
    )
    done = desk.data(
        "sessions", "import", desk.file("Terminal;number;start;talk;inmate;family\r\n" + rows, "utf-8-sig")
    )
    assert done["imported"] == 3
    assert all("/join#" in each["link"] for each in done["sessions"])


def test_every_wrong_row_is_named_and_nothing_is_imported(desk: Typed) -> None:
    terminal, _ = desk.booth()
    text = HEADER + (
        f"{terminal},001,2026-11-21T09:00,600,Budi,Siti,,\n"
        f"t-none,002,tomorrow,600,Budi,Siti,,\n"
        "\n"
        f"{terminal},003,2026-11-21T09:00,5,Budi,,12,2026-11-21T08:00\n"
    )
    said = desk.refused("sessions", "import", desk.file(text))
    for words in (
        "line 3, terminal",
        "line 3, start",
        "line 5, talk",
        "line 5, family",
        "line 5, pin",
        "line 5, closing",
    ):
        assert words in said
    assert "line 2" not in said
    assert "nothing was imported" in said
    assert desk.data("session", "list") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "missing: terminal"),
        ("terminal,number,start,talk,inmate,family,shoe\n", "unknown: shoe"),
        (HEADER, "0 rows"),
        (HEADER + "a,b,c,d,e,f,g,h,i\n", "line 2, column 9"),
        (HEADER + '"a,b\n', "line 2"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(desk: Typed, text: str, words: str) -> None:
    assert words in desk.refused("sessions", "import", desk.file(text))


def test_what_does_not_exist_is_said_in_words(desk: Typed) -> None:
    assert "no facility" in desk.refused("terminal", "add", "B", "--facility", "f-none", "--url", "https://a")
    assert "no terminal" in desk.refused("terminal", "revoke", "t-none")
    assert "no terminal" in desk.refused("command", "lock", "--terminal", "t-none")
    assert "no session" in desk.refused("session", "cancel", "s-none")
    assert "no command" in desk.refused("command", "show", "c-none")
    assert "must be sqlite" in desk.refused("--database", "mysql://x/y", "facility", "list")


def test_a_password_is_read_from_standard_input_and_never_stored(desk: Typed) -> None:
    assert desk.data("user", "add", "sari", "--role", "officer", given="correct horse\n")["id"]
    assert "8 to 256" in desk.refused("user", "add", "dewi", "--role", "officer", given="short\n")
    [user] = desk.data("user", "list")
    assert user["name"] == "sari"
    assert desk.data("user", "password", "sari", given="battery staple\n")["id"] == user["id"]
    assert "no user dewi" in desk.refused("user", "remove", "dewi")
    assert desk.data("user", "remove", "sari")["id"] == user["id"]
    assert desk.data("user", "list") == []
    assert b"correct horse" not in (desk.home / "central.sqlite3").read_bytes()


def test_serve_ends_in_order_within_a_second_while_a_request_is_held(desk: Typed) -> None:
    _terminal, enrolment = desk.booth()
    with desk.serving() as (process, url), httpx.Client(base_url=url) as client:
        machine = {"hostname": "pc", "operating_system": "x", "machine_key": "k", "agent_version": "1"}
        body = {"protocol": 1, "code": enrolment.partition("#")[2], "machine": machine}
        token = client.post("/api/v1/enrolment", json=body).json()["device_token"]
        asyncio.run(_held_until_the_end(process, url, token))
        assert process.wait(5) == 0
    log = (desk.home / "serve.log").read_text()
    assert "Traceback" not in log
    assert token not in log


async def _held_until_the_end(process: subprocess.Popen[str], url: str, token: str) -> None:
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=20) as client:
        sync = {"protocol": 1, "boot_id": "b", "revision": 0, "hold": False, "status": beat()}
        revision = (await client.post("/api/v1/terminal/sync", json=sync)).json()["revision"]
        held = asyncio.create_task(
            client.post("/api/v1/terminal/sync", json=sync | {"revision": revision, "hold": True})
        )
        await asyncio.sleep(0.2)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert (await held).status_code == 200
        await asyncio.to_thread(process.wait, 5)
        assert time.monotonic() - begun < 1


def test_a_command_of_another_process_ends_a_held_request_at_once(desk: Typed) -> None:
    terminal, enrolment = desk.booth()
    with desk.serving() as (_process, url), httpx.Client(base_url=url, timeout=40) as client:
        machine = {"hostname": "pc", "operating_system": "x", "machine_key": "k", "agent_version": "1"}
        body = {"protocol": 1, "code": enrolment.partition("#")[2], "machine": machine}
        token = client.post("/api/v1/enrolment", json=body).json()["device_token"]
        sync = {"protocol": 1, "boot_id": "b", "revision": 0, "hold": False, "status": beat()}
        headers = {"Authorization": f"Bearer {token}"}
        revision = client.post("/api/v1/terminal/sync", json=sync, headers=headers).json()["revision"]
        asked = [PROGRAM, "--database", desk.database, "command", "lock", "--terminal", terminal, "--json"]
        with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as typing:
            held = sync | {"revision": revision, "hold": True}
            answer = client.post("/api/v1/terminal/sync", json=held, headers=headers).json()
            said, _ = typing.communicate()
        assert answer["answered_at_ms"] - answer["received_at_ms"] < 20_000
        assert [each["id"] for each in answer["commands"]] == [json.loads(said)["id"]]
        assert desk.data("command", "show", json.loads(said)["id"])["state"] == "pending"
        [row] = desk.data("terminal", "list")
        assert row["heartbeats"] == 2


def test_a_second_serve_on_one_file_is_refused_in_words(desk: Typed) -> None:
    with desk.serving():
        said = desk.run_apart("serve", "--port", "0")
    assert said.returncode == 2
    assert "PostgreSQL" in said.stderr


def test_serve_tells_what_is_wrong_with_its_options(desk: Typed) -> None:
    assert "--turn-secret-file" in desk.refused("serve", "--turn-url", "turn:a:1")
    assert "turn:HOST" in desk.refused("serve", "--turn-url", "http://a")
    assert "https://" in desk.refused("serve", "--public-url", "central.example")
    assert "phones refuse" in desk.refused("serve", "--public-url", "http://central.example")
    assert "https://" in desk.refused("serve", "--public-url", "https://[")
    assert "--public-url" in desk.refused("serve", "--host", "0.0.0.0", "--port", "0")
    with desk.serving() as (_process, url):
        other = Typed(desk.home / "other")
        other.home.mkdir()
        assert "cannot listen" in other.refused("serve", "--port", url.rpartition(":")[2])


def test_a_damaged_database_is_said_in_words(desk: Typed) -> None:
    (desk.home / "central.sqlite3").write_bytes(b"this is no database" * 100)
    done = desk.run("facility", "list")
    assert done.returncode == 1
    assert "cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_usage_is_exported_without_a_name(desk: Typed) -> None:
    terminal, _ = desk.booth()
    made = desk.data(
        *("session", "add", "--terminal", terminal, "--number", "012", "--start", "+0", "--talk", "60"),
        *("--inmate", "Budi", "--family", "Siti"),
    )
    body = {
        "session_id": made["id"], "end_reason": "completed", "fault_party": "none", "planned_start_at_ms": 1,
        "check_in_at_ms": 1, "ended_at_ms": 2, "talk_promised_s": 60, "talk_extended_s": 0,
        "talk_delivered_ms": 60_000, "interrupted_ms": 0, "interruptions": 0, "restarts": 0,
    }  # fmt: skip
    with sqlite3.connect(desk.home / "central.sqlite3") as store:
        store.execute(
            "insert into usage values (?, ?, 0, 'completed', 'none', 2, 3, ?)",
            (made["id"], terminal, json.dumps(body)),
        )
    store.close()
    out = desk.home / "usage.csv"
    [row] = desk.data("usage", "export", str(out))["records"]
    assert (row["talk_delivered_ms"], row["number"]) == (60_000, "012")
    text = out.read_text()
    assert "Budi" not in text
    assert "Siti" not in text
    assert text.splitlines()[1].count("completed") == 1
