"""Every reader of what others wrote, and the only errors it may answer bad input with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from agent import config
from agent.adapters.central_client.answers import decode_answer, read_problem
from agent.adapters.page_server.server import decode as decode_page
from agent.adapters.shell_link import decode as decode_shell
from agent.core import saved
from agent.core.state import Booth
from agent.ports import ConfigWrong, Nonsense
from agent.supervisor import enrolment
from central import outbox
from central.calls.end import End, Role, Violation
from central.meetings import WrongMeeting, allowed, meeting
from central.routes.problems import ApiProblem, read_body
from protocol import call, join, page, shell, terminal


class Reader(NamedTuple):
    """`kind`: what valid input is made from; None where it is text."""

    read: Callable[[bytes], object]
    refuses_with: tuple[type[Exception], ...]
    kind: Any = None


def answer(kind: Any) -> Reader:
    """What central answered, read by the agent."""
    return Reader(lambda raw: decode_answer(kind, raw, "test"), (Nonsense,), kind)


def body(kind: Any) -> Reader:
    """What a client sent, read by central."""
    decode = msgspec.json.Decoder(kind).decode
    return Reader(lambda raw: read_body(decode, raw), (msgspec.DecodeError,), kind)


def _end(raw: bytes) -> object:
    return End(Role.FAMILY).read(raw, now_s=1_000_000.0)


def text(read: Callable[[str], object], *refuses_with: type[Exception]) -> Reader:
    """What a person wrote."""
    return Reader(lambda raw: read(raw.decode("utf-8", "surrogateescape")), refuses_with)


def line(kind: Any) -> Reader:
    """A line between the kiosk account's own programs."""
    return Reader(msgspec.json.Decoder(kind).decode, (msgspec.DecodeError, UnicodeDecodeError, RecursionError), kind)


MEETINGS = ("meet.google.com", "*.zoom.us", "meet.jit.si", "vc.example.org:8443/rooms+cdn.example.org")

READERS: dict[str, Reader] = {
    "page": Reader(decode_page, (msgspec.MsgspecError, UnicodeDecodeError, RecursionError), page.FromPage),
    "shell": Reader(decode_shell, (msgspec.MsgspecError, UnicodeDecodeError, RecursionError), shell.FromShell),
    "signalling_at_the_agent": Reader(
        msgspec.json.Decoder(call.ToEnd).decode, (msgspec.MsgspecError, UnicodeDecodeError, RecursionError), call.ToEnd
    ),
    "signalling_at_central": Reader(_end, (Violation,), call.FromEnd),
    "sync_answer": answer(terminal.SyncAnswer),
    "grant": answer(terminal.Grant),
    "events_answer": answer(terminal.EventsAnswer),
    "enrolment_answer": answer(terminal.EnrolmentAnswer),
    "problem": Reader(
        lambda raw: read_problem({"content-type": "application/problem+json"}, raw), (), terminal.Problem
    ),
    "sync_request": body(terminal.SyncRequest),
    "enrolment_request": body(terminal.EnrolmentRequest),
    "open_request": body(terminal.OpenRequest),
    "event_batch": body(terminal.EventBatch),
    "join_request": body(join.JoinRequest),
    "saved_booth": Reader(saved.decode, (saved.SavedUnreadable,), Booth),
    "outbox": Reader(outbox.read, (msgspec.DecodeError, ApiProblem), terminal.EventBatch),
    "shell_orders": line(shell.ToShell),
    "window_words": line(shell.FromWindow),
    "window_orders": line(shell.ToWindow),
    "enrolment_string": text(enrolment.parse, enrolment.EnrolmentWrong),
    "meeting_link": text(lambda url: meeting(url, MEETINGS), WrongMeeting),
    "meeting_host": text(allowed, WrongMeeting),
    "agent_toml": Reader(lambda raw: config.parse(raw.decode("utf-8", "replace"), Path("agent.toml")), (ConfigWrong,)),
}
