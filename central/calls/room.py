"""The room of one session: two ends and perhaps a listening officer, what each is told of the other, and the end of all."""

import asyncio
import base64
import binascii
from collections.abc import Callable, Mapping

from msgspec import Struct

from central.calls.end import CLOSE_GOING, CLOSE_NORMAL, End, Role
from central.calls.remote import About
from central.store.facilities import FacilitySettings
from central.store.sessions import CallSession
from central.turn import TurnServers
from protocol.call import (
    LISTEN,
    Answer,
    Candidate,
    Clock,
    FamilyReady,
    FromEnd,
    IceGiven,
    IceServer,
    IceWanted,
    Listened,
    Offer,
    Peer,
    Still,
    Welcome,
)

CREDENTIALS_AFTER_MS = 60_000


class RoomView(Struct, frozen=True, kw_only=True):
    """What the board shows of a room. `still`: a JPEG of the family; `clock`: the kiosk's last word on the time left."""

    kiosk_present: bool = False
    family_present: bool = False
    family_ready: bool = False
    camera: bool = False
    microphone: bool = False
    still: bytes | None = None
    clock: Clock | None = None


class Room:
    """Passes messages on and keeps both ends informed; knows nothing of sockets or of the database."""

    def __init__(
        self, session: CallSession, settings: FacilitySettings, turn: TurnServers, clock: Callable[[], int]
    ) -> None:
        self.session = session
        self.settings = settings
        self.changed = asyncio.Event()
        self.family_left_ms: int | None = None
        self.emptied_ms: int | None = clock()
        self._turn = turn
        self._clock = clock
        self._ends: dict[Role, End] = {}
        self._ready: FamilyReady | None = None
        self._still: bytes | None = None
        self._time_left: Clock | None = None
        self._told: dict[Role, Peer] = {}
        self._listen_id: str | None = None

    @property
    def is_empty(self) -> bool:
        """Nobody is connected."""
        return not self._ends

    @property
    def roles_here(self) -> list[Role]:
        """Whose sockets this instance has."""
        return [role for role, end in self._ends.items() if end.is_here]

    @property
    def family_ready(self) -> bool:
        """The family is there and has opened its devices."""
        return self._ready is not None and Role.FAMILY in self._ends

    def view(self) -> RoomView:
        """What the board shows."""
        ready = self._ready
        return RoomView(
            kiosk_present=Role.KIOSK in self._ends,
            family_present=Role.FAMILY in self._ends,
            family_ready=self.family_ready,
            camera=ready is not None and ready.camera,
            microphone=ready is not None and ready.microphone,
            still=self._still,
            clock=self._time_left,
        )

    def enter(self, end: End, listen_id: str | None = None) -> None:
        """Take the place of this role; whoever had it is told and closed, and the other end sees it go and come.

        `listen_id` is a listener's: the kiosk's booth has agreed to be heard under it.
        """
        before = self._ends.get(end.role)
        if before is not None:
            before.finish(CLOSE_NORMAL, "taken_over")
            del self._ends[end.role]
        if end.role is Role.FAMILY:
            self._forget_family()
        self._tell()
        self._ends[end.role] = end
        self.emptied_ms = None
        end.push(
            Welcome(
                session_id=self.session.id,
                role=end.role.value,
                peer_present=end.role.other in self._ends,
                admitted=self.session.admitted_at_ms is not None,
                servers=self._servers(end.role),
                policy=self.settings.ice_policy.value,
            )
        )
        self._told.pop(end.role, None)
        self._tell()
        if end.role is Role.LISTENER:
            self._listen_id = listen_id
        if self._listen_id is not None and end.role is not Role.FAMILY:
            self._tell_of_listener()
        self.changed.set()

    def leave(self, end: End) -> None:
        """The socket of this end has closed; nothing happens if another took its place before."""
        if self._ends.get(end.role) is not end:
            return
        del self._ends[end.role]
        self._told.pop(end.role, None)
        if end.role is Role.FAMILY:
            self._forget_family()
            self.family_left_ms = self._clock()
        if end.role is Role.LISTENER:
            self._listen_id = None
            self._tell_of_listener()
        if not self._ends:
            self.emptied_ms = self._clock()
        self._tell()
        self.changed.set()

    def hear(self, end: End, message: FromEnd, raw: bytes) -> None:
        """Keep, answer or pass on what this end said."""
        if self._ends.get(end.role) is not end:
            return
        other = self._across(end, message)
        match message:
            case IceWanted():
                end.push(IceGiven(servers=self._servers(end.role)))
                return
            case Still():
                self._keep_still(message)
                return
            case Clock():
                self._time_left = message
                self.changed.set()
            case FamilyReady():
                self._ready = message
                self._tell()
                self.changed.set()
            case _:
                pass
        if other is not None:
            other.push_raw(raw)

    def _across(self, end: End, message: FromEnd) -> End | None:
        """Who hears this: between kiosk and listener goes what bears the listener's id, and nothing else; a family has no part in it."""
        call_id = message.call_id if isinstance(message, (Offer, Answer, Candidate)) else ""
        if not call_id.startswith(LISTEN):
            return None if end.role is Role.LISTENER else self._ends.get(end.role.other)
        if end.role is Role.FAMILY or self._listen_id is None or not call_id.startswith(f"{self._listen_id}-"):
            return None
        return self._ends.get(Role.LISTENER if end.role is Role.KIOSK else Role.KIOSK)

    def _tell_of_listener(self) -> None:
        kiosk = self._ends.get(Role.KIOSK)
        if kiosk is None:
            return
        told = Listened(listen_id=None)
        if self._listen_id is not None:
            servers, policy = self._servers(Role.KIOSK), self.settings.ice_policy.value
            told = Listened(listen_id=self._listen_id, servers=servers, policy=policy)
        kiosk.push(told)

    def update(self, session: CallSession, settings: FacilitySettings) -> None:
        """The rows have changed: tell both ends what concerns them."""
        self.session = session
        self.settings = settings
        self._tell()

    @property
    def family(self) -> End | None:
        """The family's end, if its socket is here."""
        found = self._ends.get(Role.FAMILY)
        return found if found is not None and found.is_here else None

    @property
    def ends(self) -> Mapping[Role, End]:
        """Who is in the call, here or on another instance."""
        return self._ends

    def about(self, end: End) -> About:
        """What other instances must know of an end."""
        return About(
            claim=end.claim,
            ready=self._ready if end.role is Role.FAMILY else None,
            listen_id=self._listen_id if end.role is Role.LISTENER else None,
        )

    def learn(self, role: Role, about: About) -> None:
        """What another instance knows of the end that it has."""
        if role is Role.FAMILY and about.ready is not None and about.ready != self._ready:
            self._ready = about.ready
            self._tell()
            self.changed.set()

    def learn_still(self, jpeg: bytes | None) -> None:
        """The picture of a family that waits at another instance."""
        self._still = jpeg
        self.changed.set()

    def put_out(self, family: End | None) -> None:
        """An officer refused it or gave its place away: of an end that was there before the rows were read, they decide."""
        if family is None or family is not self.family or family.claim == (self.session.claim_hash or ""):
            return
        family.finish(CLOSE_NORMAL, "refused" if family.claim == self.session.refused_hash else "taken_over")
        self.leave(family)

    def close(self, why: str) -> None:
        """Say good-bye to everybody."""
        code = CLOSE_GOING if why == "shutting_down" else CLOSE_NORMAL
        for end in tuple(self._ends.values()):
            end.finish(code, why)

    @property
    def credentials_expire_ms(self) -> int:
        """Until when the relay takes what this call's ends were given."""
        return self.session.hard_stop_ms(self.settings) + CREDENTIALS_AFTER_MS

    def _servers(self, role: Role) -> tuple[IceServer, ...]:
        return self._turn.ice_servers(self.session.id, role.value, expires_at_ms=self.credentials_expire_ms)

    def _keep_still(self, message: Still) -> None:
        try:
            self._still = base64.b64decode(message.jpeg, validate=True)
        except binascii.Error:
            return
        self.changed.set()

    def _forget_family(self) -> None:
        self._ready = None
        self._still = None

    def _tell(self) -> None:
        for role, end in self._ends.items():
            present = role.other in self._ends
            ready = self.family_ready if role is Role.KIOSK else present
            peer = Peer(present=present, ready=ready, admitted=self.session.admitted_at_ms is not None)
            if self._told.get(role) != peer:
                self._told[role] = peer
                end.push(peer)
