"""What `bilik-agent status` says: how the booth is and since when, or that no agent runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from agent.ports import Clock
from agent.supervisor.status_file import AgentStatus, read
from protocol.faults import FAULTS


class Told(msgspec.Struct, frozen=True):
    """The same for people and for programs."""

    is_running: bool
    words: str
    facts: dict[str, Any]


def report(state_dir: Path, clock: Clock, is_alive: Callable[[int], bool]) -> Told:
    """Read status.json of the agent that uses this state directory; `is_alive` says whether a process of that id runs."""
    written = read(state_dir)
    if written is None:
        return Told(False, f"no agent runs on {state_dir}, and none has left a status there", {"running": False})
    runs = written.running and written.boot_id == clock.boot_id and is_alive(written.pid)
    since_s = max(0, round(clock.now().boot_s - written.since_boot_s)) if written.boot_id == clock.boot_id else None
    facts = _facts(written, runs=runs, since_s=since_s)
    if not runs:
        how = "it ended in order" if not written.running else "it was killed or has crashed"
        return Told(False, f"no agent runs ({how}); it last said: {_words(written, None)}", facts)
    return Told(True, _words(written, since_s), facts)


def _facts(written: AgentStatus, *, runs: bool, since_s: int | None) -> dict[str, Any]:
    facts: dict[str, Any] = msgspec.to_builtins(written)
    status = facts.pop("status")
    return {**facts, **status, "outbox_waiting": written.outbox_waiting, "running": runs, "since_s": since_s}


def _words(written: AgentStatus, since_s: int | None) -> str:
    status = written.status
    lines = [
        f"mode: {status.mode}" + ("" if since_s is None else f" for {since_s} s"),
        f"visit: {status.visit}",
        f"terminal: {written.terminal_name or 'not enrolled'}",
        f"central: {written.central or 'none'}, {'reached' if written.online else 'not reached'}",
        f"shell: {'up' if status.shell_up else 'away'}, window: {'up' if status.window_up else 'away'}",
        f"not yet acknowledged by central: {written.outbox_waiting}",
        f"device token: {written.credentials}",
        f"memory: {written.rss_bytes // 1_000_000} MB",
    ]
    lines += [
        f"fault {code}: {FAULTS[code].sentence_en} {FAULTS[code].todo_en}" for code in status.faults if code in FAULTS
    ]
    return "\n".join(lines)
