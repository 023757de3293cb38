"""Everything the core can ask for; what is on the screen, in the heartbeat and on the lease is derived, not asked for.

RESTRICTS marks effects that take something away (end, lock, refuse): they run at once, whatever the disk does.
All others wait for the commit of the step that asked for them. Every effect is safe to repeat.
"""

from typing import ClassVar

import msgspec

from protocol.call import Ended, Said
from protocol.page import Notice
from protocol.terminal import CommandAnswered, OutboxEvent


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all effects."""

    RESTRICTS: ClassVar[bool] = False


class OpenSession(Effect, frozen=True, kw_only=True):
    """Ask central for the grant; comes back as SessionGranted or SessionRefused. `again`: after a restart of the agent."""

    session_id: str
    pin: str | None = None
    again: bool = False

    def __repr__(self) -> str:
        return f"OpenSession(session_id={self.session_id!r}, again={self.again})"


class JoinSignalling(Effect, frozen=True, kw_only=True):
    """Keep a signalling socket for this session, reconnecting, until LeaveSignalling."""

    session_id: str


class LeaveSignalling(Effect, frozen=True, kw_only=True):
    """Tell the family `farewell` if given, then close the session's signalling socket."""

    RESTRICTS: ClassVar[bool] = True
    session_id: str
    farewell: Ended | None = None


class StartCall(Effect, frozen=True, kw_only=True):
    """Let the page make the peer connection under this id; ICE servers come from the grant or the signalling."""

    call_id: str


class CloseCall(Effect, frozen=True, kw_only=True):
    """The call must be off the glass now; if the page does not confirm within 300 ms the shell ends the renderer."""

    RESTRICTS: ClassVar[bool] = True
    call_id: str | None


class ConfirmExtension(Effect, frozen=True, kw_only=True):
    """The extension of this command is on the disk: say so with ExtensionStored, and it counts from then on."""

    command_id: str


class TellFamily(Effect, frozen=True, kw_only=True):
    """Say something on the family's screen."""

    said: Said


class Notify(Effect, frozen=True, kw_only=True):
    """Say something on the kiosk's call screen."""

    notice: Notice


class Report(Effect, frozen=True, kw_only=True):
    """Put this into the outbox in the same transaction as the booth."""

    event: OutboxEvent


class AnswerCommand(Effect, frozen=True, kw_only=True):
    """Put the answer into the outbox and the done-table in the same transaction as the booth."""

    answer: CommandAnswered


class SetVolume(Effect, frozen=True, kw_only=True):
    """Loudness of the page."""

    percent: int


class RestartWindow(Effect, frozen=True, kw_only=True):
    """End the window process and start it anew: after every session, or because staff asked."""

    RESTRICTS: ClassVar[bool] = True


class RaiseWindow(Effect, frozen=True, kw_only=True):
    """Bring the window back to the front."""


class RestartAgent(Effect, frozen=True, kw_only=True):
    """End this process in order; the service manager starts it again."""


class Reboot(Effect, frozen=True, kw_only=True):
    """Restart the PC."""


class FetchRelease(Effect, frozen=True, kw_only=True):
    """Fetch this release and ask the PC to install it when nobody is in a call; `sha256` of its signed list."""

    version: str
    sha256: str


class ForgetToken(Effect, frozen=True, kw_only=True):
    """Delete the device token: this terminal must be enrolled again."""

    RESTRICTS: ClassVar[bool] = True


class CheckTechnicianPin(Effect, frozen=True, kw_only=True):
    """Compare with the PIN of this booth; comes back as TechnicianPinChecked."""

    pin: str

    def __repr__(self) -> str:
        return "CheckTechnicianPin(pin=…)"


class Diagnose(Effect, frozen=True, kw_only=True):
    """Look at PC, programs and network; comes back as Diagnosed."""


class HandOver(Effect, frozen=True, kw_only=True):
    """End the kiosk session and give the screen to a technician's login; comes back as HandOverAnswered."""
