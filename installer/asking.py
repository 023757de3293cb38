"""Asks a technician at the console for what no flag and no file has answered."""

import getpass
from collections.abc import Callable

from installer.answers import TURN_PORT, Answers, Given, central_of, merge, place
from installer.ports import AnswersWrong
from installer.words import say

Ask = Callable[[str], str]
YES = {"y", "yes", "ya"}
NO = {"", "n", "no", "tidak"}
PIN_TRIES = 3


class Asker:
    """`ask` reads a line, `hidden` one that is not shown, `say` tells what was wrong with an answer."""

    def __init__(self, *, ask: Ask = input, hidden: Ask = getpass.getpass, say: Callable[[str], None]) -> None:
        self._ask = ask
        self._hidden = hidden
        self._say = say

    def complete(self, given: Given, kept: Answers | None, *, is_enrolled: bool, has_pin: bool) -> Given:
        """The same with what was missing; raises EOFError when nobody answers."""
        asked = Given()
        if given.enrolment is None and not is_enrolled:
            asked.enrolment = self._enrolment()
        if kept is None:
            self._about_calls(given, asked)
        if given.pin is None and not has_pin:
            asked.pin = self._pin()
        return merge(given, asked)

    def _about_calls(self, given: Given, asked: Given) -> None:
        text = given.enrolment or asked.enrolment
        if given.turn is None and text is not None:
            default = f"{central_of(text).host}:{TURN_PORT}"
            asked.turn = [self._place(say("Relay for calls, HOST:PORT [{default}]: ", default=default)) or default]
        if given.direct_calls is None:
            asked.direct_calls = self.yes(say("May calls go straight to the family's phone, past the relay? [y/N] "))
        if given.meetings is None:
            asked.meetings = self.yes(say("Are meeting links (Google Meet, Zoom, Jitsi) used here? [y/N] "))

    def _enrolment(self) -> str:
        while True:
            text = self._ask(say("Enrolment string (from the office, whole): ")).strip()
            try:
                central_of(text)
            except AnswersWrong as error:
                self._say(str(error))
                continue
            return text

    def _place(self, question: str) -> str | None:
        while True:
            text = self._ask(question).strip()
            try:
                if text:
                    place(text, TURN_PORT)
            except AnswersWrong as error:
                self._say(str(error))
                continue
            return text or None

    def _pin(self) -> str | None:
        for _ in range(PIN_TRIES):
            first = self._hidden(say("Technician's PIN for this booth, 8 to 16 digits (empty: set it later): "))
            if not first:
                return None
            if first == self._hidden(say("The same again: ")):
                return first
            self._say(say("those were two different PINs"))
        return None

    def yes(self, question: str) -> bool:
        """Whether the answer is yes."""
        while True:
            text = self._ask(question).strip().lower()
            if text in YES | NO:
                return text in YES
            self._say(say("answer y or n"))
