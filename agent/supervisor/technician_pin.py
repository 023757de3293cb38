"""Takes a new technician's PIN from whoever sets it, and refuses one that is soon guessed."""

import getpass
import re
from collections.abc import Callable
from typing import TextIO

from agent.ports import PinUnusable

LEAST, MOST = 8, 16
FEWEST_KINDS = 4
RUN = "01234567890123456789"
LONGEST_BLOCK = 4
YEARS = r"(?:19|20)[0-9]{2}"
DAY, MONTH = r"(?:0[1-9]|[12][0-9]|3[01])", r"(?:0[1-9]|1[0-2])"
DATE = re.compile(rf"{DAY}{MONTH}{YEARS}|{MONTH}{DAY}{YEARS}|{YEARS}{MONTH}{DAY}")


def read_new_pin(typed: TextIO, ask: Callable[[str], str] = getpass.getpass) -> str:
    """Twice from a terminal, unseen; once from anything else. Raises PinUnusable with what to do, never with the PIN."""
    if not typed.isatty():
        pin = typed.readline(MOST * 4).strip()
        check_new_pin(pin)
        return pin
    pin = ask("New PIN of the technician (8 to 16 digits): ").strip()
    check_new_pin(pin)
    if ask("The same once more: ").strip() != pin:
        raise PinUnusable("the two PINs are not the same: nothing was changed, begin again")
    return pin


def check_new_pin(pin: str) -> None:
    """Raise PinUnusable unless it is long enough and not one of those that are tried first."""
    if not re.fullmatch(r"[0-9]+", pin):
        raise PinUnusable("the PIN must be digits alone, as a touch screen has no letters: nothing was changed")
    if not LEAST <= len(pin) <= MOST:
        raise PinUnusable(f"the PIN must have {LEAST} to {MOST} digits, this one has {len(pin)}: nothing was changed")
    why = weakness(pin)
    if why is not None:
        raise PinUnusable(f"the PIN {why}, so it is among the first that are tried: nothing was changed, take another")


def weakness(pin: str) -> str | None:
    """What makes it easy to guess, in words that follow "the PIN"; None: nothing known."""
    halved = pin[::2] if pin[::2] == pin[1::2] else pin  # 11223344 is 1234
    if halved in RUN or halved[::-1] in RUN:
        return "counts up or down"
    if any(pin in pin[:size] * len(pin) for size in range(1, LONGEST_BLOCK + 1)):
        return "repeats itself"
    if len(set(pin)) < FEWEST_KINDS:
        return f"has fewer than {FEWEST_KINDS} different digits"
    if DATE.fullmatch(pin):
        return "is a date"
    return None
