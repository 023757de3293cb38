"""Which commands were answered: what makes them happen at most once although they are sent until answered."""

from collections.abc import Callable

from protocol.terminal import CommandAnswered

REPEAT_ANSWER_S = 10.0
TRY_AGAIN_S = 2.0


class DoneTable:
    """Answers by command id, loaded from the journal, and the commands under way."""

    def __init__(self, done: dict[str, CommandAnswered], report: Callable[[CommandAnswered], None]) -> None:
        self._done = dict(done)
        self._report = report
        self._under_way: set[str] = set()
        self._answered_s: dict[str, float] = {}
        self._not_before_s: dict[str, float] = {}

    def is_new(self, command_id: str, boot_s: float) -> bool:
        """Whether to carry it out; one that was answered long enough ago has its answer sent again."""
        answer = self._done.get(command_id)
        if answer is None:
            if command_id in self._under_way or boot_s < self._not_before_s.get(command_id, 0.0):
                return False
            self._under_way.add(command_id)
            return True
        if boot_s - self._answered_s.setdefault(command_id, boot_s) >= REPEAT_ANSWER_S:
            self._answered_s[command_id] = boot_s
            self._report(answer)
        return False

    def forget(self, command_id: str, boot_s: float) -> None:
        """It was dropped before it was done: take it up when it comes again, but not in a circle."""
        self._under_way.discard(command_id)
        self._not_before_s[command_id] = boot_s + TRY_AGAIN_S

    def stored(self, answers: tuple[CommandAnswered, ...]) -> None:
        """These answers are on the disk."""
        for answer in answers:
            self._done[answer.command_id] = answer
            self._under_way.discard(answer.command_id)
            self._not_before_s.pop(answer.command_id, None)
