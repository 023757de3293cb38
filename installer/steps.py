"""Every step is perform, verify, revert; it joins the undo list before it acts, and reverting goes on past errors."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from installer.ports import InstallError, StepFailed, System
from installer.undo import Entry, UndoList
from installer.words import say

if TYPE_CHECKING:  # Python 3.11 has no defaults for type variables
    from typing_extensions import TypeVar

    M = TypeVar("M", default=System)
    Machine = TypeVar("Machine", default=System, contravariant=True)
else:
    from typing import TypeVar

    M = TypeVar("M")
    Machine = TypeVar("Machine", contravariant=True)


class Look(Protocol[Machine]):
    """Something about the machine that can be looked at."""

    @property
    def why(self) -> str:
        """What it is for."""

    def drift(self, system: Machine) -> str | None:
        """What is not so, in words; None when all is well."""


class Step(Look[Machine], Protocol[Machine]):
    """One thing about the machine that shall be so, named by `kind` and `target`; safe to perform on what is half done, and twice."""

    @property
    def kind(self) -> str:
        """What sort of thing it is."""

    @property
    def target(self) -> str:
        """Which one."""

    @property
    def words(self) -> str:
        """What is done, in one line."""

    @property
    def refresh(self) -> tuple[str, ...]:
        """Who has to be told of the change."""

    @property
    def settles(self) -> bool:
        """Whether all have to be told of earlier changes before it acts."""

    def look(self, system: Machine) -> Any:
        """What there is now, as JSON can hold it."""

    def perform(self, system: Machine) -> None:
        """Make it so."""


class Way(Protocol[Machine]):
    """How to take back a kind of step: `revert` is safe on what was never or half done."""

    @property
    def settles(self) -> bool:
        """Whether all have to be told of earlier changes before it acts."""

    def revert(self, system: Machine, target: str, before: msgspec.Raw) -> None:
        """Put back what `look` had seen."""


Told = Callable[[str], None]
Tell = Callable[[M], None]


class Drift(msgspec.Struct, frozen=True):
    """Something that is not as it was set up: what it is for, and what is wrong."""

    why: str
    what: str


class Failure(msgspec.Struct, frozen=True):
    """Something that could not be put back, and why not."""

    words: str
    why: str


def perform_all(
    system: M, steps: Sequence[Step[M]], undo: UndoList, refreshes: Mapping[str, Tell[M]], told: Told
) -> int:
    """Do what is not so yet, in order; how many steps that were. Raises InstallError at the first that fails.

    What was done stays on the undo list: the same call goes on where this one ended, `revert_all` takes it back.
    """
    done = 0
    for step in steps:
        if step.settles:
            settle(system, undo, refreshes)
        if step.drift(system) is None:
            continue
        told(step.words)
        _perform(system, step, undo)
        done += 1
    settle(system, undo, refreshes)
    return done


def _perform(system: M, step: Step[M], undo: UndoList) -> None:
    before = msgspec.Raw(msgspec.json.encode(step.look(system)))
    undo.join(Entry(kind=step.kind, target=step.target, words=step.words, before=before, refresh=step.refresh))
    step.perform(system)
    left = step.drift(system)
    if left is not None:
        raise StepFailed(
            say(
                "{words}: done, but {left}; mend that and run the same command again, or uninstall",
                words=step.words,
                left=left,
            )
        )


def settle(system: M, undo: UndoList, refreshes: Mapping[str, Tell[M]]) -> None:
    """Tell everybody who has to know of the changes made so far; raises SystemRefused, and then it is still owed."""
    for name in undo.owed:
        tell = refreshes.get(name)
        if tell is not None:
            tell(system)
        undo.told(name)


def revert_all(
    system: M, undo: UndoList, ways: Mapping[str, Way[M]], refreshes: Mapping[str, Tell[M]], told: Told
) -> list[Failure]:
    """Put everything back, the newest first; what fails is named, stays on the list, and stops nothing else."""
    failures: list[Failure] = []
    for entry in reversed(undo.entries):
        told(entry.words)
        try:
            _revert(system, entry, undo, ways, refreshes)
        except InstallError as error:
            failures.append(Failure(entry.words, str(error)))
    try:
        settle(system, undo, refreshes)
    except InstallError as error:
        failures.append(Failure(say("telling the system of the changes"), str(error)))
    if not failures:
        undo.close()
    return failures


def _revert(
    system: M, entry: Entry, undo: UndoList, ways: Mapping[str, Way[M]], refreshes: Mapping[str, Tell[M]]
) -> None:
    way = ways.get(entry.kind)
    if way is None:
        raise StepFailed(
            say(
                "this bilik-install does not know the kind {kind!r}: use the version that installed it", kind=entry.kind
            )
        )
    if way.settles:
        settle(system, undo, refreshes)
    undo.about_to_revert(entry)
    way.revert(system, entry.target, entry.before)
    undo.leave(entry)


def drifts(system: M, looks: Iterable[Look[M]]) -> list[Drift]:
    """Everything that is not as it was set up."""
    found: list[Drift] = []
    for look in looks:
        try:
            left = look.drift(system)
        except InstallError as error:
            left = str(error)
        if left is not None:
            found.append(Drift(look.why, left))
    return found
