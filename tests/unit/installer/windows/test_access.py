"""A folder of ours is for the system, the administrators and one account alone."""

import pytest

from installer.windows.access import is_only_for, only_for

SID = "S-1-5-80-1-2-3"


@pytest.mark.parametrize("sid", [SID, None])
def test_what_is_set_is_what_is_wanted_in_any_order(sid: str | None) -> None:
    assert is_only_for(only_for(sid), sid)
    assert is_only_for("O:SYG:DUD:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)", None)


@pytest.mark.parametrize(
    "found",
    [
        "",
        "O:BAG:SY",
        only_for("S-1-5-80-9"),
        only_for(None),
        only_for(SID) + "(A;OICI;FR;;;BU)",
        only_for(SID).replace("D:PAI", "D:AI"),
        only_for(SID).replace("O:BA", "O:S-1-5-21-7"),
        only_for(SID).replace("(A;OICI;0x1301bf", "(A;OICI;FA"),
    ],
)
def test_anything_else_is_not(found: str) -> None:
    assert not is_only_for(found, SID)
