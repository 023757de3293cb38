"""A task goes to schtasks.exe and comes back as it was, and one that was changed is seen."""

import pytest

from installer.windows.plan import Place
from installer.windows.tasks import SYSTEM, command_of, task_xml

COMMAND = Place(programs=r"C:\Program Files\Bilik & Co <1>").verify
XML = task_xml(COMMAND, every_min=2)


def test_what_is_made_is_what_is_read() -> None:
    assert command_of(XML) == COMMAND
    assert "<Interval>PT2M</Interval>" in XML
    assert "Bilik &amp; Co &lt;1&gt;" in XML


def test_a_program_that_windows_tells_with_its_quotes_is_the_same() -> None:
    program = (
        COMMAND.partition('" ')[0].removeprefix('"').replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    )
    assert program in XML
    assert command_of(XML.replace(program, f'"{program}"')) == COMMAND


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("<Enabled>true</Enabled>", "<Enabled>false</Enabled>", "nothing: it is disabled"),
        (SYSTEM, "S-1-5-21-1", f"{COMMAND} as S-1-5-21-1"),
        (f"<UserId>{SYSTEM}</UserId>", "", f"{COMMAND} as nobody"),
        ("-m installer", "-m other", COMMAND.replace("-m installer", "-m other")),
    ],
)
def test_one_that_was_changed_runs_something_else(before: str, after: str, words: str) -> None:
    assert before in XML
    assert command_of(XML.replace(before, after)) == words
