"""What every registry promises, the one in memory and Windows' own: acts on a key that is not there before and not after."""

from collections.abc import Callable

from installer.windows.ports import Kind, Registry, Value, number, text

VALUES = {
    "number": number(0xFFFFFFFF),
    "nought": number(0),
    "long": Value(kind=Kind.LONG, number=2**63),
    "text": text('é "quoted" %PATH% \\ \u4e2d'),
    "empty": text(""),
    "expanded": Value(kind=Kind.EXPANDED, text="%SystemRoot%\\explorer.exe"),
    "texts": Value(kind=Kind.TEXTS, texts=("one", "two")),
    "no texts": Value(kind=Kind.TEXTS),
    "binary": Value(kind=Kind.BINARY, raw=bytes(range(20))),
    "nothing": Value(kind=Kind.NONE),
}


def every_kind_of_value_comes_back(registry: Registry, base: str) -> None:
    for name, value in VALUES.items():
        registry.set(base, name, value)
    for name, value in VALUES.items():
        assert registry.get(base, name) == value, name


def a_value_takes_the_place_of_one_of_another_kind(registry: Registry, base: str) -> None:
    for value in (text("one"), number(2), text("three")):
        registry.set(base, "Name", value)
        assert registry.get(base, "Name") == value


def names_are_the_same_in_capitals(registry: Registry, base: str) -> None:
    registry.set(f"{base}\\Below", "Name", number(1))
    assert registry.get(f"{base}\\BELOW", "nAME") == number(1)
    registry.set(f"{base}\\below", "NAME", number(2))
    assert registry.get(f"{base}\\Below", "Name") == number(2)
    assert registry.keys(base) == ("Below",)


def what_is_missing_is_none_and_may_be_removed(registry: Registry, base: str) -> None:
    assert registry.get(base, "Name") is None
    assert registry.keys(base) is None
    registry.delete(base, "Name")
    registry.delete_key(base)
    registry.set(base, "Other", number(1))
    assert registry.get(base, "Name") is None
    assert registry.keys(base) == ()
    registry.delete(base, "Name")


def a_value_is_removed_alone(registry: Registry, base: str) -> None:
    registry.set(base, "One", number(1))
    registry.set(base, "Two", number(2))
    registry.delete(base, "One")
    assert registry.get(base, "One") is None
    assert registry.get(base, "Two") == number(2)


def keys_above_are_made_and_names_below_are_sorted(registry: Registry, base: str) -> None:
    for name in ("c", "A", "b"):
        registry.set(f"{base}\\deep\\{name}", "Name", number(1))
    assert registry.keys(base) == ("deep",)
    assert registry.keys(f"{base}\\deep") == ("A", "b", "c")


def a_key_goes_only_when_nothing_is_in_it(registry: Registry, base: str) -> None:
    registry.set(f"{base}\\deep", "Name", number(1))
    registry.delete_key(f"{base}\\deep")
    registry.delete_key(base)
    assert registry.get(f"{base}\\deep", "Name") == number(1)
    registry.delete(f"{base}\\deep", "Name")
    registry.delete_key(base)
    assert registry.keys(base) == ("deep",)
    registry.delete_key(f"{base}\\deep")
    registry.delete_key(base)
    assert registry.keys(base) is None


CONTRACT: tuple[Callable[[Registry, str], None], ...] = (
    every_kind_of_value_comes_back,
    a_value_takes_the_place_of_one_of_another_kind,
    names_are_the_same_in_capitals,
    what_is_missing_is_none_and_may_be_removed,
    a_value_is_removed_alone,
    keys_above_are_made_and_names_below_are_sorted,
    a_key_goes_only_when_nothing_is_in_it,
)
