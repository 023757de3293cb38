"""The technician's two screens in the hands of people: digits, waits, buttons, and the corners that call for the PIN."""

import pytest
from playwright.sync_api import Page

from protocol import page as said
from protocol.maintenance import MaintenanceAsked, MaintenanceDeed, TechnicianCalled, TechnicianPinTyped
from tests.kiosk_browser import SCREENS
from tests.page_stage import PageStage
from tests.stage.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_a_technicians_pin_has_eight_to_sixteen_digits(stage: PageStage, glass: Page) -> None:
    stage.show(said.TechnicianPin())
    glass.keyboard.type("9081726")
    glass.get_by_role("button", name="Lanjut").click(force=True)
    assert not stage.all(TechnicianPinTyped), "seven digits are none"
    glass.keyboard.type("300000000012")
    assert glass.locator(".dots .on").count() == 16
    assert "908172630" not in glass.content()
    glass.get_by_role("button", name="Lanjut").click()
    assert stage.wait_for(TechnicianPinTyped).pin == "9081726300000000"
    stage.show(said.TechnicianPin(busy=True))
    glass.keyboard.type("11111111")
    stage.show(said.TechnicianPin(said="wrong", retry_s=120))
    assert "Tunggu 2 menit" in glass.inner_text("[role=alert]")
    glass.keyboard.type("11111111")
    assert glass.locator(".dots .on").count() == 0, "nothing can be typed while a wait stands"
    stage.show(said.TechnicianPin())
    glass.get_by_role("button", name="Kembali ke layar bilik").click()
    assert stage.wait_for(MaintenanceAsked).deed is MaintenanceDeed.CANCEL


def test_an_exit_must_be_confirmed_and_every_button_says_its_own(stage: PageStage, glass: Page) -> None:
    stage.show(SCREENS["maintenance"])
    glass.get_by_role("button", name="Keluar ke login").click()
    assert glass.locator("dialog").is_visible()
    glass.get_by_role("button", name="Tetap di sini").click()
    asked = [one.deed for one in stage.all(MaintenanceAsked)]
    assert asked == [MaintenanceDeed.STAY]
    for name in ("Periksa lagi", "Muat ulang layar", "Mulai ulang agen", "Mulai ulang komputer", "Selesai, buka bilik"):
        glass.get_by_role("button", name=name).click()
    glass.get_by_role("button", name="Keluar ke login").click()
    glass.get_by_role("button", name="Keluar", exact=True).click()
    wanted = [MaintenanceDeed.DIAGNOSE, MaintenanceDeed.RESTART_WINDOW, MaintenanceDeed.RESTART_AGENT]
    wanted += [MaintenanceDeed.REBOOT, MaintenanceDeed.FINISH, MaintenanceDeed.EXIT]
    wait_for(lambda: [one.deed for one in stage.all(MaintenanceAsked)][1:] == wanted, within_s=5, what="every button")


def hold(glass: Page, x: int, *, ms: int) -> None:
    glass.mouse.move(x, 20)
    glass.mouse.down()
    glass.clock.run_for(ms)
    glass.mouse.up()


def test_two_corners_held_in_turn_call_for_the_pin_and_nothing_less_does(stage: PageStage, glass: Page) -> None:
    glass.clock.install()
    glass.reload()
    left, right, middle = 20, 1340, 700
    stage.show(SCREENS["idle"], painted=False)
    for tried in (
        [(left, 4000), (right, 5100)],  # the real time that passes meanwhile counts too
        [(right, 5100), (left, 5100)],
        [(left, 5100), (middle, 9000)],
        [(left, 30_000)],
    ):
        for x, ms in tried:
            hold(glass, x, ms=ms)
        glass.clock.run_for(11_000)
    hold(glass, left, ms=5100)
    glass.clock.run_for(11_000)
    hold(glass, right, ms=5100)
    assert not stage.all(TechnicianCalled), "too late"
    hold(glass, left, ms=5100)
    hold(glass, right, ms=5100)
    stage.wait_for(TechnicianCalled)
