"""Guessing PINs and passwords many at a time gains nothing over guessing them one by one."""

import asyncio

import pytest

from central.attempts import Attempts
from central.credentials import Passwords
from central.grants import FREE_TRIES as FREE_PINS
from central.staff.logins import FREE_TRIES, LoggedIn, Logins, NotLoggedIn
from central.store import staff
from central.store.staff import Role
from tests.central_rig import MovedClock, Rig

pytestmark = pytest.mark.anyio


async def test_of_many_pins_sent_together_only_the_free_tries_are_answered(rig: Rig) -> None:
    booth = await rig.booth(check_in="pin")
    session = await rig.session(booth, pin="123456")
    tries = [f"{number:06d}" for number in range(11)] + ["123456"]
    answers = await asyncio.gather(*(rig.open(booth, session.id, pin=pin) for pin in tries))
    codes = [answer.json().get("code") for answer in answers]
    assert codes.count("wrong_pin") == FREE_PINS
    assert codes.count("wait") == len(tries) - FREE_PINS
    assert (await rig.stored(session.id)).state == "planned"


async def test_of_many_passwords_sent_together_each_counts_and_the_name_is_locked(rig: Rig) -> None:
    central = rig.central
    password = "lima-belas-langkah"
    async with central.database.write() as tx:
        await staff.add_user(
            tx,
            name="sari",
            role=Role.OFFICER,
            facility_id=None,
            password_hash=await Passwords(light=True).hash(password),
            now_ms=central.clock(),
        )
    logins = Logins(central)
    guesses = [f"guess-{number}" for number in range(8)] + [password]
    found = await asyncio.gather(*(logins.log_in("sari", guess, f"10.0.0.{at}") for at, guess in enumerate(guesses)))
    assert not [one for one in found if isinstance(one, LoggedIn)]
    assert sum(isinstance(one, NotLoggedIn) and one.wait_s > 0 for one in found) >= len(guesses) - FREE_TRIES
    async with central.database.read() as db:
        user = await staff.by_name(db, "sari")
    assert user is not None
    assert user.failed >= FREE_TRIES


def test_an_address_that_guesses_waits_although_the_codes_differ() -> None:
    clock = MovedClock()
    tries = Attempts(10, 60, clock)
    for _ in range(10):
        assert tries.wait_s("10.0.0.7") == 0
        tries.count("10.0.0.7")
    assert tries.wait_s("10.0.0.7") == 60 + 1
    assert tries.wait_s("10.0.0.8") == 0
