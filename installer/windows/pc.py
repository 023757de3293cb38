"""The real Windows PC."""

import sys

if sys.platform == "win32":
    import os
    from pathlib import Path

    from installer.ports import Node, NodeKind, SystemRefused
    from installer.windows import powershell
    from installer.windows.accounts import (
        ADMINISTRATORS,
        add_user,
        join_users,
        make_profile,
        members,
        remove_profile,
        remove_user,
        sid_of,
    )
    from installer.windows.files import Files
    from installer.windows.plan import FOLDER
    from installer.windows.policies import FEATURES
    from installer.windows.ports import EVERYBODY, Item, Service, WindowsPc
    from installer.windows.powershell import ask
    from installer.windows.registry import WindowsRegistry
    from installer.windows.rights import load_hive, unload_hive
    from installer.windows.services import Services
    from installer.windows.tasks import TREE, command_of, task_xml

    OWN_HIVE = "BILIK-KIOSK"
    TASK_FILE = FOLDER + r"\task.xml"
    PROFILES = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"

    class RealPc(Files, WindowsPc):
        """`kiosk`: whose hive KIOSK is. `loads_hive`: whether it is loaded while the account is not logged in.

        It must be closed: while its hive is loaded the account cannot log in with its own profile.
        """

        def __init__(self, kiosk: str, *, loads_hive: bool) -> None:
            self._kiosk = kiosk
            self._loads_hive = loads_hive
            self._told: dict[str, str] | None = None
            self._registry = WindowsRegistry(self._hive)
            self._services = Services()

        @property
        def registry(self) -> WindowsRegistry:
            """Its registry."""
            return self._registry

        def close(self) -> None:
            """Unload the kiosk account's hive, also one that a run before this one has left."""
            if self._registry.keys(f"HKU\\{OWN_HIVE}") is not None:
                try:
                    unload_hive(OWN_HIVE)
                except SystemRefused as error:
                    said = f"the profile of {self._kiosk} cannot be let go: restart the PC before it logs in"
                    raise SystemRefused(f"{said} ({error})") from error

        def _hive(self) -> str | None:
            sid = self.sid(self._kiosk)
            if sid is None:
                return None
            for name in (sid, OWN_HIVE):
                if self._registry.keys(f"HKU\\{name}") is not None:
                    return name
            place = self._registry.get(f"{PROFILES}\\{sid}", "ProfileImagePath")
            if not self._loads_hive or place is None:
                return None
            file = Path(os.path.expandvars(place.text)) / "NTUSER.DAT"
            try:
                load_hive(OWN_HIVE, str(file))
            except SystemRefused as error:
                raise SystemRefused(f"{error}: log {self._kiosk} out, then run the same command again") from error
            return OWN_HIVE

        # ---- accounts ----

        def sid(self, account: str) -> str | None:
            """The account's number."""
            return sid_of(account)

        def has_profile(self, account: str) -> bool:
            """Whether the account has a profile."""
            sid = self.sid(account)
            return sid is not None and self._registry.keys(f"{PROFILES}\\{sid}") is not None

        def add_kiosk_account(self, name: str) -> None:
            """A plain user without password, with its own profile."""
            add_user(name)
            join_users(name)
            make_profile(name, self.sid(name) or "")

        def remove_account(self, name: str) -> None:
            """Remove it with its profile."""
            self.close()
            sid = self.sid(name)
            if sid is not None:
                remove_profile(name, sid)
            remove_user(name)

        def is_administrator(self, name: str) -> bool:
            """Whether this account is one of the administrators."""
            return self.sid(name) in members(ADMINISTRATORS)

        # ---- services and tasks ----

        def service(self, name: str) -> Service | None:
            """The service of this name."""
            return self._services.service(name)

        def set_service(self, service: Service) -> None:
            """Make it, or change the one that is there."""
            self._services.set_service(service)

        def remove_service(self, name: str) -> None:
            """Stop and remove it."""
            self._services.remove_service(name)

        def is_running(self, name: str) -> bool:
            """Whether this service runs."""
            return self._services.is_running(name)

        def start(self, name: str) -> None:
            """Start it and wait until it runs."""
            self._services.start(name)

        def stop(self, name: str) -> None:
            """Stop it and wait until it has."""
            self._services.stop(name)

        def task(self, name: str) -> str | None:
            """The command of a scheduled task."""
            return command_of(self._task_xml(name)) if self._has_task(name) else None

        def _has_task(self, name: str) -> bool:
            return self._registry.keys(f"{TREE}\\{name}") is not None

        def _task_xml(self, name: str) -> str:
            return self._tool("schtasks.exe", "/Query", "/TN", f"\\{name}", "/XML")

        def set_task(self, name: str, command: str, *, every_min: int) -> None:
            """A task of the system's own account; `command` begins with the program in quotes."""
            content = task_xml(command, every_min=every_min).encode("utf-16")
            self.write(TASK_FILE, Node(kind=NodeKind.FILE, content=content))
            try:
                self._tool("schtasks.exe", "/Create", "/TN", f"\\{name}", "/XML", TASK_FILE, "/F")
            finally:
                self.remove_tree(TASK_FILE)

        def remove_task(self, name: str) -> None:
            """Remove it."""
            if self._has_task(name):
                self._tool("schtasks.exe", "/Delete", "/TN", f"\\{name}", "/F")

        # ---- the embedded editions' lock ----

        def embedded(self, item: Item, name: str) -> str | None:
            """How it is set; all is asked at once, for each question takes a second."""
            if self._told is None:
                what = "Shell Launcher and Keyboard Filter cannot be read"
                found = ask(self.run, powershell.GET_EMBEDDED, what, features=list(FEATURES))
                self._told = {str(key): str(value) for key, value in dict(found or {}).items()}
            return self._told.get(f"{item} {self._embedded_name(item, name)}")

        def set_embedded(self, item: Item, name: str, value: str | None) -> None:
            """Set it; None: take it away."""
            self._told = None
            words = {"item": str(item), "name": self._embedded_name(item, name), "value": value}
            ask(self.run, powershell.SET_EMBEDDED, f"{item} {name} cannot be set", **words)

        def _embedded_name(self, item: Item, name: str) -> str:
            if item is Item.SHELL and name != EVERYBODY:
                return self.sid(name) or name
            return name
