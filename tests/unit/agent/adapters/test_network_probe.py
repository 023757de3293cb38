"""The network probe against servers of this machine: who answers, who does not, and what is no address at all."""

import asyncio
import socket
from typing import Any

import pytest

from agent.adapters.network_probe import NetworkProbe

pytestmark = pytest.mark.anyio


class Stun(asyncio.DatagramProtocol):
    """Answers a binding request, or with somebody else's transaction."""

    def __init__(self, *, rightly: bool) -> None:
        self.rightly = rightly
        self.transport: Any

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert data[:8] == b"\x00\x01\x00\x00\x21\x12\xa4\x42"
        ours = data[8:20] if self.rightly else bytes(12)
        self.transport.sendto(b"\x01\x01\x00\x00\x21\x12\xa4\x42" + ours, addr)


@pytest.mark.parametrize("rightly", [True, False])
async def test_a_server_is_there_if_it_answers_our_own_question(rightly: bool) -> None:
    made = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Stun(rightly=rightly), local_addr=("127.0.0.1", 0)
    )
    port = made[0].get_extra_info("sockname")[1]
    probe = NetworkProbe(patience_s=2.0 if rightly else 0.2)
    assert await probe.answers(f"turn:127.0.0.1:{port}?transport=udp") is rightly
    assert await probe.answers(f"stun:127.0.0.1:{port}") is rightly
    made[0].close()


async def test_tcp_is_there_if_it_can_be_connected() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    probe = NetworkProbe(patience_s=2.0)
    assert await probe.answers(f"turn:127.0.0.1:{port}?transport=tcp")
    assert await probe.answers(f"turns:127.0.0.1:{port}")
    server.close()
    await server.wait_closed()
    assert not await probe.answers(f"turns:127.0.0.1:{port}")


async def test_a_closed_port_and_silence_are_no_answer() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        assert not await NetworkProbe(patience_s=0.2).answers(f"turn:127.0.0.1:{silent.getsockname()[1]}")
        port = silent.getsockname()[1]
    assert not await NetworkProbe(patience_s=0.5).answers(f"turn:127.0.0.1:{port}")


@pytest.mark.parametrize("address", ["", "turn:", "http://127.0.0.1", "turn:127.0.0.1:99999", "turn:.:1", "turn:a b"])
async def test_what_is_no_address_does_not_answer(address: str) -> None:
    assert not await NetworkProbe(patience_s=0.5).answers(address)
