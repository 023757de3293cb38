"""The tables and unions of the protocol are whole."""

import typing

import msgspec
import pytest

from protocol import call, faults, join, outcome, page, shell, terminal

UNIONS = {
    "call.FromEnd": call.FromEnd,
    "call.ToEnd": call.ToEnd,
    "page.Screen": page.Screen,
    "page.ToPage": page.ToPage,
    "page.FromPage": page.FromPage,
    "shell.ToShell": shell.ToShell,
    "shell.FromShell": shell.FromShell,
    "shell.ToWindow": shell.ToWindow,
    "shell.FromWindow": shell.FromWindow,
    "terminal.OutboxEvent": terminal.OutboxEvent,
}


@pytest.mark.parametrize("name", UNIONS)
def test_a_reader_can_tell_the_messages_of_a_union_apart(name: str) -> None:
    tags = [kind.__struct_config__.tag for kind in typing.get_args(UNIONS[name])]
    assert len(set(tags)) == len(tags)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"type":"never heard of","screen":"never heard of"}', type=UNIONS[name])


def test_every_reason_says_which_parties_it_may_have() -> None:
    assert set(outcome.ALLOWED_PARTIES) == set(outcome.EndReason)
    assert all(outcome.ALLOWED_PARTIES.values())


def test_every_fault_has_its_words_in_both_languages() -> None:
    for code, fault in faults.FAULTS.items():
        assert fault.code == code
        assert all((fault.sentence_id, fault.sentence_en, fault.todo_id, fault.todo_en))


def test_a_strict_reader_refuses_what_it_does_not_know_and_a_lenient_one_ignores_it() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"token":"12345678","more":1}', type=join.JoinRequest)
    newer = b'{"type":"x","status":1,"title":"t","more":1}'
    assert msgspec.json.decode(newer, type=terminal.Problem).title == "t"
