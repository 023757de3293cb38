"""How each act of the staff is done: one step by its name."""

import re
from collections.abc import Awaitable, Callable

from central.store import displays
from central.store.staff import Role
from protocol.terminal import CommandKind
from tests.day_rig import TODAY, field
from tests.staff_rig import PASSWORD, enters, member
from tests.staff_walk import Walk


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
