"""What page and signalling say, as events of the core: one place where words of the wire become facts."""

from agent.core.events import (
    AudioReported,
    DevicesReported,
    DevicesSeen,
    Event,
    FamilyChanged,
    FamilyEnded,
    InmateEnded,
    LanguageWasChosen,
    MaintenanceWasAsked,
    Now,
    PinEntered,
    RulesWereAccepted,
    StartPressed,
    TechnicianCame,
    TechnicianPinEntered,
    VolumeWasChosen,
    WentBack,
)
from agent.core.events import EscapeSeen as EscapeWasSeen
from protocol.call import (
    Answer,
    Candidate,
    FamilyReady,
    FromEnd,
    HangUp,
    IceGiven,
    IceWanted,
    Listened,
    Offer,
    Peer,
    ToEnd,
    Welcome,
)
from protocol.devices import DevicesMeasured
from protocol.maintenance import MaintenanceAsked, TechnicianCalled, TechnicianPinTyped
from protocol.meeting import VolumeChosen
from protocol.page import AudioFacts, Back, Devices, Escape, FromPage, HungUp, LanguageChosen, Pin, RulesAccepted, Start


def from_page(message: FromPage, now: Now) -> Event | None:
    """The fact in what the page said; None if it is no business of the core."""
    match message:
        case Start():
            return StartPressed(now=now)
        case Pin(pin=pin):
            return PinEntered(now=now, pin=pin)
        case RulesAccepted():
            return RulesWereAccepted(now=now)
        case Back():
            return WentBack(now=now)
        case HungUp():
            return InmateEnded(now=now)
        case _:
            return _from_call_view(message, now)


def _from_call_view(message: FromPage, now: Now) -> Event | None:
    match message:
        case AudioFacts():
            return AudioReported(
                now=now,
                call_id=message.call_id,
                here_silent_s=message.here_silent_ms / 1000,
                there_silent_s=message.there_silent_ms / 1000,
            )
        case Devices(camera=camera, microphone=microphone):
            return DevicesReported(now=now, camera=camera, microphone=microphone)
        case LanguageChosen(language=language):
            return LanguageWasChosen(now=now, language=language)
        case VolumeChosen(percent=percent):
            return VolumeWasChosen(now=now, percent=percent)
        case Escape(kind=kind):
            return EscapeWasSeen(now=now, kind=kind)
        case _:
            return _from_technician(message, now)


def _from_technician(message: FromPage, now: Now) -> Event | None:
    match message:
        case TechnicianCalled():
            return TechnicianCame(now=now, how="corners")
        case TechnicianPinTyped(pin=pin):
            return TechnicianPinEntered(now=now, pin=pin)
        case MaintenanceAsked(deed=deed):
            return MaintenanceWasAsked(now=now, deed=deed)
        case DevicesMeasured():
            return DevicesSeen(now=now, measured=message)
        case _:
            return None


def may_page_say(message: FromEnd) -> bool:
    """Whether the page may have this passed on: the clock, the farewell and what officers say are the agent's own."""
    return isinstance(message, (Offer, Answer, Candidate, IceWanted))


def may_page_hear(message: ToEnd) -> bool:
    """Whether this is for `call/webrtc.js`."""
    return isinstance(message, (Offer, Answer, Candidate, IceGiven, Welcome, Peer, Listened))


def family_end(session_id: str, message: ToEnd, known: FamilyChanged | None, now: Now) -> Event | None:
    """What a message says of the family's end; `known` is what was said of it last."""
    match message:
        case HangUp():
            return FamilyEnded(now=now, session_id=session_id)
        case Peer(present=present, ready=ready, admitted=admitted):
            return FamilyChanged(now=now, session_id=session_id, present=present, ready=ready, admitted=admitted)
        case Welcome(peer_present=present, admitted=admitted):
            ready = present and (admitted or (known is not None and known.ready))
            return FamilyChanged(now=now, session_id=session_id, present=present, ready=ready, admitted=admitted)
        case FamilyReady():
            admitted = known is not None and known.admitted
            return FamilyChanged(now=now, session_id=session_id, present=True, ready=True, admitted=admitted)
        case _:
            return None
