"""Setting the technician's PIN: what is refused and why, and how it is typed."""

import io

import pytest

from agent.ports import PinUnusable
from agent.supervisor.technician_pin import check_new_pin, read_new_pin

GOOD = "90817263"


class Typist(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("pin", "why"),
    [
        ("", "digits alone"),
        ("1234567x", "digits alone"),
        ("٠١٢٣٤٥٦٧", "digits alone"),
        ("9081726", "8 to 16 digits, this one has 7"),
        ("90817263908172639", "8 to 16 digits, this one has 17"),
        ("12345678", "counts up or down"),
        ("45678901", "counts up or down"),
        ("98765432", "counts up or down"),
        ("11223344", "counts up or down"),
        ("44332211", "counts up or down"),
        ("11111111", "repeats itself"),
        ("12121212", "repeats itself"),
        ("12341234", "repeats itself"),
        ("123123123", "repeats itself"),
        ("11222111", "fewer than 4 different"),
        ("17081945", "is a date"),
        ("19450817", "is a date"),
        ("08171945", "is a date"),
    ],
)
def test_a_pin_that_is_soon_guessed_is_refused_in_words_without_itself(pin: str, why: str) -> None:
    with pytest.raises(PinUnusable, match=why) as caught:
        check_new_pin(pin)
    assert "nothing was changed" in str(caught.value)
    assert not pin or pin not in str(caught.value)


@pytest.mark.parametrize("pin", [GOOD, "00000000731", "3141592653589793", "11223345"])
def test_another_is_taken(pin: str) -> None:
    check_new_pin(pin)


def test_from_standard_input_it_is_read_once() -> None:
    assert read_new_pin(io.StringIO(f"{GOOD}\n{GOOD}x\n")) == GOOD


def test_at_a_terminal_it_is_typed_twice() -> None:
    answers = iter([GOOD, GOOD])
    assert read_new_pin(Typist(), ask=lambda _: next(answers)) == GOOD
    answers = iter([GOOD, "90817264"])
    with pytest.raises(PinUnusable, match="not the same"):
        read_new_pin(Typist(), ask=lambda _: next(answers))


def test_a_bad_one_is_refused_before_it_is_asked_for_again() -> None:
    answers = iter(["12345678"])
    with pytest.raises(PinUnusable, match="counts up"):
        read_new_pin(Typist(), ask=lambda _: next(answers))
