"""Asking a person at the console whether the booth's tone was heard."""

import io
import os
import sys

import pytest

from agent import doctor_tone
from agent.doctor_tone import ask_person, asked, is_somebody_there
from protocol.diagnosis import Found

RUNS, PLAYED, HEARD = Found(finding="agent.runs"), Found(finding="speaker.played"), Found(finding="speaker.heard")


@pytest.mark.parametrize("line", [PLAYED, HEARD])
@pytest.mark.parametrize(
    ("answer", "finding"),
    [("y\n", "confirmed"), (" Ya ", "confirmed"), ("YES", "confirmed"), ("t", "unheard"), ("No\n", "unheard")],
)
def test_the_answer_counts_more_than_the_microphone(line: Found, answer: str, finding: str) -> None:
    assert asked((RUNS, line), "id", lambda _: answer) == (RUNS, Found(finding=f"speaker.{finding}"))


@pytest.mark.parametrize("answer", ["", "\n", "maybe"])
def test_who_does_not_know_leaves_it_open(answer: str) -> None:
    assert asked((RUNS, PLAYED), "en", lambda _: answer) == (RUNS, PLAYED)


def test_nobody_is_asked_about_a_tone_that_was_not_played() -> None:
    questions: list[str] = []
    asked((RUNS, Found(finding="speaker.untried")), "en", lambda question: questions.append(question) or "y")
    assert questions == []


def test_a_pipe_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert not is_somebody_there()


def test_who_types_nothing_in_time_said_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor_tone, "ANSWER_S", 0.0)
    reads, writes = os.pipe()
    with os.fdopen(reads) as typed, os.fdopen(writes, "w") as person:
        monkeypatch.setattr(sys, "stdin", typed)
        assert ask_person("Heard? ") == ""
        assert "Heard? " in capsys.readouterr().err
        print("ya", file=person, flush=True)
        assert ask_person("Heard? ") == "ya\n"
