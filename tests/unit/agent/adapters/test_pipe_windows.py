"""Who may use the agent's named pipe, as Windows writes it."""

import pytest

from agent.adapters.pipe_windows import access_list
from agent.ports import AgentError

AGENT, KIOSK = "S-1-5-80-1-2-3-4-5", "S-1-5-21-1-2-3-1001"


def test_the_kiosk_may_talk_but_make_no_end_of_its_own() -> None:
    allowed = access_list(AGENT, frozenset({KIOSK}))
    assert allowed == f"O:{AGENT}D:P(D;;FA;;;NU)(A;;FA;;;S-1-5-18)(A;;FA;;;{AGENT})(A;;0x12018b;;;{KIOSK})"
    assert 0x12018B & 0x4 == 0, "FILE_CREATE_PIPE_INSTANCE"


def test_the_agents_own_account_stands_there_once() -> None:
    assert access_list(AGENT, frozenset({AGENT, "S-1-5-18"})).count(AGENT) == 2


@pytest.mark.parametrize("name", ["WD", "S-1-5-21-1)(A;;FA;;;WD", "", "kiosk"])
def test_what_is_no_number_of_an_account_gets_into_no_list(name: str) -> None:
    with pytest.raises(AgentError):
        access_list(AGENT, frozenset({name}))
