"""What central's answers and silences mean: the translation into the error tree of agent.ports."""

import email.utils
import ssl
from collections.abc import Iterator, Mapping
from typing import TypeVar

import httpx
import msgspec

from agent.ports import CentralError, CutOff, Nonsense, Rejected, Unauthorised, Unreachable, Untrusted
from protocol.terminal import Problem, SyncAnswer

LONGEST_RETRY_S = 3600.0
LONGEST_HOLD_S = 120.0
LATEST_MS = 4_102_444_800_000

EARLIER_ALLOWED_MS = 60_000
"""How far central's clock may be behind what the journal remembers: the map's error and small corrections, no more."""

WAIT_CODES = {"wait"}
"""A 429 with one of these is central's answer to a person (too many wrong PINs), not to a machine."""

CUT_OFF = (httpx.RemoteProtocolError, httpx.ReadError)
"""What the end of a connection looks like to whoever waits for an answer on it."""
GATEWAY_TIMEOUT = 504
"""What a proxy says instead of closing the connection."""

decode_problem = msgspec.json.Decoder(Problem).decode

Answer = TypeVar("Answer")


def decode_answer(kind: type[Answer], body: bytes, what: str) -> Answer:
    """The body as `kind`; raises Nonsense. The body itself is never quoted."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Nonsense(
            f"{what}: central's answer cannot be read ({str(error)[:200]}); check that the address is central's"
        ) from error


def check_sync(answer: SyncAnswer, last_known_ms: int | None) -> SyncAnswer:
    """The same answer if its numbers can be true; raises Nonsense, or Untrusted where central's clock went far back."""
    is_in_order = 0 <= answer.received_at_ms <= answer.answered_at_ms <= LATEST_MS
    if not is_in_order or answer.revision < 0 or not 0 <= answer.hold_s <= LONGEST_HOLD_S:
        raise Nonsense("sync: central's stamps, revision or hold_s cannot be true; check central")
    if last_known_ms is not None and answer.answered_at_ms < last_known_ms - EARLIER_ALLOWED_MS:
        raise Untrusted("sync: central's clock is earlier than it was when last heard; check central's clock")
    return answer


def refusal(status: int, headers: Mapping[str, str], body: bytes, what: str, central_ms: int | None) -> CentralError:
    """The error that an answer with this status (not a 2xx) stands for."""
    retry_after_s = read_retry_after(headers, central_ms)
    problem = read_problem(headers, body)
    if status == 429 and problem is not None and problem.code in WAIT_CODES:
        return rejected(problem, what, retry_after_s)
    if status == 429 or status >= 500:
        kind = CutOff if status == GATEWAY_TIMEOUT else Unreachable
        return kind(f"{what}: central answered {status}; tried again later", retry_after_s=retry_after_s)
    if status == 401:
        return Unauthorised(
            f"{what}: central refuses this terminal's token; if it lasts, enrol again", retry_after_s=retry_after_s
        )
    if 400 <= status < 500 and problem is not None:
        return rejected(problem, what, retry_after_s)
    return Nonsense(f"{what}: an answer {status} that is not central's; check the address and what stands between")


def rejected(problem: Problem, what: str, retry_after_s: float | None) -> Rejected:
    """Central's own no, in its own words: a problem's detail is for people and carries no secret."""
    words = (problem.detail or problem.title)[:300]
    code = problem.code or f"http_{problem.status}"
    return Rejected(f"{what}: central said no: {words} ({code})", code=code, retry_after_s=retry_after_s)


def read_problem(headers: Mapping[str, str], body: bytes) -> Problem | None:
    """The problem document, if the body is one."""
    if not headers.get("content-type", "").startswith("application/problem+json"):
        return None
    try:
        return decode_problem(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def read_retry_after(headers: Mapping[str, str], central_ms: int | None) -> float | None:
    """Retry-After in seconds, an HTTP date counted from central's own Date; None where it says nothing sensible."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_RETRY_S)
    until_s = read_date(text)
    now_s = read_date(headers.get("date", ""))
    if now_s is None and central_ms is not None:
        now_s = central_ms / 1000
    if until_s is None or now_s is None:
        return None
    return min(max(0.0, until_s - now_s), LONGEST_RETRY_S)


def read_date(text: str) -> float | None:
    """An HTTP date in seconds since 1970."""
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def silence(error: BaseException, what: str) -> CentralError:
    """The error that a failed connection stands for."""
    for cause in causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = cause.verify_message if hasattr(cause, "verify_message") else cause.strerror
            return Untrusted(
                f"{what}: central's certificate is refused: {why}; check central's certificate and address"
            )
        if isinstance(cause, ssl.SSLError) and is_refusal(cause):
            return Untrusted(f"{what}: no TLS with central ({cause.reason}); check the address and what stands between")
    kind = CutOff if any(isinstance(cause, CUT_OFF) for cause in causes(error)) else Unreachable
    return kind(f"{what}: central cannot be reached ({reason(error)}); tried again later")


def is_refusal(error: ssl.SSLError) -> bool:
    """Whether the two ends could not agree; a connection that ended or broke before they could says nothing about trust."""
    broke = isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ssl.SSLSyscallError)
    return not broke and getattr(error, "reason", None) is not None


def reason(error: BaseException) -> str:
    """Why, in the words of the operating system or by the kind of error; never the request."""
    for cause in causes(error):
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    return type(error).__name__


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that led to it, groups included."""
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting.extend(cause for cause in (one.__cause__, one.__context__) if cause is not None)
        if isinstance(one, BaseExceptionGroup):
            waiting.extend(one.exceptions)
        waiting.extend(argument for argument in one.args if isinstance(argument, BaseException))
