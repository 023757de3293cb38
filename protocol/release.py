"""A release of the booth's programs: what is signed, what the agent asks its PC for, and what became of it."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from protocol.wire import Lenient, ShortText, Strict

Version = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[0-9][0-9A-Za-z.+~-]*$(?!\n)")]
"""As Debian writes it; part of a path, so it holds no slash and does not begin with a dot."""

PackageName = Annotated[str, Meta(pattern=r"^bilik-[a-z]+$(?!\n)")]
FileName = Annotated[str, Meta(min_length=5, max_length=128, pattern=r"^[a-z][0-9A-Za-z.+~_-]*\.deb$(?!\n)")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
PackageBytes = Annotated[int, Meta(ge=1, le=1_000_000_000)]

MANIFEST = "release.json"
SIGNATURE = "release.json.sig"
MANIFEST_BYTES = 65_536


class ReleasedPackage(Lenient, frozen=True, kw_only=True):
    """One package of a release; one that a PC has in this version already is neither fetched nor installed."""

    name: PackageName
    version: Version
    file: FileName
    sha256: Sha256
    bytes: PackageBytes


class Release(Lenient, frozen=True, kw_only=True):
    """`release.json`: the one signed file. `version` is that of bilik-agent; the others come along where they are newer."""

    version: Version
    packages: Annotated[tuple[ReleasedPackage, ...], Meta(min_length=1, max_length=4)]


class UpgradeWanted(Strict, frozen=True, kw_only=True):
    """The agent to bilik-install: everything of this release lies in the folder of its version, and nobody is in a call."""

    version: Version


class UpgradeEnd(StrEnum):
    """What became of an upgrade. IN_CALL: not begun, ask again when the call is over."""

    TRYING = "trying"
    DONE = "done"
    REFUSED = "refused"
    IN_CALL = "in_call"
    WENT_BACK = "went_back"


class UpgradeOutcome(Lenient, frozen=True, kw_only=True):
    """bilik-install to the agent, in a file that it may only read."""

    version: Version
    end: UpgradeEnd
    why: ShortText = ""
