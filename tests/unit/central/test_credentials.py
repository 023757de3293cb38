"""Codes, tokens, links and passwords."""

import asyncio
import base64
import hmac
import math

from central.attempts import Attempts
from central.credentials import CODE_ALPHABET, CODE_LENGTH, Passwords, code_hashed, link_token, new_code, new_token
from central.turn import TurnServers
from tests.central_rig import MovedClock


def test_a_code_is_hard_to_guess_and_easy_to_type() -> None:
    assert CODE_LENGTH * math.log2(len(CODE_ALPHABET)) >= 50
    assert not set(CODE_ALPHABET) & set("01ILOU")
    code = new_code()
    assert [len(part) for part in code.split("-")] == [4, 4, 4]
    assert code_hashed(code) == code_hashed(f" {code.lower().replace('-', ' ')} ")
    assert new_code() != code


def test_tokens_have_32_random_bytes() -> None:
    assert len(base64.urlsafe_b64decode(new_token() + "=")) == 32
    assert new_token() != new_token()


def test_a_link_depends_on_the_secret_and_the_session() -> None:
    token = link_token("secret", "s-1")
    assert token == link_token("secret", "s-1")
    assert len({token, link_token("secret", "s-2"), link_token("other", "s-1")}) == 3
    assert len(token) == 24


def test_a_password_is_found_again_and_a_damaged_hash_is_no_match() -> None:
    async def check() -> tuple[bool, bool, bool]:
        passwords = Passwords()
        stored = await passwords.hash("123456")
        return (
            await passwords.verify(stored, "123456"),
            await passwords.verify(stored, "123457"),
            await passwords.verify("damaged", "123456"),
        )

    assert asyncio.run(check()) == (True, False, False)


def test_tries_are_counted_by_key_and_forgotten_after_their_window() -> None:
    clock = MovedClock()
    attempts = Attempts(2, 60, clock)
    for _ in range(2):
        assert attempts.wait_s("a") == 0
        attempts.count("a")
    assert attempts.wait_s("a") == 61
    assert attempts.wait_s("b") == 0
    clock.move(60)
    assert attempts.wait_s("a") == 0
    attempts.count("a")
    assert attempts.wait_s("a") == 0


def test_many_addresses_do_not_fill_the_memory() -> None:
    clock = MovedClock()
    attempts = Attempts(1, 60, clock)
    for number in range(10_000):
        attempts.count(str(number))
    clock.move(61)
    attempts.count("last")
    assert attempts.known == 1


def test_relay_credentials_are_those_that_coturn_computes() -> None:
    [server] = TurnServers(urls=("turn:a",), secret="s").ice_servers("s-1", "family", expires_at_ms=5_000)
    assert server.username == "5:s-1-family"
    assert base64.b64decode(str(server.credential)) == hmac.digest(b"s", b"5:s-1-family", "sha1")
