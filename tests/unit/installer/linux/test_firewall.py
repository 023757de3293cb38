"""The firewall lets each account speak with whom it needs, and opens more only where it was asked to."""

import os
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from installer.answers import Answers, Place
from installer.linux.firewall import rules

PLAIN = Answers(
    central=Place("central.example.org", 443),
    turn=(Place("192.0.2.7", 3478), Place("2001:db8::7", 5349)),
    agent_account="daemon",
    kiosk_account="nobody",
)
ALL = msgspec.structs.replace(PLAIN, direct_calls=True, meetings=True, ssh_from=("10.0.0.0/8", "fd00::/8"))


def lines(answers: Answers) -> list[str]:
    return [line.strip() for line in rules(answers).splitlines()]


def test_what_is_not_named_is_dropped_both_ways() -> None:
    assert sum("policy drop" in line for line in lines(PLAIN)) == 2


def test_central_is_for_the_agent_and_the_relays_are_for_both() -> None:
    text = rules(PLAIN)
    assert 'meta skuid { 0, "daemon" } tcp dport 443 accept' in text
    assert 'meta skuid { "daemon", "nobody" } ip daddr 192.0.2.7 meta l4proto { 6, 17 } th dport 3478 accept' in text
    assert "ip6 daddr 2001:db8::7" in text


def test_calls_past_the_relay_meetings_and_logins_are_opened_only_where_asked() -> None:
    for words in ("straight to a phone", "meetings", "tcp dport 22"):
        assert words not in rules(PLAIN)
        assert words in rules(ALL)
    assert "ip saddr 10.0.0.0/8 tcp dport 22 accept" in rules(ALL)
    assert "ip6 saddr fd00::/8 tcp dport 22 accept" in rules(ALL)


def test_the_kiosk_account_has_no_clock_and_no_other_local_door() -> None:
    assert 'udp dport 123 meta skuid != "nobody" accept comment "the time"' in lines(PLAIN)
    local = next(line for line in lines(PLAIN) if line.startswith("oif lo meta skuid"))
    assert local == 'oif lo meta skuid "nobody" tcp dport != { 47180, 53 } ct state new reject with tcp reset'


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("nft") is None, reason="needs the administrator and nft")
@pytest.mark.parametrize("answers", [PLAIN, ALL])
def test_nft_can_read_it(answers: Answers, tmp_path: Path) -> None:
    (tmp_path / "rules").write_text(rules(answers))
    done = subprocess.run(
        ["nft", "--check", "--file", str(tmp_path / "rules")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
