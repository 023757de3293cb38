"""Which commands were answered: what makes them happen at most once although they are sent until answered."""

from collections.abc import Callable

from protocol.terminal import CommandAnswered

REPEAT_ANSWER_S = 10.0


class DoneTable:
    """Answers by command id, loaded from the journal, and the commands under way."""

    def __init__(self, done: dict[str, CommandAnswered], report: Callable[[CommandAnswered], None]) -> None:
        self._done = dict(done)
        self._report = report
        self._under_way: set[str] = set()
        self._answered_s: dict[str, float] = {}

    def is_new(self, command_id: str, boot_s: float) -> bool:
        """Whether to carry it out; one that was answered long enough ago has its answer sent again."""
        answer = self._done.get(command_id)
        if answer is None:
            is_new = command_id not in self._under_way
            self._under_way.add(command_id)
            return is_new
        if boot_s - self._answered_s.setdefault(command_id, boot_s) >= REPEAT_ANSWER_S:
            self._answered_s[command_id] = boot_s
            self._report(answer)
        return False

    def forget(self, command_id: str) -> None:
        """It was dropped before it was done: take it up when it comes again."""
        self._under_way.discard(command_id)

    def stored(self, answers: tuple[CommandAnswered, ...]) -> None:
        """These answers are on the disk."""
        for answer in answers:
            self._done[answer.command_id] = answer
            self._under_way.discard(answer.command_id)
