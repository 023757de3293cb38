"""The pages of booths and settings: enrolled from a page, diagnosed from afar, a week of health, settings with their bounds."""

import re

import pytest

from agent.core import policy
from central.staff import settings_form
from central.staff.settings_form import SETTINGS, Kind
from central.store import facilities, terminals
from central.store.facilities import FacilitySettings
from central.store.staff import Role
from protocol.diagnosis import Found
from protocol.terminal import (
    CommandAnswered,
    CommandKind,
    CommandOutcome,
    DiagnosisMade,
    FaultChanged,
)
from tests.central_rig import Booth, Rig, synced
from tests.day_rig import field
from tests.staff_rig import Member, member

pytestmark = pytest.mark.anyio
ENROLMENT = re.compile(r'id="enrolment">([^<]+)<')


@pytest.fixture
async def boss(rig: Rig) -> Member:
    return await member(rig, Role.SUPERVISOR)


async def page_of(who: Member, booth: Booth) -> str:
    return await who.sees(f"/terminals/{booth.id}")


# ---- enrolment ----------------------------------------------------------------------------------------------------


async def test_a_booth_is_added_and_enrolled_from_a_page(rig: Rig, boss: Member) -> None:
    await rig.facility()
    first = await boss.sees("/terminals")
    assert "First steps" in first
    answer = await boss.post("/terminals?lang=en", name="  Bilik   1 ")
    (text,) = ENROLMENT.findall(answer.text)
    url, _, code = text.partition("#")
    assert url == "http://central.test"
    assert "data:image/svg+xml" in answer.text
    assert code not in (await boss.sees("/terminals"))
    assert (await rig.enrol(code)).status_code == 200
    page = await boss.sees("/terminals")
    assert "Bilik 1" in page
    assert "First steps" not in page


@pytest.mark.parametrize("name", ["", "x" * 61, "Bilik\x07"])
async def test_a_name_that_cannot_be_is_refused_and_kept_in_the_form(rig: Rig, boss: Member, name: str) -> None:
    await rig.facility()
    answer = await boss.post("/terminals?lang=en", name=name)
    assert answer.status_code == 409
    assert "1 to 60 letters" in answer.text


async def test_a_new_code_replaces_the_computer_only_once_it_is_used(rig: Rig, boss: Member) -> None:
    booth = await rig.booth()
    answer = await boss.post(f"/terminals/{booth.id}/acts/enrol")
    assert (await rig.sync(booth)).status_code == 200
    (text,) = ENROLMENT.findall(answer.text)
    assert (await rig.enrol(text.partition("#")[2])).status_code == 200
    assert (await rig.sync(booth)).status_code == 401


async def test_a_revoked_booth_is_out_and_its_page_says_how_it_comes_back(rig: Rig, boss: Member) -> None:
    booth = await rig.booth()
    assert (await boss.post(f"/terminals/{booth.id}/acts/revoke")).status_code == 303
    assert (await rig.sync(booth)).status_code == 401
    assert "make a new enrolment code" in await page_of(boss, booth)
    assert "revoked" in await boss.sees("/terminals")
    never, _ = await rig.code(booth.facility_id, "Bilik 2")
    assert (await boss.post(f"/terminals/{never}/acts/revoke")).status_code == 409


async def test_a_new_name_is_on_the_booths_screen_and_no_two_are_alike(rig: Rig, boss: Member) -> None:
    booth = await rig.booth()
    await rig.booth("Bilik 2", facility_id=booth.facility_id)
    await rig.sync(booth)
    taken = await boss.post(f"/terminals/{booth.id}/acts/rename?lang=en", name="Bilik 2")
    assert (taken.status_code, "of that name" in taken.text) == (409, True)
    await boss.post(f"/terminals/{booth.id}/acts/rename", name="Bilik Timur")
    answer = synced(await rig.sync(booth))
    assert answer.assignments is not None
    assert answer.assignments.settings.terminal_name == "Bilik Timur"


async def test_booths_stand_in_the_order_in_which_people_count(rig: Rig, boss: Member) -> None:
    place = await rig.facility()
    for name in ("Bilik 10", "Bilik 2", "bilik 1", "Aula"):
        await rig.code(place, name)
    names = re.findall(r'crumb" href="[^"]+">([^<]+)</a>', await boss.sees("/terminals"))
    assert names == ["Aula", "bilik 1", "Bilik 2", "Bilik 10"]


# ---- commands and diagnosis ---------------------------------------------------------------------------------------


async def test_a_diagnosis_is_asked_for_from_the_page_and_shown_line_by_line(rig: Rig, boss: Member) -> None:
    booth = await rig.booth()
    await rig.sync(booth)
    await boss.post(f"/terminals/{booth.id}/acts/run_diagnosis")
    assert "again.js" in await page_of(boss, booth), "it looks again by itself while the answer is awaited"
    (command,) = synced(await rig.sync(booth)).commands
    assert command.kind == CommandKind.RUN_DIAGNOSIS
    found = (
        Found(finding="central.reached", gaps={"ms": 38}),
        Found(finding="disk.low", gaps={"mb": 12}),
        Found(finding="camera.missing"),
        Found(finding="relay.silent"),
        Found(finding="newer.thing{0.__class__}"),
    )
    await rig.events(
        booth,
        DiagnosisMade(command_id=command.id, found=found),
        CommandAnswered(command_id=command.id, outcome=CommandOutcome.DONE),
    )
    page = await page_of(boss, booth)
    assert "Reached within 38 ms." in page
    assert "the disk is nearly full" in page
    assert "Check the camera cable" in page
    assert "Only ? of ? answer." in page, "a gap that did not come is no failure of the page"
    assert "newer.thing{0.__class__}" in page
    assert "again.js" not in page
    assert await rig.became(command.id) == "done"


async def test_what_became_of_commands_and_faults_is_told(rig: Rig, boss: Member) -> None:
    booth = await rig.booth()
    await rig.sync(booth, faults=["KAM-1"])
    await rig.central.heartbeats.flush()
    command = await rig.issue(booth, CommandKind.REBOOT)
    refused = CommandAnswered(command_id=command, outcome=CommandOutcome.REFUSED, why="refused in a call")
    await rig.events(booth, FaultChanged(code="KAM-1", raised=True), refused)
    page = re.sub(r"<[^>]+>", " ", await page_of(boss, booth))
    assert re.search(r"Restart the computer\s+sari\s+refused:\s+A call is running", page), page
    assert re.search(r"No camera was found\.\s+KAM-1\s+began", page)
    assert "Check the camera cable" in page


async def test_an_officer_cares_for_a_booth_but_does_not_manage_it(rig: Rig) -> None:
    booth = await rig.booth()
    officer = await member(rig, Role.OFFICER)
    for act in ("reboot", "restart_agent", "enrol", "rename", "revoke"):
        assert (await officer.post(f"/terminals/{booth.id}/acts/{act}", name="x")).status_code == 403
    for act in ("run_diagnosis", "restart_window", "lock", "unlock"):
        assert (await officer.post(f"/terminals/{booth.id}/acts/{act}")).status_code == 303
    page = await page_of(officer, booth)
    assert "/acts/reboot" not in page
    assert "/acts/restart_window" in page
    nothing = await officer.post(f"/terminals/{booth.id}/acts/let_technician_in?lang=en")
    assert (nothing.status_code, "No call runs" in nothing.text) == (409, True)


# ---- settings -----------------------------------------------------------------------------------------------------


def test_every_setting_has_its_row_and_the_bounds_that_booths_keep_to() -> None:
    assert set(SETTINGS) == set(FacilitySettings.__struct_fields__)
    for key, (least, most) in policy.SETTING_BOUNDS.items():
        assert (SETTINGS[key].least, SETTINGS[key].most) == (least, most)
    assert settings_form.WARNINGS_MOST == policy.WARNINGS_MOST
    typed = settings_form.as_typed(FacilitySettings())
    assert settings_form.read(typed, FacilitySettings()) == (FacilitySettings(), {})


@pytest.mark.parametrize(
    "setting", [each for each in SETTINGS.values() if each.kind is Kind.NUMBER], ids=lambda it: it.key
)
def test_a_number_is_taken_within_its_bounds_and_nowhere_else(setting: settings_form.Setting) -> None:
    for word in (str(setting.least), str(setting.most)):
        assert settings_form.read({setting.key: f" {word} "}, FacilitySettings())[1] == {}
    for word in (str(setting.most + 1), str(setting.least - 1), "", "banyak", "1.5", "٣", "9" * 30):
        found, wrong = settings_form.read({setting.key: word}, FacilitySettings())
        assert (list(wrong), found) == ([setting.key], FacilitySettings())


async def test_settings_are_changed_told_to_booths_and_noted_with_old_and_new(rig: Rig, boss: Member) -> None:
    booth = await rig.booth()
    revision = synced(await rig.sync(booth)).revision
    version = field(await boss.sees("/settings"), "version")
    form = {"credit_s": "90", "warn_at_s": "60, 120", "check_in": "pin", "name": "Rutan Baru"}
    saved = await boss.post("/settings", version=version, **form)
    assert saved.status_code == 303
    assert "The settings are saved" in await boss.sees(saved.headers["location"])
    told = synced(await rig.sync(booth, revision=revision)).assignments
    assert told is not None
    assert (told.settings.credit_s, told.settings.warn_at_s, told.settings.facility_name) == (
        90,
        (120, 60),
        "Rutan Baru",
    )
    trail = await boss.sees("/audit?what=settings")
    assert "120 → 90" in trail
    assert "Rutan Satu → Rutan Baru" in trail


async def test_what_is_wrong_is_named_and_nothing_typed_is_lost(rig: Rig, boss: Member) -> None:
    await rig.facility()
    version = field(await boss.sees("/settings"), "version")
    form = {"credit_s": "banyak", "farewell_s": "99", "meeting_hosts": "tidak ada", "language": "jv"}
    answer = await boss.post("/settings?lang=en", version=version, **form)
    assert answer.status_code == 409
    for part in ('value="banyak"', 'value="99"', "tidak ada is no host", "Choose one from the list", "0 to 3600"):
        assert part in answer.text
    assert answer.text.count('aria-invalid="true"') == 3
    async with rig.central.database.read() as db:
        (stored,) = await facilities.every(db)
    assert stored.settings == FacilitySettings()


async def test_a_form_filled_in_for_older_settings_overwrites_nothing_unseen(rig: Rig, boss: Member) -> None:
    await rig.facility()
    version = field(await boss.sees("/settings"), "version")
    await boss.post("/settings", version=version, credit_s="90")
    late = await boss.post("/settings?lang=en", version=version, credit_s="120", farewell_s="20")
    assert (late.status_code, "somebody else changed" in late.text) == (409, True)
    async with rig.central.database.read() as db:
        (stored,) = await facilities.every(db)
    assert (stored.settings.credit_s, stored.settings.farewell_s) == (90, 12)


async def test_an_admin_adds_a_facility_and_is_led_to_its_first_booth(rig: Rig) -> None:
    admin, officer = await member(rig, Role.ADMIN), await member(rig, Role.OFFICER)
    assert "Add one in Settings" in await admin.sees("/terminals")
    for path in ("/board", "/queue"):
        told, asked = await admin.get(path), await officer.get(path)
        assert (told.status_code, 'href="/settings"' in told.text) == (404, True)
        assert (asked.status_code, 'class="btn" href="/account"' in asked.text) == (404, True)
    answer = await admin.post("/settings/facilities", name="Rutan Baru")
    assert answer.status_code == 303
    assert "First steps" in await admin.sees(answer.headers["location"])
    assert (await admin.post("/settings/facilities", name="Rutan Baru")).status_code == 409
    assert (await admin.post("/settings/facilities", name=" ")).status_code == 409
    async with rig.central.database.read() as db:
        assert await terminals.every(db) == []
