"""What every place for the device token keeps: the fake in memory and keyring's file (under Wine a sealed one: `make wine-test`)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.adapters.credentials import KeyringCredentials
from agent.ports import Credentials
from tests.fakes import MemoryCredentials

Reopen = Callable[[], Credentials]


@pytest.fixture(params=["memory", "file"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Reopen:
    """The same place, as a new start of the agent finds it."""
    memory = MemoryCredentials()
    return {
        "memory": lambda: memory,
        "file": lambda: KeyringCredentials(tmp_path / "state", store="auto", environ={}),
    }[request.param]


def test_before_enrolment_there_is_none(reopen: Reopen) -> None:
    assert reopen().read() is None


def test_what_was_written_is_there_after_a_restart(reopen: Reopen) -> None:
    reopen().write("first")
    reopen().write("second")
    assert reopen().read() == "second"


def test_what_was_deleted_is_gone_and_deleting_nothing_is_no_error(reopen: Reopen) -> None:
    reopen().delete()
    reopen().write("token")
    reopen().delete()
    reopen().delete()
    assert reopen().read() is None


def test_the_place_is_said_in_words_without_the_token(reopen: Reopen) -> None:
    reopen().write("token-of-this-terminal")
    assert len(reopen().place()) > 5
    assert "token-of-this-terminal" not in reopen().place()
