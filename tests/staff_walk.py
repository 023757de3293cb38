"""Everything that staff can do, and one facility in the middle of a day in which to do it."""

from central.routes.days import OF_ONE
from central.staff import acts, decisions, terminal_acts, user_acts
from central.store.staff import Role
from tests.central_rig import Booth, Rig
from tests.day_rig import field, stored, wish
from tests.staff_rig import Member, account

BOARD = {*acts.KINDS, "admit", *acts.FACILITY_ACTS, *decisions.DECISIONS}
QUEUE = {*OF_ONE, "walk_in", "anew", "call_next"}
PLAIN = (
    "login",
    "logout",
    "link",
    "terminal_add",
    "facility_add",
    "settings",
    "user_add",
    "schedule",
    "import",
    "paper",
)
TAKEN = ("audit.csv", "report.csv", "report.xlsx")
ACTS = {
    *PLAIN,
    *TAKEN,
    *(f"board/{name}" for name in BOARD),
    *(f"queue/{name}" for name in QUEUE),
    *(f"displays/{name}" for name in ("add", "revoke")),
    *(f"terminals/{name}" for name in terminal_acts.DEEDS),
    *(f"users/{name}" for name in user_acts.DEEDS),
    *(f"account/{name}" for name in user_acts.OWN),
}
"""Everything that staff can do by a form or take along in a file."""


class Walk:
    """One facility in the middle of a day, and an admin at it."""

    def __init__(self, rig: Rig, booths: list[Booth], who: Member) -> None:
        self.rig = rig
        self.booths = booths
        self.who = who
        self.count = 0

    @property
    def facility(self) -> str:
        return self.booths[0].facility_id

    def at(self, path: str) -> str:
        return f"{path}?facility={self.facility}"

    async def post(self, path: str, /, **form: str) -> int:
        return (await self.who.post(self.at(path), **form)).status_code

    async def asking(self) -> str:
        """A family that asks for a turn; the registration's id."""
        self.count += 1
        name, phone = f"Keluarga {'ABCDEFGHIJ'[self.count]}", f"0812 0000 00{self.count:02d}"
        page = await self.rig.client.get(self.at("/daftar"))
        inmate = f"Budi {'ABCDEFGHIJ'[self.count]}"
        fields = wish(field(page.text, "nonce"), name=name, phone=phone, inmate=inmate)
        answer = await self.rig.client.post(self.at("/daftar"), data=fields)
        self.rig.client.cookies.clear()
        assert answer.status_code in (200, 303), answer.text
        return next(each.id for each in await stored(self.rig, self.booths[0]) if each.visitor_name == name)

    async def approved(self) -> tuple[str, str]:
        """A registration with a turn: its id and the session's."""
        id_ = await self.asking()
        await self.queue("approve", registration=id_, inmate="Budi")
        found = next(each for each in await stored(self.rig, self.booths[0]) if each.id == id_)
        assert found.session_id is not None
        return id_, found.session_id

    async def queue(self, act: str, **form: str) -> int:
        return await self.post(f"/queue/acts/{act}", **form)

    async def board(self, act: str, **form: str) -> int:
        return await self.post(f"/board/acts/{act}", **form)

    async def on_session(self, act: str, *, claimed: bool = False, opened: bool = False, **form: str) -> int:
        session = await self.rig.session(self.booths[0])
        if claimed:
            await self.rig.join(session.id)
            self.rig.client.cookies.clear()
        if opened:
            assert (await self.rig.open(self.booths[0], session.id)).status_code == 200
        return await self.board(act, session=session.id, terminal=self.booths[0].id, **form)

    async def terminal(self, act: str, /, **form: str) -> int:
        return await self.post(f"/terminals/{self.booths[1].id}/acts/{act}", **form)

    async def cloned(self) -> Booth:
        """A booth whose token two PCs use."""
        booth = self.booths[1]
        clock = self.rig.central.clock
        for boot, uptime in (("one", 100), ("two", 5), ("one", 200)):
            body = {"protocol": 1, "boot_id": boot, "revision": 0, "hold": False}
            status = {"mode": "in_service", "visit": "none", "uptime_s": uptime}
            await self.rig.client.post("/api/v1/terminal/sync", json=body | {"status": status}, headers=booth.headers)
            clock.move(50)  # type: ignore[attr-defined]  # the rig's clock is one that tests move
        return booth

    async def user(self, act: str, **form: str) -> int:
        id_ = await account(self.rig, f"orang {act}", Role.VIEWER, self.facility)
        return await self.post(f"/users/{id_}/acts/{act}", **form)

    async def got(self, path: str) -> int:
        return (await self.who.get(self.at(path))).status_code
