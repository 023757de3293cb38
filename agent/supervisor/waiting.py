"""Waiting for what comes first: a moment or a flag."""

import asyncio

from agent.ports import Clock


async def wait_either(clock: Clock, boot_s: float | None, flag: asyncio.Event) -> bool:
    """Return True and clear `flag` when it was set, False when `boot_s` has come; None waits for the flag alone."""
    if flag.is_set() or boot_s is None:
        await flag.wait()
        flag.clear()
        return True
    raised = asyncio.ensure_future(flag.wait())
    came = asyncio.ensure_future(clock.wait_until(boot_s))
    try:
        await asyncio.wait({raised, came}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        raised.cancel()
        came.cancel()
    if came.done() and not came.cancelled():
        came.result()
    if flag.is_set():
        flag.clear()
        return True
    return False
