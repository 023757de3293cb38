"""What bilik-install says, in Indonesian or English: English stands where it is said, Indonesian in locales/id.json."""

import json
import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

LANGUAGES = ("id", "en")
QUESTION = "Bahasa Indonesia [Enter], or English? [id/en] "
LOCALES = Path(__file__).parent / "locales"

_spoken = ["en"]


def speak(language: str) -> None:
    """From here on, in this language."""
    _spoken[0] = language


def spoken() -> str:
    """`id` or `en`."""
    return _spoken[0]


def say(english: str, **gaps: object) -> str:
    """The sentence in the language that is spoken, its gaps filled."""
    text = _indonesian().get(english, english) if spoken() == "id" else english
    return text.format(**gaps) if gaps else text


@lru_cache
def _indonesian() -> Mapping[str, str]:
    table: dict[str, str] = json.loads((LOCALES / "id.json").read_text(encoding="utf-8"))
    return table


def language_of(environment: Mapping[str, str]) -> str | None:
    """What the system speaks, by its locale; None for one that says neither."""
    names = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next((name[:2] for name in names if name[:2] in LANGUAGES), None)


def choose(asked: str | None, kept: str | None, ask: Callable[[str], str] | None) -> str:
    """What was asked for, else what was chosen here before, else the system's; else `ask`, and Indonesian where nobody answers."""
    known = asked or (kept if kept in LANGUAGES else None) or language_of(os.environ)
    while known is None:
        answer = "id" if ask is None else ask(QUESTION).strip().lower() or "id"
        known = answer[:2] if answer[:2] in LANGUAGES else None
    return known
