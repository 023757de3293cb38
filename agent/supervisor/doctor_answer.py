"""What the running agent tells `bilik-agent doctor`: its findings, or the finding that says why there are none."""

import msgspec

from protocol.diagnosis import FINDINGS, Found


class DoctorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`refused`: a row of protocol.diagnosis.FINDINGS of the area agent, or null."""

    found: tuple[Found, ...] = ()
    refused: str | None = None


encode = msgspec.json.Encoder().encode


def read(answer: bytes) -> tuple[Found, ...]:
    """The lines of an answer; one that cannot be read is an agent that is silent, and what only a newer one knows is left out."""
    try:
        told = msgspec.json.decode(answer, type=DoctorAnswer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return (Found(finding="agent.silent"),)
    if told.refused is not None:
        return (Found(finding=told.refused if told.refused in FINDINGS else "agent.silent"),)
    return tuple(one for one in told.found if one.finding in FINDINGS)
