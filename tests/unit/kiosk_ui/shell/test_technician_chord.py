"""The technician's chord: what completes it, and what does not, however often it is tried."""

import itertools
import random

import pytest

from kiosk_ui.shell.technician_chord import TechnicianChord

SHIFT, LOCK, CONTROL, ALT, NUM_LOCK, SUPER = 1, 2, 4, 8, 16, 64
TYPING = SHIFT | LOCK | NUM_LOCK
ALL = SHIFT | CONTROL | ALT


def typed(word: str, state: int = ALL, every_ms: int = 200, begin_ms: int = 1000) -> bool:
    chord = TechnicianChord()
    times = itertools.count(begin_ms, every_ms)
    return [chord.press(ord(key), state, TYPING, at % (1 << 32)) for key, at in zip(word, times, strict=False)][-1]


@pytest.mark.parametrize("word", ["bilik", "BILIK", "xbilik", "bbilik", "bilbilik", "bibilik"])
def test_the_word_with_the_three_held_completes_it(word: str) -> None:
    assert typed(word)
    assert typed(word, state=ALL | LOCK | NUM_LOCK), "the locks do not count"
    assert typed(word, begin_ms=(1 << 32) - 300), "X's clock begins anew after 49 days"


@pytest.mark.parametrize("word", ["bili", "kilib", "bilk", "b1lik", "bilxik", "biliik", "bilib", "\u0000\u0000ik"])
def test_another_word_does_not(word: str) -> None:
    assert not typed(word)


@pytest.mark.parametrize("state", [0, SHIFT, CONTROL, ALT, SHIFT | CONTROL, SHIFT | ALT, CONTROL | ALT, ALL | SUPER])
def test_with_fewer_or_more_held_it_does_not(state: int) -> None:
    assert not typed("bilik", state)


def test_too_slow_is_not_meant() -> None:
    assert typed("bilik", every_ms=1500)
    assert not typed("bilik", every_ms=1501)


def test_a_key_with_fewer_held_in_between_begins_it_anew() -> None:
    chord = TechnicianChord()
    presses = [("b", ALL), ("i", ALL), ("l", CONTROL), ("l", ALL), ("i", ALL), ("k", ALL)]
    assert not any(chord.press(ord(key), state, TYPING, 1) for key, state in presses)


def test_it_is_complete_once_each_time_it_is_typed() -> None:
    chord = TechnicianChord()
    assert [chord.press(ord(key), ALL, TYPING, 1) for key in "bilikbilik"] == [False] * 4 + [True] + [False] * 4 + [
        True
    ]


def test_a_hundred_thousand_keys_at_random_do_not_complete_it() -> None:
    chance, chord = random.Random(1), TechnicianChord()
    keys = [ord(key) for key in "abcdefghijklmnopqrstuvwxyz0123456789"]
    assert not any(chord.press(chance.choice(keys), ALL, TYPING, at * 50) for at in range(100_000))


def test_sliding_over_the_keyboard_does_not_complete_it() -> None:
    rows = ["qwertyuiop", "asdfghjkl", "zxcvbnm"]
    chord = TechnicianChord()
    for row in rows * 20:
        for slide in (row, row[::-1]):
            assert not any(chord.press(ord(key), ALL, TYPING, 1) for key in slide)
