"""The board in one language for one viewer: as a whole page, and as the pieces that changed since."""

import json
from typing import Any

from markupsafe import Markup

from central.board import board
from central.board_model import Board, Rows
from central.context import Central
from central.staff import pages
from central.staff.acts import CANNED
from central.staff.board_rows import board_rows
from central.staff.gate import Staff
from central.staff.logins import still_in
from central.staff.words import Words, words
from central.store import duty
from central.store.facilities import Facility
from central.store.staff import Role
from protocol.faults import FAULTS

WHY = {
    "the visit is over": "visit_over",
    "there is no call": "no_call",
    "the call has not been opened": "not_opened",
    "closing time leaves no room": "no_room",
    "the booth is not in service": "not_in_service",
    "the session has been started already": "started",
    "the booth has just started and does not know the time yet": "starting",
    "refused in a call": "in_call",
    "this session is not at the booth now": "other_session",
    "there is no call: a technician needs no leave": "technician_free",
}
"""What booths answer, and the sentence (`why.*`) that officers read."""

SCRIPT_SENTENCES = ("board.ago.", "board.seen", "board.frozen", "done.failed", "listen.")
MORE = ("move", "volume", "let_technician_in")
"""Acts that are wanted seldom: behind one button of the tile."""


class BoardView:
    """Remembers what it has told, so that only changes are told again."""

    def __init__(
        self, central: Central, facility: Facility, said: Words, *, can_act: bool, can_listen: bool = False
    ) -> None:
        self.central = central
        self.facility = facility
        self._words = said
        self._can_act = can_act
        self._can_listen = can_listen
        self._rows = Rows(terminals=())
        self._told: dict[str, Any] = {}

    async def read(self) -> None:
        """Take the rows as they are now."""
        self._rows = await board_rows(self.central, self.facility, self.central.clock())

    async def hear_booths(self) -> None:
        """Have the booths heard anew: one that is held for long may be silent, and from now on somebody looks."""
        await self.read()
        self.central.bus.nudge(f"terminal:{terminal.id}" for terminal in self._rows.terminals)
        await self.central.watching.begin(self.facility.id)

    def page(self, *, name: str, csrf: str, places: list[Facility]) -> str:
        """The whole page; `places`: the facilities that this viewer may choose from."""
        now = self.central.clock()
        model = board(self._rows, now)
        values = self._values(model, now, csrf)
        return pages.render("board.html", self._words, user_name=name, places=places, about=self._about(now), **values)

    def _why(self, told: str | None) -> str:
        """A booth's reason in the officer's language; one we do not know as it came."""
        return self._words.say(f"why.{WHY[told]}") if told in WHY else told or ""

    def _about(self, now_ms: int) -> Markup:
        """What the page's script must know."""
        said = self._words
        sentences = {key: text for key, text in said.sentences.items() if key.startswith(SCRIPT_SENTENCES)}
        facts = {"facility": self.facility.id, "timezone": self.facility.settings.timezone, "now_ms": now_ms}
        return pages.data(json.dumps(facts | {"language": said.language, "words": sentences}, ensure_ascii=False))

    def changes(self, csrf: str) -> dict[str, Any]:
        """The instant, the order of the tiles, and each piece whose model changed since the last call."""
        now = self.central.clock()
        model = board(self._rows, now)
        wanted: dict[str, Any] = {
            "alarms": (model.alarms, model.stopped),
            "duty": model.on_duty,
            "queue": (model.queue, model.waiting),
        }
        wanted |= {f"tile-{tile.terminal_id}": tile for tile in model.tiles}
        fresh = [name for name, value in wanted.items() if self._told.get(name) != value]
        self._told = wanted
        values = self._values(model, now, csrf)
        tiles = {f"tile-{tile.terminal_id}": tile for tile in model.tiles}
        pieces = {
            name: pages.render("tile.html", self._words, tile=tiles[name], **values)
            if name in tiles
            else pages.render(f"{name}.html", self._words, **values)
            for name in fresh
        }
        return {"now_ms": now, "tiles": list(tiles), "pieces": pieces}

    def _values(self, model: Board, now_ms: int, csrf: str) -> dict[str, Any]:
        return {
            "board": model,
            "now_ms": now_ms,
            "csrf": csrf,
            "facility": self.facility,
            "timezone": self.facility.settings.timezone,
            "can_act": self._can_act,
            "can_listen": self._can_listen,
            "more": MORE,
            "faults": FAULTS,
            "why": self._why,
            "step": _step(self.facility.settings.extend_step_s),
            "canned": [_canned(self.facility, each) for each in ("id", "en")],
        }


def _canned(facility: Facility, language: str) -> list[str]:
    """The facility's ready messages in this language, or those that central brings."""
    own = facility.settings.canned_id if language == "id" else facility.settings.canned_en
    return own.splitlines() or [words(language).say(f"act.message.canned.{n + 1}") for n in range(CANNED)]


def _step(seconds: int) -> tuple[str, int]:
    """The extension's sentence and its number: in minutes where they are whole."""
    return ("act.extend.minutes", seconds // 60) if seconds % 60 == 0 else ("act.extend.seconds", seconds)


async def is_logged_in(central: Central, id_hash: str) -> bool:
    """Whether the login has not ended meanwhile; an open board keeps it in use."""
    return await still_in(central, id_hash)


async def note_duty(central: Central, who: Staff, facility_id: str) -> None:
    """Somebody who may act here looks at the board: they are on duty, and the sessions that are open are theirs too."""
    if who.may(Role.OFFICER) and who.may_see(facility_id):
        async with central.database.write() as tx:
            await duty.on_duty(tx, facility_id, who.user.name, now_ms=central.clock())
