"""The sentences of central's pages in two languages, and times as people here write them."""

import json
from datetime import UTC, datetime, timedelta
from datetime import date as calendar_date
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

LANGUAGES = ("id", "en")
LOCALES = Path(__file__).parent.parent / "locales"
FOLDERS = (LOCALES, *sorted(each for each in LOCALES.iterdir() if each.is_dir()))
"""The sentences of booths and calls, and of each part in a folder of its own, as days: registration, queue, messages."""
LONG_S = 6000
"""From 100 minutes on hours are told: no talk is so long, but the time until a link opens may be."""
ZONES = {"Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
DAYS_ID = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS_ID = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip


class Words:
    """One language."""

    def __init__(self, language: str, sentences: dict[str, str]) -> None:
        self.language = language
        self.sentences = sentences

    def say(self, key: str, **gaps: object) -> str:
        """The sentence of that key with its gaps filled; an unknown key is shown as it is."""
        return self.sentences.get(key, key).format_map({name: str(value) for name, value in gaps.items()})

    def has(self, key: str) -> bool:
        """Whether there is such a sentence."""
        return key in self.sentences

    def left(self, ms: int) -> str:
        """Time left in whole seconds, rounded up: 8.42, in English 8:42; up to 99 minutes in minutes, as a booth shows it."""
        seconds = max(0, -(-ms // 1000))
        hours, minutes = divmod(seconds // 60, 60) if seconds >= LONG_S else (0, seconds // 60)
        dot = "." if self.language == "id" else ":"
        tail = f"{seconds % 60:02d}"
        return f"{hours}{dot}{minutes:02d}{dot}{tail}" if hours else f"{minutes}{dot}{tail}"

    def time(self, at_ms: int, timezone: str, *, seconds: bool = False) -> str:
        """The time of day there: 09.40, in English 09:40."""
        text = _local(at_ms, timezone).strftime("%H:%M:%S" if seconds else "%H:%M")
        return text.replace(":", ".") if self.language == "id" else text

    def date(self, at_ms: int, timezone: str) -> str:
        """Weekday, day and month there."""
        local = _local(at_ms, timezone)
        if self.language == "id":
            return f"{DAYS_ID[local.weekday()]} {local.day} {MONTHS_ID[local.month - 1]}"
        return f"{local:%A} {local.day} {local:%B}"

    def day(self, when: calendar_date) -> str:
        """Weekday, day and month of a date."""
        return self.date(int(datetime(when.year, when.month, when.day, 12, tzinfo=UTC).timestamp() * 1000), "UTC")

    def minutes(self, seconds: int) -> str:
        """So many minutes, with a decimal where they are not whole: 10, or 9,5 and in English 9.5."""
        text = f"{round(seconds / 60, 1):g}"
        return text.replace(".", ",") if self.language == "id" else text

    def ago(self, ms: int) -> str:
        """How long ago, in the largest unit that is not nought."""
        seconds = max(0, ms // 1000)
        if seconds < 120:
            return self.say("board.ago.seconds", n=seconds)
        minutes = seconds // 60
        return (
            self.say("board.ago.minutes", n=minutes) if minutes < 120 else self.say("board.ago.hours", n=minutes // 60)
        )


def _local(at_ms: int, timezone: str) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(timezone))


def zone(at_ms: int, timezone: str) -> str:
    """The zone's short name: WIB, WITA, WIT, or what the zone calls itself."""
    return ZONES.get(timezone) or _local(at_ms, timezone).tzname() or ""


@cache
def words(language: str) -> Words:
    """The sentences of a language; Indonesian for one we do not have."""
    known = language if language in LANGUAGES else LANGUAGES[0]
    sentences: dict[str, str] = {}
    for folder in FOLDERS:
        sentences |= json.loads((folder / f"{known}.json").read_text(encoding="utf-8"))
    return Words(known, sentences)


def preferred(accept_language: str) -> str:
    """The first of our languages in an Accept-Language header; Indonesian if there is none."""
    for part in accept_language.lower().split(","):
        language = part.split(";")[0].strip()[:2]
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]
