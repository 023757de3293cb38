"""A facility's own ready messages: what is taken of them."""

import pytest

from central.staff.settings_form import Wrong, read
from central.store.facilities import FacilitySettings


def test_messages_are_taken_line_by_line_without_what_a_hand_leaves_around_them() -> None:
    typed = {"canned_id": "  Mohon   tenang. \r\n\r\nWaktu hampir habis.\n"}
    settings, wrong = read(typed, FacilitySettings())
    assert wrong == {}
    assert settings.canned_id == "Mohon tenang.\nWaktu hampir habis."
    assert settings.canned_en == ""


@pytest.mark.parametrize("typed", ["x\n" * 13, "x" * 201, "a\x07b"])
def test_too_many_too_long_or_unreadable_messages_are_named(typed: str) -> None:
    before = FacilitySettings(canned_id="Halo.")
    settings, wrong = read({"canned_id": typed}, before)
    assert isinstance(wrong["canned_id"], Wrong)
    assert settings.canned_id == "Halo."
