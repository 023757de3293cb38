"""A value of the registry as a step: what was there is remembered, with the keys that were not."""

from typing import Any, ClassVar

import msgspec

from installer.ports import SystemRefused
from installer.windows.ports import Kind, Value, WindowsPc

BETWEEN = " | "
"""Between a key and a name in the undo list: no key holds a bar with spaces around it here."""


class Was(msgspec.Struct, frozen=True, omit_defaults=True):
    """What there was: the value, and which of the keys down to it were missing, the uppermost first."""

    value: Value | None = None
    missing: tuple[str, ...] = ()


class SetValue(msgspec.Struct, frozen=True, kw_only=True):
    """A value that shall be so."""

    kind: ClassVar[str] = "value"
    settles: ClassVar[bool] = False
    refresh: ClassVar[tuple[str, ...]] = ()
    key: str
    name: str
    value: Value
    why: str

    @property
    def target(self) -> str:
        """Its key and name."""
        return f"{self.key}{BETWEEN}{self.name}"

    @property
    def words(self) -> str:
        """What is done."""
        return f"set {self.key}: {self.name} = {shown(self.value)}"

    def look(self, system: WindowsPc) -> Any:
        """What there is."""
        return look_at(system, self.key, self.name)

    def perform(self, system: WindowsPc) -> None:
        """Write it."""
        system.registry.set(self.key, self.name, self.value)

    def drift(self, system: WindowsPc) -> str | None:
        """Missing, or another value; a secret that somebody put there is not said."""
        found = system.registry.get(self.key, self.name)
        if found == self.value:
            return None
        if found is None:
            return f"{self.key}: {self.name} is missing instead of {shown(self.value)}"
        said = "another text" if found.kind in {Kind.TEXT, Kind.EXPANDED, Kind.TEXTS} else shown(found)
        return f"{self.key}: {self.name} is {said} instead of {shown(self.value)}"


class PutValueBack:
    """Reverts a value."""

    settles = False

    def revert(self, system: WindowsPc, target: str, before: msgspec.Raw) -> None:
        """The value as it was, or none; then the keys that were missing go, where nothing else is in them."""
        key, _, name = target.partition(BETWEEN)
        was = msgspec.json.decode(before, type=Was)
        if was.value is None:
            system.registry.delete(key, name)
        elif system.registry.get(key, name) != was.value:
            system.registry.set(key, name, was.value)
        for one in reversed(was.missing):
            system.registry.delete_key(one)


def look_at(system: WindowsPc, key: str, name: str) -> Was:
    """What there is; raises SystemRefused for a value that could not be put back."""
    parts = key.split("\\")
    above = ["\\".join(parts[:length]) for length in range(2, len(parts) + 1)]
    missing = tuple(one for one in above if system.registry.keys(one) is None)
    try:
        return Was(system.registry.get(key, name), missing)
    except SystemRefused as error:
        raise SystemRefused(f"{error}: it could not be put back, so nothing is written there") from error


def shown(value: Value) -> str:
    """A value in words."""
    match value.kind:
        case Kind.NUMBER | Kind.LONG:
            return str(value.number)
        case Kind.TEXT | Kind.EXPANDED:
            return f'"{value.text}"'
        case Kind.TEXTS:
            return f"{len(value.texts)} texts"
        case _:
            return f"{len(value.raw)} bytes"
