"""The page with the state machine says what the tables say."""

from pathlib import Path

from agent.core.diagram import draw

PAGE = Path(__file__).resolve().parents[4] / "docs" / "state-machine.md"


def test_the_drawn_state_machine_is_the_one_in_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == draw(), "draw it anew: python -m tests.draw_state_machine"
