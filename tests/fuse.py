"""Kill -9 at the n-th thing an agent does to the outside: ports wrapped so that the n-th call ends it, and none after it counts."""

import inspect
from collections.abc import Callable
from typing import Any

from protocol.page import Lease
from protocol.shell import ShellLease


class Killed(BaseException):
    """The agent is dead from here on: no handler for errors may know of it."""


class Fuse:
    """Counts what the agent does; at `at` it burns, before the call, or after it where the call waits for something.

    `points` are the names of what was counted, in order. Leases are the same thing twice a second: they count on demand.
    """

    def __init__(self, at: int | None = None, *, with_leases: bool = False) -> None:
        self.at = at
        self.with_leases = with_leases
        self.points: list[str] = []
        self.is_burnt = False

    def pass_by(self, name: str) -> None:
        """One more fault point."""
        if self.is_burnt:
            raise Killed(name)
        self.points.append(name)
        if len(self.points) == self.at:
            self.is_burnt = True
            raise Killed(name)

    def wrap(self, port: Any, *names: str) -> Any:
        """The same port with a fault point before, and after what waits, in each of these calls."""
        return Fused(port, self, names)


class Fused:
    """One port; whatever has no fault point is passed on, but to the dead nothing is."""

    def __init__(self, port: Any, fuse: Fuse, names: tuple[str, ...]) -> None:
        self._port = port
        self._fuse = fuse
        self._names = names

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._port, name)
        if name not in self._names:
            return value
        return self._waiting(name, value) if inspect.iscoroutinefunction(value) else self._quick(name, value)

    def _quick(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def fused(*args: Any, **kwargs: Any) -> Any:
            is_lease = bool(args) and isinstance(args[0], (Lease, ShellLease))
            if self._fuse.is_burnt or self._fuse.with_leases or not is_lease:
                self._fuse.pass_by(f"{type(self._port).__name__}.{name}{_of(args)}")
            return call(*args, **kwargs)

        return fused

    def _waiting(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        async def fused(*args: Any, **kwargs: Any) -> Any:
            point = f"{type(self._port).__name__}.{name}{_of(args)}"
            self._fuse.pass_by(f"before {point}")
            result = await call(*args, **kwargs)
            self._fuse.pass_by(f"after {point}")
            return result

        return fused


def _of(args: tuple[Any, ...]) -> str:
    """What kind of message it was."""
    return f"({type(args[0]).__name__})" if args and hasattr(args[0], "__struct_fields__") else ""
