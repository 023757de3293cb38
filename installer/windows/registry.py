"""Windows' own registry, its 64-bit side."""

import sys

if sys.platform == "win32":
    import winreg
    from collections.abc import Callable

    from installer.ports import SystemRefused
    from installer.windows.ports import KIOSK, Kind, Registry, Value

    ROOTS = {"HKLM": winreg.HKEY_LOCAL_MACHINE, "HKU": winreg.HKEY_USERS, "HKCU": winreg.HKEY_CURRENT_USER}
    READ = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
    WRITE = winreg.KEY_READ | winreg.KEY_WRITE | winreg.KEY_WOW64_64KEY

    class WindowsRegistry(Registry):
        """`kiosk_hive` gives the name below HKU at which the kiosk account's hive is loaded, if it is."""

        def __init__(self, kiosk_hive: Callable[[], str | None]) -> None:
            self._kiosk_hive = kiosk_hive

        def _place(self, key: str) -> tuple[int, str] | None:
            root, _, path = key.partition("\\")
            if root != KIOSK:
                return ROOTS[root], path
            hive = self._kiosk_hive()
            return None if hive is None else (winreg.HKEY_USERS, f"{hive}\\{path}".rstrip("\\"))

        def get(self, key: str, name: str) -> Value | None:
            """The value; None where it or its key is missing."""
            place = self._place(key)
            if place is None:
                return None
            try:
                with winreg.OpenKey(*place, 0, READ) as opened:
                    data, number = winreg.QueryValueEx(opened, name)
            except FileNotFoundError:
                return None
            except OSError as error:
                raise SystemRefused(f"{key}: {name} cannot be read ({error.strerror})") from error
            return _value(key, name, number, data)

        def set(self, key: str, name: str, value: Value) -> None:
            """Write it; the key and those above are made."""
            place = self._place(key)
            if place is None:
                raise SystemRefused(f"{key} cannot be written: the kiosk account's profile is not loaded")
            try:
                with winreg.CreateKeyEx(*place, 0, WRITE) as opened:
                    winreg.SetValueEx(opened, name, 0, int(value.kind), _data(value))
                    winreg.FlushKey(opened)
            except OSError as error:
                raise SystemRefused(f"{key}: {name} cannot be written ({error.strerror})") from error

        def delete(self, key: str, name: str) -> None:
            """Remove the value; no error if there is none."""
            place = self._place(key)
            if place is None:
                return
            try:
                with winreg.OpenKey(*place, 0, WRITE) as opened:
                    winreg.DeleteValue(opened, name)
                    winreg.FlushKey(opened)
            except FileNotFoundError:
                return
            except OSError as error:
                raise SystemRefused(f"{key}: {name} cannot be removed ({error.strerror})") from error

        def keys(self, key: str) -> tuple[str, ...] | None:
            """The names of the keys below it, sorted; None if there is no such key."""
            place = self._place(key)
            if place is None:
                return None
            try:
                with winreg.OpenKey(*place, 0, READ) as opened:
                    count = winreg.QueryInfoKey(opened)[0]
                    names = [winreg.EnumKey(opened, at) for at in range(count)]
            except FileNotFoundError:
                return None
            except OSError as error:
                raise SystemRefused(f"{key} cannot be read ({error.strerror})") from error
            return tuple(sorted(names, key=str.lower))

        def delete_key(self, key: str) -> None:
            """Remove the key if nothing is in it; Windows itself would take its values with it."""
            place = self._place(key)
            if place is None:
                return
            try:
                with winreg.OpenKey(*place, 0, READ) as opened:
                    below, values, _ = winreg.QueryInfoKey(opened)
                if below == 0 and values == 0:
                    winreg.DeleteKeyEx(*place, winreg.KEY_WOW64_64KEY, 0)
            except FileNotFoundError:
                return
            except OSError as error:
                raise SystemRefused(f"{key} cannot be removed ({error.strerror})") from error

    def _value(key: str, name: str, number: int, data: object) -> Value:
        try:
            kind = Kind(number)
        except ValueError as error:
            raise SystemRefused(f"{key}: {name} is of a kind ({number}) that is not known here") from error
        if kind in {Kind.NUMBER, Kind.LONG}:
            return Value(kind=kind, number=data if isinstance(data, int) else 0)
        if kind in {Kind.TEXT, Kind.EXPANDED}:
            return Value(kind=kind, text=data if isinstance(data, str) else "")
        if kind is Kind.TEXTS:
            return Value(kind=kind, texts=tuple(data) if isinstance(data, list) else ())
        return Value(kind=kind, raw=data if isinstance(data, bytes) else b"")

    def _data(value: Value) -> int | str | list[str] | bytes:
        match value.kind:
            case Kind.NUMBER | Kind.LONG:
                return value.number
            case Kind.TEXT | Kind.EXPANDED:
                return value.text
            case Kind.TEXTS:
                return list(value.texts)
            case _:
                return value.raw
