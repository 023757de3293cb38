"""Every act of the staff leaves a line in the trail; and the trail can be read, filtered, taken along, and not changed."""

import ast
import csv
import io
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import select

import central
from central.routes.days import OF_ONE
from central.staff import acts, decisions, terminal_acts, user_acts
from central.staff.audit_view import plain
from central.store import displays, schedules, staff
from central.store.schedules import Schedule
from central.store.staff import Role
from central.store.tables import audit
from protocol.terminal import CommandKind
from tests.central_rig import NOON_MS, Booth, Rig
from tests.day_rig import OPEN, TODAY, field, place, stored, wish
from tests.staff_rig import PASSWORD, Member, account, enters, member

pytestmark = pytest.mark.anyio

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


async def do_login(walk: Walk) -> int:
    walk.who = await member(walk.rig, Role.VIEWER, name="baru")
    return 303


async def do_logout(walk: Walk) -> int:
    walk.who = await member(walk.rig, Role.VIEWER, name="pulang")
    return await walk.post("/logout")


async def do_link(walk: Walk) -> int:
    session = await walk.rig.session(walk.booths[0])
    return await walk.post(f"/board/links/{session.id}")


async def do_settings(walk: Walk) -> int:
    version = field(await walk.who.sees(walk.at("/settings")), "version")
    return await walk.post("/settings", version=version, credit_s="77")


async def do_schedule(walk: Walk) -> int:
    page = await walk.who.sees(walk.at("/schedule"))
    names = set(re.findall(r'<(?:input|textarea|select)[^>]* name="([a-z_0-9]+)"', page)) - {"csrf"}
    values = {name: _typed(page, name) for name in names}
    return await walk.post("/schedule", **values)


def _typed(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*? value="([^"]*)"', page)
    area = re.search(rf'<textarea[^>]* name="{name}"[^>]*>([^<]*)</textarea>', page)
    chosen = re.search(rf'<select[^>]* name="{name}".*?<option value="([^"]*)" selected', page, re.S)
    return next((match.group(1) for match in (found, area, chosen) if match), "")


async def do_import(walk: Walk) -> int:
    page = await walk.who.sees(walk.at("/import"))
    text = "Nama keluarga;Hubungan;Nomor WhatsApp;Nama warga binaan;Hari\nWati Dari Berkas;;;Joko;\n"
    data = {"csrf": walk.who.csrf, "nonce": field(page, "nonce"), "day": TODAY}
    files = {"file": ("daftar.csv", text.encode())}
    return (await walk.who.client.post(walk.at("/import"), data=data, files=files)).status_code


async def do_paper(walk: Walk) -> int:
    _, session_id = await walk.approved()
    path = f"{walk.at('/day-paper')}&day={TODAY}"
    assert f"outcome-{session_id}" in await walk.who.sees(path)
    return (await walk.who.post(path, **{f"outcome-{session_id}": "not_held"})).status_code


async def do_sent(walk: Walk) -> int:
    id_, _ = await walk.approved()
    return await walk.queue("sent", registration=id_)


async def do_move(walk: Walk) -> int:
    _, session_id = await walk.approved()
    session = await walk.rig.stored(session_id)
    other = next(booth for booth in walk.booths if booth.id != session.terminal_id)
    return await walk.queue("move", session=session_id, terminal=other.id, time="")


async def do_unpin(walk: Walk) -> int:
    _, session_id = await walk.approved()
    session = await walk.rig.stored(session_id)
    other = next(booth for booth in walk.booths if booth.id != session.terminal_id)
    await walk.queue("move", session=session_id, terminal=other.id, time="")
    return await walk.queue("unpin", session=session_id)


async def do_walk_in(walk: Walk) -> int:
    nonce = field((await walk.who.get(walk.at("/queue"))).text, "nonce")
    return await walk.queue("walk_in", name="Tamu", inmate="Joko", nonce=nonce)


async def do_call_next(walk: Walk) -> int:
    for booth in walk.booths:
        await walk.rig.sync(booth)
    _, session_id = await walk.approved()
    session = await walk.rig.stored(session_id)
    clock = walk.rig.central.clock
    clock.now_ms = session.start_at_ms  # type: ignore[attr-defined]  # the rig's clock is one that tests move
    return await walk.queue("call_next", terminal=session.terminal_id)


async def do_take_screen(walk: Walk) -> int:
    await walk.post("/displays/acts/add", name="Ruang tunggu")
    async with walk.rig.central.database.read() as db:
        (made,) = await displays.every(db, walk.facility)
    return await walk.post("/displays/acts/revoke", display=made.id)


async def do_board_move(walk: Walk) -> int:
    for booth in walk.booths:
        await walk.rig.sync(booth)
    session = await walk.rig.session(walk.booths[0])
    return await walk.board("move", session=session.id, to=walk.booths[1].id)


async def do_let_in(walk: Walk) -> int:
    session = await walk.rig.session(walk.booths[1])
    assert (await walk.rig.open(walk.booths[1], session.id)).status_code == 200
    return await walk.terminal("let_technician_in")


async def do_approve_clone(walk: Walk, page: str) -> int:
    booth = await walk.cloned()
    form = {"terminal": booth.id}
    return await walk.board("approve", **form) if page == "board" else await walk.terminal("approve")


async def do_own_login(walk: Walk) -> int:
    walk.who = await member(walk.rig, Role.VIEWER, name="dua peramban")
    await enters(walk.rig, walk.who.name)
    return await walk.post("/account/acts/login", login="all")


async def do_own_password(walk: Walk) -> int:
    walk.who = await member(walk.rig, Role.VIEWER, name="ganti")
    new = "enam-belas-langkah"
    return await walk.post("/account/acts/password", old=PASSWORD, new=new, again=new)


Step = Callable[[Walk], Awaitable[int]]


STEPS: dict[str, Step] = {
    "login": do_login,
    "logout": do_logout,
    "link": do_link,
    "settings": do_settings,
    "schedule": do_schedule,
    "import": do_import,
    "paper": do_paper,
    "terminal_add": lambda walk: walk.post("/terminals", name="Bilik 77"),
    "facility_add": lambda walk: walk.post("/settings/facilities", name="Rutan Baru"),
    "user_add": lambda walk: walk.post("/users", name="budi", role="officer", facility="all"),
    "audit.csv": lambda walk: walk.got("/audit/jejak.csv"),
    "report.csv": lambda walk: walk.got("/reports/laporan.csv"),
    "report.xlsx": lambda walk: walk.got("/reports/laporan.xlsx"),
    "board/extend": lambda walk: walk.on_session("extend", opened=True),
    "board/message": lambda walk: walk.on_session("message", opened=True, text="Sebentar"),
    "board/end": lambda walk: walk.on_session("end", opened=True),
    "board/lock": lambda walk: walk.board("lock", terminal=walk.booths[0].id),
    "board/unlock": lambda walk: walk.board("unlock", terminal=walk.booths[0].id),
    "board/start": lambda walk: walk.on_session("start"),
    "board/volume": lambda walk: walk.board("volume", terminal=walk.booths[0].id, level="40"),
    "board/let_technician_in": lambda walk: walk.on_session("let_technician_in", opened=True),
    "board/admit": lambda walk: walk.on_session("admit", claimed=True),
    "board/emergency": lambda walk: walk.board("emergency"),
    "board/unlock_all": lambda walk: walk.board("unlock_all"),
    "board/refuse": lambda walk: walk.on_session("refuse", claimed=True),
    "board/release": lambda walk: walk.on_session("release", claimed=True),
    "board/approve": lambda walk: do_approve_clone(walk, "board"),
    "board/move": do_board_move,
    "queue/approve": lambda walk: _ask(walk, "approve", inmate="Budi"),
    "queue/refuse": lambda walk: _ask(walk, "refuse", reason="Penuh"),
    "queue/not_today": lambda walk: _ask(walk, "not_today"),
    "queue/sent": do_sent,
    "queue/move": do_move,
    "queue/unpin": do_unpin,
    "queue/walk_in": do_walk_in,
    "queue/anew": lambda walk: walk.queue("anew"),
    "queue/call_next": do_call_next,
    "displays/add": lambda walk: walk.post("/displays/acts/add", name="Ruang tunggu"),
    "displays/revoke": do_take_screen,
    "terminals/approve": lambda walk: do_approve_clone(walk, "terminals"),
    "terminals/enrol": lambda walk: walk.terminal("enrol"),
    "terminals/rename": lambda walk: walk.terminal("rename", name="Bilik Baru"),
    "terminals/revoke": lambda walk: walk.terminal("revoke"),
    "terminals/let_technician_in": do_let_in,
    **{
        f"terminals/{kind.value}": lambda walk, kind=kind: walk.terminal(kind.value)  # type: ignore[misc]  # a default
        for kind in (
            *(CommandKind.RUN_DIAGNOSIS, CommandKind.RESTART_WINDOW, CommandKind.RESTART_AGENT),
            *(CommandKind.REBOOT, CommandKind.LOCK, CommandKind.UNLOCK),
        )
    },
    "users/user_role": lambda walk: walk.user("user_role", role="officer", facility=walk.facility),
    "users/user_password": lambda walk: walk.user("user_password"),
    "users/user_disable": lambda walk: walk.user("user_disable"),
    "users/user_enable": lambda walk: walk.user("user_enable"),
    "users/user_logout": lambda walk: walk.user("user_logout"),
    "account/password": do_own_password,
    "account/login": do_own_login,
}


async def _ask(walk: Walk, name: str, **form: str) -> int:
    return await walk.queue(name, registration=await walk.asking(), **form)


async def written(rig: Rig) -> list[tuple[str, str]]:
    async with rig.central.database.read() as db:
        return [(row.user, row.act) for row in await db.all(select(audit).order_by(audit.c.id))]


def test_the_walk_knows_every_act_there_is() -> None:
    assert set(STEPS) == ACTS, "say here how a new act is done, so that its line is tried"


async def a_place(rig: Rig, name: str) -> list[Booth]:
    """A facility of its own for one act, open all day."""
    facility_id = await rig.facility(f"Rutan {name}")
    async with rig.central.database.write() as tx:
        await schedules.put(tx, facility_id, Schedule(week=(OPEN,) * 7))
    return [await rig.booth(f"Bilik {number}", facility_id=facility_id) for number in (1, 2)]


async def test_every_act_leaves_its_line(rig: Rig) -> None:
    """One central for all of them, and a facility for each: they stand in nobody's way."""
    admin, clock = await member(rig, Role.ADMIN), rig.central.clock
    wrong: dict[str, object] = {}
    for name in sorted(STEPS):
        clock.now_ms = NOON_MS  # type: ignore[attr-defined]  # the rig's clock is one that tests move
        walk = Walk(rig, await a_place(rig, name), admin)
        before = len(await written(rig))
        status = await STEPS[name](walk)
        lines = (await written(rig))[before:]
        if status not in (200, 303) or not [act for user, act in lines if user == walk.who.name]:
            wrong[name] = (status, lines)
    assert wrong == {}


def noted() -> set[str]:
    """Every act that the sources write with its name in plain words."""
    root = Path(central.__file__).parent
    text = "\n".join(path.read_text(encoding="utf-8") for path in root.rglob("*.py"))
    direct = set(re.findall(r'act="([a-z_]+)"', text))
    return direct | set(re.findall(r'_note\([^"\n]*"([a-z_]+)"', text))


def test_every_act_has_its_words_in_the_trail() -> None:
    folder = Path(central.__file__).parent / "locales"
    words = {key for path in folder.rglob("id.json") for key in json.loads(path.read_text(encoding="utf-8"))}
    acts_ = noted() | {kind.value for kind in CommandKind} | set(terminal_acts.DEEDS) | set(user_acts.DEEDS)
    acts_ -= {"enrol", "rename", "revoke", "command"}
    assert {act for act in acts_ if f"audit.act.{act}" not in words} == set()


def test_nothing_but_retention_changes_or_removes_a_line() -> None:
    """Whoever writes `update(audit)` or `delete(audit)` anywhere else is found here."""
    root = Path(central.__file__).parent
    changing = []
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            named = {one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in node.args}
            if node.func.id in ("update", "delete") and "audit" in named:
                changing.append(path.relative_to(root).as_posix())
    assert set(changing) <= {"retention.py", "store/retention.py", "store/reports.py"}


# ---- reading it ---------------------------------------------------------------------------------------------------


async def test_the_trail_is_filtered_by_who_what_booth_and_day(rig: Rig) -> None:
    first, second = await place(rig)
    admin, officer = await member(rig, Role.ADMIN), await member(rig, Role.OFFICER, name="sari")
    await officer.post("/board/acts/lock", terminal=first.id)
    rig.central.clock.move(86_400)  # type: ignore[attr-defined]  # the rig's clock is one that tests move
    admin, officer = await enters(rig, "admin"), await enters(rig, "sari")
    await officer.post("/board/acts/unlock", terminal=second.id)

    async def shown(query: str) -> list[str]:
        page = await admin.sees(f"/audit{query}")
        return re.findall(r"<td>(?:admin|sari)</td><td>([^<]*)</td>", page)

    assert "Close booth" in await shown("?who=sari")
    assert set(await shown("?who=admin")) == {"Logged in"}
    assert await shown("?what=lock") == ["Close booth"]
    assert await shown(f"?terminal={second.id}") == ["Open booth"]
    assert "Open booth" not in await shown(f"?day={TODAY}")
    assert await shown("?who=nobody") == []
    assert len(await shown("?day=no-day&before=x")) == len(await shown(""))


async def test_older_lines_are_a_press_away(rig: Rig) -> None:
    booth = await rig.booth()
    admin = await member(rig, Role.ADMIN)
    async with rig.central.database.write() as tx:
        for at_ms in range(110):
            await staff.note(tx, user="sari", act="lock", subject=booth.id, detail={}, now_ms=at_ms)
    page = await admin.sees("/audit?what=lock")
    assert page.count("Close booth</td>") == 100
    older = re.search(r'href="(/audit\?[^"]*before=[0-9]+)"', page)
    assert older is not None
    assert (await admin.sees(older.group(1).replace("&amp;", "&"))).count("Close booth</td>") == 10


async def test_a_supervisor_of_one_facility_reads_of_that_one_alone(rig: Rig) -> None:
    here = await rig.booth()
    there = await rig.booth("Bilik 9", facility_id=await rig.facility("Rutan Dua"))
    admin, supervisor = await member(rig, Role.ADMIN), await member(rig, Role.SUPERVISOR, here.facility_id)
    await admin.post("/board/acts/lock", terminal=here.id)
    await admin.post("/board/acts/unlock", terminal=there.id)
    page = await supervisor.sees("/audit")
    assert "Close booth" in page
    assert "Open booth" not in page
    assert there.id not in (await supervisor.get("/audit/jejak.csv")).text
    assert there.id in (await admin.get("/audit/jejak.csv")).text


async def test_the_file_has_every_line_and_none_that_a_spreadsheet_would_run(rig: Rig) -> None:
    booth = await rig.booth()
    admin = await member(rig, Role.ADMIN, name="=cmd|x")
    await admin.post(f"/terminals/{booth.id}/acts/rename", name="@Bilik")
    answer = await admin.get("/audit/jejak.csv?lang=en")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert rows[0] == ["When", "Who", "What", "About", "Details"]
    renamed = next(row for row in rows if row[2] == "Renamed a booth")
    assert renamed[1] == "'=cmd|x"
    assert renamed[0].startswith(TODAY)
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)


@pytest.mark.parametrize("cell", ["=1+1", "+62812", "-3", "@x", "\tx"])
def test_a_cell_that_could_be_a_formula_is_text(cell: str) -> None:
    assert plain(cell) == f"'{cell}"
    assert plain("Bilik 1") == "Bilik 1"
