"""A planned session from words: every wrong column is named."""

from typing import Any

import pytest

from central.planning import WrongWords, family_link, link, plan
from central.store.facilities import Facility, FacilitySettings
from central.store.sessions import CallSession
from protocol.terminal import CallKind, CheckInMethod

NOW = 1_795_233_600_000
ROW = {"terminal": "t-1", "number": "012", "start": "+30", "talk": "600", "inmate": "Budi", "family": "Siti"}


def places(**settings: Any) -> dict[str, Facility]:
    return {"t-1": Facility(id="f-1", name="Rutan", settings=FacilitySettings(**settings))}


def wrong(**words: str) -> dict[str, str]:
    with pytest.raises(WrongWords) as caught:
        plan(ROW | words, places(), now_ms=NOW)
    return caught.value.errors


def test_a_start_is_in_the_zone_of_the_facility_unless_it_names_its_own() -> None:
    jakarta = plan(ROW | {"start": "2026-11-21T09:40"}, places(), now_ms=NOW)
    makassar = plan(ROW | {"start": "2026-11-21T10:40"}, places(timezone="Asia/Makassar"), now_ms=NOW)
    named = plan(ROW | {"start": "2026-11-21T02:40Z"}, places(timezone="Asia/Makassar"), now_ms=NOW)
    assert jakarta.start_at_ms == makassar.start_at_ms == named.start_at_ms == 1_795_228_800_000
    assert plan(ROW, places(), now_ms=NOW).start_at_ms == NOW + 30_000


@pytest.mark.parametrize(
    ("words", "column"),
    [
        ({"terminal": "t-2"}, "terminal"),
        ({"number": ""}, "number"),
        ({"number": "1" * 41}, "number"),
        ({"start": "soon"}, "start"),
        ({"start": "1950-01-01T00:00Z"}, "start"),
        ({"talk": "9"}, "talk"),
        ({"talk": "-600"}, "talk"),
        ({"talk": "14401"}, "talk"),
        ({"talk": "ten"}, "talk"),
        ({"talk": "٦٠٠"}, "talk"),
        ({"closing": "+30"}, "closing"),
        ({"kind": "telegraph"}, "kind"),
        ({"kind": "web_page", "url": "http://meet.example"}, "url"),
        ({"kind": "web_page"}, "url"),
        ({"url": "https://meet.example.org/x"}, "url"),
        ({"pin": "12a4"}, "pin"),
        ({"inmate": "Budi\x00"}, "inmate"),
        ({"family": "x" * 201}, "family"),
    ],
)
def test_a_wrong_column_is_named(words: dict[str, str], column: str) -> None:
    assert list(wrong(**words)) == [column]


def test_all_wrong_columns_are_named_at_once() -> None:
    assert set(wrong(talk="x", start="y", family="")) == {"talk", "start", "family"}


def test_a_facility_that_checks_pins_needs_one() -> None:
    with pytest.raises(WrongWords, match="PIN"):
        plan(ROW, places(check_in=CheckInMethod.PIN), now_ms=NOW)
    assert plan(ROW | {"pin": "1234"}, places(check_in=CheckInMethod.PIN), now_ms=NOW).pin == "1234"


def test_a_meeting_page_keeps_its_address() -> None:
    words = ROW | {"kind": "web_page", "url": "https://meet.example.org/x"}
    planned = plan(words, places(meeting_hosts=("meet.example.org",)), now_ms=NOW)
    assert (planned.call_kind, planned.call_url) == (CallKind.WEB_PAGE, "https://meet.example.org/x")


def test_a_meeting_page_that_the_facility_does_not_allow_names_what_it_allows() -> None:
    words = ROW | {"kind": "web_page", "url": "https://meet.example.org/secret-room"}
    with pytest.raises(WrongWords, match=r"meeting_hosts of this facility: \*\.zoom\.us") as caught:
        plan(words, places(meeting_hosts=("*.zoom.us",)), now_ms=NOW)
    assert "secret-room" not in str(caught.value)
    assert "allows no meetings yet" in wrong(kind="web_page", url="https://meet.example.org/x")["url"]


def test_the_family_of_a_meeting_opens_the_meeting_itself() -> None:
    session = CallSession(
        id="s-1",
        facility_id="f-1",
        terminal_id="t-1",
        number="012",
        start_at_ms=NOW,
        talk_s=600,
        inmate_name="Budi",
        family_name="Siti",
        created_at_ms=NOW,
        link_hash="",
        call_kind="web_page",
        call_url="https://meet.example.org/x",
    )
    assert family_link(session, "https://central.example", "secret") == "https://meet.example.org/x"


def test_the_token_of_a_link_is_in_its_fragment() -> None:
    assert link("https://central.example/", "TOKEN") == "https://central.example/join#TOKEN"
