"""The doctor's lines at the end of an install, and what is said where it has none."""

import sys

from installer.linux.doctor import NO_ANSWER, doctor_words


def test_what_it_says_is_said_whatever_its_exit_code() -> None:
    assert doctor_words((sys.executable, "-c", "print('GOOD  Clock'); raise SystemExit(1)")) == "GOOD  Clock"


def test_a_doctor_that_is_not_there_or_says_nothing_fails_nothing() -> None:
    assert doctor_words(("/nowhere/bilik-agent", "doctor")) == NO_ANSWER
    assert doctor_words((sys.executable, "-c", "raise SystemExit(70)")) == NO_ANSWER


def test_somebody_at_the_console_is_asked_and_nobody_else() -> None:
    told = (sys.executable, "-c", "import sys; print(sys.argv[1:], sys.stdin.read())")
    assert doctor_words(told) == "['--yes']"
    asks = (sys.executable, "-c", "import sys; print(sys.argv[1:])")
    assert doctor_words(asks, asks=True) == "[]"
