"""The words about a meeting's page keep its address to themselves."""

from protocol.meeting import OpenMeeting


def test_the_address_is_in_no_words_for_a_log() -> None:
    link = "https://meet.example.org/secret"
    wanted = OpenMeeting(call_id="s1-1", url=link, pages=(link,), hosts=(), volume_percent=80)
    assert repr(wanted) == "OpenMeeting(call_id='s1-1')"
