"""Starting work beside the loop; a bug in it ends the process."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Spawn = Callable[[Coroutine[Any, Any, None]], object]

Message = TypeVar("Message")


async def _raise(error: Exception) -> None:
    raise error


class Tasks:
    """Puts work into the running task group; what is started before there is one waits for it."""

    def __init__(self) -> None:
        self._group: asyncio.TaskGroup | None = None
        self._early: list[Coroutine[Any, Any, None]] = []
        self._running: set[asyncio.Task[None]] = set()
        self._is_over = False

    def begin(self, group: asyncio.TaskGroup) -> None:
        """From now on work is started at once."""
        self._group = group
        early, self._early = self._early, []
        for work in early:
            self.spawn(work)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Start this; its failure is the group's failure."""
        if self._is_over:
            work.close()
        elif self._group is None:
            self._early.append(work)
        else:
            task = self._group.create_task(work)
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    def watched(self, heard: Callable[[Message], None]) -> Callable[[Message], None]:
        """The same, but a bug in it ends the process even if the caller keeps its errors to itself."""

        def hear(message: Message) -> None:
            try:
                heard(message)
            except Exception as error:  # noqa: BLE001 - not swallowed: it is raised in the task group
                self.spawn(_raise(error))

        return hear

    def end(self) -> None:
        """Break off what runs; nothing more is started."""
        self._is_over = True
        for work in self._early:
            work.close()
        for task in self._running:
            task.cancel()
