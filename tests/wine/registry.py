"""Runs inside Wine: Windows' own registry keeps the contract that the one in memory keeps; says so in one JSON object."""

import json

from installer.windows.registry import WindowsRegistry
from tests.contract.registry_contract import CONTRACT

BASE = r"HKLM\SOFTWARE\Bilik-contract"


def clear(registry: WindowsRegistry, key: str) -> None:
    import winreg

    for name in registry.keys(key) or ():
        clear(registry, f"{key}\\{name}")
    if registry.keys(key) is not None:
        winreg.DeleteKeyEx(winreg.HKEY_LOCAL_MACHINE, key.partition("\\")[2], winreg.KEY_WOW64_64KEY, 0)


def main() -> None:
    registry = WindowsRegistry(lambda: None)
    assert registry.keys("KIOSK") is None
    done = []
    for promise in CONTRACT:
        clear(registry, BASE)
        promise(registry, BASE)
        done.append(promise.__name__)
    clear(registry, BASE)
    print(json.dumps({"kept": done}), flush=True)


if __name__ == "__main__":
    main()
