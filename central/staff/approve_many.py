"""Several registrations approved in one go, as they stand on the page that shows what will be approved: each is an act of its own."""

from collections.abc import Mapping

from msgspec import Struct

from central.context import Central
from central.staff import day_acts
from central.staff.acts import Refused
from central.staff.gate import Staff
from central.store.registrations import Registration

AT_ONCE = 100
TICKED, MATCHED = "take_", "inmate_"
"""How the fields of one registration begin; its id follows."""


class NotApproved(Struct, frozen=True):
    """One that was not approved, and the key of the sentence why."""

    registration: str
    key: str


class Approved(Struct, frozen=True, kw_only=True):
    """What became of those that were ticked."""

    done: tuple[Registration, ...]
    refused: tuple[NotApproved, ...]


async def approve(central: Central, who: Staff, form: Mapping[str, str]) -> Approved:
    """Approve those that are ticked, in the order of the page, with the names that stand beside them; one that cannot be stops no other."""
    done: list[Registration] = []
    refused: list[NotApproved] = []
    ids = [name.removeprefix(TICKED) for name in form if name.startswith(TICKED)]
    for id_ in ids[:AT_ONCE]:
        try:
            decided = await day_acts.approve(
                central, who, {"registration": id_, "inmate": form.get(f"{MATCHED}{id_}", "")}
            )
        except Refused as error:
            refused.append(NotApproved(id_, error.key))
            continue
        if decided.registration is not None:
            done.append(decided.registration)
    return Approved(done=tuple(done), refused=tuple(refused))
