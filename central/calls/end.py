"""One end of a call as central sees it: a bounded queue towards a socket, and what may come from it."""

import asyncio
import secrets
from enum import StrEnum

import msgspec

from protocol.call import (
    Answer,
    Bye,
    Candidate,
    Clock,
    Ended,
    FamilyReady,
    FromEnd,
    HangUp,
    IceWanted,
    Offer,
    Said,
    Still,
    ToEnd,
)

QUEUED = 256
RATE_PER_S = 50.0
BURST = 128.0

CLOSE_NORMAL = 1000
CLOSE_GOING = 1012
CLOSE_VIOLATION = 1008
CLOSE_SLOW = 1013


class Role(StrEnum):
    """Who sits at an end."""

    KIOSK = "kiosk"
    FAMILY = "family"
    LISTENER = "listener"

    @property
    def other(self) -> "Role":
        """The end across; a listening officer's is the kiosk, which does not know of it here."""
        return Role.FAMILY if self is Role.KIOSK else Role.KIOSK


MAY_SEND: dict[Role, tuple[type, ...]] = {
    Role.FAMILY: (Answer, Candidate, HangUp, FamilyReady, Still, IceWanted),
    Role.KIOSK: (Offer, Candidate, Clock, Said, Ended, IceWanted),
    Role.LISTENER: (Answer, Candidate, IceWanted),
}

_from_end = msgspec.json.Decoder(FromEnd)
_encoder = msgspec.json.Encoder()


class Violation(Exception):
    """The end said what it may not say; its socket is closed with 1008."""


class End:
    """Messages towards one socket; a reader that is too slow is cut off, never waited for. `claim`: the hash of a family's claim."""

    is_here = True
    """Whether the socket is this instance's own."""

    def __init__(self, role: Role, claim: str = "") -> None:
        self.id = secrets.token_hex(8)
        self.role = role
        self.claim = claim
        self.close_code: int | None = None
        self.bye: str | None = None
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUED + 2)
        self._tokens = BURST
        self._counted_s = 0.0

    def push(self, message: ToEnd) -> None:
        """Queue a message."""
        self.push_raw(_encoder.encode(message))

    def push_raw(self, message: bytes) -> None:
        """Queue an encoded message."""
        if self.close_code is not None:
            return
        if self._queue.qsize() >= QUEUED:
            while not self._queue.empty():
                self._queue.get_nowait()
            self.finish(CLOSE_SLOW)
            return
        self._queue.put_nowait(message)

    def finish(self, code: int, bye: str | None = None) -> None:
        """Say good-bye if there is one to say and close; nothing is queued after that."""
        if self.close_code is not None:
            return
        self.close_code = code
        self.bye = bye
        if bye is not None:
            self._queue.put_nowait(_encoder.encode(Bye(why=bye)))
        self._queue.put_nowait(None)

    async def next(self) -> bytes | None:
        """The next message for the socket; None: close it with `close_code`."""
        return await self._queue.get()

    @property
    def waiting(self) -> int:
        """How many messages wait for the socket."""
        return self._queue.qsize()

    def take(self) -> bytes | None:
        """The next message that waits; only where `waiting` is not 0."""
        return self._queue.get_nowait()

    def read(self, raw: str | bytes, *, now_s: float) -> FromEnd:
        """Decode what came from the socket; raises Violation for what this role may not say, or says too often."""
        self._tokens = min(BURST, self._tokens + (now_s - self._counted_s) * RATE_PER_S) - 1
        self._counted_s = now_s
        if self._tokens < 0:
            raise Violation("too many messages")
        try:
            message: FromEnd = _from_end.decode(raw)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise Violation("unreadable message") from error
        if not isinstance(message, MAY_SEND[self.role]):
            raise Violation("not for this role")
        return message
