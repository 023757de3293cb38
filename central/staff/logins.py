"""Logging in and out: slow on purpose, the same for names that do not exist, and locked for longer after every failure."""

from typing import Any, Self

from litestar.connection import ASGIConnection
from msgspec import Struct

from central.attempts import Attempts
from central.context import Central
from central.credentials import hashed, new_token
from central.staff.gate import ends_at_ms, use
from central.store import staff
from central.store.staff import User

FREE_TRIES = 5
FIRST_LOCK_S = 15
LONGEST_LOCK_S = 900
TRIES_FROM_AN_ADDRESS = 30
ADDRESS_WINDOW_S = 60
KEPT_NAMES = 10_000
BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}
"""What a User-Agent has in it, the more telling first."""


class LoggedIn(Struct, frozen=True):
    """The cookie's value, shown to the browser this once."""

    cookie: str


class NotLoggedIn(Struct, frozen=True):
    """Why not: `wait_s` more seconds, or 0 where name and password did not match."""

    wait_s: int


def lock_s(failed: int) -> int:
    """For how long a name is locked after so many failures in a row: not at all before 5, then 15 s and doubling up to 15 min."""
    return 0 if failed < FREE_TRIES else int(min(LONGEST_LOCK_S, FIRST_LOCK_S * 2 ** (failed - FREE_TRIES)))


class Logins:
    """One for the whole app: counts failures of addresses and of unknown names; those of users are in the database."""

    def __init__(self, central: Central) -> None:
        self._central = central
        self._addresses = Attempts(TRIES_FROM_AN_ADDRESS, ADDRESS_WINDOW_S, central.clock)
        self._unknown: dict[str, tuple[int, int]] = {}
        self._dummy: str | None = None

    @classmethod
    def of(cls, connection: ASGIConnection[Any, Any, Any, Any]) -> Self:
        """The app's own."""
        state = connection.app.state
        if "logins" not in state:
            state["logins"] = cls(Central.of(connection))
        found = state["logins"]
        if not isinstance(found, cls):
            raise TypeError("the app's state was overwritten")
        return found

    async def log_in(self, name: str, password: str, address: str, *, browser: str = "") -> LoggedIn | NotLoggedIn:
        """Check a name and a password; unknown names and closed accounts take as long and are locked alike."""
        wait_s = self._addresses.wait_s(address)
        if wait_s:
            return NotLoggedIn(wait_s)
        self._addresses.count(address)
        async with self._central.database.read() as db:
            user = await staff.by_name(db, name)
        _failed, until = self._failures(name, user)
        now = self._central.clock()
        if until > now:
            return NotLoggedIn((until - now) // 1000 + 1)
        stored = user.password_hash if user else await self._dummy_hash()
        fits = await self._central.passwords.verify(stored, password)
        if user is None:
            return self._unknown_failed(name)
        return await self._begin(user, browser) if fits and _is_open(user, now) else await self._failed(user)

    async def log_out(self, id_hash: str, user: str) -> None:
        """The login ends here and now."""
        async with self._central.database.write() as tx:
            await staff.end_session(tx, id_hash)
            await staff.note(tx, user=user, act="logout", subject=user, detail={}, now_ms=self._central.clock())

    def _failures(self, name: str, user: User | None) -> tuple[int, int]:
        if user is None:
            return self._unknown.get(hashed(name), (0, 0))
        return user.failed, user.locked_until_ms or 0

    def _unknown_failed(self, name: str) -> NotLoggedIn:
        failed = self._failures(name, None)[0] + 1
        wait_s = lock_s(failed)
        if len(self._unknown) >= KEPT_NAMES:
            self._unknown.clear()
        self._unknown[hashed(name)] = (failed, self._central.clock() + wait_s * 1000)
        return NotLoggedIn(wait_s)

    async def _failed(self, user: User) -> NotLoggedIn:
        """Count on from what others who tried at the same moment have counted."""
        now = self._central.clock()
        async with self._central.database.write() as tx:
            current = await staff.by_name(tx, user.name) or user
            failed = current.failed + 1
            wait_s = lock_s(failed)
            until = now + wait_s * 1000 if wait_s else None
            await staff.note_login(tx, user.id, failed=failed, locked_until_ms=until)
            detail = {"failed": failed}
            await staff.note(tx, user=user.name, act="login_failed", subject=user.id, detail=detail, now_ms=now)
        return NotLoggedIn(wait_s)

    async def _begin(self, user: User, browser: str) -> LoggedIn | NotLoggedIn:
        """A fresh id at every login: one that was set before counts for nothing. A lock that came meanwhile holds."""
        cookie, now = new_token(), self._central.clock()
        async with self._central.database.write() as tx:
            current = await staff.by_name(tx, user.name)
            until = None if current is None else current.locked_until_ms
            if current is None or not _is_open(current, now) or (until is not None and until > now):
                return NotLoggedIn(1 if until is None else (until - now) // 1000 + 1)
            await staff.note_login(tx, user.id, failed=0, locked_until_ms=None)
            await staff.add_session(
                tx,
                id_hash=hashed(cookie),
                user_id=user.id,
                csrf=new_token(),
                now_ms=now,
                expires_at_ms=ends_at_ms(now, now),
                browser=browser_name(browser),
            )
            await staff.note(tx, user=user.name, act="login", subject=user.id, detail={}, now_ms=now)
        return LoggedIn(cookie)

    async def _dummy_hash(self) -> str:
        if self._dummy is None:
            self._dummy = await self._central.passwords.hash(new_token())
        return self._dummy


def _is_open(user: User, now_ms: int) -> bool:
    """Whether the account may be used with its password now."""
    is_over = user.one_time_until_ms is not None and user.one_time_until_ms <= now_ms
    return user.disabled_at_ms is None and not is_over


def browser_name(agent: str) -> str:
    """A few words of a User-Agent, so that somebody knows the own login again: Chrome, Android; empty for what is not known."""
    names = [next((name for mark, name in table.items() if mark in agent), "") for table in (BROWSERS, SYSTEMS)]
    return ", ".join(name for name in names if name)


class Guesses:
    """Wrong old passwords of those who are logged in, by user: a stolen login is no way to try out passwords."""

    def __init__(self, central: Central) -> None:
        self._tries = Attempts(FREE_TRIES, LONGEST_LOCK_S, central.clock)

    @classmethod
    def of(cls, connection: ASGIConnection[Any, Any, Any, Any]) -> Self:
        """The app's own."""
        state = connection.app.state
        if "guesses" not in state:
            state["guesses"] = cls(Central.of(connection))
        found = state["guesses"]
        if not isinstance(found, cls):
            raise TypeError("the app's state was overwritten")
        return found

    def wait_s(self, user_id: str) -> int:
        """Seconds until the next try; 0: now."""
        return self._tries.wait_s(user_id)

    def count(self, user_id: str) -> None:
        """One wrong one."""
        self._tries.count(user_id)


async def still_in(central: Central, id_hash: str) -> bool:
    """Whether a login has not ended meanwhile; a page that stays open and asks keeps it in use."""
    async with central.database.read() as db:
        login = await staff.session(db, id_hash, now_ms=central.clock())
    if login is None:
        return False
    await use(central, id_hash, login)
    return True
