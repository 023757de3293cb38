"""Whom the central client believes: chain and host name always, dates by central's own time."""

import asyncio
import datetime
import ssl
from pathlib import Path

import pytest
from websockets.asyncio.server import serve

from agent.adapters.central_client import HttpCentral, fetch_authority, read_authority
from agent.adapters.central_client.answers import silence
from agent.ports import (
    ConfigWrong,
    Unreachable,
    Untrusted,
)
from protocol.call import HangUp
from tests.unit.agent.adapters.central_wire import (
    ANSWER,
    DAY,
    GOOD,
    NOW,
    NOW_MS,
    SYNC,
    Calls,
    Certificates,
    plain_server,
    secure,
)

pytestmark = pytest.mark.anyio


async def test_a_certificate_of_the_known_authority_is_believed() -> None:
    async with secure(Certificates(), now_ms=NOW_MS) as central:
        assert (await central.sync(SYNC)).answer == ANSWER


async def test_signalling_goes_through_the_same_trust() -> None:
    certificates = Certificates()
    calls = Calls()
    async with serve(calls.talk, "127.0.0.1", 0, ssl=certificates.context) as server:
        url = f"https://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        central = HttpCentral(
            url, version="0", boot_s=lambda: 0.0, central_ms=lambda: NOW_MS, authority_pem=certificates.pem
        )
        async with central.signalling("s1") as socket:
            await socket.send(HangUp())
            assert [message async for message in socket] == []
        await central.close()
    assert calls.heard == ['{"type":"hang_up"}']


@pytest.mark.parametrize(("since_days", "until_days", "why"), [(-9, -5, "expired"), (5, 9, "not valid yet")])
async def test_wrong_dates_are_refused_once_the_time_is_known(since_days: int, until_days: int, why: str) -> None:
    certificates = Certificates(since_days=since_days, until_days=until_days)
    async with secure(certificates, now_ms=NOW_MS) as central:
        with pytest.raises(Untrusted, match=why):
            await central.sync(SYNC)
        with pytest.raises(Untrusted, match=why):
            async with central.signalling("s1"):
                pass


async def test_without_a_known_time_the_dates_are_checked_against_the_first_answer() -> None:
    async with secure(Certificates(), now_ms=None) as central:
        assert (await central.sync(SYNC)).answer == ANSWER
    async with secure(Certificates(since_days=-9, until_days=-5), now_ms=None) as central:
        with pytest.raises(Untrusted, match="expired"):
            await central.sync(SYNC)


async def test_a_pc_with_a_dead_battery_reaches_a_central_whose_certificate_its_wall_clock_finds_wrong() -> None:
    """The certificate's days lie in 2020: wrong by this machine's wall clock, right by central's time."""
    then = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    days = (then - NOW).days
    async with secure(
        Certificates(since_days=days - 1, until_days=days + 2), now_ms=round(then.timestamp() * 1000)
    ) as central:
        assert (await central.sync(SYNC)).answer == ANSWER


@pytest.mark.parametrize("now_ms", [None, NOW_MS])
async def test_another_host_name_is_refused_whatever_the_time(now_ms: int | None) -> None:
    async with secure(Certificates(host="other.example"), now_ms=now_ms) as central:
        with pytest.raises(Untrusted, match="IP address mismatch"):
            await central.sync(SYNC)


@pytest.mark.parametrize("now_ms", [None, NOW_MS])
async def test_an_unknown_authority_is_refused_whatever_the_time(now_ms: int | None) -> None:
    async with secure(Certificates(), now_ms=now_ms, pem=Certificates().pem) as central:
        with pytest.raises(Untrusted, match=r"self-signed|unable to get"):
            await central.sync(SYNC)


async def test_plain_http_on_the_secure_port_is_refused() -> None:
    async def speak_first(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(GOOD)
        writer.close()

    async with await asyncio.start_server(speak_first, "127.0.0.1", 0) as server:
        central = HttpCentral(
            f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", version="0", boot_s=lambda: 0.0
        )
        with pytest.raises(Untrusted, match="no TLS"):
            await central.sync(SYNC)
        await central.close()


async def test_a_connection_that_broke_while_tls_was_agreed_on_says_nothing_about_trust() -> None:
    broken = ConnectionResetError(104, "Connection reset by peer")
    broken.__context__ = ssl.SSLWantReadError(2, "The operation did not complete (read)")
    told = silence(broken, "sync")
    assert type(told) is Unreachable
    assert "Connection reset by peer" in str(told)


async def test_a_private_authority_is_found_by_its_hash_and_nothing_else_is_believed(tmp_path: Path) -> None:
    certificates = Certificates()
    certificates.context.load_cert_chain(write_chain(certificates, tmp_path / "chain.pem"))
    async with plain_server(GOOD, certificates.context) as url:
        found = await fetch_authority(url, certificates.sha256.upper())
        assert ssl.PEM_cert_to_DER_cert(found) == ssl.PEM_cert_to_DER_cert(certificates.pem)
        with pytest.raises(Untrusted, match="ca_file"):
            await fetch_authority(url, Certificates().sha256)
    with pytest.raises(Unreachable):
        await fetch_authority(url, certificates.sha256)


def write_chain(certificates: Certificates, path: Path) -> Path:
    """Key and chain with the authority at its end, as the set-up of a private authority is to send it."""
    leaf = certificates.authority.issue_cert("127.0.0.1", not_before=NOW - DAY, not_after=NOW + DAY)
    path.write_bytes(leaf.private_key_and_cert_chain_pem.bytes() + certificates.authority.cert_pem.bytes())
    return path


async def test_an_authority_from_a_file_must_have_the_hash(tmp_path: Path) -> None:
    certificates = Certificates()
    path = tmp_path / "ca.pem"
    path.write_text(certificates.pem)
    assert read_authority(path, certificates.sha256) == certificates.pem
    assert read_authority(path) == certificates.pem
    with pytest.raises(ConfigWrong, match=r"ca\.pem"):
        read_authority(path, "0" * 64)
    path.write_text("not a certificate")
    with pytest.raises(ConfigWrong, match="ca_file"):
        read_authority(path)


@pytest.mark.parametrize(
    "url",
    [
        "http://central.example",
        "ftp://central.example",
        "central.example",
        "https://",
        "https://user:pw@c.example",
        "https://c.example/?q=1",
    ],
)
async def test_an_address_that_cannot_be_right_is_refused(url: str) -> None:
    with pytest.raises(ConfigWrong) as caught:
        HttpCentral(url, version="0", boot_s=lambda: 0.0)
    assert "pw" not in str(caught.value)
