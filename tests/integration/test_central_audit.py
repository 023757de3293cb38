"""Every act of the staff leaves a line in the trail."""

import ast
import json
import re
from pathlib import Path

import pytest
from sqlalchemy import select

import central
from central.staff import terminal_acts, user_acts
from central.store import schedules
from central.store.schedules import Schedule
from central.store.staff import Role
from central.store.tables import audit
from protocol.terminal import CommandKind
from tests.central_rig import NOON_MS, Booth, Rig
from tests.day_rig import OPEN
from tests.staff_rig import member
from tests.staff_steps import STEPS
from tests.staff_walk import ACTS, Walk

pytestmark = pytest.mark.anyio


async def written(rig: Rig) -> list[tuple[str, str]]:
    async with rig.central.database.read() as db:
        return [(row.user, row.act) for row in await db.all(select(audit).order_by(audit.c.id))]


def test_the_walk_knows_every_act_there_is() -> None:
    assert set(STEPS) == ACTS, "say here how a new act is done, so that its line is tried"


async def a_place(rig: Rig, name: str) -> list[Booth]:
    """A facility of its own for one act, open all day."""
    facility_id = await rig.facility(f"Rutan {name}")
    async with rig.central.database.write() as tx:
        await schedules.put(tx, facility_id, Schedule(week=(OPEN,) * 7, lead_s=0))
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
