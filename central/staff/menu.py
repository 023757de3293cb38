"""What every staff page carries at its top: where its reader may go, the two languages, the own account."""

from collections.abc import Iterable
from contextvars import ContextVar
from urllib.parse import urlencode

from litestar.datastructures import Cookie
from msgspec import Struct

from central.staff import rights
from central.staff.rights import Right
from central.staff.words import LANGUAGES
from central.store.staff import User

HOME = "/board"


class Entry(Struct, frozen=True):
    """One place: its address, the key of its name, and the right to go there; `within`: pages that are reached from it."""

    path: str
    key: str
    right: Right
    within: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether this page belongs there."""
        return any(_is_within(path, each) for each in (self.path, *self.within))


ENTRIES = (
    Entry(HOME, "menu.board", Right.WATCH),
    Entry("/queue", "menu.queue", Right.WATCH, ("/import", "/day-list", "/day-paper")),
    Entry("/schedule", "menu.schedule", Right.WATCH),
    Entry("/displays", "menu.displays", Right.RUN_DAY),
    Entry("/reports", "menu.reports", Right.WATCH),
    Entry("/terminals", "menu.terminals", Right.WATCH),
    Entry("/users", "menu.users", Right.MANAGE_USERS),
    Entry("/settings", "menu.settings", Right.CHANGE_SETTINGS),
    Entry("/audit", "menu.audit", Right.READ_AUDIT),
)


class Place(Struct, frozen=True):
    """An entry as it is shown."""

    href: str
    key: str
    is_here: bool


class Menu(Struct, frozen=True, kw_only=True):
    """The top of one page for one reader; `languages`: the same page in each of them; `remember`: a language just chosen."""

    user_name: str
    csrf: str
    places: tuple[Place, ...]
    account: Place
    languages: dict[str, str]
    remember: Cookie | None = None

    @property
    def every(self) -> tuple[Place, ...]:
        """All that can be gone to, the own account last."""
        return (*self.places, self.account)

    @property
    def here(self) -> str:
        """The key of the present place's name; empty elsewhere."""
        return next((place.key for place in self.every if place.is_here), "")


_shown: ContextVar[Menu | None] = ContextVar("menu", default=None)
"""The menu of the page that this request's task makes."""


def show(menu: Menu | None) -> None:
    """Every page that is made for this request from now on carries this menu, or none."""
    _shown.set(menu)


def shown() -> Menu | None:
    """The menu of the page at hand; None for who is not logged in."""
    return _shown.get()


def menu_for(
    user: User,
    csrf: str,
    *,
    path: str,
    query: list[tuple[str, str]],
    is_page: bool,
    paths: Iterable[str],
    remember: Cookie | None,
) -> Menu:
    """The menu of a page at this address; `paths`: what is served at all; `is_page`: whether the address can be asked for again."""
    served = frozenset(paths)
    facility = [(name, value) for name, value in query if name == "facility"]
    here = next((entry.path for entry in ENTRIES if entry.holds(path)), "")
    again = path if is_page else here or HOME
    rest = [(name, value) for name, value in query if name != "lang"]
    return Menu(
        user_name=user.name,
        csrf=csrf,
        places=tuple(
            Place(_address(entry.path, facility), entry.key, entry.path == here)
            for entry in ENTRIES
            if entry.path in served and user.one_time_until_ms is None and rights.has(user.role, entry.right)
        ),
        account=Place(_address("/account", facility), "menu.account", _is_within(path, "/account")),
        languages={language: _address(again, [*rest, ("lang", language)]) for language in LANGUAGES},
        remember=remember,
    )


def _is_within(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}/")


def _address(path: str, query: list[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
