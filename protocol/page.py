"""What agent and kiosk page say to each other on the loopback WebSocket `/ws`.

The agent sends a whole screen whenever it changes; the page draws it and decides nothing. All words are the page's own
(locales/*.json); models carry numbers, names and codes.
"""

from typing import Annotated

from msgspec import Meta

from protocol.call import FromEnd, IceServer, ToEnd
from protocol.devices import DevicesMeasured, TryDevices
from protocol.maintenance import FromTechnician, Maintenance, TechnicianPin
from protocol.meeting import Meeting, VolumeChosen
from protocol.outcome import EndReason, FaultParty
from protocol.terminal import CheckInMethod, IcePolicy
from protocol.wire import Count, DurationMs, Identifier, ShortText, Strict

# ---- screens ------------------------------------------------------------------------------------------------------


class WallClock(Strict, frozen=True, kw_only=True):
    """The facility's time when the message was sent: central's ms since 1970, the zone's offset and its name (WIB, WITA, WIT)."""

    now_ms: int
    offset_min: int
    zone: ShortText


class NextUp(Strict, frozen=True, kw_only=True):
    """One queue number that is to come, and its planned start in central's ms."""

    number: ShortText
    start_at_ms: int


class NotEnrolled(Strict, frozen=True, kw_only=True, tag="not_enrolled", tag_field="screen"):
    """The technician has not enrolled this PC yet."""


class Connecting(Strict, frozen=True, kw_only=True, tag="connecting", tag_field="screen"):
    """No clock map since boot: nothing opens and no time is shown."""


class Idle(Strict, frozen=True, kw_only=True, tag="idle", tag_field="screen"):
    """Between visits."""

    next: tuple[NextUp, ...]


class CheckIn(Strict, frozen=True, kw_only=True, tag="check_in", tag_field="screen"):
    """A number is called. `refused` is what became of the last try: wrong_pin, not_now, moved, unreachable, wait."""

    number: ShortText
    method: CheckInMethod
    busy: bool = False
    refused: ShortText | None = None
    retry_s: int = 0


class Rules(Strict, frozen=True, kw_only=True, tag="rules", tag_field="screen"):
    """The rules, to be accepted. From here on the short names may be shown."""

    number: ShortText
    inmate_name: ShortText
    talk_s: int


class Waiting(Strict, frozen=True, kw_only=True, tag="waiting", tag_field="screen"):
    """Own picture, and whether the family is there. `open_until_ms`: when the family is taken as absent, null while signalling is down."""

    number: ShortText
    family_name: ShortText
    talk_s: int
    family_present: bool
    online: bool
    left_to_join_ms: DurationMs | None = None


class Call(Strict, frozen=True, kw_only=True, tag="call", tag_field="screen"):
    """The call view. phase: connecting, talking, interrupted."""

    number: ShortText
    family_name: ShortText
    talk_s: int
    phase: ShortText
    left_ms: DurationMs
    listening: bool = False


class Farewell(Strict, frozen=True, kw_only=True, tag="farewell", tag_field="screen"):
    """What was delivered. `talk_s` includes extensions; `left_ms` is what was not delivered."""

    number: ShortText
    reason: EndReason
    fault_party: FaultParty
    delivered_ms: DurationMs
    talk_s: int
    left_ms: DurationMs


class Locked(Strict, frozen=True, kw_only=True, tag="locked", tag_field="screen"):
    """An officer has closed this booth."""


class OutOfService(Strict, frozen=True, kw_only=True, tag="out_of_service", tag_field="screen"):
    """The booth cannot serve; `code` is a row of protocol.faults."""

    code: ShortText


Screen = (
    NotEnrolled
    | Connecting
    | Idle
    | CheckIn
    | Rules
    | Waiting
    | Call
    | Meeting
    | Farewell
    | Locked
    | TechnicianPin
    | Maintenance
    | OutOfService
)

# ---- agent to page ------------------------------------------------------------------------------------------------


class Show(Strict, frozen=True, kw_only=True, tag="show", tag_field="type"):
    """Draw this screen. Leaving waiting or call for another screen closes the call, answered by `Closed`."""

    seq: int
    screen: Screen
    language: ShortText
    terminal_name: ShortText
    facility_name: ShortText
    clock: WallClock | None
    online: bool
    call_id: Identifier | None = None


class Lease(Strict, frozen=True, kw_only=True, tag="lease", tag_field="type"):
    """The call view may stay for `ms` more; when a lease runs out the page closes the call by itself.

    `then` is what an end in time will say, told with the last leases before it: the page lays it out unseen, so that at
    the end itself it only has to be turned up.
    """

    ms: DurationMs
    left_ms: DurationMs
    running: bool
    then: Farewell | None = None


class StartCall(Strict, frozen=True, kw_only=True, tag="start_call", tag_field="type"):
    """Make the peer connection and the offer under this call_id; one already made under it is kept."""

    call_id: Identifier
    servers: tuple[IceServer, ...]
    policy: IcePolicy


class FromSignalling(Strict, frozen=True, kw_only=True, tag="signal", tag_field="type"):
    """A message of the family or of central for `call/webrtc.js`."""

    message: ToEnd


class Notice(Strict, frozen=True, kw_only=True, tag="notice", tag_field="type"):
    """Say something over the call. kind: message (text), extended (value s), warning (value s left), last_seconds (value s), connected."""

    kind: ShortText
    value: int = 0
    text: ShortText = ""
    sound: bool = False


class Volume(Strict, frozen=True, kw_only=True, tag="volume", tag_field="type"):
    """Loudness of chimes and of the family's voice."""

    percent: Annotated[int, Meta(ge=0, le=100)]


ToPage = Show | Lease | StartCall | FromSignalling | Notice | Volume | TryDevices

# ---- page to agent ------------------------------------------------------------------------------------------------


class Ready(Strict, frozen=True, kw_only=True, tag="ready", tag_field="type"):
    """The page is drawn and listens; sent after the first painted frame."""


class Painted(Strict, frozen=True, kw_only=True, tag="painted", tag_field="type"):
    """The screen of `Show.seq` is on the glass (two animation frames after it was drawn)."""

    seq: Count


class Alive(Strict, frozen=True, kw_only=True, tag="alive", tag_field="type"):
    """Once a second after a painted frame that dirtied a pixel. `hidden`: the window must be raised."""

    hidden: bool


class Start(Strict, frozen=True, kw_only=True, tag="start", tag_field="type"):
    """The large Start button."""


class Pin(Strict, frozen=True, kw_only=True, tag="pin", tag_field="type"):
    """The inmate's PIN; passed to central, never stored or logged."""

    pin: Annotated[str, Meta(min_length=1, max_length=12, pattern=r"^[0-9]+$(?!\n)")]


class RulesAccepted(Strict, frozen=True, kw_only=True, tag="rules_accepted", tag_field="type"):
    """The inmate understands and agrees."""


class Back(Strict, frozen=True, kw_only=True, tag="back", tag_field="type"):
    """From the rules back to the check-in."""


class HungUp(Strict, frozen=True, kw_only=True, tag="hang_up", tag_field="type"):
    """The inmate ended the call, and confirmed it."""


class ToSignalling(Strict, frozen=True, kw_only=True, tag="signal", tag_field="type"):
    """A message of `call/webrtc.js` for the family or for central."""

    message: FromEnd


class AudioFacts(Strict, frozen=True, kw_only=True, tag="audio", tag_field="type"):
    """Every 500 ms in a call: for how long no inbound audio packet was seen here, and there by the family's own reports.

    A side that has never heard anything counts from the start of the peer connection.
    """

    call_id: Identifier
    here_silent_ms: DurationMs
    there_silent_ms: DurationMs
    frames: Count = 0


class FirstFrame(Strict, frozen=True, kw_only=True, tag="first_frame", tag_field="type"):
    """The family's first picture was painted."""

    call_id: Identifier


class QualityFacts(Strict, frozen=True, kw_only=True, tag="quality", tag_field="type"):
    """One getStats sample, every 5 s in a call."""

    call_id: Identifier
    round_trip_ms: float | None = None
    audio_loss: float | None = None
    video_kbit_s: float | None = None
    frames_received: Count = 0
    relayed: bool | None = None


class Devices(Strict, frozen=True, kw_only=True, tag="devices", tag_field="type"):
    """Which devices the page could open."""

    camera: bool
    microphone: bool


class Closed(Strict, frozen=True, kw_only=True, tag="closed", tag_field="type"):
    """The call view is gone from the glass and every local track has stopped. `by`: show or lease."""

    call_id: Identifier | None
    by: ShortText


class LanguageChosen(Strict, frozen=True, kw_only=True, tag="language", tag_field="type"):
    """The inmate chose a language; it holds until the visit ends."""

    language: Annotated[str, Meta(pattern=r"^(id|en)$(?!\n)")]


class Escape(Strict, frozen=True, kw_only=True, tag="escape", tag_field="type"):
    """An attempt to get out of the page, by kind; never which keys."""

    kind: ShortText


class Trouble(Strict, frozen=True, kw_only=True, tag="trouble", tag_field="type"):
    """Something in the page failed; `where` names the part, never a person."""

    where: ShortText
    text: ShortText


FromPage = (
    Ready
    | Painted
    | Alive
    | Start
    | Pin
    | RulesAccepted
    | Back
    | HungUp
    | ToSignalling
    | AudioFacts
    | FirstFrame
    | QualityFacts
    | Devices
    | Closed
    | LanguageChosen
    | VolumeChosen
    | Escape
    | Trouble
    | DevicesMeasured
    | FromTechnician
)
