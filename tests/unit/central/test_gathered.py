"""Questions that are asked together: one load at a time, never an answer from before the question, errors to who asked."""

import asyncio

import pytest

from central.gathered import MOST, Gathered

pytestmark = pytest.mark.anyio


class Store:
    """Answers a batch when it is let; knows the squares of even numbers."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_answer = asyncio.Event()
        self.broken = False

    async def load(self, keys: list[int]) -> dict[int, int]:
        self.batches.append(keys)
        await self.may_answer.wait()
        if self.broken:
            raise OSError("the database is away")
        return {key: key * key for key in keys if key % 2 == 0}


async def _asked(gathered: Gathered[int, int], *keys: int) -> list[asyncio.Task[int | None]]:
    tasks = [asyncio.create_task(gathered.get(key)) for key in keys]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_what_is_asked_while_a_load_runs_goes_out_with_the_next_each_key_once() -> None:
    store = Store()
    gathered = Gathered(store.load)
    first = await _asked(gathered, 2)
    rest = await _asked(gathered, 2, 3, 4, 4)
    store.may_answer.set()
    assert await asyncio.gather(*first, *rest) == [4, 4, None, 16, 16]
    assert store.batches == [[2], [2, 3, 4]], "who asks during a load gets an answer that was read afterwards"


async def test_a_load_that_fails_fails_for_all_of_its_batch_and_the_next_is_tried() -> None:
    store = Store()
    store.broken = True
    gathered = Gathered(store.load)
    store.may_answer.set()
    for task in await _asked(gathered, 2, 4):
        with pytest.raises(OSError, match="away"):
            await task
    store.broken = False
    assert await gathered.get(6) == 36


async def test_an_asker_that_goes_leaves_the_others_their_answer() -> None:
    store = Store()
    gathered = Gathered(store.load)
    gone, left = await _asked(gathered, 2, 2)
    gone.cancel()
    store.may_answer.set()
    assert await left == 4


async def test_a_crowd_is_answered_in_batches() -> None:
    store = Store()
    store.may_answer.set()
    gathered = Gathered(store.load)
    keys = range(0, 4 * MOST, 2)
    assert await asyncio.gather(*(gathered.get(key) for key in keys)) == [key * key for key in keys]
    assert max(map(len, store.batches)) == MOST
