"""Which lock an edition of Windows can have; a pure function over the registry's EditionID."""

from enum import StrEnum

from installer.ports import AnswersWrong


class Lock(StrEnum):
    """How the kiosk's shell and keys are held."""

    POLICIES = "policies, a shell of the account's own, a scancode map and the keyboard hook"
    EMBEDDED = "policies, Shell Launcher and Keyboard Filter"


WITH_EMBEDDED = frozenset(
    {
        *("Enterprise", "EnterpriseN", "EnterpriseEval", "EnterpriseS", "EnterpriseSN", "EnterpriseSEval"),
        *("Education", "EducationN", "IoTEnterprise", "IoTEnterpriseK", "IoTEnterpriseS", "IoTEnterpriseSK"),
    }
)
WITH_POLICIES = frozenset(
    {
        *("Professional", "ProfessionalN", "ProfessionalWorkstation", "ProfessionalWorkstationN"),
        *("ProfessionalEducation", "ProfessionalEducationN"),
    }
)
OLDEST_BUILD = 17763
"""Windows 10 1809; older ones get no more updates and lack what is relied on here."""


def lock_of(edition_id: str) -> Lock:
    """The lock for this edition; raises AnswersWrong for one that cannot be locked."""
    if edition_id in WITH_EMBEDDED:
        return Lock.EMBEDDED
    if edition_id in WITH_POLICIES:
        return Lock.POLICIES
    raise AnswersWrong(
        f"the edition of this Windows is {edition_id!r}, and no lock for it is known: a booth needs Windows 10 or 11 "
        "Pro, Enterprise, Education or IoT Enterprise (Settings, System, About says which this is)"
    )


def checked_build(build: str) -> int:
    """The build's number; raises AnswersWrong for one that is too old."""
    if not build.isdecimal() or int(build) < OLDEST_BUILD:
        raise AnswersWrong(f"this Windows is build {build!r}; a booth needs {OLDEST_BUILD} (Windows 10 1809) or newer")
    return int(build)
