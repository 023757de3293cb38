"""Waiting for something to become so, with a deadline and a word for what was waited for."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
POLL_S = 0.02
_never = threading.Event()


class NotSo(AssertionError):
    """What was waited for did not come; the message says what and how long."""


def boot_s() -> float:
    """This moment in seconds since boot, suspend counted: the clock that agent, shell and window stamp with too."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def pause(seconds: float) -> None:
    """Let time pass where passing time is what is tested (a cut of 5 s, a measuring window); never to wait for something."""
    _never.wait(seconds)


def wait_for(condition: Callable[[], T], *, within_s: float, what: str, every_s: float = POLL_S) -> T:
    """Return the first true answer of `condition`; raises NotSo when there is none within `within_s`."""
    deadline = boot_s() + within_s
    while True:
        answer = condition()
        if answer:
            return answer
        if boot_s() >= deadline:
            raise NotSo(f"waited {within_s:g} s for {what}; the last answer was {answer!r}")
        pause(every_s)
