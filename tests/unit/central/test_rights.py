"""Which role may do what, and who may decide about whom."""

import itertools

import pytest

from central.staff import rights
from central.staff.rights import LEAST, RANK, Right
from central.store.staff import Role, User


def user(name: str, role: Role, facility_id: str | None = None, *, closed: bool = False) -> User:
    return User(
        id=name,
        name=name,
        role=role,
        facility_id=facility_id,
        password_hash="",
        failed=0,
        locked_until_ms=None,
        disabled_at_ms=1 if closed else None,
    )


PLACES = (None, "f-1", "f-2")
ACTORS = [user(f"actor-{role}-{place}", role, place) for role in Role for place in PLACES]


def test_the_table_names_every_right_and_the_order_every_role() -> None:
    assert set(LEAST) == set(Right)
    assert set(RANK) == set(Role)


@pytest.mark.parametrize(
    ("role", "count"), [(Role.VIEWER, 2), (Role.OFFICER, 4), (Role.SUPERVISOR, 8), (Role.ADMIN, 9)]
)
def test_a_role_above_has_all_that_the_one_below_has(role: Role, count: int) -> None:
    mine = {right for right in Right if rights.has(role, right)}
    assert len(mine) == count
    assert all(rights.has(above, right) for right in mine for above in Role if RANK[above] > RANK[role])


def test_nobody_decides_about_themselves_or_about_who_is_above_or_beside_them() -> None:
    for actor, role, place in itertools.product(ACTORS, Role, PLACES):
        other = user("other", role, place)
        if rights.may_decide(actor, other):
            assert rights.has(actor.role, Right.MANAGE_USERS)
            assert RANK[other.role] < RANK[actor.role] or actor.role is Role.ADMIN
            assert actor.facility_id in (None, other.facility_id)
    assert not any(rights.may_decide(actor, actor) for actor in ACTORS)


def test_nobody_gives_more_than_they_have() -> None:
    for actor, role, place in itertools.product(ACTORS, Role, PLACES):
        if rights.may_grant(actor, role, place):
            assert RANK[role] < RANK[actor.role] or actor.role is Role.ADMIN
            assert actor.facility_id in (None, place)


def test_what_may_be_decided_and_given_is_no_empty_promise() -> None:
    supervisor, admin = user("s", Role.SUPERVISOR, "f-1"), user("a", Role.ADMIN)
    assert rights.grantable(supervisor) == (Role.VIEWER, Role.OFFICER)
    assert rights.grantable(admin) == tuple(Role)
    assert rights.grantable(user("o", Role.OFFICER)) == ()
    assert rights.may_decide(supervisor, user("o", Role.OFFICER, "f-1"))
    assert not rights.may_decide(supervisor, user("o", Role.OFFICER, "f-2"))
    assert not rights.may_decide(supervisor, user("o", Role.OFFICER))
    assert rights.may_decide(admin, user("b", Role.ADMIN))
    assert rights.may_see_user(admin, supervisor)
    assert not rights.may_see_user(supervisor, admin)


def test_the_last_admin_of_all_facilities_stays() -> None:
    admin, second = user("a", Role.ADMIN), user("b", Role.ADMIN)
    assert rights.is_last_admin(admin, [admin, user("o", Role.OFFICER)])
    assert rights.is_last_admin(admin, [admin, user("c", Role.ADMIN, closed=True)])
    assert rights.is_last_admin(admin, [admin, user("d", Role.ADMIN, "f-1")]), "who has one facility replaces nobody"
    assert not rights.is_last_admin(admin, [admin, second])
    assert not rights.is_last_admin(user("d", Role.ADMIN, "f-1"), [admin])
    assert not rights.is_last_admin(user("o", Role.OFFICER), [admin])
    assert not rights.is_last_admin(user("c", Role.ADMIN, closed=True), [])
