"""The two journals walked side by side through any order of calls, crashes and boots: they remember the same."""

import asyncio
import contextlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from agent.adapters.journal import SqliteJournal
from agent.ports import Change, Journal, Saved
from protocol.terminal import CommandAnswered, CommandOutcome, FaultChanged
from tests.fakes import MemoryJournal
from tests.length import IS_LONG

BOOTHS = st.binary(min_size=1, max_size=8)
EVENTS = st.lists(st.builds(FaultChanged, code=st.sampled_from(["JAR-1", "JAR-2"]), raised=st.booleans()), max_size=3)
COMMANDS = st.lists(st.sampled_from(["c1", "c2", "c3"]), max_size=2, unique=True)
TIMES = st.none() | st.integers(0, 10_000)


class BothJournals(RuleBasedStateMachine):
    """Every step is done on both; whatever can be read must be the same."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.directory = contextlib.ExitStack()
        self.path = Path(self.directory.enter_context(tempfile.TemporaryDirectory())) / "journal.sqlite3"
        self.boot = 1
        self.memory = MemoryJournal("boot-1")
        self.real = SqliteJournal(self.path, boot_id="boot-1")

    def both(self) -> tuple[Journal, Journal]:
        return self.memory, self.real

    def load(self) -> None:
        memory, real = (self.runner.run(one.load()) for one in self.both())
        assert told(memory) == told(real)

    @initialize()
    def begin(self) -> None:
        self.load()

    @rule(booth=BOOTHS, at_ms=TIMES, events=EVENTS, commands=COMMANDS)
    def commit(self, booth: bytes, at_ms: int | None, events: list[FaultChanged], commands: list[str]) -> None:
        done = tuple(CommandAnswered(command_id=one, outcome=CommandOutcome.DONE) for one in commands)
        for one in self.both():
            self.runner.run(one.commit(Change(booth=booth, at_ms=at_ms, events=tuple(events), done=done)))

    @rule(booth=BOOTHS)
    def checkpoint(self, booth: bytes) -> None:
        """Written by the time anything else was asked."""

        async def step(one: Journal) -> None:
            one.checkpoint(booth)
            await one.oldest(1)

        for one in self.both():
            self.runner.run(step(one))

    @rule(limit=st.integers(1, 4), part=st.integers(0, 3))
    def send(self, limit: int, part: int) -> None:
        memory, real = (self.runner.run(one.oldest(limit)) for one in self.both())
        assert memory == real
        if memory is not None and memory.rows:
            through = memory.rows[min(part, len(memory.rows) - 1)].seq
            for one in self.both():
                self.runner.run(one.acknowledge(memory.boot_id, through))

    @rule(is_new_boot=st.booleans())
    def crash(self, is_new_boot: bool) -> None:
        self.real.abandon()
        self.start_again(is_new_boot)

    @rule(is_new_boot=st.booleans())
    def end_and_start(self, is_new_boot: bool) -> None:
        for one in self.both():
            self.runner.run(one.close())
        self.start_again(is_new_boot)

    def start_again(self, is_new_boot: bool) -> None:
        self.boot += is_new_boot
        self.memory.boot_id = f"boot-{self.boot}"
        self.real = SqliteJournal(self.path, boot_id=f"boot-{self.boot}")
        self.load()

    def teardown(self) -> None:
        self.real.abandon()
        self.runner.close()
        self.directory.close()


def told(saved: Saved) -> tuple[object, ...]:
    """What a journal says at start, without where its file went."""
    return saved.booth, saved.boot_id, saved.clean, saved.done, saved.last_central_ms


BothJournals.TestCase.settings = settings(max_examples=250 if IS_LONG else 25, stateful_step_count=25, deadline=None)
TestBothJournals = pytest.mark.shortened(pytest.mark.slow(BothJournals.TestCase))
