"""The settings of a facility as people fill them in: each with its bounds, each wrong one named, nothing typed lost."""

import hashlib
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from central.meetings import WrongMeeting, allowed
from central.staff.words import ZONES
from central.store.facilities import AdmitMethod, FacilitySettings, ListenRight, settings_from_words
from protocol.terminal import CheckInMethod, IcePolicy

WARNINGS_MOST = 8
WARNING_LONGEST_S = 7200
HOSTS_MOST = 40
NAME_MOST = 100
LINES_MOST = 12
LINE_LONGEST = 200
"""What a booth's screen takes of a message."""


class Kind(StrEnum):
    """How a setting is filled in."""

    NUMBER = "number"
    CHOICE = "choice"
    NUMBERS = "numbers"
    HOSTS = "hosts"
    LINES = "lines"


class Setting(Struct, frozen=True, kw_only=True):
    """One setting. `unit`: a key of the sentences `settings.unit.*`; `least` and `most` of a number, both allowed."""

    key: str
    kind: Kind
    unit: str = ""
    least: int = 0
    most: int = 0
    choices: tuple[str, ...] = ()


class Wrong(Struct, frozen=True):
    """Why a value cannot be: the key of a sentence and its gaps."""

    key: str
    gaps: dict[str, str | int] = {}


def _number(key: str, least: int, most: int, unit: str = "seconds") -> Setting:
    return Setting(key=key, kind=Kind.NUMBER, unit=unit, least=least, most=most)


def _choice(key: str, *choices: str) -> Setting:
    return Setting(key=key, kind=Kind.CHOICE, choices=choices)


GROUPS: dict[str, tuple[Setting, ...]] = {
    "place": (_choice("timezone", *ZONES), _choice("language", "id", "en")),
    "visit": (
        _choice("check_in", *(each.value for each in CheckInMethod)),
        _number("check_in_early_s", 0, 3600),
        _number("no_show_inmate_s", 0, 7200),
        _choice("admit", *(each.value for each in AdmitMethod)),
        _number("join_grace_s", 0, 3600),
    ),
    "talk": (
        _number("credit_s", 0, 3600),
        _number("extend_step_s", 10, 3600),
        Setting(key="warn_at_s", kind=Kind.NUMBERS, unit="seconds", least=1, most=WARNING_LONGEST_S),
        _number("farewell_s", 0, 120),
        _number("volume_percent", 0, 100, "percent"),
        _choice("listen", *(each.value for each in ListenRight)),
        Setting(key="canned_id", kind=Kind.LINES),
        Setting(key="canned_en", kind=Kind.LINES),
    ),
    "line": (
        _choice("ice_policy", *(each.value for each in IcePolicy)),
        Setting(key="meeting_hosts", kind=Kind.HOSTS),
    ),
}
"""Every setting that a facility has, in the order of the page. The bounds are those that booths keep to."""

SETTINGS: dict[str, Setting] = {setting.key: setting for group in GROUPS.values() for setting in group}


def as_typed(settings: FacilitySettings) -> dict[str, str]:
    """What the fields hold before anybody changes them."""
    values: dict[str, Any] = msgspec.to_builtins(settings)
    many = (list, tuple)
    return {key: ", ".join(map(str, value)) if isinstance(value, many) else str(value) for key, value in values.items()}


def version(settings: FacilitySettings, name: str) -> str:
    """Another one for other settings: a form that was filled in for older ones overwrites nothing unseen."""
    return hashlib.blake2s(msgspec.json.encode([name, settings]), digest_size=8).hexdigest()


def read(typed: dict[str, str], now: FacilitySettings) -> tuple[FacilitySettings, dict[str, Wrong]]:
    """The settings that were typed, and what is wrong by key; a key that was not sent stays as it is."""
    words: dict[str, str] = {}
    wrong: dict[str, Wrong] = {}
    for key, setting in SETTINGS.items():
        if key not in typed:
            continue
        found = _read(setting, typed[key].strip(), as_typed(now)[key])
        if isinstance(found, Wrong):
            wrong[key] = found
        else:
            words[key] = found
    return settings_from_words(words, now), wrong


def _read(setting: Setting, word: str, now: str) -> str | Wrong:
    """The word as `settings_from_words` takes it."""
    if setting.kind is Kind.NUMBER:
        return _one_number(setting, word)
    if setting.kind is Kind.NUMBERS:
        return _numbers(setting, word)
    if setting.kind is Kind.HOSTS:
        return _hosts(word)
    if setting.kind is Kind.LINES:
        return _lines(word)
    return word if word in (*setting.choices, now) else Wrong("settings.wrong.choice")


def _one_number(setting: Setting, word: str) -> str | Wrong:
    is_number = word.isascii() and word.isdecimal() and len(word) < 9
    if not is_number or not setting.least <= int(word) <= setting.most:
        return Wrong("settings.wrong.number", {"least": setting.least, "most": setting.most})
    return str(int(word))


def _numbers(setting: Setting, word: str) -> str | Wrong:
    parts = [_one_number(setting, part.strip()) for part in word.split(",") if part.strip()]
    numbers = [int(part) for part in parts if isinstance(part, str)]
    if len(numbers) < len(parts) or len(numbers) > WARNINGS_MOST:
        return Wrong("settings.wrong.numbers", {"least": setting.least, "most": setting.most, "count": WARNINGS_MOST})
    return ",".join(str(number) for number in sorted(set(numbers), reverse=True))


def _hosts(word: str) -> str | Wrong:
    entries = [entry.strip() for entry in word.replace("\n", ",").split(",") if entry.strip()]
    for entry in entries:
        try:
            allowed(entry)
        except WrongMeeting:
            return Wrong("settings.wrong.host", {"host": entry[:80]})
    return ",".join(entries) if len(entries) <= HOSTS_MOST else Wrong("settings.wrong.hosts", {"count": HOSTS_MOST})


def _lines(word: str) -> str | Wrong:
    lines = [" ".join(line.split()) for line in word.splitlines() if line.strip()]
    if len(lines) > LINES_MOST or any(len(line) > LINE_LONGEST or not line.isprintable() for line in lines):
        return Wrong("settings.wrong.lines", {"count": LINES_MOST, "most": LINE_LONGEST})
    return "\n".join(lines)


def changes(old: FacilitySettings, new: FacilitySettings) -> dict[str, list[str]]:
    """Old and new value of each setting that differs, as people read them."""
    before, after = as_typed(old), as_typed(new)
    return {key: [before[key], after[key]] for key in before if before[key] != after[key]}
