"""No reader answers bad input with anything but its own error, and none loses a message that is valid."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from agent.adapters.central_client import HttpCentral
from agent.adapters.shell_link import ShellLink
from agent.ports import AgentError, ShellHeard, ShellLeft
from agent.supervisor.enrolment import EnrolmentWrong, parse
from central.planning import COLUMNS, WrongWords, plan
from central.store.facilities import Facility, FacilitySettings
from protocol.terminal import CheckInMethod
from tests.fuzz.messages import DEEP, spoilt, valid
from tests.fuzz.readers import READERS
from tests.length import IS_LONG
from tests.unit.agent.adapters.page_booth import booth, wait_for

pytestmark = pytest.mark.shortened

quick = settings(
    max_examples=300 if IS_LONG else 30,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
OF_MESSAGES = [name for name, reader in READERS.items() if reader.kind is not None and name != "saved_booth"]
TEXTS = [name for name, reader in READERS.items() if reader.kind is None]


@pytest.mark.parametrize("name", [name for name, reader in READERS.items() if reader.kind is not None])
@quick
@given(data=st.data())
def test_what_is_spoilt_is_refused_in_the_one_way_that_is_foreseen(name: str, data: st.DataObject) -> None:
    reader = READERS[name]
    raw = data.draw(spoilt(reader.kind) if name in OF_MESSAGES else saved_booths())
    with contextlib.suppress(reader.refuses_with):
        reader.read(raw)


def saved_booths() -> st.SearchStrategy[bytes]:
    """The journal's booth with something in it turned over."""
    from agent.core.booth import encode, new_booth

    whole = encode(new_booth())
    cut = st.tuples(st.integers(0, len(whole)), st.integers(0, 9), st.binary(max_size=9))
    return cut.map(lambda made: whole[: made[0]] + made[2] + whole[made[0] + made[1] :]) | st.just(DEEP) | st.binary()


@pytest.mark.parametrize(
    "name", [name for name in OF_MESSAGES if name not in {"signalling_at_central", "problem", "outbox"}]
)
@settings(quick, max_examples=10)
@given(data=st.data())
def test_every_valid_message_is_read_and_can_be_written_again(name: str, data: st.DataObject) -> None:
    reader = READERS[name]
    found = reader.read(data.draw(valid(reader.kind)))
    assert reader.read(msgspec.json.encode(found)) == found


@pytest.mark.parametrize("name", TEXTS)
@quick
@given(raw=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
@pytest.mark.parametrize(
    "before", [b"", b"https://central.example", b'[agent]\nstate_dir = "', b"https://zoom.us/j/123456789"]
)
def test_text_that_people_write_is_refused_in_words(name: str, before: bytes, raw: bytes) -> None:
    reader = READERS[name]
    with contextlib.suppress(reader.refuses_with):
        reader.read(before + raw)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a = " + "9" * 5000,
        '[agent]\nstate_dir = "a\\u0000b"',
        "\ufeff[agent]\n",
        "[page]\nport = 1e999",
    ],
)
def test_an_agent_toml_that_would_break_its_reader_is_refused_in_words(text: str) -> None:
    reader = READERS["agent_toml"]
    with pytest.raises(reader.refuses_with, match=r"agent\.toml"):
        reader.read(text.encode())


@quick
@given(host=st.text(min_size=1, max_size=80), rest=st.text(max_size=20))
def test_an_address_that_was_taken_can_be_called(host: str, rest: str) -> None:
    with contextlib.suppress(EnrolmentWrong):
        typed = parse(f"https://{host}{rest}#ABCD-EFGH")
        with contextlib.suppress(AgentError):
            HttpCentral(typed.url, version="0", boot_s=lambda: 0.0)


@pytest.mark.parametrize(
    "host", ["a" * 70, "a..b", "xn--\u0378", "h\x01", "\u0378.example", "h:80:80", "b/" + "c" * 70_000]
)
def test_a_host_that_no_resolver_takes_is_refused_before_anything_is_sent(host: str) -> None:
    with pytest.raises(EnrolmentWrong):
        parse(f"https://{host}#ABCD-EFGH")


# ---- over the real sockets ----------------------------------------------------------------------------------------

BROKEN = [
    b"\xff",
    DEEP,
    b'{"type":"escape","kind":"\xff"}',
    b"9" * 5000,
    b'{"type":"escape","kind":"a","count":' + b"9" * 5000,
]


@pytest.mark.anyio
@pytest.mark.parametrize("raw", BROKEN, ids=["no text", "too deep", "no text inside", "a number", "too large"])
async def test_a_shell_that_breaks_the_reader_is_cut_off_and_counted(tmp_path: Path, raw: bytes) -> None:
    heard: list[ShellHeard] = []
    link = ShellLink(tmp_path / "run" / "shell.sock")
    await link.start(heard.append)
    try:
        _, writer = await asyncio.open_unix_connection(str(tmp_path / "run" / "shell.sock"))
        writer.write(raw + b"\n")
        await wait_for(lambda: bool(heard) and isinstance(heard[-1], ShellLeft))
        writer.close()
    finally:
        await link.close()
    assert link.bad_lines == 1


@pytest.mark.anyio
@pytest.mark.parametrize("raw", [DEEP, b"9" * 5000], ids=["too deep", "a number"])
async def test_a_page_that_breaks_the_reader_is_cut_off_and_counted(tmp_path: Path, raw: bytes) -> None:
    async with booth(tmp_path) as one, one.page() as socket:
        await socket.send(raw.decode())
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert (socket.close_code, one.server.bad_messages) == (1008, 1)


# ---- plans --------------------------------------------------------------------------------------------------------

PLACES = {"t": Facility(id="f", name="Rutan", settings=FacilitySettings(check_in=CheckInMethod.PIN))}
WORDS = st.sampled_from(
    (
        *(
            "",
            "t",
            "012",
            "+30",
            "600",
            "9" * 5000,
            "\u0663" * 3,
            "0001-01-01T00:00",
            "9999-12-31T23:59",
            "24:00",
            "1e3",
        ),
        *("2026-11-21T09:40", "2026-11-21T09:40+23:59", "123456", "web_page", "https://x", "\x00", "\ud800", "+999999"),
    )
)


@settings(quick, max_examples=100)
@given(row=st.fixed_dictionaries({column: WORDS | st.text(max_size=20) for column in COLUMNS}))
def test_a_row_that_people_wrote_is_planned_or_refused_by_column(row: dict[str, Any]) -> None:
    with contextlib.suppress(WrongWords):
        found = plan(row, PLACES, now_ms=1_795_233_600_000)
        assert 10 <= found.talk_s <= 14_400


def test_a_talk_time_of_5000_digits_is_a_wrong_word() -> None:
    row = {
        "terminal": "t",
        "number": "1",
        "start": "+1",
        "talk": "9" * 5000,
        "inmate": "a",
        "family": "b",
        "pin": "1234",
    }
    with pytest.raises(WrongWords, match="no talk time"):
        plan(row, PLACES, now_ms=0)
