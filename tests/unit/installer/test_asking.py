"""A technician at the console is asked for what is missing, and again after an answer that cannot be used."""

from collections.abc import Callable

import pytest

from installer.answers import Answers, Given, Place
from installer.asking import Asker

ENROLMENT = "https://central.example.org#ABCD-EFGH"


def asker(*answers: str) -> tuple[Asker, list[str]]:
    """Who answers these in turn, and all that was said."""
    left, said = list(answers), list[str]()

    def ask(question: str) -> str:
        said.append(question)
        if not left:
            raise EOFError
        return left.pop(0)

    record: Callable[[str], None] = said.append
    return Asker(ask=ask, hidden=ask, say=record), said


def test_everything_is_asked_on_a_new_pc() -> None:
    who, _ = asker(ENROLMENT, "", "n", "ya", "27182818", "27182818")
    given = who.complete(Given(), None, is_enrolled=False, has_pin=False)
    assert given == Given(
        enrolment=ENROLMENT, pin="27182818", turn=["central.example.org:3478"], direct_calls=False, meetings=True
    )


def test_nothing_is_asked_that_is_known() -> None:
    who, said = asker()
    kept = Answers(central=Place("c", 443), turn=())
    assert who.complete(Given(), kept, is_enrolled=True, has_pin=True) == Given()
    assert said == []


def test_a_wrong_answer_is_said_and_asked_again() -> None:
    who, said = asker("ABCD", ENROLMENT, "a b", "relay:1", "perhaps", "y", "n", "1", "2", "3", "3")
    given = who.complete(Given(), None, is_enrolled=False, has_pin=False)
    assert given.turn == ["relay:1"]
    assert given.direct_calls is True
    assert given.pin == "3"
    assert [line for line in said if "wrong form" in line or "no place" in line or line.startswith(("answer", "those"))]


def test_a_pin_may_be_left_for_later() -> None:
    who, _ = asker("")
    kept = Answers(central=Place("c", 443), turn=())
    assert who.complete(Given(), kept, is_enrolled=True, has_pin=False).pin is None
    who, _ = asker("1", "2", "1", "2", "1", "2")
    assert who.complete(Given(), kept, is_enrolled=True, has_pin=False).pin is None


def test_nobody_there_is_no_answer() -> None:
    who, _ = asker()
    with pytest.raises(EOFError):
        who.complete(Given(), None, is_enrolled=False, has_pin=False)
