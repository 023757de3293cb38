"""What is written in one turn of the loop goes out together, before a hang-up, and never after one."""

import asyncio
from typing import Any

import pytest

from central.one_write import ENOUGH_BYTES, OneWrite

pytestmark = pytest.mark.anyio


class Wire:
    """A transport that remembers."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        assert not self.is_closed, "uvloop raises here"
        self.sent.append(data)

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def get_extra_info(self, name: str) -> str:
        return f"the wire's {name}"


def _over(wire: Any) -> OneWrite:
    return OneWrite(wire, asyncio.get_running_loop())


async def test_head_and_body_are_one_write_and_the_next_turn_is_another() -> None:
    wire = Wire()
    whole = _over(wire)
    whole.write(b"head ")
    whole.write(b"")
    whole.write(b"body")
    assert wire.sent == []
    await asyncio.sleep(0)
    whole.write(b"more")
    await asyncio.sleep(0)
    assert wire.sent == [b"head body", b"more"]
    assert whole.get_extra_info("peername") == "the wire's peername"


async def test_a_stream_is_handed_on_within_the_turn_so_that_a_slow_reader_is_noticed() -> None:
    wire = Wire()
    whole = _over(wire)
    for _ in range(3):
        whole.write(bytes(ENOUGH_BYTES // 2))
    assert [len(data) for data in wire.sent] == [ENOUGH_BYTES]
    await asyncio.sleep(0)
    assert [len(data) for data in wire.sent] == [ENOUGH_BYTES, ENOUGH_BYTES // 2]


async def test_hanging_up_sends_what_was_written_first() -> None:
    wire = Wire()
    whole = _over(wire)
    whole.write(b"last words")
    whole.close()
    await asyncio.sleep(0)
    assert (wire.sent, wire.is_closed) == ([b"last words"], True)


async def test_who_has_hung_up_meanwhile_is_sent_nothing() -> None:
    wire = Wire()
    whole = _over(wire)
    whole.write(b"too late")
    wire.close()
    await asyncio.sleep(0)
    assert wire.sent == []
