"""bilik-shell: the kiosk session's one program; keys, curtain, keeper of the window, line to the agent, put together."""

import argparse
import asyncio
import logging
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kiosk_ui.privacy import keep_private
from kiosk_ui.shell.agent_link import AgentLink
from kiosk_ui.shell.curtain import NoScreen
from kiosk_ui.shell.escapes import EscapeTally
from kiosk_ui.shell.keeper import Keeper
from kiosk_ui.shell.key_guard import KeyGuard, key_guard
from kiosk_ui.shell.log_place import log_stream
from kiosk_ui.shell.system import NoCurtain, ProcessGuard, ScreenWatch, WholeCurtain, beat, is_window_manager, on_end
from protocol.shell import ChordFact, FromShell, ShellHello

log = logging.getLogger(__name__)

BROKEN = 1
NO_SCREEN = 3
SCREEN_LOST = 4
BEAT_S = 1.0


def main() -> None:
    """Run until SIGTERM or until the screen goes; exit codes: 0, 1 a defect, 3 no screen, 4 the screen has gone."""
    keep_private(hide_memory=True)
    options = _options(sys.argv[1:])
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=log_stream())
    try:
        sys.exit(asyncio.run(_run(options.socket, curtain=options.curtain, account=options.account)))
    except NoScreen as error:
        print(f"bilik-shell has no screen: {error}", file=log_stream())
        sys.exit(NO_SCREEN)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bilik-shell", description="The kiosk account's shell.")
    parser.add_argument(
        "--socket", type=Path, required=True, help="the agent's Unix socket or named pipe (agent.toml: shell_socket)"
    )
    parser.add_argument("--no-curtain", dest="curtain", action="store_false", help="leave the rest of the screen alone")
    parser.add_argument(
        "--account", help="the kiosk's own account: its other programs are ended; nobody else's ever are"
    )
    return parser.parse_args(arguments)


async def _run(socket: Path, *, curtain: bool, account: str | None) -> int:
    """Without a curtain others use the screen too: their keys, windows and programs are left alone."""
    ending = _Ending()
    tally = EscapeTally(lambda fact: link.tell(fact))
    guards: list[KeyGuard | ScreenWatch] = []
    keys = (
        key_guard(changed=lambda fact: link.tell(fact), attempt=tally.add, chord=lambda: link.tell(ChordFact()))
        if curtain
        else None
    )
    cover = WholeCurtain() if curtain else NoCurtain()  # only now: the keys come before anything on the screen
    cover.attend(lambda: ending.come(SCREEN_LOST))
    keeper = Keeper(curtain=cover, tell=lambda message: link.tell(message), attempt=tally.add)
    hello = ShellHello(version=_version(), pid=os.getpid(), screen=cover.screen)

    def greeting() -> list[FromShell]:
        return [hello, *([] if keys is None else [keys.fact]), keeper.fact]

    link = AgentLink(socket, heard=keeper.hear_agent, greeting=greeting, is_kiosk=account is not None)
    tasks = [asyncio.create_task(work) for work in (keeper.run(), link.run(), _beat())]
    if keys is not None:
        guards += [keys, _screen_watch(keeper, link)]
    if account is not None:
        processes = ProcessGuard(is_family=keeper.owns, attempt=tally.add, account=account)
        tasks.append(asyncio.create_task(processes.run()))
    for guard in guards:
        guard.attend(lambda: ending.come(SCREEN_LOST))
    for task in tasks:
        task.add_done_callback(lambda _: ending.come(BROKEN))
    try:
        return await ending.code
    finally:
        await _end(tasks)
        cover.close()
        for guard in guards:
            guard.close()


def _screen_watch(keeper: Keeper, link: AgentLink) -> ScreenWatch:
    return ScreenWatch(
        is_ours=lambda pid: pid == os.getpid() or keeper.owns(pid),
        is_manager=is_window_manager,
        window_id=lambda: keeper.shown_window,
        put_back=keeper.put_back,
        tell=link.tell,
    )


class _Ending:
    """The first reason to end, as an exit code."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.code: asyncio.Future[int] = loop.create_future()
        on_end(lambda: self.come(0))

    def come(self, code: int) -> None:
        """End with this code, unless another was first."""
        if not self.code.done():
            self.code.set_result(code)


async def _beat() -> None:
    """Show that this loop turns."""
    while True:
        beat()
        await asyncio.sleep(BEAT_S)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            log.error("a part of the shell ended by itself", exc_info=outcome)


def _version() -> str:
    try:
        return version("bilik")
    except PackageNotFoundError:
        return "unknown"


if __name__ == "__main__":
    main()
