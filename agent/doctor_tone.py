"""`bilik-agent doctor` on a terminal: asks the person there whether the booth's tone was heard, since no microphone hears a headset."""

import select
import sys
from collections.abc import Callable

from protocol.diagnosis import Found

PLAYED = frozenset({"speaker.played", "speaker.heard"})
ANSWERS = {"y": "speaker.confirmed", "ya": "speaker.confirmed", "yes": "speaker.confirmed"} | dict.fromkeys(
    ("t", "tidak", "n", "no"), "speaker.unheard"
)
LISTEN = {
    "id": "Dengarkan di headset bilik: sebuah nada dimainkan bila bilik sedang kosong.",
    "en": "Listen at the booth's headset: a tone is played if the booth is idle.",
}
QUESTION = {
    "id": "Apakah Anda mendengar nadanya? [y/t, Enter: tidak tahu] ",
    "en": "Did you hear the tone? [y/n, Enter: do not know] ",
}
ANSWER_S = 60.0


def is_somebody_there() -> bool:
    """Whether a person reads and types here."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def announce(language: str) -> None:
    """Say that a tone will come; on standard error, since the lines themselves may be piped on."""
    _say(f"{LISTEN[language]}\n")


def with_answer(found: tuple[Found, ...], answer: str) -> tuple[Found, ...]:
    """The same findings with what a person said of the tone; anything but yes and no leaves them as they are."""
    heard = ANSWERS.get(answer.strip().lower())
    if heard is None:
        return found
    return tuple(Found(finding=heard) if one.finding in PLAYED else one for one in found)


def asked(found: tuple[Found, ...], language: str, ask: Callable[[str], str]) -> tuple[Found, ...]:
    """Ask, if a tone was played at all."""
    if not any(one.finding in PLAYED for one in found):
        return found
    return with_answer(found, ask(QUESTION[language]))


def ask_person(question: str) -> str:
    """What is typed within a minute; empty if nothing is."""
    _say(question)
    if sys.platform != "win32" and not select.select([sys.stdin], [], [], ANSWER_S)[0]:
        _say("\n")
        return ""
    return sys.stdin.readline()


def _say(words: str) -> None:
    sys.stderr.write(words)
    sys.stderr.flush()
