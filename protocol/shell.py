"""What agent, bilik-shell and bilik-window say to each other: JSON lines, agent to shell on a Unix socket, shell to window on pipes."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from protocol.meeting import CloseMeeting, MeetingFact, MeetingLease, MeetingVolume, OpenMeeting
from protocol.wire import Count, DurationMs, ShortText, Strict

# ---- agent to shell -----------------------------------------------------------------------------------------------


class PageAddress(Strict, frozen=True, kw_only=True, tag="page", tag_field="type"):
    """Where the page is and the token that opens it; sent on connect and whenever it changes."""

    port: Annotated[int, Meta(ge=1, le=65535)]
    token: str


class ShellLease(Strict, frozen=True, kw_only=True, tag="lease", tag_field="type"):
    """A call view may be on the glass for `ms` more; 300 ms after it ran out the shell ends the renderer.

    `meeting`: the view is a meeting's page, which the window closes by itself; the shell then ends the whole window.
    """

    ms: DurationMs
    meeting: bool = False


class LeaseOver(Strict, frozen=True, kw_only=True, tag="lease_over", tag_field="type"):
    """The page has closed the call itself: nothing to watch until the next lease."""


class OrderKind(StrEnum):
    """What the agent can ask of the shell. A rescue is a restart that counts as a failure: too many of them and the window is given up."""

    SHOW_CURTAIN = "show_curtain"
    RESTART_WINDOW = "restart_window"
    RESCUE_WINDOW = "rescue_window"
    END_RENDERER = "end_renderer"
    RAISE_WINDOW = "raise_window"


class Order(Strict, frozen=True, kw_only=True, tag="order", tag_field="type"):
    """Do this now; safe to repeat."""

    kind: OrderKind


ToShell = PageAddress | ShellLease | LeaseOver | Order | OpenMeeting | CloseMeeting | MeetingVolume

# ---- shell to agent -----------------------------------------------------------------------------------------------


class ShellHello(Strict, frozen=True, kw_only=True, tag="hello", tag_field="type"):
    """The shell's first line."""

    version: ShortText
    pid: Count
    screen: ShortText


class WindowPhase(StrEnum):
    """How far the window has come."""

    STARTING = "starting"
    UP = "up"
    PAINTED = "painted"
    GONE = "gone"
    GIVEN_UP = "given_up"


class WindowFact(Strict, frozen=True, kw_only=True, tag="window", tag_field="type"):
    """The window changed its phase; `why` in words when it has gone (exit code, no beat, renderer, ordered, lease)."""

    phase: WindowPhase
    pid: Count | None = None
    why: ShortText | None = None
    starts: Count = 0


class RendererFact(Strict, frozen=True, kw_only=True, tag="renderer", tag_field="type"):
    """The renderer ended or was ended; it is loaded again by the shell."""

    why: ShortText


class KeysFact(Strict, frozen=True, kw_only=True, tag="keys", tag_field="type"):
    """Which key combinations are truly held and which could not be."""

    held: Count
    missing: tuple[ShortText, ...] = ()


class ForeignWindow(Strict, frozen=True, kw_only=True, tag="foreign", tag_field="type"):
    """A window that is not ours was seen; closed says whether it could be closed."""

    closed: bool


class EscapeFact(Strict, frozen=True, kw_only=True, tag="escape", tag_field="type"):
    """Attempts to get out, by kind, seen by shell or window."""

    kind: ShortText
    count: Count = 1


class ChordFact(Strict, frozen=True, kw_only=True, tag="chord", tag_field="type"):
    """The technician's chord was pressed on the keyboard: ask for the PIN."""


class ShellBeat(Strict, frozen=True, kw_only=True, tag="alive", tag_field="type"):
    """The shell's loop turns: once a second. A shell that has begun to beat and stops hangs, or its screen does."""


FromShell = (
    ShellHello | WindowFact | RendererFact | KeysFact | ForeignWindow | EscapeFact | MeetingFact | ChordFact | ShellBeat
)

# ---- shell to window (its stdin) and back (its stdout) ------------------------------------------------------------


class Load(Strict, frozen=True, kw_only=True, tag="load", tag_field="type"):
    """Set the page's cookie and load it."""

    port: Annotated[int, Meta(ge=1, le=65535)]
    token: str


class WindowOrder(Strict, frozen=True, kw_only=True, tag="order", tag_field="type"):
    """kind: raise, end_renderer, reload."""

    kind: ShortText


ToWindow = Load | WindowOrder | OpenMeeting | CloseMeeting | MeetingVolume | MeetingLease


class WindowBeat(Strict, frozen=True, kw_only=True, tag="beat", tag_field="type"):
    """Once a second from the window's GUI thread."""

    renderer_pid: int | None = None


class WindowUp(Strict, frozen=True, kw_only=True, tag="up", tag_field="type"):
    """The window is mapped; the page is loading."""

    pid: int
    window_id: int


class WindowPainted(Strict, frozen=True, kw_only=True, tag="painted", tag_field="type"):
    """The engine finished loading and painted the page."""


class RendererEnded(Strict, frozen=True, kw_only=True, tag="renderer_ended", tag_field="type"):
    """The engine reported that its renderer process ended."""

    code: int


class Blocked(Strict, frozen=True, kw_only=True, tag="blocked", tag_field="type"):
    """The window refused something, by kind: navigation, new_window, download, file_chooser, dialog, permission, scheme, key, drop.

    Of a meeting's page the kind begins with `meeting_`.
    """

    kind: ShortText


FromWindow = WindowBeat | WindowUp | WindowPainted | RendererEnded | Blocked | MeetingFact
