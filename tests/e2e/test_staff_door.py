"""Who comes to the staff's pages, and who does not: log-in, locks, forms from elsewhere, roles, log-out."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page

from tests.e2e.office import FORM, Office, wait_for_tile
from tests.stage.stage import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


# ---- the door -----------------------------------------------------------------------------------------------------


def test_the_board_is_for_those_who_logged_in(office: Office) -> None:
    with httpx.Client(base_url=office.central.url) as client:
        answer = client.get("/board", headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        assert client.get("/board/events").status_code == 401
        assert client.post("/board/acts/end", headers=FORM).status_code == 303
        assert "set-cookie" not in answer.headers


def test_a_login_is_a_fresh_random_cookie_of_which_only_the_hash_is_kept(office: Office) -> None:
    with httpx.Client(base_url=office.central.url, cookies={"bilik_staff": "chosen-by-somebody"}) as client:
        answer = client.post("/login", data={"name": "siti", "password": PASSWORD}, headers={"Accept": "text/html"})
        cookie = answer.headers["set-cookie"]
    assert answer.status_code == 303
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    value = cookie.split("=", 1)[1].split(";")[0]
    assert len(value) >= 43
    kept = office.central.rows("select id_hash from staff_sessions")
    assert value not in str(kept)
    assert "chosen-by-somebody" not in str(kept)


def test_wrong_passwords_lock_a_name_for_longer_and_longer_known_or_not(office: Office) -> None:
    office.central.add_user("dikunci", PASSWORD)
    for name in ("dikunci", "tidak-ada"):
        with httpx.Client(base_url=office.central.url) as client:
            said = [client.post("/login", data={"name": name, "password": "salah"}) for _ in range(6)]
            good = client.post("/login", data={"name": name, "password": PASSWORD})
        assert [one.status_code for one in said] == [403] * 4 + [429] * 2
        assert 1 <= int(said[-1].headers["retry-after"]) <= 15
        assert good.status_code == 429


def test_a_form_from_elsewhere_or_without_its_token_does_nothing(office: Office) -> None:
    with httpx.Client(base_url=office.central.url) as client:
        client.post("/login", data={"name": "siti", "password": PASSWORD})
        before = office.central.rows("select count(*) as n from commands")
        without = client.post("/board/acts/emergency", headers=FORM)
        wrong = client.post("/board/acts/emergency", headers=FORM | {"x-csrf-token": "x" * 43})
        foreign = client.post("/board/acts/emergency", headers=FORM | {"Origin": "https://elsewhere.example"})
        login = client.post(
            "/login", data={"name": "siti", "password": PASSWORD}, headers={"Sec-Fetch-Site": "cross-site"}
        )
    assert [one.status_code for one in (without, wrong, foreign, login)] == [403] * 4
    assert office.central.rows("select count(*) as n from commands") == before


def test_a_viewer_sees_but_cannot_act(office: Office, desk: Callable[..., Page]) -> None:
    booth = office.booth()
    session = office.talking(booth)
    page = desk("lihat")
    wait_for_tile(page, booth, "berbicara", "012")
    assert page.locator("form[data-act]").count() == 0
    csrf = page.get_attribute("[name=csrf]", "value") or ""
    fields = {"csrf": csrf, "terminal": booth.id, "session": session.id}
    refused = page.request.post(f"{office.central.url}/board/acts/end", form=fields, headers={"Accept": "text/html"})
    assert refused.status == 403
    assert office.central.rows("select id from commands where terminal_id = ?", booth.id) == []


def test_logging_out_ends_the_login_on_the_server(office: Office, desk: Callable[..., Page]) -> None:
    page = desk()
    cookie = {c["name"]: c["value"] for c in page.context.cookies()}["bilik_staff"]
    page.click("form[action='/logout'] button")
    page.wait_for_url("**/login*")
    with httpx.Client(base_url=office.central.url, cookies={"bilik_staff": cookie}) as client:
        assert client.get("/board", headers={"Accept": "text/html"}).status_code == 303
