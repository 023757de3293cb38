"""The file of the technician's PIN and the process behind it: who may read it, what is in it, and what fails in words."""

import sys
from pathlib import Path

import psutil
import pytest

from agent.adapters.pin_store import FilePinStore
from agent.adapters.pin_store.file import WORKER
from agent.ports import PinOutcome, PinUnusable

pytestmark = pytest.mark.anyio
PIN = "90817263"


def worker(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


ALL_RIGHT = worker("import sys; sys.stdin.read(); print('{\"is_right\": true}')")
"""Whoever gets as far as the worker is let in."""


async def test_only_a_hash_is_kept_and_only_for_our_account(tmp_path: Path) -> None:
    await FilePinStore(tmp_path / "state").write(PIN)
    (file,) = (tmp_path / "state").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text().startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert PIN not in file.read_text()


async def test_no_process_is_left_behind_and_no_pin_stands_in_a_command_line(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    code = f"import sys; open({str(seen)!r}, 'w').write(' '.join(sys.argv)); sys.stdin.read(); print('{{\"is_right\": true}}')"
    pins = FilePinStore(tmp_path, worker=worker(code))
    (tmp_path / "technician_pin").touch(0o600)
    before = psutil.Process().children()
    assert await pins.check(PIN) is PinOutcome.RIGHT
    assert PIN not in seen.read_text()
    assert PIN not in " ".join(WORKER)
    assert psutil.Process().children() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
async def test_a_file_that_others_can_use_lets_nobody_in(tmp_path: Path, mode: int) -> None:
    (tmp_path / "technician_pin").touch()
    (tmp_path / "technician_pin").chmod(mode)
    assert await FilePinStore(tmp_path, worker=ALL_RIGHT).check(PIN) is PinOutcome.FAILED


async def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").touch(0o600)
    (tmp_path / "technician_pin").symlink_to(tmp_path / "other")
    assert await FilePinStore(tmp_path, worker=ALL_RIGHT).check(PIN) is PinOutcome.FAILED


@pytest.mark.parametrize("kept", [b"", b"nonsense", b"$argon2id$v=19$m=65536,t=3,p=4$broken", b"\xff\xfe"])
async def test_a_file_that_is_no_hash_lets_nobody_in(tmp_path: Path, kept: bytes) -> None:
    (tmp_path / "technician_pin").write_bytes(kept)
    (tmp_path / "technician_pin").chmod(0o600)
    assert await FilePinStore(tmp_path).check(PIN) is PinOutcome.FAILED


@pytest.mark.parametrize("code", ["raise SystemExit(1)", "print('nonsense')", "print('{}')"])
async def test_a_worker_that_fails_lets_nobody_in_and_sets_nothing(tmp_path: Path, code: str) -> None:
    pins, file = FilePinStore(tmp_path, worker=worker(code)), tmp_path / "technician_pin"
    file.touch(0o600)
    assert await pins.check(PIN) is PinOutcome.FAILED
    with pytest.raises(PinUnusable, match="could not be hashed"):
        await pins.write("55667788")
    assert file.read_text() == ""


async def test_a_worker_that_is_not_there_lets_nobody_in(tmp_path: Path) -> None:
    pins = FilePinStore(tmp_path, worker=("/nowhere/python",))
    (tmp_path / "technician_pin").touch(0o600)
    assert await pins.check(PIN) is PinOutcome.FAILED


async def test_a_worker_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.adapters.pin_store.file.PATIENCE_S", 0.3)
    pins = FilePinStore(tmp_path, worker=worker("import threading; threading.Event().wait()"))
    (tmp_path / "technician_pin").touch(0o600)
    before = psutil.Process().children()
    assert await pins.check(PIN) is PinOutcome.FAILED
    assert psutil.Process().children() == before


async def test_a_place_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    with pytest.raises(PinUnusable, match="cannot be written") as caught:
        await FilePinStore(tmp_path / "state").write(PIN)
    assert PIN not in str(caught.value)
    assert (tmp_path / "state").read_text() == "a file where the folder should be"
