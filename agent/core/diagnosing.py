"""A diagnosis that staff asked for from afar: looked at once, reported line by line, and the command answered only then."""

from agent.core import technician
from agent.core.checks import judge
from agent.core.effects import AnswerCommand, Diagnose
from agent.core.events import Diagnosed
from agent.core.turn import Turn
from agent.core.visit import OPENED
from protocol.terminal import Command, CommandAnswered, CommandOutcome, DiagnosisMade

MOST_ASKED = 8


def run_diagnosis(turn: Turn, command: Command) -> str | None:
    """Look at everything; why not, or null when it is under way. Asked again while that lasts, one look answers all."""
    if turn.booth.state in OPENED:
        return "refused in a call"
    asked = turn.booth.diagnosing_for
    if command.id in asked:
        return None
    if len(asked) >= MOST_ASKED:
        return "a diagnosis is under way"
    if not asked and not turn.booth.technician.diagnosing:
        turn.do(Diagnose())
    turn.change(diagnosing_for=(*asked, command.id))
    return None


def on_diagnosed(turn: Turn, event: Diagnosed) -> None:
    """What was found: for the technician at the booth, and for staff who asked."""
    technician.on_diagnosed(turn, event)
    asked = turn.booth.diagnosing_for
    turn.change(diagnosing_for=())
    for command_id in asked:
        turn.report(DiagnosisMade(command_id=command_id, found=judge(event.diagnosis, turn.booth)))
        turn.do(AnswerCommand(answer=CommandAnswered(command_id=command_id, outcome=CommandOutcome.DONE)))
