"""What the PIN store and its worker say to each other: one line of JSON each way, over pipes."""

import msgspec


class Make(msgspec.Struct, frozen=True, kw_only=True, tag="make"):
    """Hash this."""

    pin: str


class Compare(msgspec.Struct, frozen=True, kw_only=True, tag="compare"):
    """Is this the PIN behind the hash?"""

    pin: str
    hash: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`hash` answers Make; `is_right` answers Compare, null where the hash is none."""

    hash: str | None = None
    is_right: bool | None = None
