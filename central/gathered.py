"""Many askers, one question to the database: what was asked while one is on its way goes out with the next."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST = 500


class Gathered(Generic[Key, Value]):
    """`load` is given the keys of a batch and returns what it found of them.

    One load runs at a time, on one connection, and never one that began before it was asked for: who registers for news first and
    asks then sees what the news was about. However many terminals come back at once, they do not stand in line for the pool.
    """

    def __init__(self, load: Callable[[list[Key]], Awaitable[dict[Key, Value]]]) -> None:
        self._load = load
        self._waiting: dict[Key, asyncio.Future[Value | None]] = {}
        self._loading: asyncio.Task[None] | None = None

    async def get(self, key: Key) -> Value | None:
        """What is found of this key, or None; raises what `load` raises."""
        answer = self._waiting.get(key)
        if answer is None:
            answer = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._loading is None:
            self._loading = asyncio.create_task(self._run())
        return await asyncio.shield(answer)

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch = {key: self._waiting.pop(key) for key in list(self._waiting)[:MOST]}
                await self._answer(batch)
        finally:
            self._loading = None

    async def _answer(self, batch: dict[Key, asyncio.Future[Value | None]]) -> None:
        try:
            found = await self._load(list(batch))
        except Exception as error:  # noqa: BLE001 - whoever asked gets it
            for answer in batch.values():
                answer.set_exception(error)
                answer.exception()  # an asker that has gone leaves nobody to complain
            return
        for key, answer in batch.items():
            answer.set_result(found.get(key))
