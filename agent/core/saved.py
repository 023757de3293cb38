"""A booth as bytes for the journal, without any name, PIN or secret, and back."""

import msgspec

from agent.core.state import Booth

VERSION = 1


class SavedUnreadable(ValueError):
    """The bytes are no booth of this version: set them aside and begin anew."""


class Saved(msgspec.Struct, frozen=True):
    """What the journal keeps."""

    version: int
    booth: Booth


def encode(booth: Booth) -> bytes:
    """The booth as JSON; the grant, which alone carries names, PINs and secrets, stays in memory."""
    if booth.visit is not None:
        booth = msgspec.structs.replace(booth, visit=msgspec.structs.replace(booth.visit, grant=None))
    seen = booth.technician
    if (seen.diagnosis, seen.devices) != (None, None):  # looked at anew after a restart; an older agent knows no fields
        booth = msgspec.structs.replace(booth, technician=msgspec.structs.replace(seen, diagnosis=None, devices=None))
    return msgspec.json.encode(Saved(VERSION, booth))


def decode(saved: bytes) -> Booth:
    """The booth of `encode`; raises SavedUnreadable."""
    try:
        read = msgspec.json.decode(saved, type=Saved)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SavedUnreadable(
            f"the saved booth cannot be read ({error}); it is set aside and the booth begins anew"
        ) from error
    if read.version != VERSION:
        raise SavedUnreadable(f"the saved booth has version {read.version}, this agent reads {VERSION}")
    return read.booth
