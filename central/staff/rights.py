"""Which role may do what, and who may decide about whom: the one table that every staff route, page and act asks."""

from enum import StrEnum

from central.store.staff import Role, User

RANK = {Role.VIEWER: 0, Role.OFFICER: 1, Role.SUPERVISOR: 2, Role.ADMIN: 3}


class Right(StrEnum):
    """Something that not everybody may do."""

    WATCH = "watch"
    OWN_ACCOUNT = "own_account"
    RUN_DAY = "run_day"
    CARE_FOR_TERMINALS = "care_for_terminals"
    MANAGE_TERMINALS = "manage_terminals"
    CHANGE_SETTINGS = "change_settings"
    MANAGE_USERS = "manage_users"
    READ_AUDIT = "read_audit"
    ADD_FACILITIES = "add_facilities"


LEAST: dict[Right, Role] = {
    Right.WATCH: Role.VIEWER,
    Right.OWN_ACCOUNT: Role.VIEWER,
    Right.RUN_DAY: Role.OFFICER,
    Right.CARE_FOR_TERMINALS: Role.OFFICER,
    Right.MANAGE_TERMINALS: Role.SUPERVISOR,
    Right.CHANGE_SETTINGS: Role.SUPERVISOR,
    Right.MANAGE_USERS: Role.SUPERVISOR,
    Right.READ_AUDIT: Role.SUPERVISOR,
    Right.ADD_FACILITIES: Role.ADMIN,
}
"""The least role that has the right; every role above it has it too. WATCH: board, queue, plan, terminals. CARE_FOR_TERMINALS:
close, open, restart the screen, diagnose, choose between clones. MANAGE_TERMINALS: enrol, rename, revoke, restart agent and PC."""


def reaches(role: Role, least: Role) -> bool:
    """Whether a role is this one or above."""
    return RANK[role] >= RANK[least]


def has(role: Role, right: Right) -> bool:
    """Whether a role has the right."""
    return reaches(role, LEAST[right])


def covers(user: User, facility_id: str | None) -> bool:
    """Whether a user's facilities include this one (None: all of them)."""
    return user.facility_id is None or user.facility_id == facility_id


def may_see_user(actor: User, other: User) -> bool:
    """Whether a user appears on the actor's page: those of the actor's facilities."""
    return covers(actor, other.facility_id)


def may_decide(actor: User, other: User) -> bool:
    """Whether the actor may change this account: of the own facilities and below the own role, admins also each other; never the own."""
    if actor.id == other.id or not covers(actor, other.facility_id) or not has(actor.role, Right.MANAGE_USERS):
        return False
    return actor.role is Role.ADMIN or RANK[other.role] < RANK[actor.role]


def may_grant(actor: User, role: Role, facility_id: str | None) -> bool:
    """Whether the actor may give somebody else this role over this facility (None: all): never more than the actor has."""
    if not covers(actor, facility_id) or not has(actor.role, Right.MANAGE_USERS):
        return False
    return actor.role is Role.ADMIN or RANK[role] < RANK[actor.role]


def grantable(actor: User) -> tuple[Role, ...]:
    """The roles the actor may give within the own facilities."""
    return tuple(role for role in Role if may_grant(actor, role, actor.facility_id))


def is_last_admin(user: User, others: list[User]) -> bool:
    """Whether without this admin nobody would be left who decides about the same facilities; `others` are all users."""
    if user.role is not Role.ADMIN or user.disabled_at_ms is not None:
        return False
    stays = [other for other in others if other.id != user.id and other.disabled_at_ms is None]
    return not any(other.role is Role.ADMIN and covers(other, user.facility_id) for other in stays)
