"""What each family reads on its own page when the day is over, in a real browser and in its own language."""

from tests.day.crowd import One
from tests.day.day import REASON, Day

HEADS = {
    "done": ("Panggilan sudah selesai", "The call is over"),
    "absent": ("Waktu panggilan sudah lewat", "The time of the call has passed"),
    "refused": ("Pendaftaran tidak disetujui", "The registration was not approved"),
    "postponed": ("Tidak ada giliran pada hari itu", "No turn on that day"),
}


def pages_say(day: Day, families: dict[int, str]) -> None:
    """Open every family's page; what it says is what became of it."""
    wrong: list[str] = []
    for number, one in enumerate(day.families, start=1):
        wrong += _wrong(one, number, families[number])
    for guest in day.extra.values():
        wrong += _wrong(guest, 0, "served")
    what = f"{len(day.families) + len(day.extra)} families read on their own pages what became of them"
    day.story.check(is_so=not wrong, what=what + "".join(f"; {each}" for each in wrong))


def _wrong(one: One, number: int, became: str) -> list[str]:
    page = one.look()
    said = [card.inner_text() for card in page.query_selector_all(".follow")]
    page.close()
    state = next((each for each in HEADS if became.startswith(each)), "done")
    expected = HEADS[state][one.way.language == "en"]
    is_so = bool(said) and expected in said[0]
    is_so = is_so and (state != "refused" or REASON in said[0])
    is_so = is_so and ("made up" not in became or len(said) == 2)
    return [] if is_so else [f"number {number:03} was {became} and reads {said}"]
