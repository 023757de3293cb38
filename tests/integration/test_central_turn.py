"""The end of a relayed call: central cancels the session's allocations in a real turnserver, and no others."""

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from central.store import sessions
from central.turn import TurnCli, TurnServers
from tests.central_rig import served, until

pytestmark = pytest.mark.anyio
SECRET = "relay secret"
PASSWORD = "cli password"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[TurnServers]:
    port, cli_port = free_port(), free_port()
    config = tmp_path / "turnserver.conf"
    config.write_text(
        f"listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nlistening-port={port}\nuse-auth-secret\nno-tls\nno-dtls\n"
        f"static-auth-secret={SECRET}\nrealm=bilik.test\ncli-ip=127.0.0.1\ncli-port={cli_port}\n"
        f"cli-password={PASSWORD}\npidfile={tmp_path / 'pid'}\nuserdb={tmp_path / 'db'}\nlog-file=stdout\n"
        "allow-loopback-peers\n"
    )
    with (tmp_path / "turn.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec("turnserver", "-c", str(config), stdout=log, stderr=log)
    cli = TurnCli(host="127.0.0.1", port=cli_port, password=PASSWORD)
    found = TurnServers(urls=(f"turn:127.0.0.1:{port}?transport=udp",), secret=SECRET, cli=cli)

    async def listens() -> bool:
        try:
            _reader, writer = await asyncio.open_connection("127.0.0.1", cli_port)
        except OSError:
            return False
        writer.close()
        return True

    try:
        await until(listens, within_s=15)
        yield found
    finally:
        process.kill()
        await process.wait()


class Client:
    """Debian's TURN client, which makes its allocations with the credentials that an end of a call was given."""

    def __init__(self, relay: TurnServers, session_id: str) -> None:
        expires_at_ms = int(time.time() * 1000) + 60_000
        [server] = relay.ice_servers(session_id, "kiosk", expires_at_ms=expires_at_ms)
        host, port = server.urls[0].removeprefix("turn:").partition("?")[0].split(":")
        self._words = ("-u", str(server.username), "-w", str(server.credential), "-y", "-n", "100000", "-p", port, host)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        quiet = asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(
            "turnutils_uclient", *self._words, stdout=quiet, stderr=quiet
        )

    async def stop(self) -> None:
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()


async def allocations(relay: TurnServers) -> str:
    """What coturn lists."""
    assert relay.cli is not None
    reader, writer = await asyncio.open_connection(relay.cli.host, relay.cli.port)
    await reader.readuntil(b"password:")
    writer.write(f"{relay.cli.password}\r\n".encode())
    await reader.readuntil(b"> ")
    writer.write(b"ps\r\n")
    listed = (await reader.readuntil(b"> ")).decode()
    writer.close()
    return listed


def sessions_of(user: str, listed: str) -> set[str]:
    """The numbers of that user's allocations: `12) id=000000000000000345, user <1795318472:s-mine-kiosk>:`."""
    return set(re.findall(rf"id=(\d+), user <\d+:{user}>", listed))


async def test_only_the_allocations_of_the_session_are_cancelled(relay: TurnServers) -> None:
    mine, other = Client(relay, "s-mine"), Client(relay, "s-mine-not")
    try:
        await mine.start()
        await other.start()

        async def both() -> bool:
            listed = await allocations(relay)
            return ":s-mine-kiosk>" in listed and ":s-mine-not-kiosk>" in listed

        await until(both, within_s=15)
        standing = sessions_of("s-mine-kiosk", await allocations(relay))
        assert await relay.cancel("s-mine") >= 1
        listed = await allocations(relay)
        assert not standing & sessions_of("s-mine-kiosk", listed), "the client may ask anew; what stood is gone"
        assert ":s-mine-not-kiosk>" in listed
    finally:
        await mine.stop()
        await other.stop()


async def test_the_hard_stop_ends_a_running_relay_also_when_the_pc_takes_it_up_again(
    relay: TurnServers, tmp_path: Path
) -> None:
    async with served(f"sqlite:///{tmp_path}/central.sqlite3", turn=relay) as rig:
        booth = await rig.booth(ice_policy="relay")
        session = await rig.session(booth)
        grant = (await rig.open(booth, session.id)).json()
        assert grant["ice_policy"] == "relay"
        assert grant["ice_servers"][0]["username"].endswith(f":{session.id}-kiosk")
        client, again = Client(relay, session.id), Client(relay, session.id)
        try:
            await client.start()

            async def runs() -> bool:
                return f":{session.id}-kiosk>" in await allocations(relay)

            async def stopped() -> bool:
                return not await runs()

            await until(runs, within_s=15)
            async with rig.central.database.write() as tx:
                await sessions.changed(tx, session.id, end_by_ms=rig.central.clock())
            await until(stopped, within_s=10)
            await client.stop()
            await again.start()
            await until(runs, within_s=10)
            await until(stopped, within_s=15)
        finally:
            await client.stop()
            await again.stop()


async def test_a_relay_that_is_away_does_not_stop_anything() -> None:
    cli = TurnCli(host="127.0.0.1", port=free_port(), password=PASSWORD)
    assert await TurnServers(urls=("turn:a",), secret=SECRET, cli=cli).cancel("s-1") == 0
    assert await TurnServers().cancel("s-1") == 0
    assert TurnServers().ice_servers("s-1", "kiosk", expires_at_ms=1) == ()
