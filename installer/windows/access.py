"""Who may open a folder, as Windows writes it (SDDL); pure."""

import re

SYSTEM, ADMINISTRATORS = "SY", "BA"
ALL, CHANGE = "FA", "0x1301bf"
OWNERS = frozenset({SYSTEM, ADMINISTRATORS, "S-1-5-18", "S-1-5-32-544"})


def only_for(sid: str | None) -> str:
    """The system and the administrators may do all, and this account may change what is in it; nobody else, nothing inherited."""
    entries = f"(A;OICI;{ALL};;;{SYSTEM})(A;OICI;{ALL};;;{ADMINISTRATORS})"
    return f"O:BAG:SYD:PAI{entries}" + ("" if sid is None else f"(A;OICI;{CHANGE};;;{sid})")


def is_only_for(sddl: str, sid: str | None) -> bool:
    """Whether that is so, in whatever order Windows lists it."""
    owner = re.search(r"O:(.*?)(?=[GDS]:|$)", sddl)
    found = re.search(r"D:(\w*)((?:\([^)]*\))*)", sddl)
    if owner is None or owner[1] not in OWNERS or found is None or not found[1].startswith("P"):
        return False
    return _entries(found[2]) == _entries(only_for(sid).partition("D:PAI")[2])


def _entries(text: str) -> set[str]:
    return set(re.findall(r"\([^)]*\)", text))
