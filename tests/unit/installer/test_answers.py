"""What a technician may answer, and what is said to an answer that cannot be used."""

from pathlib import Path

import pytest

from installer.answers import (
    DEFAULT_PORT,
    Answers,
    Given,
    Place,
    central_of,
    merge,
    network,
    place,
    read_file,
    settle_answers,
)
from installer.ports import AnswersWrong

ENROLMENT = "https://central.example.org#ABCD-EFGH"
CENTRAL = Place("central.example.org", 443)


def test_an_enrolment_string_alone_is_enough() -> None:
    answers = settle_answers(Given(enrolment=ENROLMENT), None)
    assert answers == Answers(central=CENTRAL, turn=(Place("central.example.org", 3478),))
    assert (answers.direct_calls, answers.meetings, answers.ssh_from) == (False, False, ())
    assert answers.page_port == DEFAULT_PORT


def test_a_later_run_keeps_what_it_is_not_told_anew() -> None:
    first = settle_answers(
        Given(enrolment=ENROLMENT, direct_calls=True, turn=["r.example:1"], ssh_from=["10.1.2.3"]), None
    )
    assert settle_answers(Given(), first) == first
    moved = settle_answers(Given(enrolment="https://10.0.0.5:8443#ABCD-EFGH", direct_calls=False), first)
    assert moved.central == Place("10.0.0.5", 8443)
    assert moved.turn == first.turn
    assert moved.ssh_from == ("10.1.2.3/32",)
    assert not moved.direct_calls


def test_without_an_enrolment_string_a_first_run_says_where_it_comes_from() -> None:
    with pytest.raises(AnswersWrong, match="terminal add"):
        settle_answers(Given(), None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ENROLMENT, CENTRAL),
        ("http://127.0.0.1:8080#ABCD", Place("127.0.0.1", 8080)),
        ("http://localhost#ABCD", Place("localhost", 80)),
        ("https://[2001:db8::1]:444#A", Place("2001:db8::1", 444)),
    ],
)
def test_central_is_read_from_the_enrolment_string(text: str, expected: Place) -> None:
    assert central_of(text) == expected


@pytest.mark.parametrize("text", ["", "ABCD-EFGH", "https://central.example.org", "#ABCD", "https://x:99999#SECRET"])
def test_a_string_that_is_none_is_refused_without_repeating_its_code(text: str) -> None:
    with pytest.raises(AnswersWrong) as refused:
        central_of(text)
    assert "SECRET" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Relay.example.org", Place("relay.example.org", 3478)),
        ("relay:5349", Place("relay", 5349)),
        ("[2001:db8::1]", Place("2001:db8::1", 3478)),
        ("[2001:db8::1]:1", Place("2001:db8::1", 1)),
    ],
)
def test_a_place_is_a_host_and_a_port(text: str, expected: Place) -> None:
    assert place(text, 3478) == expected


@pytest.mark.parametrize("text", ["", ":1", "a b", "host:0", "host:70000", "-a", "a;drop", "2001:db8::1", 'x"', "a\nb"])
def test_what_is_no_place_never_reaches_the_firewall(text: str) -> None:
    with pytest.raises(AnswersWrong, match="no place"):
        place(text, 3478)


@pytest.mark.parametrize("text", ["", "10.0.0.0/33", "office", "10.0.0.1 accept"])
def test_what_is_no_network_never_reaches_the_firewall(text: str) -> None:
    with pytest.raises(AnswersWrong, match="no network"):
        network(text)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Given(page_port=80), "page_port"),
        (Given(kiosk_account="Kiosk"), "no name"),
        (Given(agent_account="bilik"), "three different names"),
        (Given(ca_file="ca.pem"), "ca_file"),
        (Given(ca_file='/etc/"x'), "ca_file"),
    ],
)
def test_what_no_pc_can_be_set_up_with_is_said(wrong: Given, said: str) -> None:
    with pytest.raises(AnswersWrong, match=said):
        settle_answers(merge(wrong, Given(enrolment=ENROLMENT)), None)


def test_flags_come_before_the_answer_file(tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    file.write_text(f'enrolment = "{ENROLMENT}"\npin = "27182818"\ndirect_calls = true\nturn = ["relay:1"]\n')
    given = merge(Given(direct_calls=False), read_file(file))
    assert given == Given(enrolment=ENROLMENT, pin="27182818", direct_calls=False, turn=["relay:1"])


@pytest.mark.parametrize("text", ["enrolmnt = 1", "pin = 5", "= x", "\x00"])
def test_a_wrong_answer_file_is_named_with_the_keys_it_may_have(tmp_path: Path, text: str) -> None:
    file = tmp_path / "answers.toml"
    file.write_text(text)
    with pytest.raises(AnswersWrong, match=r"answers\.toml: .*the keys are enrolment"):
        read_file(file)
    with pytest.raises(AnswersWrong, match="cannot be read"):
        read_file(tmp_path / "absent")
