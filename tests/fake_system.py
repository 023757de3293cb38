"""A Linux machine in memory for the installer's tests: its power can be cut before or after any change."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from installer.ports import Account, Done, Node, NodeKind, System, SystemRefused

ROOT = Node(kind=NodeKind.DIRECTORY, mode=0o755)


class PowerCut(BaseException):
    """The machine is off."""


class FakeSystem(System):
    """`cut_at`: the change (counted from 0) at which the power goes, the last half of a number after it was made."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {"/": ROOT}
        self.groups: dict[str, int] = {"root": 0}
        self.accounts: dict[str, Account] = {}
        self.numbers: dict[str, int] = {"root": 0}
        self.passwords: set[str] = set()
        self.running: set[str] = set()
        self.ran: list[tuple[str, ...]] = []
        self.programs: dict[str, Done] = {}
        self.refuses: set[str] = set()
        self.changes = 0
        self.cut_at: float | None = None

    def put(self, path: str, content: str | None = None, *, mode: int = 0o644) -> None:
        """A file (or with no content a directory) with all directories above it, without counting."""
        for folder in list(PurePosixPath(path).parents)[::-1]:
            self.nodes.setdefault(str(folder), ROOT)
        file = Node(kind=NodeKind.FILE, content=(content or "").encode(), mode=mode)
        self.nodes[path] = ROOT if content is None else file

    def picture(self) -> tuple[object, ...]:
        """All there is, to be compared."""
        return dict(self.nodes), set(self.groups), dict(self.accounts), set(self.passwords), set(self.running)

    def _change(self, name: str) -> "_Change":
        if name in self.refuses:
            raise SystemRefused(f"{name} refuses")
        return _Change(self)

    # ---- files ----

    def read(self, path: str) -> Node | None:
        return self.nodes.get(path)

    def write(self, path: str, node: Node) -> None:
        with self._change(path):
            above = self.nodes.get(str(PurePosixPath(path).parent))
            if above is None or above.kind is not NodeKind.DIRECTORY:
                raise SystemRefused(f"{path} cannot be written: no directory")
            if path in self.nodes and self.nodes[path].kind is NodeKind.DIRECTORY:
                raise SystemRefused(f"{path} cannot be written: a directory")
            self.nodes[path] = node

    def make_directory(self, path: str, node: Node) -> None:
        with self._change(path):
            above = self.nodes.get(str(PurePosixPath(path).parent))
            here = self.nodes.get(path, node)
            if above is None or NodeKind.DIRECTORY not in {here.kind} or above.kind is not NodeKind.DIRECTORY:
                raise SystemRefused(f"{path} cannot be made")
            self.nodes[path] = node

    def remove(self, path: str) -> None:
        with self._change(path):
            if path in self.nodes and self.names(path):
                raise SystemRefused(f"{path} cannot be removed: not empty")
            self.nodes.pop(path, None)

    def remove_tree(self, path: str) -> None:
        with self._change(path):
            for one in [one for one in self.nodes if one == path or one.startswith(f"{path}/")]:
                del self.nodes[one]

    def names(self, path: str) -> tuple[str, ...]:
        below = (PurePosixPath(one) for one in self.nodes if one != "/")
        return tuple(sorted(one.name for one in below if str(one.parent) == path))

    def poke(self, path: str, text: str) -> None:
        with self._change(path):
            if path not in self.nodes:
                raise SystemRefused(f"{path} cannot be set: not there")
            self.nodes[path] = Node(kind=NodeKind.FILE, content=f"{text}\n".encode(), mode=0o644)

    # ---- accounts ----

    def ids(self, owner: str, group: str) -> tuple[int, int]:
        if owner not in self.numbers or group not in self.groups:
            raise SystemRefused(f"{owner}:{group} is missing")
        return self.numbers[owner], self.groups[group]

    def has_group(self, name: str) -> bool:
        return name in self.groups

    def add_group(self, name: str) -> None:
        with self._change(name):
            self.groups[name] = 100 + len(self.groups)

    def remove_group(self, name: str) -> None:
        with self._change(name):
            self.groups.pop(name, None)

    def account(self, name: str) -> Account | None:
        return self.accounts.get(name)

    def is_locked(self, name: str) -> bool:
        return name in self.accounts and name not in self.passwords

    def set_account(self, account: Account) -> None:
        with self._change(account.name):
            missing = [group for group in (account.group, *account.groups) if group not in self.groups]
            if missing:
                raise SystemRefused(f"{account.name} cannot be made: no group {missing}")
            self.accounts[account.name] = account
            self.numbers.setdefault(account.name, 100 + len(self.numbers))
            self.passwords.discard(account.name)

    def remove_account(self, name: str) -> None:
        with self._change(name):
            self.accounts.pop(name, None)

    # ---- programs ----

    def run(self, command: Sequence[str], *, given: str = "") -> Done:
        with self._change(command[0]):
            self.ran.append(tuple(command))
            return self.programs.get(command[0], Done(0))

    def is_active(self, unit: str) -> bool:
        return unit in self.running

    def start(self, unit: str) -> None:
        with self._change(unit):
            self.running.add(unit)

    def stop(self, unit: str) -> None:
        with self._change(unit):
            self.running.discard(unit)


class _Change:
    """One change: the power may go before it, or after it."""

    def __init__(self, system: FakeSystem) -> None:
        self._system = system

    def __enter__(self) -> None:
        if self._system.cut_at is not None and self._system.changes >= self._system.cut_at:
            raise PowerCut

    def __exit__(self, kind: object, *_: object) -> None:
        self._system.changes += 1
        if kind is None and self._system.cut_at is not None and self._system.changes > self._system.cut_at:
            raise PowerCut
