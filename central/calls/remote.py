"""An end of a call whose socket another instance has, and what is told of an end between instances."""

from collections.abc import Callable

from msgspec import Struct

from central.calls.end import End, Role
from protocol.call import FamilyReady, ToEnd


class About(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of an end beside its role; `ready`: the family's devices; `listen_id`: a listening officer's."""

    claim: str = ""
    ready: FamilyReady | None = None
    listen_id: str | None = None


class RemoteEnd(End):
    """Takes the place of an end in a room; what the end across says goes to the instance that has the socket.

    What central itself says (welcome, peer, good-bye) that instance says by itself.
    """

    is_here = False

    def __init__(self, role: Role, about: About, *, id_: str, send: Callable[["RemoteEnd", bytes], None]) -> None:
        super().__init__(role, about.claim)
        self.id = id_
        self.about = about
        self._send = send

    def push(self, message: ToEnd) -> None:
        """The other instance says it."""

    def push_raw(self, message: bytes) -> None:
        """Pass on what the end across said."""
        if self.close_code is None:
            self._send(self, message)

    def finish(self, code: int, bye: str | None = None) -> None:
        """Nothing is passed on after that."""
        self.close_code = code
