"""A Windows PC in memory for the installer's tests: its power can be cut before or after any change."""

from collections.abc import Sequence
from pathlib import PureWindowsPath

from installer.ports import Done, Node, NodeKind, SystemRefused
from installer.windows.ports import KIOSK, Item, Registry, Service, Value, WindowsPc, number, text
from tests.fake_system import PowerCut

FOLDER = Node(kind=NodeKind.DIRECTORY)
VERSION = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"


class Power:
    """`cut_at`: the change (counted from 0) at which the power goes, the last half of a number after it was made."""

    def __init__(self) -> None:
        self.changes = 0
        self.cut_at: float | None = None
        self.refuses: set[str] = set()

    def change(self, name: str) -> "_Change":
        if name in self.refuses:
            raise SystemRefused(f"{name} refuses")
        return _Change(self)


class _Change:
    def __init__(self, power: Power) -> None:
        self._power = power

    def __enter__(self) -> None:
        if self._power.cut_at is not None and self._power.changes >= self._power.cut_at:
            raise PowerCut

    def __exit__(self, kind: object, *_: object) -> None:
        self._power.changes += 1
        if kind is None and self._power.cut_at is not None and self._power.changes > self._power.cut_at:
            raise PowerCut


class FakeRegistry(Registry):
    """Names are compared as Windows does, without regard to capitals; a key that is made stays until it is removed."""

    def __init__(self, power: Power | None = None) -> None:
        self.power = power or Power()
        self.known: dict[str, dict[str, tuple[str, Value]]] = {"hklm": {}, "hku": {}}
        self.spelling: dict[str, str] = {}

    def put(self, key: str, name: str, value: Value) -> None:
        """Without counting."""
        self.make(key)
        self.known[key.lower()][name.lower()] = (name, value)

    def make(self, key: str) -> None:
        parts = key.split("\\")
        for length in range(1, len(parts) + 1):
            one = "\\".join(parts[:length])
            self.known.setdefault(one.lower(), {})
            self.spelling.setdefault(one.lower(), parts[length - 1])

    def get(self, key: str, name: str) -> Value | None:
        if f"{key}: {name}" in self.power.refuses:
            raise SystemRefused(f"{key}: {name} holds a kind that is not known")
        found = self.known.get(key.lower(), {}).get(name.lower())
        return None if found is None else found[1]

    def set(self, key: str, name: str, value: Value) -> None:
        root = key.split("\\")[0].lower()
        if root not in self.known:
            raise SystemRefused(f"{key} cannot be written: there is no such hive")
        with self.power.change(name):
            self.make(key)
        with self.power.change(name):
            self.put(key, name, value)

    def delete(self, key: str, name: str) -> None:
        with self.power.change(name):
            self.known.get(key.lower(), {}).pop(name.lower(), None)

    def keys(self, key: str) -> tuple[str, ...] | None:
        if key.lower() not in self.known:
            return None
        return tuple(sorted((self.spelling[one] for one in self._below(key)), key=str.lower))

    def _below(self, key: str) -> list[str]:
        return [one for one in self.known if one.rpartition("\\")[0] == key.lower()]

    def delete_key(self, key: str) -> None:
        with self.power.change(key):
            if not self.known.get(key.lower(), {"": ""}) and not self._below(key):
                del self.known[key.lower()]

    def drop(self, root: str) -> None:
        for one in [one for one in self.known if one == root.lower() or one.startswith(f"{root.lower()}\\")]:
            del self.known[one]


class FakePc(WindowsPc):
    """Windows 11 of the edition that is said; `administrators` are accounts too."""

    def __init__(self, edition: str = "Professional", build: str = "22631") -> None:
        self.power = Power()
        self.fake_registry = FakeRegistry(self.power)
        self.fake_registry.put(VERSION, "EditionID", text(edition))
        self.fake_registry.put(VERSION, "CurrentBuildNumber", text(build))
        self.fake_registry.put(r"HKLM\SYSTEM\Select", "Current", number(1))
        self.nodes: dict[str, Node] = {"C:\\": FOLDER, "C:\\ProgramData": FOLDER}
        self.folders: dict[str, str] = {}
        self.accounts: set[str] = {"admin"}
        self.profiles: set[str] = set()
        self.administrators: set[str] = {"admin"}
        self.services: dict[str, Service] = {}
        self.running: set[str] = set()
        self.tasks: dict[str, str] = {}
        self.told: dict[tuple[Item, str], str] = {}
        self.needs_restart = True
        self.ran: list[tuple[str, ...]] = []
        self.heard: list[str] = []
        self.programs: dict[str, Done] = {}

    def picture(self) -> tuple[object, ...]:
        """All there is, to be compared."""
        registry = {key: dict(values) for key, values in self.fake_registry.known.items()}
        return registry, dict(self.nodes), set(self.accounts), dict(self.services), set(self.running), self._rest()

    def _rest(self) -> tuple[object, ...]:
        return dict(self.tasks), dict(self.told), dict(self.folders), set(self.profiles)

    @property
    def registry(self) -> FakeRegistry:
        return self.fake_registry

    def restart(self) -> None:
        """What waited for it is there."""
        for key, value in self.told.items():
            self.told[key] = "on" if value == "pending" else value

    # ---- files ----

    def read(self, path: str) -> Node | None:
        return self.nodes.get(path)

    def write(self, path: str, node: Node) -> None:
        with self.power.change(path):
            if str(PureWindowsPath(path).parent) not in self.nodes:
                raise SystemRefused(f"{path} cannot be written: no directory")
            self.nodes[path] = node

    def make_directory(self, path: str, node: Node) -> None:
        with self.power.change(path):
            self.nodes[path] = FOLDER

    def remove_tree(self, path: str) -> None:
        with self.power.change(path):
            for one in [one for one in self.nodes if one == path or one.startswith(f"{path}\\")]:
                del self.nodes[one]
                self.folders.pop(one, None)

    def own_folder(self, path: str, *, account: str | None) -> None:
        self.make_directory(path, FOLDER)
        with self.power.change(path):
            self.folders[path] = f"own:{account}"

    def access(self, path: str) -> str | None:
        return self.folders.get(path, "everybody") if path in self.nodes else None

    def set_access(self, path: str, access: str) -> None:
        with self.power.change(path):
            self.folders[path] = access

    def is_own_folder(self, path: str, *, account: str | None) -> bool:
        return self.folders.get(path) == f"own:{account}"

    # ---- accounts ----

    def sid(self, account: str) -> str | None:
        return f"S-1-5-21-{account}" if account in self.accounts else None

    def has_profile(self, account: str) -> bool:
        return account in self.profiles

    def add_kiosk_account(self, name: str) -> None:
        with self.power.change(name):
            self.accounts.add(name)
        with self.power.change(name):
            self.fake_registry.make(KIOSK)
            self.profiles.add(name)

    def remove_account(self, name: str) -> None:
        with self.power.change(name):
            self.fake_registry.drop(KIOSK)
            self.profiles.discard(name)
        with self.power.change(name):
            self.accounts.discard(name)

    def is_administrator(self, name: str) -> bool:
        return name in self.administrators

    # ---- services and tasks ----

    def service(self, name: str) -> Service | None:
        return self.services.get(name)

    def set_service(self, service: Service) -> None:
        with self.power.change(service.name):
            self.services[service.name] = service

    def remove_service(self, name: str) -> None:
        with self.power.change(name):
            self.services.pop(name, None)
            self.running.discard(name)

    def is_running(self, name: str) -> bool:
        return name in self.running

    def start(self, name: str) -> None:
        with self.power.change(name):
            if name not in self.services:
                raise SystemRefused(f"{name} cannot be started: there is no such service")
            self.running.add(name)

    def stop(self, name: str) -> None:
        with self.power.change(name):
            self.running.discard(name)

    def task(self, name: str) -> str | None:
        return self.tasks.get(name)

    def set_task(self, name: str, command: str, *, every_min: int) -> None:
        with self.power.change(name):
            self.tasks[name] = command

    def remove_task(self, name: str) -> None:
        with self.power.change(name):
            self.tasks.pop(name, None)

    # ---- the embedded editions' lock ----

    def embedded(self, item: Item, name: str) -> str | None:
        return self.told.get((item, name))

    def set_embedded(self, item: Item, name: str, value: str | None) -> None:
        with self.power.change(name):
            if value is None:
                self.told.pop((item, name), None)
            else:
                waits = item is Item.FEATURE and value == "on" and self.needs_restart
                self.told[item, name] = "pending" if waits else value

    # ---- programs ----

    def run(self, command: Sequence[str], *, given: str = "") -> Done:
        with self.power.change(command[0]):
            self.ran.append(tuple(command))
            self.heard.append(given)
            done = self.programs.get(" ".join(command[1:]), Done(0))
            if done.code == 0 and command[2:3] == ("agent",) and command[3] != "--help":
                file = "enrolment.json" if command[3] == "enroll" else "technician_pin"
                self.nodes[f"C:\\ProgramData\\Bilik\\{file}"] = Node(kind=NodeKind.FILE)
            return done
