"""The two kinds of message and the bounded numbers that all the others are made of."""

from typing import Annotated

import msgspec
from msgspec import Meta

AtMs = Annotated[int, Meta(ge=0, le=4_102_444_800_000)]
"""An instant of central's clock: milliseconds since 1970-01-01 UTC, up to the year 2100."""

DurationMs = Annotated[int, Meta(ge=0, le=86_400_000)]
"""A duration of at most a day in milliseconds."""

TalkS = Annotated[int, Meta(ge=10, le=14_400)]
"""A promised talk time in seconds: ten seconds to four hours."""

Count = Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)]
"""A counter that every reader of JSON holds exactly; longer ones could not even be written out again."""

Identifier = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$(?!\n)")]
"""The look-ahead refuses a line break at the end, which Python's `$` lets pass."""

ShortText = Annotated[str, Meta(max_length=200)]
LongText = Annotated[str, Meta(max_length=65_536)]


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message whose reader refuses what it does not know: all that central and the agent take from below."""


class Lenient(msgspec.Struct, frozen=True, kw_only=True):
    """A message from a program that may be newer than its reader: unknown fields are ignored."""
